"""Eclipse Mosquitto: where its program comes from and how it is configured."""

import base64
import hashlib
import os
import shutil
from functools import cache
from pathlib import Path

from ..machine import debian
from ..progress import MissingPartError
from .listener import Listener, Service
from .processes import LOOPBACK

_ITERATIONS = 101  # mosquitto_passwd's own choice


@cache
def program() -> Path:
    """Return Mosquitto's program: this machine's, else its Debian's, unpacked in `.workshop/`."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
    found = shutil.which("mosquitto", path=path)
    if found:
        return Path(found)
    if not debian.codename():
        raise MissingPartError(
            "Mosquitto is not on this machine; install it with the system's package manager, "
            "or choose the broker amqtt"
        )
    return unpacked(debian.codename())


@cache
def unpacked(suite: str) -> Path:
    """Return the program of a Debian suite's Mosquitto; it is not installed and no service runs."""
    return debian.program("Mosquitto", "mosquitto", suite, "usr/sbin/mosquitto")


def service(found: Path, listener: Listener) -> Service:
    """Write a configuration for the listener; return what serves it."""
    return Service([found, "-c", listener.write("mosquitto.conf", _configuration(listener))])


def _configuration(listener: Listener) -> str:
    lines = [
        "log_dest stdout",
        "log_timestamp_format %Y-%m-%dT%H:%M:%S",
        "persistence true",
        f"persistence_location {listener.folder}/",
        # Without it a QoS 1 exchange takes 44 to 88 ms: Nagle meets delayed acknowledgement.
        "set_tcp_nodelay true",
        # Without it root's Mosquitto becomes `mosquitto` and may not read its own folder.
        *(["user root"] if debian.is_root() else []),
        # 2.0 does not start with a WebSocket listener alone.
        f"listener {listener.plain_port} {LOOPBACK}",
        f"listener {listener.port} {LOOPBACK}",
        # Without it 2.0 listens on all interfaces, whatever the address says.
        "socket_domain ipv4",
        "protocol websockets",
    ]
    if listener.tls:
        lines += [f"certfile {listener.tls[0]}", f"keyfile {listener.tls[1]}"]
    if listener.user:
        passwords = listener.write("passwords", f"{listener.user}:{hashed(listener.password)}\n")
        lines += ["allow_anonymous false", f"password_file {passwords}"]
    else:
        lines += ["allow_anonymous true"]
    return "\n".join([*lines, listener.extra, ""])


def hashed(password: str) -> str:
    """Hash as mosquitto_passwd does: `$7$iterations$salt$hash`, PBKDF2 with SHA-512."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    encoded = "$".join(base64.b64encode(part).decode() for part in (salt, digest))
    return f"$7${_ITERATIONS}${encoded}"
