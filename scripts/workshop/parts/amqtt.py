"""amqtt, a broker in Python: how it is configured. It knows MQTT 3.1.1 only and keeps nothing."""

import json

from ..machine.environments import ready
from ..shell import run
from .listener import Listener, Service
from .processes import LOOPBACK

_PLUGINS = "amqtt.plugins.authentication"
_HASH = """
import os
from pwdlib.hashers.argon2 import Argon2Hasher
print(Argon2Hasher().hash(os.environ["BROKER_PASSWORD"]))
"""


def service(listener: Listener) -> Service:
    """Write a configuration for the listener; return what serves it."""
    websocket: dict[str, object] = {"type": "ws", "bind": f"{LOOPBACK}:{listener.port}"}
    if listener.tls:
        certificate, key = (str(path) for path in listener.tls)
        websocket |= {"ssl": True, "certfile": certificate, "keyfile": key}
    configuration = {
        "listeners": {
            "default": {"type": "tcp", "bind": f"{LOOPBACK}:{listener.plain_port}"},
            "websocket": websocket,
        },
        "plugins": _authentication(listener),
    }
    # Its format is YAML, of which JSON is a part.
    path = listener.write("amqtt.json", json.dumps(configuration, indent=1))
    return Service([ready("amqtt").program("amqtt"), "-c", path])


def _authentication(listener: Listener) -> dict[str, dict[str, object]]:
    if not listener.user:
        return {f"{_PLUGINS}.AnonymousAuthPlugin": {"allow_anonymous": True}}
    password = {"BROKER_PASSWORD": listener.password}
    digest = run([ready("amqtt").program("python"), "-c", _HASH], env=password)
    passwords = listener.write("passwords", f"{listener.user}:{digest.strip()}\n")
    return {f"{_PLUGINS}.FileAuthPlugin": {"password_file": str(passwords)}}
