"""paho-mqtt as an engine on an in-memory socket: bytes in, bytes out, no thread, no file descriptor.

One engine serves one connection. paho's own WebSocket and network loops are not used. Of its private names
`_packet_read`, `_in_packet`, `_keepalive` and `_max_inflight_messages` are used here, pinned by a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import (
    MQTTErrorCode,
    MQTTProtocolVersion,
)
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from .errors import Cause, Failure
from .memory_client import MemoryClient, MemorySocket
from .packets import (
    Accepted,
    Ended,
    Greeting,
    News,
    Publication,
    Published,
    Received,
    Settings,
    Subscribed,
    Subscription,
    Version,
)
from .publish import plain_publish
from .transport import LARGEST_FRAME

MOST_QUEUED = 1000
PUBLISH_OVERHEAD = 32
LARGEST_PACKET = LARGEST_FRAME
NO_RETAINED = 2
PROTOCOLS = {Version.V5: MQTTProtocolVersion.MQTTv5, Version.V311: MQTTProtocolVersion.MQTTv311}
REFUSALS = {
    0x84: Cause.UNSUPPORTED_PROTOCOL,
    0x85: Cause.INVALID_CLIENT_ID,
    0x86: Cause.INVALID_AUTH,
    0x87: Cause.INVALID_AUTH,
    0x88: Cause.UNAVAILABLE,
    0x89: Cause.UNAVAILABLE,
    0x8A: Cause.NOT_AUTHORIZED,
    0x8C: Cause.INVALID_AUTH,
    0x97: Cause.UNAVAILABLE,
    0x9F: Cause.UNAVAILABLE,
}
FAREWELLS = {
    0x87: Cause.NOT_AUTHORIZED,
    0x8E: Cause.TAKEN_OVER,
    0x95: Cause.TOO_LARGE,
    0x98: Cause.NOT_AUTHORIZED,
}


@dataclass(frozen=True, slots=True)
class _Limits:
    """What the broker takes (MQTT 5, section 3.2.2.3; 3.1.1 says nothing): `packet` in bytes."""

    qos: int = 2
    retain: bool = True
    packet: int = LARGEST_PACKET


class Engine:
    """One MQTT connection without its network. Feed it with `feed`, ask `read` for news, send what `drain` gives."""

    def __init__(self, settings: Settings, greeting: Greeting, version: Version) -> None:
        self._version = version
        self._memory = MemorySocket()
        self._news: list[News] = []
        self._ended = False
        self._limits = _Limits(qos=settings.maximum_qos)
        clean = settings.session_expiry == 0
        self._client = client = MemoryClient(
            self._memory,
            client_id=settings.client_id,
            protocol=PROTOCOLS[version],
            clean_session=clean if version is Version.V311 else None,
        )
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        client.max_queued_messages_set(MOST_QUEUED)
        if settings.username is not None:
            client.username_pw_set(settings.username, settings.password)
        if will := greeting.will:
            client.will_set(will.topic, will.payload, self._qos(will.qos), will.retain)
        client.connect_async("in-memory", 1, settings.keepalive)
        self._settings = settings

    def connect(self) -> None:
        """Write CONNECT."""
        if self._version is Version.V311:
            self._client.connect("in-memory", 1, self._settings.keepalive)
            return
        expiry = self._settings.session_expiry
        properties = Properties(PacketTypes.CONNECT)
        properties.MaximumPacketSize = LARGEST_PACKET
        if expiry:
            properties.SessionExpiryInterval = expiry
        self._client.connect(
            "in-memory",
            1,
            self._settings.keepalive,
            clean_start=expiry == 0,
            properties=properties,
        )

    def feed(self, data: bytes) -> None:
        """Take in bytes from the network, to be read by `read`."""
        self._memory.feed(data)

    def read(self, most: int = 64) -> list[News]:
        """Read at most so many packets; an empty answer says that nothing whole is left."""
        while len(self._news) < most and self._memory.unread and not self._ended:
            if not self._read_plainly():
                self._guarded_read()
        news, self._news = self._news, []
        return news

    def drain(self) -> bytes:
        """The bytes to send."""
        if not self._memory.outgoing:
            return b""
        data = bytes(self._memory.outgoing)
        self._memory.outgoing.clear()
        return data

    def tick(self) -> None:
        """Let paho keep the connection alive; to be called about once a second."""
        self._client.loop_misc()

    def publish(self, publication: Publication) -> int | None:
        """Hand over a publication; its message id, or None where the queue is full."""
        properties = self._publish_properties(publication)
        info = self._client.publish(
            publication.topic,
            publication.payload,
            self._qos(publication.qos),
            publication.retain and self._limits.retain,
            properties,
        )
        return info.mid if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def is_acknowledged(self, publication: Publication) -> bool:
        """Whether the broker has to say that it has it."""
        return self._qos(publication.qos) > 0

    def takes(self, publication: Publication) -> bool:
        """Whether the broker takes a packet of this size: it would end the connection over a larger one."""
        spelled = len(publication.topic.encode()) + len(publication.payload) + PUBLISH_OVERHEAD
        if publication.response_topic is not None:
            spelled += len(publication.response_topic.encode())
        return spelled <= self._limits.packet

    def subscribe(self, subscriptions: tuple[Subscription, ...]) -> int | None:
        """Write one SUBSCRIBE; its message id."""
        _rc, mid = self._client.subscribe(
            [(one.filter, self._subscribe_options(one)) for one in subscriptions]
        )
        return mid

    def unsubscribe(self, filters: tuple[str, ...]) -> None:
        """Write one UNSUBSCRIBE."""
        self._client.unsubscribe(list(filters))

    def disconnect(self) -> None:
        """Write DISCONNECT, so that the broker does not publish the will."""
        self._client.disconnect()

    def _subscribe_options(self, subscription: Subscription) -> Any:
        qos = self._qos(subscription.qos)
        if self._version is Version.V311:
            return qos
        handling = (
            SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE if subscription.retained else NO_RETAINED
        )
        return SubscribeOptions(qos=qos, retainHandling=handling)

    def _qos(self, wanted: int) -> int:
        return min(wanted, self._limits.qos)

    def _publish_properties(self, publication: Publication) -> Properties | None:
        if self._version is Version.V311 or (
            publication.expiry is None and publication.response_topic is None
        ):
            return None
        properties = Properties(PacketTypes.PUBLISH)
        if publication.expiry is not None:
            properties.MessageExpiryInterval = publication.expiry
        if publication.response_topic is not None:
            properties.ResponseTopic = publication.response_topic
        return properties

    def _read_plainly(self) -> bool:
        """Read a message that needs no more than to be taken out; False where paho has to look."""
        if self._client._in_packet["command"]:  # noqa: SLF001
            return False
        memory = self._memory
        found = plain_publish(memory.incoming, memory.position, self._version)
        if found is None:
            return False
        message, memory.position = found
        self._news.append(message)
        return True

    def _guarded_read(self) -> None:
        """Read a packet, or a part of one.

        paho raises whatever malformed bytes lead it to; all of it means that the other side does not speak
        MQTT. Its `loop_read` would read as many packets as acknowledgements are awaited.
        """
        if self._begins_with_no_type():
            self._end(Failure(Cause.PROTOCOL_ERROR, "the server sent malformed MQTT (type 0)"))
            return
        try:
            code = self._client._packet_read()  # noqa: SLF001
        except Exception as error:  # noqa: BLE001
            self._end(
                Failure(
                    Cause.PROTOCOL_ERROR, f"the server sent malformed MQTT ({type(error).__name__})"
                )
            )
            return
        if code > MQTTErrorCode.MQTT_ERR_SUCCESS:
            refused = self._client.refused_version
            cause = Cause.UNSUPPORTED_PROTOCOL if refused else Cause.PROTOCOL_ERROR
            self._end(Failure(cause, paho.error_string(code)))
        elif self._client._in_packet["remaining_length"] > LARGEST_PACKET:  # noqa: SLF001
            self._end(Failure(Cause.TOO_LARGE, "the broker sends a message larger than the limit"))

    def _begins_with_no_type(self) -> bool:
        """Whether a packet begins with a byte of zero, after which paho would look for the type once more."""
        memory = self._memory
        begins = not self._client._in_packet["command"]  # noqa: SLF001
        return begins and memory.incoming[memory.position] == 0

    def _end(self, failure: Failure) -> None:
        if not self._ended:
            self._ended = True
            self._news.append(Ended(failure))

    def _on_connect(
        self, _client: object, _data: object, flags: Any, reason: ReasonCode, properties: Any
    ) -> None:
        if reason.is_failure:
            self._end(Failure(REFUSALS.get(reason.value, Cause.PROTOCOL_ERROR), reason.getName()))
            return
        self._obey(properties)
        self._news.append(Accepted(flags.session_present))

    def _obey(self, properties: Any) -> None:
        """What CONNACK limits; in MQTT 3.1.1 nothing."""
        client = self._client
        if (keepalive := getattr(properties, "ServerKeepAlive", None)) is not None:
            client._keepalive = keepalive  # noqa: SLF001
        if (most := getattr(properties, "ReceiveMaximum", None)) is not None:
            inflight = client._max_inflight_messages  # noqa: SLF001
            client._max_inflight_messages = min(inflight, most)  # noqa: SLF001
        self._limits = _Limits(
            qos=self._qos(getattr(properties, "MaximumQoS", 2)),
            retain=bool(getattr(properties, "RetainAvailable", True)),
            packet=min(getattr(properties, "MaximumPacketSize", LARGEST_PACKET), LARGEST_PACKET),
        )

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        response_topic = (
            getattr(message.properties, "ResponseTopic", None) if message.properties else None
        )
        self._news.append(
            Received(message.topic, bytes(message.payload), message.retain, response_topic)
        )

    def _on_subscribe(
        self, _client: object, _data: object, mid: int, reasons: Any, _properties: object
    ) -> None:
        self._news.append(Subscribed(mid, tuple(not reason.is_failure for reason in reasons)))

    def _on_publish(
        self, _client: object, _data: object, mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        failure = Failure(Cause.NOT_AUTHORIZED, reason.getName()) if reason.is_failure else None
        self._news.append(Published(mid, failure))

    def _on_disconnect(
        self, _client: object, _data: object, flags: Any, reason: ReasonCode, _properties: object
    ) -> None:
        code = self._client.farewell if self._client.farewell is not None else reason.value
        sent = flags.is_disconnect_packet_from_server
        cause = FAREWELLS.get(code, Cause.LOST) if sent else Cause.LOST
        self._end(
            Failure(cause, f"the broker ended it: {_farewell(code)}" if sent else _farewell(code))
        )


def _farewell(code: int) -> str:
    """The name of a DISCONNECT reason (MQTT 5, section 3.14.2.1)."""
    try:
        return str(ReasonCode(PacketTypes.DISCONNECT, identifier=code).getName())
    except (KeyError, ValueError, AssertionError):
        return f"reason {code:#04x}"
