"""What the garbage begins with: the contract's golden vectors, packets of brokers, and words that mean something."""

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..places import ROOT

LONGEST = 40_000
"""Bytes: above the largest batch of history, far below the largest message, which is cut off by its length alone."""
KINDS = ("announce", "status", "meta", "state", "event", "command", "reply", "history")
_VECTORS = ROOT / "contract" / "vectors"
_SPLIT = (0b00, 0b01, 0b10, 0b11, 0b1111_1100, 0b1111_1101)
"""Of packets: the version, whether a CONNACK goes before, and the size of the pieces."""
_PACKETS = {
    "connack": b"\x20\x02\x00\x00",
    "connack of MQTT 5": b"\x20\x0b\x00\x00\x08\x13\x00\x1e\x21\x00\x14\x24\x01",
    "suback": b"\x90\x03\x00\x01\x01",
    "suback of MQTT 5": b"\x90\x04\x00\x01\x00\x01",
    "publish": b"\x30\x05\x00\x03a/bx",
    "publish of MQTT 5": b"\x31\x06\x00\x03a/b\x00",
    "publish with QoS 1": b"\x32\x08\x00\x03a/b\x00\x07x",
    "publish with QoS 2": b"\x34\x07\x00\x03a/b\x00\x07\x62\x02\x00\x07",
    "puback": b"\x40\x02\x00\x02",
    "pingresp": b"\xd0\x00",
    "disconnect": b"\xe0\x02\x8b\x00",
}
_PAYLOADS = (b"21.5", b'{"t": [1, "on", {"a b": -3.5e1}]}', b"ON", b"nan", b"1" * 310, b"[" * 40)


def _vectors() -> Iterator[tuple[str, bytes]]:
    for path in sorted(_VECTORS.glob("*.json")):
        vectors: list[dict[str, Any]] = json.loads(path.read_text())
        for vector in vectors:
            if isinstance(payload := vector.get("payload"), str):
                yield str(vector["topic"]), payload.encode()


def _topics() -> Iterator[bytes]:
    yield from {topic.encode() for topic, _payload in _vectors()}


def _messages() -> Iterator[bytes]:
    for topic, payload in _vectors():
        kind = topic.rpartition("/")[2]
        if kind in KINDS:
            yield bytes([KINDS.index(kind)]) + payload


def _history() -> Iterator[bytes]:
    yield from (payload for topic, payload in _vectors() if topic.endswith("/history"))


def _packets() -> Iterator[bytes]:
    for split in _SPLIT:
        yield from (bytes([split]) + packet for packet in _PACKETS.values())
        yield bytes([split]) + b"".join(_PACKETS.values())


def _payloads() -> Iterator[bytes]:
    for source in range(8):
        yield from (bytes([source]) + payload for payload in _PAYLOADS)


def _proposals() -> Iterator[bytes]:
    yield b"kiln/actual\x0021.5\x00kiln/desired/set\x0022\x00kiln/heater\x00on"
    yield b'kiln\x00{"temp": 21.5, "setpoint": 22, "unit": "F", "cooler": [true], "power": 3}'


_SEEDS: Mapping[str, Callable[[], Iterator[bytes]]] = {
    "topics": _topics,
    "messages": _messages,
    "history": _history,
    "packets": _packets,
    "payloads": _payloads,
    "proposals": _proposals,
}
NAMES = tuple(_SEEDS)


def sow(name: str, folder: Path) -> None:
    """Write a target's seeds and words below `folder`; what earlier runs found out stays."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in _SEEDS[name]():
        (corpus / sha256(seed).hexdigest()[:20]).write_bytes(seed)
    (folder / "words").write_text("".join(f'"{_escaped(word)}"\n' for word in _words()))


def _words() -> list[str]:
    """The keys and short texts of the golden vectors, and numbers where readers go wrong."""
    found = {"1e999", "-0", "9" * 310, "NaN", "null", "true", "\\ud800", "9007199254740992"}
    for _topic, payload in _vectors():
        try:
            found |= set(_texts(json.loads(payload)))
        except (ValueError, RecursionError):
            continue
    return sorted(word for word in found if 0 < len(word) <= 320)


def _texts(value: object) -> Iterator[str]:
    match value:
        case dict():
            for name, inner in value.items():
                yield f'"{name}":'
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
        case str() if len(value) < 32:
            yield f'"{value}"'


def _escaped(word: str) -> str:
    """As libFuzzer reads it: whatever is not plain as hexadecimal bytes."""
    plain = set(range(0x20, 0x7F)) - {0x22, 0x5C}
    return "".join(chr(b) if b in plain else f"\\x{b:02x}" for b in word.encode("utf-8", "replace"))
