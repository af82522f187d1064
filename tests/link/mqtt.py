"""What a broker and a client say on the wire, made and taken apart by MQTT's own tables.

The sections named are those of MQTT 3.1.1 and of MQTT 5 alike. Nothing here uses paho: it is the
second opinion.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from chamber_agent.link.packets import Version

PINGRESP = b"\xd0\x00"
MESSAGE_EXPIRY, RESPONSE_TOPIC = 0x02, 0x08
SERVER_KEEP_ALIVE, MAXIMUM_PACKET_SIZE = 0x13, 0x27
SESSION_EXPIRY, RECEIVE_MAXIMUM, MAXIMUM_QOS, RETAIN_AVAILABLE = 0x11, 0x21, 0x24, 0x25


class Kind(IntEnum):
    """Control packet types (section 2.1.2)."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    PINGREQ = 12
    DISCONNECT = 14


@dataclass(frozen=True)
class Packet:
    """One control packet."""

    kind: int
    flags: int
    body: bytes


def packet(kind: int, body: bytes = b"", flags: int = 0) -> bytes:
    """A packet with its fixed header."""
    return bytes([kind << 4 | flags]) + varying(len(body)) + body


def varying(number: int) -> bytes:
    """A variable byte integer (MQTT 5, section 1.5.5)."""
    digits = []
    while True:
        number, digit = divmod(number, 128)
        digits.append(digit | (0x80 if number else 0))
        if not number:
            return bytes(digits)


def string(content: str | bytes) -> bytes:
    """A string or binary data with its length before it."""
    raw = content.encode() if isinstance(content, str) else content
    return struct.pack("!H", len(raw)) + raw


def properties(version: Version, content: bytes = b"") -> bytes:
    """MQTT 5's properties; 3.1.1 has none."""
    return varying(len(content)) + content if version is Version.V5 else b""


def connack(version: Version, code: int = 0, *, present: bool = False, told: bytes = b"") -> bytes:
    """The broker's answer to CONNECT."""
    return packet(Kind.CONNACK, bytes([present, code]) + properties(version, told))


def suback(version: Version, mid: int, *codes: int) -> bytes:
    """The broker's answer to SUBSCRIBE: one code for each filter."""
    return packet(Kind.SUBACK, struct.pack("!H", mid) + properties(version) + bytes(codes))


def puback(mid: int, *code: int) -> bytes:
    """The broker's answer to a PUBLISH of QoS 1; MQTT 5 may add a reason."""
    return packet(Kind.PUBACK, struct.pack("!H", mid) + bytes(code))


def publish(
    version: Version,
    topic: str,
    payload: bytes = b"",
    *,
    qos: int = 0,
    retained: bool = False,
    mid: int = 7,
    told: bytes = b"",
) -> bytes:
    """A message from the broker."""
    number = struct.pack("!H", mid) if qos else b""
    body = string(topic) + number + properties(version, told) + payload
    return packet(Kind.PUBLISH, body, qos << 1 | retained)


def disconnect(*body: int) -> bytes:
    """MQTT 5: the broker ends it; nothing, a reason, or a reason and the properties' length."""
    return packet(Kind.DISCONNECT, bytes(body))


def packets(data: bytes) -> list[Packet]:
    """Take a stream of whole packets apart."""
    return list(_packets(data))


def _packets(data: bytes) -> Iterator[Packet]:
    while data:
        length, start = _varying(data, 1)
        assert len(data) >= start + length, "the packet is not whole"
        yield Packet(data[0] >> 4, data[0] & 15, data[start : start + length])
        data = data[start + length :]


def _varying(data: bytes, at: int) -> tuple[int, int]:
    number, shift = 0, 0
    while True:
        number |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            return number, at


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.rest = data

    def take(self, size: int) -> bytes:
        taken, self.rest = self.rest[:size], self.rest[size:]
        assert len(taken) == size
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def data(self) -> bytes:
        return self.take(self.number(2))

    def properties(self, version: Version) -> bytes:
        if version is Version.V311:
            return b""
        length, start = _varying(self.rest, 0)
        self.take(start)
        return self.take(length)


@dataclass(frozen=True)
class Connect:
    """A CONNECT taken apart (section 3.1)."""

    version: Version
    flags: int
    keepalive: int
    properties: bytes
    client_id: str
    will_topic: str | None
    will_payload: bytes | None
    username: str | None
    password: str | None

    @property
    def clean_start(self) -> bool:
        """Whether the broker shall forget what it has of this client."""
        return bool(self.flags & 0x02)

    @property
    def will_qos(self) -> int:
        """The will's QoS."""
        return self.flags >> 3 & 3

    @property
    def will_retained(self) -> bool:
        """Whether the will is to be retained."""
        return bool(self.flags & 0x20)


def read_connect(data: bytes) -> Connect:
    """Take the first packet apart, which is a CONNECT."""
    first = packets(data)[0]
    assert first.kind == Kind.CONNECT
    reader = _Reader(first.body)
    assert reader.data() == b"MQTT"
    version = {4: Version.V311, 5: Version.V5}[reader.number(1)]
    flags, keepalive = reader.number(1), reader.number(2)
    told, client_id = reader.properties(version), reader.data().decode()
    topic = payload = username = password = None
    if flags & 0x04:
        assert not reader.properties(version)
        topic, payload = reader.data().decode(), reader.data()
    if flags & 0x80:
        username = reader.data().decode()
    if flags & 0x40:
        password = reader.data().decode()
    assert not reader.rest
    return Connect(version, flags, keepalive, told, client_id, topic, payload, username, password)


@dataclass(frozen=True)
class Publish:
    """A PUBLISH taken apart (section 3.3)."""

    topic: str
    payload: bytes
    qos: int
    retained: bool
    mid: int | None
    properties: bytes


def read_publish(version: Version, sent: Packet) -> Publish:
    """Take a PUBLISH apart."""
    assert sent.kind == Kind.PUBLISH
    reader, qos = _Reader(sent.body), sent.flags >> 1 & 3
    topic = reader.data().decode()
    mid = reader.number(2) if qos else None
    told = reader.properties(version)
    return Publish(topic, reader.rest, qos, bool(sent.flags & 1), mid, told)


@dataclass(frozen=True)
class Subscribe:
    """A SUBSCRIBE taken apart (section 3.8): its id, and each filter with its options."""

    mid: int
    filters: dict[str, int]


def read_subscribe(version: Version, sent: Packet) -> Subscribe:
    """Take a SUBSCRIBE apart."""
    assert (sent.kind, sent.flags) == (Kind.SUBSCRIBE, 2)
    reader = _Reader(sent.body)
    mid, filters = reader.number(2), {}
    reader.properties(version)
    while reader.rest:
        name = reader.data().decode()
        filters[name] = reader.number(1)
    return Subscribe(mid, filters)


@dataclass(frozen=True)
class Unsubscribe:
    """What UNSUBSCRIBE says (section 3.10)."""

    mid: int
    filters: tuple[str, ...]


def read_unsubscribe(version: Version, sent: Packet) -> Unsubscribe:
    """Take an UNSUBSCRIBE apart."""
    assert (sent.kind, sent.flags) == (Kind.UNSUBSCRIBE, 2)
    reader = _Reader(sent.body)
    mid, filters = reader.number(2), []
    reader.properties(version)
    while reader.rest:
        filters.append(reader.data().decode())
    return Unsubscribe(mid, tuple(filters))
