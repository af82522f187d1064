"""Sizes on the wire, from the specifications."""

MASK = 4
"""Bytes of a masking key; a client masks every frame, a server none (RFC 6455, section 5.1)."""


def websocket_header(length: int, *, masked: bool) -> int:
    """Bytes of a frame's header before a content of `length` bytes (RFC 6455, section 5.2)."""
    if not 0 <= length < 2**63:
        raise ValueError(f"a frame cannot hold {length} bytes")
    extended = 0 if length < 126 else 2 if length < 2**16 else 8
    return 2 + extended + (MASK if masked else 0)


def mqtt_publish(topic: str, length: int, *, qos: int, v5: bool) -> int:
    """Bytes of a PUBLISH without properties (MQTT 5, sections 2.1 and 3.3; 3.1.1 likewise)."""
    rest = 2 + len(topic.encode()) + (2 if qos else 0) + (1 if v5 else 0) + length
    if rest >= 2**28:
        raise ValueError(f"a packet cannot hold {length} bytes")
    remaining_length = 1 + (rest >= 2**7) + (rest >= 2**14) + (rest >= 2**21)
    return 1 + remaining_length + rest
