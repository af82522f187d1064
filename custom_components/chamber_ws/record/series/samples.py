"""A curve of samples: each by itself, or in buckets, whose means are those of their samples.

Where there are more samples than are read whole, SQLite finds mean, lowest and highest control temperature of all of
them; the rest is told of every second, third … sample, which still are several in each bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import orjson

from ...chamber.judgement import CONTROL, UNTRUSTED
from ..store import Store
from .bands import FIELDS, Bands, Mean
from .curve import Bucket, Curve, Setpoints, Temperatures, bucket
from .grid import Grid
from .source import Plan
from .spans import Patience, Runs, Span, holes

# What is left out is left out by the index alone.
_ROWS = (
    "SELECT one.at, whole.temperature, whole.setpoint, whole.fetched, whole.rest"
    " FROM sample AS one CROSS JOIN sample AS whole"
    " ON whole.stretch = one.stretch AND whole.seq = one.seq"
    " WHERE one.chamber = ? AND one.at >= ? AND one.at < ? AND one.seq % ? = 0"
    " ORDER BY one.at, one.stretch, one.seq"
)
_TIMES = "SELECT at FROM sample WHERE chamber = ? AND at >= ? AND at <= ? ORDER BY at"
# The spelling of a quality is looked for as text: to parse all rows would take three times as long.
_BUCKET = (
    "SELECT avg(temperature), min(temperature), max(temperature) FROM sample"
    " WHERE chamber = ? AND at >= ? AND at < ?"
    ' AND (rest IS NULL OR rest NOT GLOB \'*"temperature":"[fsm][ati]*\')'
)
_DOUBTFUL = frozenset(quality.value for quality in UNTRUSTED)

Values = tuple[float, float | None, float | None, int, str | None]


def curve(store: Store, chamber: int, period: Span, plan: Plan, patience: Patience) -> Curve:
    """What the samples of a period tell; they hold until the next, where nothing parts them."""
    rows: list[Values] = store.ask(_ROWS, (chamber, *period, plan.every))
    patience = replace(patience, step=plan.step or 0.0)
    reader = _Reader(period, plan.step)
    for row, until in zip(rows, chain((one[0] for one in rows[1:]), (period[1],)), strict=False):
        holds = not patience.parts(row[0], until)
        reader.read(row, until if holds else row[0])
        if not holds:
            reader.setpoints.end(row[0])
    reader.close()
    gaps = holes((row[0] for row in rows), patience)
    if plan.every > 1:
        gaps = (gap for wide in gaps for gap in _refined(store, chamber, wide, patience))
    control = reader.probes.pop(CONTROL, Temperatures()).buckets
    return Curve(
        temperature=_exact(store, chamber, period, plan.step)
        if plan.every > 1 and plan.step
        else control,
        setpoint=reader.setpoints.changes,
        probes={probe: found.buckets for probe, found in sorted(reader.probes.items())},
        bands=reader.parts.told(),
        gaps=list(gaps),
        backfilled=reader.fetched.spans,
    )


def _exact(store: Store, chamber: int, period: Span, step: float) -> list[Bucket]:
    """The control temperature of each bucket, of all its samples."""
    found = []
    for begun, ended in Grid(*period, step).bounds():
        ((mean, low, high),) = store.ask(_BUCKET, (chamber, begun, ended))
        if mean is not None:
            found.append(bucket(begun, mean, low, high))
    return found


def _refined(store: Store, chamber: int, wide: Span, patience: Patience) -> Iterator[Span]:
    """The holes between two samples, with all that lies between them."""
    return holes((at for (at,) in store.ask(_TIMES, (chamber, *wide))), patience)


class _Reader:
    """Takes rows in the order of time."""

    def __init__(self, period: Span, step: float | None) -> None:
        self._start, self._end = period
        self._step = step
        self._number: float | None = None
        self.probes: dict[str, Temperatures] = {}
        self.setpoints = Setpoints()
        self.parts = _Parts()
        self.fetched = Runs(step or 0.0)

    def read(self, row: Values, until: float) -> None:
        """Take in a row that holds `until` a time."""
        at, temperature, setpoint, fetched, rest = row
        said = _said(rest)
        number = at if self._step is None else at // self._step
        if number != self._number:
            self.close()
            self._number = number
        self.setpoints.see(at, setpoint, number)
        self.fetched.see(at, is_one=bool(fetched))
        quality = _mapping(said, "quality")
        self._see(CONTROL, temperature, quality)
        for probe, value in _mapping(said, "probes").items():
            self._see(probe, value, quality)
        if self._step is None:
            self.parts.run(at, until, said)
        else:
            self._hold(at, until, said, self._step)

    def _see(self, probe: str, value: Any, quality: Mapping[str, Any]) -> None:
        if isinstance(value, (int, float)) and quality.get(probe) not in _DOUBTFUL:
            if (found := self.probes.get(probe)) is None:
                found = self.probes[probe] = Temperatures()
            found.see(value)

    def _hold(self, at: float, until: float, said: Mapping[str, Any], step: float) -> None:
        """Let the parts run in this bucket, and in those that the row reaches into."""
        assert self._number is not None
        while (edge := (self._number + 1) * step) < until:
            self.parts.hold(edge - at, said)
            self.close()
            self._number, at = self._number + 1, edge
        self.parts.hold(until - at, said)

    def close(self) -> None:
        """The bucket is over."""
        if self._number is None:
            return
        step = self._step
        begun = self._number if step is None else max(self._start, self._number * step)
        for probe in self.probes.values():
            probe.close(begun)
        if step is not None:
            self.parts.close(begun, min(self._end, (self._number + 1) * step))


class _Parts:
    """All actuators."""

    def __init__(self) -> None:
        self._bands: dict[str, list[tuple[Bands, Mean]]] = {name: [] for name in FIELDS.values()}

    def told(self) -> dict[str, list[Any]]:
        """The bands of each, by the kind's field."""
        return {
            name: [bands.bands for bands, _mean in parts] for name, parts in self._bands.items()
        }

    def run(self, begun: float, ended: float, said: Mapping[str, Any]) -> None:
        """Each ran as a row says, from a time to another."""
        for name, raw in _parts(said):
            for (bands, _mean), part in zip(self._of(name, len(raw)), raw, strict=False):
                bands.hold(begun, ended, part)

    def hold(self, seconds: float, said: Mapping[str, Any]) -> None:
        """Each ran as a row says, for so long in this bucket."""
        for name, raw in _parts(said):
            for (_bands, mean), part in zip(self._of(name, len(raw)), raw, strict=False):
                mean.hold(seconds, part)

    def close(self, begun: float, ended: float) -> None:
        """The bucket is over."""
        for parts in self._bands.values():
            for bands, mean in parts:
                bands.hold(begun, ended, mean.taken())

    def _of(self, name: str, count: int) -> list[tuple[Bands, Mean]]:
        parts = self._bands[name]
        while len(parts) < count:
            parts.append((Bands(), Mean()))
        return parts


def _parts(said: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Any]]]:
    for name in FIELDS.values():
        if isinstance(raw := said.get(name), list):
            yield name, raw


def _said(rest: str | None) -> Mapping[str, Any]:
    """What a row says beside its columns; what cannot be read says nothing."""
    try:
        said = {} if rest is None else orjson.loads(rest)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _mapping(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}
