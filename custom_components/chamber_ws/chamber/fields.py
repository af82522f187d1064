"""Reading one JSON object within bounds, field by field: a bad field is set aside and never costs the rest.

A reader takes the parsed JSON value, which is never None, and returns what it means, or raises `Unfit`.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, NoReturn, TypeVar

from .errors import ChamberError, Flaw, WireError
from .model import ABSOLUTE_ZERO, HOTTEST, Limits, Part, Probe, Progress, Quality, frozen

Reader = Callable[[Any, "Aside"], Any]
Word = TypeVar("Word", bound=StrEnum)

LARGEST_PAYLOAD = 64 * 1024
DEEPEST = 16
LONGEST_INTEGER = 20
LONGEST_TEXT = 128
MOST_PARTS = 64
MOST_PROBES = 64
MOST_STEPS = 100
LAST_TIME = 253402300799.0
LAST_SEQ = 2**53 - 1

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
TOKEN = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
COMMAND_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SWITCHES = {"on": True, "off": False}
SWITCHED = (Part(on=False), Part(on=True))


# A string ends at its quote or, unfinished, where the payload does: to look for the end of each
# anew would take seconds.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)
_OPENING = (b"[", b"{")
_CLOSING = (b"]", b"}")


class Unfit(ChamberError):
    """A value that its field does not admit."""


class Aside(list[str]):
    """The names of the fields that were set aside."""

    def attempt(self, name: str, reader: Reader, raw: object) -> Any:
        """What `reader` makes of `raw`; None, with the name noted, where it is unfit."""
        if raw is None:
            return None
        try:
            return reader(raw, self)
        except Unfit:
            self.append(name)
            return None


def parse(payload: bytes) -> dict[str, Any]:
    """The JSON object a payload is, within the contract's bounds."""
    if len(payload) > LARGEST_PAYLOAD:
        raise WireError(Flaw.TOO_LARGE, f"{len(payload)} bytes")
    if not payload:
        raise WireError(Flaw.EMPTY)
    if _too_deep(payload):
        raise WireError(Flaw.TOO_DEEP)
    try:
        parsed = _JSON.decode(payload.decode())
    except UnicodeDecodeError:
        raise WireError(Flaw.NOT_UTF8) from None
    except ValueError:
        raise WireError(Flaw.NOT_JSON) from None
    if not isinstance(parsed, dict):
        raise WireError(Flaw.NOT_AN_OBJECT)
    return parsed


def _not_json(constant: str) -> NoReturn:
    """NaN and Infinity, which Python's reader would take, are not JSON (RFC 8259, section 6)."""
    raise ValueError(constant)


def integer(digits: str) -> float:
    """A number too long for any field costs only that field; Python would refuse to read it at all."""
    return int(digits) if len(digits) <= LONGEST_INTEGER else float(digits)


_JSON = json.JSONDecoder(parse_constant=_not_json, parse_int=integer)


def _too_deep(payload: bytes) -> bool:
    """Whether brackets nest deeper than the contract allows; judged before parsing, which would recurse."""
    if payload.count(b"[") + payload.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(payload):
        if match[0] in _OPENING:
            depth += 1
        elif match[0] in _CLOSING:
            depth -= 1
        if depth > DEEPEST:
            return True
    return False


def read(fields: Mapping[str, Reader], raw: Mapping[str, object], aside: Aside) -> dict[str, Any]:
    """The known fields of a JSON object that are fit, by name. Unknown keys are ignored, null means absent."""
    values: dict[str, Any] = {}
    for name, entry in raw.items():
        if entry is None or (reader := fields.get(name)) is None:
            continue
        try:
            values[name] = reader(entry, aside)
        except Unfit:
            aside.append(name)
    return values


def number(low: float, high: float) -> Reader:
    """A JSON number from `low` to `high`. Infinity, which `1e400` becomes, is outside of any bounds."""

    def reader(raw: Any, _aside: Aside) -> float:
        if type(raw) not in (int, float) or not low <= raw <= high:
            raise Unfit
        return float(raw)

    return reader


def whole(low: int, high: int) -> Reader:
    """A JSON number without a fraction, from `low` to `high`; `5.0` is one."""

    def reader(raw: Any, _aside: Aside) -> int:
        if type(raw) not in (int, float) or not low <= raw <= high or raw != int(raw):
            raise Unfit
        return int(raw)

    return reader


def matching(pattern: re.Pattern[str]) -> Reader:
    """A string that matches the whole pattern."""

    def reader(raw: Any, _aside: Aside) -> str:
        if type(raw) is not str or not pattern.fullmatch(raw):
            raise Unfit
        return raw

    return reader


def word(words: type[Word]) -> Reader:
    """One of an enumeration's words."""
    known = {member.value: member for member in words}

    def reader(raw: Any, _aside: Aside) -> Word:
        member = known.get(raw) if type(raw) is str else None
        if member is None:
            raise Unfit
        return member

    return reader


