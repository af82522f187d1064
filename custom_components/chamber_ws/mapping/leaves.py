"""What was heard on a broker, taken apart: a topic says one value, or a JSON document with many. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from .payloads import NUMBER, BadPayload, document, text_of

MOST_LEAVES = 64
DEEPEST = 4
WORD = re.compile(r"[^\W\d_]+")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
PLAIN = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class Heard(NamedTuple):
    """The last payload that came on a topic, and whether the broker had kept it."""

    payload: bytes
    retained: bool = False


@dataclass(frozen=True)
class Leaf:
    """One value: its topic, its place in the topic's JSON (empty: none), and what was said."""

    topic: str
    path: str
    said: Any

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of topic and place, in small letters, the last ones first: they say most."""
        return tuple(reversed(words_of(self.topic) + words_of(self.path)))

    @property
    def parent(self) -> tuple[str, ...]:
        """The levels of the topic that it shares with what belongs together; all of them within one document."""
        levels = tuple(self.topic.split("/"))
        return levels if self.path else levels[:-1]

    @cached_property
    def number(self) -> float | None:
        """The number that was said."""
        if isinstance(self.said, bool):
            return None
        if isinstance(self.said, int | float):
            return float(self.said)
        said = str(self.said)
        return float(said) if NUMBER.fullmatch(said) else None


def words_of(text: str) -> list[str]:
    """The words in a topic or a place."""
    return [word.casefold() for word in WORD.findall(CAMEL.sub(" ", text))]


def leaves(heard: Mapping[str, Heard]) -> list[Leaf]:
    """Every value that was said."""
    return [leaf for topic, one in heard.items() for leaf in _of(topic, one.payload)]


def _of(topic: str, payload: bytes) -> Iterable[Leaf]:
    try:
        text = text_of(payload)
        if not text.startswith(("{", "[")):
            return [Leaf(topic, "", text)]
        found = list(_below(document(text), "$", DEEPEST))[:MOST_LEAVES]
    except BadPayload:
        return []
    return [Leaf(topic, path, said) for path, said in found]


def _below(value: Any, path: str, deeper: int) -> Iterator[tuple[str, Any]]:
    match value:
        case dict() if deeper:
            for name, inner in value.items():
                step = f".{name}" if PLAIN.fullmatch(name) else f"['{name}']"
                if "'" not in name:
                    yield from _below(inner, f"{path}{step}", deeper - 1)
        case list() if deeper:
            for index, inner in enumerate(value[:MOST_LEAVES]):
                yield from _below(inner, f"{path}[{index}]", deeper - 1)
        case str() | int() | float():
            yield path, value
