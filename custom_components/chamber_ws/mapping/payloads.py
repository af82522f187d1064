"""What a payload means, by a mapping: numbers in any unit, words for on and off, a place in JSON. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Any

from ..chamber.errors import ChamberError
from ..chamber.fields import LARGEST_PAYLOAD, integer
from ..chamber.model import ABSOLUTE_ZERO, HOTTEST, Part
from .table import Sort, Source

LONGEST = 64
MOST_WATTS = 1e6
DIGITS = 3
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
NO_VALUE = frozenset({"nan", "none", "null", "unknown", "unavailable"})
PATH = re.compile(r"""\$(\.[\w-]+|\['[^']+'\]|\[\d{1,4}\])*""")
STEP = re.compile(r"""\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]""")
TEMPLATE = re.compile(r"{[{%]")

Render = Callable[[str, str], str]
"""Fills in a template for a payload; raises `BadPayload`."""


class Flaw(StrEnum):
    """Why a payload says nothing."""

    NOT_TEXT = "not_text"
    NOT_JSON = "not_json"
    ABSENT = "absent"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_BOUNDS = "out_of_bounds"
    UNKNOWN_WORD = "unknown_word"
    TEMPLATE = "template"


class BadPayload(ChamberError):
    """A payload that does not say what its topic should."""

    def __init__(self, flaw: Flaw, detail: str = "") -> None:
        super().__init__(f"{flaw}: {detail}" if detail else str(flaw))
        self.flaw = flaw
        self.detail = detail


def text_of(payload: bytes) -> str:
    """The payload as text. Raises `BadPayload`."""
    if len(payload) > LARGEST_PAYLOAD:
        raise BadPayload(Flaw.NOT_TEXT, f"{len(payload)} bytes")
    try:
        return payload.decode().strip()
    except UnicodeDecodeError:
        raise BadPayload(Flaw.NOT_TEXT) from None


def read(source: Source, payload: bytes, render: Render) -> Any:
    """What a payload says of a source's value; None where it says that there is no value. Raises `BadPayload`."""
    said = _taken(source.read, text_of(payload), render)
    match source.sort:
        case Sort.TEMPERATURE:
            number = _number(said)
            return number and _within(source.unit.to_celsius(*number), ABSOLUTE_ZERO, HOTTEST)
        case Sort.POWER:
            number = _number(said)
            return number and _within(*number, 0.0, MOST_WATTS)
        case _:
            return _word(source, said)


def part(said: bool | None) -> Part | None:
    """An actuator that is on, off or unknown."""
    return None if said is None else Part(on=said)


def is_template(text: str) -> bool:
    """Whether a way to read is a template rather than a place in JSON."""
    return TEMPLATE.search(text) is not None


def _taken(how: str, text: str, render: Render) -> Any:
    if not how:
        return text
    if is_template(how):
        return render(how, text).strip()
    return at(document(text), how)


@lru_cache(8)
def document(text: str) -> Any:
    """The JSON a text is, parsed once for all values in it, and not to be changed. Raises `BadPayload`."""
    try:
        return json.loads(text, parse_constant=lambda _name: None, parse_int=integer)
    except ValueError, RecursionError:
        raise BadPayload(Flaw.NOT_JSON) from None


def at(found: Any, path: str) -> Any:
    """What stands at a place such as `$.t[0]` of a JSON document. Raises `BadPayload`."""
    for name, quoted, place in STEP.findall(path):
        try:
            found = (
                found[int(place)] if place and isinstance(found, list) else found[name or quoted]
            )
        except KeyError, IndexError, TypeError:
            raise BadPayload(Flaw.ABSENT, path) from None
    return found


def _number(said: Any) -> tuple[float] | None:
    """A number, in a tuple of its own so that zero counts; None for the words that say that there is none."""
    if said is None:
        return None
    if type(said) in (int, float) and math.isfinite(said):
        return (float(said),)
    if isinstance(said, str) and len(said) <= LONGEST:
        if NUMBER.fullmatch(said):
            return (float(said),)
        if said.casefold() in NO_VALUE:
            return None
    raise BadPayload(Flaw.NOT_A_NUMBER, str(said)[:LONGEST])


def _within(value: float, low: float, high: float) -> float:
    rounded = round(value, DIGITS)
    if not low <= rounded <= high:
        raise BadPayload(Flaw.OUT_OF_BOUNDS, f"{rounded:g}")
    return rounded


def _word(source: Source, said: Any) -> Any:
    if said is None:
        return None
    if isinstance(said, float) and said.is_integer():
        said = int(said)
    word = str(said)[:LONGEST].strip().casefold()
    if word not in source.words:
        if word in NO_VALUE:
            return None
        raise BadPayload(Flaw.UNKNOWN_WORD, word)
    return source.words[word]
