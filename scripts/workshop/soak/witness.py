"""Who hears everything at the broker itself, and says now and then what somebody else might: a plain MQTT client."""

import json
import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ..parts.processes import LOOPBACK

_TTL = 15


class Number(NamedTuple):
    """The number of a sample."""

    chamber: str
    epoch: str
    seq: int


class Witness:
    """Notes what was said under each number; `contradictions` are numbers that were used for two samples.

    with Witness(broker.plain_port, "pi") as witness:
        witness.asks("box", setpoint=5.0)
    """

    def __init__(self, port: int, gateway: str) -> None:
        """Listen to a gateway on a broker, which may come and go."""
        self.said: dict[Number, dict[str, Any]] = {}
        self.contradictions: list[Number] = []
        self._gateway = gateway
        self._port = port
        self._lock = threading.Lock()
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"witness-{secrets.token_hex(4)}",
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.reconnect_delay_set(1, 1)
        client.on_connect = self._on_connect
        client.on_message = self._on_message

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._client.connect_async(LOOPBACK, self._port)
        self._client.loop_start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Listen no more."""
        self._client.disconnect()
        self._client.loop_stop()

    def asks(self, chamber: str, **wishes: object) -> None:
        """Ask a chamber for something; nobody waits for the answer."""
        told = {"id": secrets.token_hex(8), "do": "set", "by": "witness", "ttl": _TTL}
        content = json.dumps({**told, "time": time.time(), **wishes})
        self._client.publish(f"chamber/v1/{self._gateway}/{chamber}/command", content, qos=0)

    def rivals(self) -> None:
        """Say what another gateway of the same id would: the true one corrects it, and begins a new epoch."""
        content = json.dumps({"state": "online", "session": f"rival-{secrets.token_hex(4)}"})
        self._client.publish(f"chamber/v1/{self._gateway}/status", content, qos=1)

    def _on_connect(self, client: Client, *_answer: object) -> None:
        client.subscribe([(f"chamber/v1/{self._gateway}/#", 1)])

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        *_above, chamber, kind = message.topic.split("/")
        if kind == "state" and message.payload:
            self._note(chamber, json.loads(message.payload))

    def _note(self, chamber: str, content: dict[str, Any]) -> None:
        number = Number(chamber, str(content["epoch"]), int(content["seq"]))
        with self._lock:
            if self.said.setdefault(number, content) != content:
                self.contradictions.append(number)

    def of(self, chamber: str) -> Mapping[Number, dict[str, Any]]:
        """What was said of a chamber."""
        with self._lock:
            return {number: said for number, said in self.said.items() if number.chamber == chamber}
