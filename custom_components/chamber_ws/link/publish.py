"""The packet that arrives most, read without detour: a whole PUBLISH of QoS 0 without properties.

(MQTT 3.1.1 and 5, section 3.3.) Everything else, and whatever is malformed, is left to paho.
"""

from __future__ import annotations

from .packets import Received, Version

PUBLISH = 0x30
RETAIN = 0x01
LONGEST_LENGTH = 4


def plain_publish(data: bytearray, at: int, version: Version) -> tuple[Received, int] | None:
    """The message that begins at `at` and where it ends; None where it is not one of these, or not whole yet."""
    if data[at] & ~RETAIN != PUBLISH:
        return None
    length = shift = 0
    body = at + 1
    while True:
        if body >= len(data) or body - at > LONGEST_LENGTH:
            return None
        byte = data[body]
        body += 1
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    end = body + length
    topic = body + 2
    if end > len(data) or topic > end:
        return None
    payload = topic_end = topic + (data[body] << 8 | data[body + 1])
    if version is Version.V5:
        if topic_end >= end or data[topic_end]:
            return None
        payload += 1
    if payload > end or topic_end == topic:
        return None
    try:
        name = data[topic:topic_end].decode()
    except UnicodeDecodeError:
        return None
    return Received(name, bytes(data[payload:end]), bool(data[at] & RETAIN)), end
