"""What a stored sample is, and a sample as a row and back, exactly.

What is asked for by itself has a column; everything else a sample says is one JSON object, in the contract's spelling.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from ..chamber.model import (
    NOTHING,
    Action,
    Clock,
    Mode,
    Part,
    Parts,
    Progress,
    Quality,
    Sample,
    frozen,
)
from ..chamber.past.ranges import Ranges
from ..chamber.past.timeline import Placed
from .errors import Reason, RecordUnusable


class Row(NamedTuple):
    """A stored sample: its number in a stretch, and when it was taken (Unix s UTC), as far as is known.

    `fetched`: it came in a batch of history, not live.
    """

    stretch: int
    seq: int
    at: float | None
    placed: Placed
    fetched: bool
    sample: Sample


class Position(NamedTuple):
    """A place in the order of a chamber's samples: stretches in the order they began, numbers ascending."""

    stretch: int
    seq: int

    @classmethod
    def of(cls, row: Row) -> Position:
        """Where a row stands."""
        return cls(row.stretch, row.seq)


@dataclass(slots=True)
class Stretch:
    """The samples of a chamber that are numbered in one piece.

    `covered` are the numbers that are or were stored, `lost` those that nobody has. `ended` is the last number that the
    gateway gave before it began another epoch, as far as it said so.
    """

    id: int
    chamber: int
    epoch: str | None
    covered: Ranges = field(default_factory=Ranges)
    lost: Ranges = field(default_factory=Ranges)
    rewinds: int = 0
    ended: int | None = None

    @property
    def last(self) -> int | None:
        """The last number that there is known to be; None: none is."""
        known = [one for one in (self.covered.last, self.ended) if one is not None]
        return max(known, default=None)

    @property
    def known(self) -> Ranges:
        """The numbers that nobody needs to be asked for."""
        return self.covered.union(self.lost) if self.lost.spans else self.covered


COLUMNS = (
    "stretch",
    "seq",
    "at",
    "placed",
    "fetched",
    "time",
    "clock",
    "boot",
    "uptime",
    "temperature",
    "setpoint",
    "rest",
)
"""The columns of a row, in the order that `row_of` takes them."""

dumps = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode
"""Any plain value as compact JSON; what is not JSON raises ValueError."""


def read[Plain](reader: Callable[[str], Plain], raw: str) -> Plain:
    """What was written down as text; where it does not read any more, the file is damaged."""
    try:
        return reader(raw)
    except (ValueError, TypeError, KeyError) as error:
        raise RecordUnusable(Reason.DAMAGED, str(error)) from error


_PLACED = {placed.value: placed for placed in Placed}
_CLOCKS: Mapping[str | None, Clock | None] = {None: None, **{clock.value: clock for clock in Clock}}
_QUALITIES = {quality.value: quality for quality in Quality}
_SWITCHED = {False: Part(on=False), True: Part(on=True)}
_DRIVEN: dict[float, Part] = {}
_MOST_DRIVEN = 4096


def _spelt_parts(parts: Parts) -> list[bool | float | None]:
    return [None if part is None else part.on if part.duty is None else part.duty for part in parts]


def _parts(raw: list[bool | float | None]) -> Parts:
    return tuple([None if entry is None else _part(entry) for entry in raw])


def _part(raw: bool | float) -> Part:
    """A part as it was spelt: the same one each time, since duties repeat."""
    if raw is True or raw is False:
        return _SWITCHED[raw]
    part = _DRIVEN.get(raw)
    if part is None:
        if len(_DRIVEN) >= _MOST_DRIVEN:
            _DRIVEN.clear()
        part = _DRIVEN[raw] = Part(on=raw > 0, duty=float(raw))
    return part


def _spelt_progress(progress: Progress) -> dict[str, Any]:
    names = Progress.__dataclass_fields__
    values = {name: getattr(progress, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _as_it_is(raw: Any) -> Any:
    return raw


# How each field beside the columns is spelt and read.
_REST: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "effective_setpoint": (_as_it_is, _as_it_is),
    "mode": (str, {mode.value: mode for mode in Mode}.__getitem__),
    "action": (str, {action.value: action for action in Action}.__getitem__),
    "reason": (_as_it_is, _as_it_is),
    "heaters": (_spelt_parts, _parts),
    "coolers": (_spelt_parts, _parts),
    "fans": (_spelt_parts, _parts),
    "probes": (dict, MappingProxyType),
    "quality": (dict, lambda raw: frozen({name: _QUALITIES[raw[name]] for name in raw})),
    "door": (_as_it_is, _as_it_is),
    "power": (_as_it_is, _as_it_is),
    "energy": (_as_it_is, _as_it_is),
    "profile": (_spelt_progress, lambda raw: Progress(**raw)),
}
_READERS = {name: reader for name, (_speller, reader) in _REST.items()}
_SPELLERS = tuple((name, speller) for name, (speller, _reader) in _REST.items())
_rest_of = attrgetter(*_REST)


def spelt(row: Row, epoch: str | None) -> tuple[Any, ...]:
    """A row as the values of `COLUMNS`; `epoch` is its stretch's."""
    stretch, seq, at, placed, fetched, sample = row
    rest = {
        name: speller(value)
        for (name, speller), value in zip(_SPELLERS, _rest_of(sample), strict=True)
        if value is not None and value is not NOTHING
    }
    if sample.seq != seq:
        rest["seq"] = sample.seq
    if sample.epoch != epoch:
        rest["epoch"] = sample.epoch
    return (
        stretch,
        seq,
        at,
        placed.value,
        fetched,
        sample.time,
        sample.clock and sample.clock.value,
        sample.boot,
        sample.uptime,
        sample.temperature,
        sample.setpoint,
        orjson.dumps(rest).decode() if rest else None,
    )


def row_of(values: tuple[Any, ...], epoch: str | None) -> Row:
    """The row of these values. What of a sample cannot be read leaves a sign of life at its time, without a value."""
    stretch, seq, at, placed, fetched, time, clock, boot, uptime, temperature, setpoint, rest = (
        values
    )
    try:
        said = {"seq": seq, "epoch": epoch}
        if rest is not None:
            readers = _READERS
            for name, entry in orjson.loads(rest).items():
                reader = readers.get(name)
                said[name] = entry if reader is None else reader(entry)
        sample = Sample(
            temperature=temperature,
            time=time,
            clock=_CLOCKS[clock],
            boot=boot,
            uptime=uptime,
            setpoint=setpoint,
            **said,
        )
    except ValueError, TypeError, KeyError, AttributeError:
        sample = Sample(temperature=None, seq=seq, epoch=epoch)
    return Row(stretch, seq, at, _PLACED.get(placed, Placed.UNKNOWN), bool(fetched), sample)


def spelt_ranges(ranges: Ranges) -> str:
    """Ranges as JSON: `[[first, last], …]`."""
    return dumps(ranges.spans)


def ranges_of(raw: str) -> Ranges:
    """The ranges of a JSON text."""
    return Ranges(tuple((first, last) for first, last in orjson.loads(raw)))
