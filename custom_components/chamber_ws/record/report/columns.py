"""The columns of a sample, for CSV and JSON: what there is always, and the parts and probes that occur."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ...chamber.model import Kind, Part, Sample
from ..rows import Row
from .times import timestamp

Cell = str | float | int | bool | None
Read = Callable[[Row], Cell]


class Column(NamedTuple):
    """A column's name and how a row fills it."""

    name: str
    read: Read


def _of_sample(name: str) -> Column:
    return Column(name, lambda row: getattr(row.sample, name))


def _of_profile(name: str) -> Column:
    return Column(f"profile_{name}", lambda row: getattr(row.sample.profile, name, None))


BEFORE = (
    Column("time_utc", lambda row: None if row.at is None else timestamp(row.at)),
    Column("unix", lambda row: row.at),
    _of_sample("temperature"),
)
AFTER = (
    _of_sample("setpoint"),
    _of_sample("effective_setpoint"),
    _of_sample("mode"),
    _of_sample("action"),
    _of_sample("reason"),
)
LAST = (
    _of_sample("door"),
    _of_sample("power"),
    _of_sample("energy"),
    *(_of_profile(name) for name in ("name", "step", "steps", "remaining", "state")),
    Column("placed", lambda row: row.placed.value),
    Column("fetched", lambda row: row.fetched),
    Column("stretch", lambda row: row.stretch),
    Column("seq", lambda row: row.seq),
    *(_of_sample(name) for name in ("epoch", "boot", "uptime", "clock")),
    Column("own_time", lambda row: row.sample.time),
    Column("own_seq", lambda row: row.sample.seq),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What occurs in the samples of a period, and so which columns they have."""

    parts: tuple[int, ...] = (0,) * len(Kind)
    probes: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()

    def columns(self) -> tuple[Column, ...]:
        """All columns, in their order."""
        return (
            *BEFORE,
            *(_probe(probe) for probe in self.probes),
            *AFTER,
            *_parts(self.parts),
            *(_quality(probe) for probe in self.quality),
            *LAST,
        )


class Shape:
    """Fed with each sample of a period, it knows their layout."""

    def __init__(self) -> None:
        self._parts = dict.fromkeys(Kind, 0)
        self._probes: set[str] = set()
        self._quality: set[str] = set()

    def see(self, sample: Sample) -> None:
        """Take note of a sample."""
        for kind in Kind:
            if parts := sample.parts(kind):
                self._parts[kind] = max(self._parts[kind], len(parts))
        self._probes.update(sample.probes)
        self._quality.update(sample.quality)

    def layout(self) -> Layout:
        """What occurred so far."""
        return Layout(
            parts=tuple(self._parts.values()),
            probes=tuple(sorted(self._probes)),
            quality=tuple(sorted(self._quality)),
        )


def _probe(probe: str) -> Column:
    return Column(f"probe_{probe}", lambda row: row.sample.probes.get(probe))


def _quality(probe: str) -> Column:
    return Column(f"quality_{probe}", lambda row: row.sample.quality.get(probe))


def _parts(counts: tuple[int, ...]) -> Iterable[Column]:
    for kind, number in zip(Kind, counts, strict=True):
        for index in range(number):
            yield Column(f"{kind}_{index + 1}_on", _reading(kind, index, lambda part: part.on))
            yield Column(f"{kind}_{index + 1}_duty", _reading(kind, index, lambda part: part.duty))


def _reading(kind: Kind, index: int, read: Callable[[Part], Cell]) -> Read:
    def cell(row: Row) -> Cell:
        parts = row.sample.parts(kind) or ()
        part = parts[index] if index < len(parts) else None
        return None if part is None else read(part)

    return cell
