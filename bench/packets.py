"""As much of MQTT 3.1.1 as a cheap load generator needs: encode, and split what comes back.

Numbers of sections refer to the OASIS standard MQTT Version 3.1.1.
"""

from collections.abc import Iterator

CONNACK, PUBLISH, SUBACK, PINGRESP = 2, 3, 9, 13
_PINGREQ = b"\xc0\x00"


def text(value: str) -> bytes:
    """Encode a string with its length (1.5.3)."""
    raw = value.encode()
    return len(raw).to_bytes(2, "big") + raw


def length(size: int) -> bytes:
    """Encode a remaining length of up to 268 435 455 bytes (2.2.3)."""
    encoded = bytearray()
    while True:
        size, digit = divmod(size, 128)
        encoded.append(digit | (128 if size else 0))
        if not size:
            return bytes(encoded)


def connect(client_id: str) -> bytes:
    """Encode CONNECT: clean session, no keep-alive, nobody's name (3.1)."""
    body = text("MQTT") + b"\x04\x02\x00\x00" + text(client_id)
    return b"\x10" + length(len(body)) + body


def subscribe(*filters: str) -> bytes:
    """Encode SUBSCRIBE with QoS 0 (3.8)."""
    body = b"\x00\x01" + b"".join(text(one) + b"\x00" for one in filters)
    return b"\x82" + length(len(body)) + body


def publish(topic: bytes, payload: bytes, *, retain: bool = False) -> bytes:
    """Encode PUBLISH with QoS 0 (3.3); the topic is already encoded by `text`."""
    head = b"\x31" if retain else b"\x30"
    return b"".join((head, length(len(topic) + len(payload)), topic, payload))


def ping() -> bytes:
    """Encode PINGREQ (3.12); the broker's answer says that it has taken in all before."""
    return _PINGREQ


class Splitter:
    """Splits a stream of bytes into packets: type, flags, body."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Take in what came; yield the packets that are complete."""
        rest = self._rest
        rest += data
        start = 0
        while (found := _frame(rest, start)) is not None:
            body, end = found
            yield rest[start] >> 4, rest[start] & 15, bytes(rest[body:end])
            start = end
        del rest[:start]


def _frame(data: bytearray, start: int) -> tuple[int, int] | None:
    """Return where the body of the packet at `start` begins and ends, or None while it is incomplete."""
    size, shift, at = 0, 0, start + 1
    while True:
        if at >= len(data):
            return None
        digit = data[at]
        at += 1
        size |= (digit & 127) << shift
        shift += 7
        if digit < 128:
            break
    return (at, at + size) if at + size <= len(data) else None


def published(flags: int, body: bytes) -> tuple[str, bytes]:
    """Return topic and payload of a PUBLISH (3.3.2)."""
    size = int.from_bytes(body[:2], "big")
    skip = 2 + size + (2 if flags & 6 else 0)
    return body[2 : 2 + size].decode(), body[skip:]
