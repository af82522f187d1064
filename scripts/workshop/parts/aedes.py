"""aedes, a broker in JavaScript: a small script of ours serves it. It knows MQTT 3.1.1 and forgets all at its end."""

import json
import shutil
from pathlib import Path

from ..machine import node
from .listener import Listener, Service
from .processes import LOOPBACK

_SCRIPT = Path(__file__).with_suffix(".mjs")


def service(listener: Listener) -> Service:
    """Write down what the script shall serve; return what runs it."""
    wanted: dict[str, object] = {
        "host": LOOPBACK,
        "port": listener.port,
        "plainPort": listener.plain_port,
        "user": listener.user,
        "password": listener.password,
    }
    if listener.tls:
        wanted["certificate"], wanted["key"] = (str(path) for path in listener.tls)
    # JavaScript looks for packages beside the script.
    script = node.ready("aedes") / _SCRIPT.name
    if not script.exists() or script.read_bytes() != _SCRIPT.read_bytes():
        shutil.copyfile(_SCRIPT, script)
    return Service([node.program(), script, listener.write("aedes.json", json.dumps(wanted))])
