"""A plain MQTT client over TCP, without any of the project's code: what an ESP32 or Node-RED would see and say."""

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from workshop.parts.processes import LOOPBACK

_WITHIN = 10.0


@dataclass(frozen=True)
class Said:
    """A message."""

    topic: str
    payload: bytes
    retained: bool
    at: float
    """Monotonic seconds."""

    @property
    def content(self) -> Any:
        """The JSON it carries."""
        return json.loads(self.payload)


class Plain:
    """A client that notes all that is said on some topics.

    with Plain(broker.plain_port, "chamber/v1/pi/#") as plain:
        plain.say("chamber/v1/pi/box/state", {"temperature": 20.0})
        plain.hears("chamber/v1/pi/box/state", lambda said: said["temperature"] == 20.0)
    """

    def __init__(self, port: int, *filters: str) -> None:
        self.messages: list[Said] = []
        self._changed = threading.Condition()
        self._subscribed = threading.Event()
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"plain-{secrets.token_hex(4)}",
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.connect(LOOPBACK, port)
        client.subscribe([(one, 1) for one in filters])
        client.loop_start()
        assert self._subscribed.wait(_WITHIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_subscribe(self, *_answer: object) -> None:
        self._subscribed.set()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with self._changed:
            said = Said(message.topic, message.payload, message.retain, time.monotonic())
            self.messages.append(said)
            self._changed.notify_all()

    def say(self, topic: str, content: object, *, retain: bool = False) -> None:
        """Publish bytes as they are, anything else as JSON, and wait until the broker has it."""
        payload = content if isinstance(content, bytes) else json.dumps(content).encode()
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(_WITHIN)

    def so_far(self) -> int:
        """How many messages there are: where to look for the next ones."""
        return len(self.messages)

    def all(self, topic: str, since: int = 0) -> list[Said]:
        """What was said on a topic."""
        return [said for said in self.messages[since:] if said.topic == topic]

    def hears(
        self,
        topic: str,
        holds: Callable[[Any], bool] = lambda _content: True,
        *,
        since: int = 0,
        within: float = _WITHIN,
    ) -> Said:
        """Wait for the first message on a topic whose content is as wanted."""
        found: list[Said] = []

        def look() -> bool:
            found[:] = [one for one in self.all(topic, since) if one.payload and holds(one.content)]
            return bool(found)

        with self._changed:
            assert self._changed.wait_for(look, within), (
                f"not within {within:g} s on {topic}; said: {self.all(topic, since)[-3:]}"
            )
        return found[0]