def text(longest: int) -> Reader:
    """A line for people: control characters removed, cut at `longest` characters, not empty."""

    def reader(raw: Any, _aside: Aside) -> str:
        if type(raw) is not str:
            raise Unfit
        line = "".join(
            " " if c in "\t\r\n" else c
            for c in raw[: 4 * longest]
            if c.isprintable() or c in "\t\r\n"
        )
        if not (line := line.strip()[:longest].rstrip()):
            raise Unfit
        return line

    return reader


def boolean(raw: Any, _aside: Aside) -> bool:
    """A JSON boolean."""
    if type(raw) is not bool:
        raise Unfit
    return raw


def part(raw: Any, aside: Aside) -> Part:
    """An actuator: a duty from 0 to 100, a boolean, or `on` / `off` in any case."""
    if type(raw) is bool:
        return SWITCHED[raw]
    if type(raw) is str and len(raw) <= 3 and (switched := SWITCHES.get(raw.lower())) is not None:
        return SWITCHED[switched]
    return _driven(PERCENT(raw, aside))


@lru_cache(1024)
def _driven(duty: float) -> Part:
    """A part at a duty: the same one each time, since duties repeat."""
    return Part(on=duty > 0, duty=duty)


def listed(name: str, entry: Reader) -> Reader:
    """A list; an unfit entry is None and set aside by its index, so that the others keep theirs."""

    def reader(raw: Any, aside: Aside) -> tuple[Any, ...]:
        if type(raw) is not list or len(raw) > MOST_PARTS:
            raise Unfit
        try:
            return tuple([None if item is None else entry(item, aside) for item in raw])
        except Unfit:
            return tuple(
                aside.attempt(f"{name}[{index}]", entry, item) for index, item in enumerate(raw)
            )

    return reader


def objects(most: int) -> Reader:
    """A list of at most so many objects, as they came."""

    def reader(raw: Any, _aside: Aside) -> tuple[Mapping[str, Any], ...]:
        if type(raw) is not list or len(raw) > most or any(type(one) is not dict for one in raw):
            raise Unfit
        return tuple(frozen(one) for one in raw)

    return reader


def lone(entry: Reader) -> Reader:
    """One value that stands for a list of one."""
    return lambda raw, aside: (entry(raw, aside),)


def by_probe(
    name: str, entry: Reader, reserved: frozenset[str], *, keep_null: bool = False
) -> Reader:
    """An object keyed by probe id; ids that are none, or that equal a field of the state, are set aside."""

    def reader(raw: Any, aside: Aside) -> Mapping[str, Any]:
        if type(raw) is not dict or len(raw) > MOST_PROBES:
            raise Unfit
        read_ones: dict[str, Any] = {}
        for probe, item in raw.items():
            if not ID.fullmatch(probe) or probe in reserved:
                aside.append(name)
                continue
            value = aside.attempt(name, entry, item)
            if value is not None or (keep_null and item is None):
                read_ones[probe] = value
        return frozen(read_ones)

    return reader


def nested(name: str, fields: Mapping[str, Reader], noun: Callable[..., Any]) -> Reader:
    """An object of its own; a field of it that is unfit is set aside as `name.field`."""

    def reader(raw: Any, aside: Aside) -> Any:
        if type(raw) is not dict:
            raise Unfit
        inner = Aside()
        values = read(fields, raw, inner)
        aside.extend(f"{name}.{field}" for field in inner)
        return noun(**values)

    return reader


def limits(raw: Any, aside: Aside) -> Limits:
    """A chamber's limits; what is missing takes the contract's default."""
    bounds: Limits = _BOUNDS(raw, aside)
    if bounds.min >= bounds.max:
        raise Unfit
    return bounds


def date(raw: Any, _aside: Aside) -> str:
    """A day of the calendar as `2027-05-01`."""
    if type(raw) is not str or not DATE.fullmatch(raw):
        raise Unfit
    try:
        return datetime.date.fromisoformat(raw).isoformat()
    except ValueError:
        raise Unfit from None


PERCENT = number(0.0, 100.0)
TEMPERATURE = number(ABSOLUTE_ZERO, HOTTEST)
STEP = number(0.001, 100.0)
TIME = number(0.0, LAST_TIME)
SEQ = whole(0, LAST_SEQ)
QUALITY = word(Quality)
_BOUNDS = nested("limits", {"min": TEMPERATURE, "max": TEMPERATURE, "step": STEP}, Limits)
probe = nested("probes", {"role": matching(TOKEN), "name": text(LONGEST_TEXT)}, Probe)
progress = nested(
    "profile",
    {
        "name": text(LONGEST_TEXT),
        "step": whole(0, 10_000),
        "steps": whole(0, 10_000),
        "remaining": number(0.0, 1e9),
        "state": matching(TOKEN),
    },
    Progress,
)
