"""paho-mqtt as an engine on an in-memory socket: bytes in, bytes out, no thread, no file descriptor.

One engine serves one connection. paho's own WebSocket and network loops are not used; what is used of
its private names is `_create_socket`, `_packet_read`, `_handle_connack`, `_handle_disconnect`,
`_in_packet`, `_keepalive` and the mutexes, pinned by a test.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import (
    CallbackAPIVersion,
    ConnackCode,
    MQTTErrorCode,
    MQTTProtocolVersion,
)
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from .errors import Cause, Failure
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
from .transport import LARGEST_FRAME

MUTEXES = (
    "_in_callback_mutex",
    "_callback_mutex",
    "_msgtime_mutex",
    "_out_message_mutex",
    "_in_message_mutex",
    "_reconnect_delay_mutex",
    "_mid_generate_mutex",
)
MOST_QUEUED = 1000
LARGEST_PACKET = LARGEST_FRAME
NO_RETAINED = 2
REFUSED_VERSION = bytes([ConnackCode.CONNACK_REFUSED_PROTOCOL_VERSION])
PROTOCOLS = {Version.V5: MQTTProtocolVersion.MQTTv5, Version.V311: MQTTProtocolVersion.MQTTv311}
REFUSALS = {
    0x84: Cause.UNSUPPORTED_PROTOCOL,
    0x86: Cause.INVALID_AUTH,
    0x87: Cause.INVALID_AUTH,
    0x88: Cause.UNAVAILABLE,
    0x89: Cause.UNAVAILABLE,
    0x8A: Cause.NOT_AUTHORIZED,
    0x8C: Cause.INVALID_AUTH,
    0x97: Cause.UNAVAILABLE,
    0x9F: Cause.UNAVAILABLE,
}
FAREWELLS = {0x87: Cause.NOT_AUTHORIZED, 0x95: Cause.TOO_LARGE, 0x98: Cause.NOT_AUTHORIZED}


class _NoLock:
    """Stands for paho's mutexes: everything happens in one thread."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def acquire(self, _blocking: bool = True) -> bool:
        return True

    def release(self) -> None:
        return None


class _MemorySocket:
    """What paho takes for a socket: two buffers."""

    def __init__(self) -> None:
        self._incoming = bytearray()
        self._position = 0
        self.outgoing = bytearray()

    def feed(self, data: bytes) -> None:
        del self._incoming[: self._position]
        self._position = 0
        self._incoming += data

    @property
    def unread(self) -> int:
        return len(self._incoming) - self._position

    def recv(self, size: int) -> bytes:
        if not self.unread:
            raise BlockingIOError
        data = bytes(self._incoming[self._position : self._position + size])
        self._position += len(data)
        return data

    def send(self, data: bytes) -> int:
        self.outgoing += data
        return len(data)

    def setblocking(self, _flag: bool) -> None:
        return None

    def close(self) -> None:
        return None


class _Client(paho.Client):
    """paho's client with its socket and its locks taken out."""

    def __init__(self, memory: _MemorySocket, **options: Any) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, reconnect_on_failure=False, **options)
        self.memory = memory
        self.farewell: int | None = None
        self.refused_version = False
        for mutex in MUTEXES:
            if not hasattr(self, mutex):
                raise AttributeError(mutex)
            setattr(self, mutex, _NoLock())

    def _create_socket(self) -> Any:
        return self.memory

    def _handle_connack(self) -> MQTTErrorCode:
        """Keep the code, of which paho does not tell where it refuses MQTT 3.1.1."""
        self.refused_version = self._in_packet["packet"][1:2] == REFUSED_VERSION
        return super()._handle_connack()

    def _handle_disconnect(self) -> None:
        """Keep the reason, which paho 2.1.0 drops where no properties follow it."""
        if packet := self._in_packet["packet"]:
            self.farewell = packet[0]
        super()._handle_disconnect()


class Engine:
    """One MQTT connection without its network. Feed it with `feed`, ask `read` for news, send what `drain` gives."""

    def __init__(self, settings: Settings, greeting: Greeting, version: Version) -> None:
        self._version = version
        self._memory = _MemorySocket()
        self._news: deque[News] = deque()
        self._ended = False
        self._client = client = _Client(
            self._memory, client_id=settings.client_id, protocol=PROTOCOLS[version]
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
            client.will_set(will.topic, will.payload, will.qos, will.retain)
        client.connect_async("in-memory", 1, settings.keepalive)
        self._settings = settings

    def connect(self) -> None:
        """Write CONNECT."""
        properties = None
        if self._version is Version.V5:
            properties = Properties(PacketTypes.CONNECT)
            properties.MaximumPacketSize = LARGEST_PACKET
        self._client.connect("in-memory", 1, self._settings.keepalive, properties=properties)

    def feed(self, data: bytes) -> None:
        """Take in bytes from the network, to be read by `read`."""
        self._memory.feed(data)

    def read(self, most: int = 64) -> list[News]:
        """Read at most so many packets; an empty answer says that nothing whole is left."""
        while len(self._news) < most and self._memory.unread and not self._ended:
            self._guarded_read()
        news = list(self._news)
        self._news.clear()
        return news

    def drain(self) -> bytes:
        """The bytes to send."""
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
            publication.topic, publication.payload, publication.qos, publication.retain, properties
        )
        return info.mid if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def subscribe(self, subscriptions: tuple[Subscription, ...]) -> int | None:
        """Write one SUBSCRIBE; its message id."""
        _rc, mid = self._client.subscribe(
            [(one.filter, self._subscribe_options(one)) for one in subscriptions]
        )
        return mid

    def disconnect(self) -> None:
        """Write DISCONNECT, so that the broker does not publish the will."""
        self._client.disconnect()

    def _subscribe_options(self, subscription: Subscription) -> Any:
        if self._version is Version.V311:
            return subscription.qos
        handling = (
            SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE if subscription.retained else NO_RETAINED
        )
        return SubscribeOptions(qos=subscription.qos, retainHandling=handling)

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

    def _guarded_read(self) -> None:
        """Read a packet, or a part of one.

        paho raises whatever malformed bytes lead it to; all of it means that the other side does not speak
        MQTT. Its `loop_read` would read as many packets as acknowledgements are awaited.
        """
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
        if (keepalive := getattr(properties, "ServerKeepAlive", None)) is not None:
            self._client._keepalive = keepalive  # noqa: SLF001
        self._news.append(Accepted(flags.session_present))

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
