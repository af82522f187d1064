"""nats-server: how it is configured. It speaks MQTT 3.1.1 and keeps what MQTT keeps in its JetStream."""

import json
from pathlib import Path

from ..machine import debian
from .listener import Listener, Service
from .processes import LOOPBACK


def unpacked(suite: str) -> Path:
    """Return the program of a Debian suite."""
    return debian.program("nats-server", "nats-server", suite, "usr/sbin/nats-server")


def service(found: Path, listener: Listener, **more: object) -> Service:
    """Write a configuration for the listener, with more of its keys; return what serves it."""
    # Its format takes JSON too.
    configuration = json.dumps(_configuration(listener) | more, indent=1, ensure_ascii=False)
    return Service([found, "-c", listener.write("nats.conf", configuration)])


def _configuration(listener: Listener) -> dict[str, object]:
    websocket: dict[str, object] = {"host": LOOPBACK, "port": listener.port}
    if listener.tls:
        certificate, key = (str(path) for path in listener.tls)
        websocket["tls"] = {"cert_file": certificate, "key_file": key}
    else:
        websocket["no_tls"] = True
    user = {"user": listener.user, "password": listener.password}
    return {
        "server_name": f"nats-{listener.port}",
        "host": LOOPBACK,
        "port": -1,  # its own protocol, which nobody here speaks: any free one
        "mqtt": {"host": LOOPBACK, "port": listener.plain_port},
        "websocket": websocket,
        "jetstream": {"store_dir": str(listener.folder / "jetstream")},
        **({"authorization": {"users": [user]}} if listener.user else {}),
    }
