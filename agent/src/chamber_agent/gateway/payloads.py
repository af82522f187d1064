"""What a node's payload means: plain numbers and words, or a place in JSON; in °C, percent and the contract's words."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any

from ..chamber import fields
from ..chamber.errors import ChamberError
from ..chamber.model import ABSOLUTE_ZERO, HOTTEST, Mode, Part
from ..errors import AgentError
from . import paths
from .settings import Degrees, ModeSource, Number, PartSource, Source, Switch, Unit

LONGEST_PLAIN = 64
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_MOST_WATTS = 1e6
_DIGITS = 3
_FREEZING = 273.15

Reader = Callable[["Payload"], Any]
"""Returns what a payload means, None where the node says that it has no value; raises `BadPayload`."""


class Flaw(StrEnum):
    """Why a payload was set aside."""

    NOT_TEXT = "not_text"
    NOT_JSON = "not_json"
    ABSENT = "absent"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_BOUNDS = "out_of_bounds"
    UNKNOWN_WORD = "unknown_word"
    BAD_NAME = "bad_name"
    TOO_MANY_NODES = "too_many_nodes"


class BadPayload(AgentError):
    """A payload that does not say what its topic should."""

    def __init__(self, flaw: Flaw, detail: object = "") -> None:
        super().__init__(f"{flaw}: {detail!r}" if detail else str(flaw))
        self.flaw = flaw


class Payload:
    """One message's bytes, parsed once for all values that are in it."""

    __slots__ = ("_content", "_document")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._document: Mapping[str, Any] | None = None

    def plain(self) -> str:
        """Return it as one value. Raises `BadPayload`."""
        if len(self._content) > LONGEST_PLAIN:
            raise BadPayload(Flaw.NOT_TEXT, f"{len(self._content)} bytes")
        try:
            return self._content.decode().strip()
        except UnicodeDecodeError:
            raise BadPayload(Flaw.NOT_TEXT) from None

    def at(self, path: tuple[paths.Step, ...]) -> Any:
        """Return what stands at a place of its JSON. Raises `BadPayload`."""
        if self._document is None:
            try:
                self._document = fields.parse(self._content)
            except ChamberError as error:
                raise BadPayload(Flaw.NOT_JSON, str(error)) from None
        try:
            return paths.found(self._document, path)
        except LookupError:
            raise BadPayload(Flaw.ABSENT) from None


def reader(source: Source) -> Reader:
    """Return what reads a value."""
    take = _taken(source.path)
    match source:
        case Degrees():
            return partial(_degrees, take, source)
        case Number():
            return partial(_power, take, source)
        case PartSource(duty=True):
            return partial(_duty, take, source)
        case PartSource():
            parts = {True: Part(on=True), False: Part(on=False)}
            return partial(_word, take, {word: parts[on] for word, on in _switched(source).items()})
        case Switch():
            return partial(_word, take, _switched(source))
        case ModeSource(words=words):
            known: Iterable[tuple[str, Mode]] = words.items() or ((mode, mode) for mode in Mode)
            return partial(_word, take, {word.casefold(): mode for word, mode in known})
        case _:
            raise TypeError(source)


def _taken(path: str | None) -> Callable[[Payload], Any]:
    if path is None:
        return Payload.plain
    found = paths.steps(path)
    return lambda payload: payload.at(found)


def _number(value: object, source: Number) -> float | None:
    """Return a number, scaled; None for the words and numbers that say that there is none."""
    if value is None:
        return None
    if type(value) in (int, float):
        said = float(value)  # type: ignore[arg-type]
    elif isinstance(value, str) and len(value) <= LONGEST_PLAIN and _NUMBER.fullmatch(value):
        said = float(value)
    else:
        raise BadPayload(Flaw.NOT_A_NUMBER, str(value)[:LONGEST_PLAIN])
    return None if said in source.invalid else said * source.scale + source.offset


def _degrees(take: Callable[[Payload], Any], source: Degrees, payload: Payload) -> float | None:
    said = _number(take(payload), source)
    return None if said is None else _within(to_celsius(said, source.unit), ABSOLUTE_ZERO, HOTTEST)


def _power(take: Callable[[Payload], Any], source: Number, payload: Payload) -> float | None:
    said = _number(take(payload), source)
    return None if said is None else _within(said, 0.0, _MOST_WATTS)


def _duty(take: Callable[[Payload], Any], source: PartSource, payload: Payload) -> Part | None:
    said = _number(take(payload), Number(topic=source.topic, scale=source.scale))
    if said is None:
        return None
    duty = _within(said, 0.0, 100.0)
    return Part(on=duty > 0, duty=duty)


def _within(value: float, low: float, high: float) -> float:
    rounded = round(value, _DIGITS)
    if not low <= rounded <= high:
        raise BadPayload(Flaw.OUT_OF_BOUNDS, rounded)
    return rounded


def _word(take: Callable[[Payload], Any], words: Mapping[str, Any], payload: Payload) -> Any:
    said = take(payload)
    if said is None:
        return None
    if isinstance(said, float) and said.is_integer():
        said = int(said)
    word = str(said)[:LONGEST_PLAIN].casefold()
    if word not in words:
        raise BadPayload(Flaw.UNKNOWN_WORD, word)
    return words[word]


def _switched(source: Switch) -> dict[str, bool]:
    on = {word.casefold(): True for word in source.on}
    return {**on, **{word.casefold(): False for word in source.off}}


def to_celsius(value: float, unit: Unit) -> float:
    """Return a temperature in °C."""
    match unit:
        case Unit.CELSIUS:
            return value
        case Unit.FAHRENHEIT:
            return (value - 32.0) / 1.8
        case Unit.KELVIN:
            return value - _FREEZING


def from_celsius(value: float, unit: Unit) -> float:
    """Return °C in another unit."""
    match unit:
        case Unit.CELSIUS:
            return value
        case Unit.FAHRENHEIT:
            return value * 1.8 + 32.0
        case Unit.KELVIN:
            return value + _FREEZING
