"""RabbitMQ with Web MQTT: where its program comes from and how it is configured and started.

Its start script is left out: it would stay between the tether and the Erlang machine, and believes
that Erlang is installed. Whatever it would listen on (Erlang's own epmd and distribution) is put on
loopback, and epmd ends with the machine it serves.
"""

import base64
import hashlib
import json
import os
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..machine import debian
from ..places import WORKSHOP
from .listener import Listener, Service
from .processes import LOOPBACK, TETHER, free_port

_ERLANG = "usr/lib/erlang/erts-*/bin"
_PROGRAMS = ("beam.smp", "erlexec", "erl_child_setup", "inet_gethost", "epmd")
_HASHING = "rabbit_password_hashing_sha256"
_ALL = {"vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
_ARGUMENTS = (
    ("-noinput", "-s", "rabbit", "boot", "+W", "w"),
    ("-kernel", "inet_dist_use_interface", "{127,0,0,1}"),
    ("-kernel", "prevent_overlapping_partitions", "false"),
    ("-syslog", "logger", "[]", "-syslog", "syslog_error_logger", "false"),
)


@dataclass(frozen=True)
class Unpacked:
    """RabbitMQ and the Erlang it runs on, in one folder."""

    folder: Path

    @property
    def erlang(self) -> Path:
        """Where the programs of Erlang are."""
        return debian.one(self.folder, _ERLANG)

    @property
    def home(self) -> Path:
        """Where RabbitMQ is."""
        return debian.one(self.folder, "usr/lib/rabbitmq/lib/rabbitmq_server-*")


def unpacked(suite: str) -> Unpacked:
    """Return a Debian suite's RabbitMQ."""
    folder = WORKSHOP / f"rabbitmq-server-{suite}"
    programs = [f"{_ERLANG}/{name}" for name in _PROGRAMS]
    debian.unpacked("RabbitMQ, 60 MB", ["rabbitmq-server"], suite, programs, folder)
    return Unpacked(folder)


def service(found: Unpacked, listener: Listener) -> Service:
    """Write a configuration for the listener; return what serves it."""
    listener.write("rabbitmq.conf", _configuration(listener))
    listener.write("enabled_plugins", "[rabbitmq_mqtt, rabbitmq_web_mqtt].\n")
    environment = _environment(found, listener.folder)
    erlang = found.erlang
    boot = ("-boot", str(erlang.parents[1] / "bin" / "start_sasl"))
    machine = (str(erlang / "erlexec"), *boot, *(word for words in _ARGUMENTS for word in words))
    epmd = (erlang / "epmd", "-address", LOOPBACK, "-port", environment["ERL_EPMD_PORT"])
    tethered = _quoted((sys.executable, "-I", "-S", TETHER))
    script = f"{tethered} $$ {_quoted(epmd)} & exec {_quoted(machine)}"
    return Service(["/bin/sh", "-c", script], environment, "/ws", "Server startup complete")


def _quoted(words: Iterable[str | Path]) -> str:
    return shlex.join(str(word) for word in words)


def _configuration(listener: Listener) -> str:
    port = listener.port
    lines = [
        "listeners.tcp = none",  # AMQP
        f"mqtt.listeners.tcp.1 = {LOOPBACK}:{listener.plain_port}",
        # Without a port of its own it would serve unencrypted on all interfaces beside TLS.
        f"web_mqtt.tcp.ip = {LOOPBACK}",
        f"web_mqtt.tcp.port = {free_port() if listener.tls else port}",
        f"mqtt.allow_anonymous = {'false' if listener.user else 'true'}",
        "log.console = true",
        "log.console.level = info",
        "log.file = false",
    ]
    if listener.tls:
        certificate, key = listener.tls
        tls = {"ip": LOOPBACK, "port": port, "certfile": certificate, "keyfile": key}
        tls["cacertfile"] = certificate  # it does not start without
        lines += [f"web_mqtt.ssl.{name} = {value}" for name, value in tls.items()]
    if listener.user:
        lines += [f"load_definitions = {listener.write('definitions.json', _users(listener))}"]
    return "\n".join([*lines, ""])


def _users(listener: Listener) -> str:
    """Name the user; without such a file there is `guest`, who may come from loopback only."""
    user = {"name": listener.user, "password_hash": _hashed(listener.password), "tags": []}
    return json.dumps(
        {
            "users": [user | {"hashing_algorithm": _HASHING}],
            "vhosts": [{"name": "/"}],
            "permissions": [_ALL | {"user": listener.user}],
        }
    )


def _hashed(password: str) -> str:
    """Hash as `rabbitmqctl hash_password` does: four bytes of salt, and SHA-256 of both."""
    salt = os.urandom(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _environment(found: Unpacked, folder: Path) -> dict[str, str]:
    erlang, home = found.erlang, found.home
    return {
        "ROOTDIR": str(erlang.parents[1]),
        "BINDIR": str(erlang),
        "EMU": "beam",
        "PROGNAME": "erl",
        "PATH": f"{erlang}:{os.environ.get('PATH', os.defpath)}",
        "HOME": str(folder),  # of the cookie, a secret among Erlang's machines
        "ERL_LIBS": str(home / "plugins"),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(free_port()),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_NODENAME": "chamber@localhost",
        "RABBITMQ_HOME": str(home),
        "RABBITMQ_PLUGINS_DIR": str(home / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "SYS_PREFIX": "",
    }
