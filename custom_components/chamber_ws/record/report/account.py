"""All that a report says, gathered: frozen, and the same for every format.

Temperatures in °C, differences in K, durations in s, times in Unix s UTC, doses in K·min, shares in percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from typing import Any, NamedTuple

from ...chamber.analysis.findings import Extreme
from ...chamber.analysis.settings import OFF, Settings
from ...chamber.fields import ID
from ...chamber.model import NOTHING, Address
from .columns import Layout


class Span(NamedTuple):
    """A stretch of time."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which chamber it is, as far as it says so itself. `calibration_due` is an ISO 8601 date."""

    address: Address
    name: str
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    software: str | None = None
    hardware: str | None = None
    calibration_due: str | None = None

    @property
    def label(self) -> str:
        """Gateway and chamber as in its topics; the name where a mapping made the address, which nobody knows."""
        ids = all(map(ID.fullmatch, self.address))
        return "/".join(self.address) if ids else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured over `seconds`, of which `known` are covered by samples. None: nobody can say.

    `energy` in kWh. Shares are of the known time.
    """

    seconds: float
    known: float = 0.0
    mean: float | None = None
    mean_kinetic_temperature: float | None = None
    minimum: Extreme | None = None
    maximum: Extreme | None = None
    time_in_range: float | None = None
    in_range: float = 0.0
    above: float = 0.0
    below: float = 0.0
    dose_above: float = 0.0
    dose_below: float = 0.0
    heater_duty: float | None = None
    cooler_duty: float | None = None
    starts_per_hour: float | None = None
    energy: float | None = None

    @property
    def coverage(self) -> float:
        """The share of the time that is known."""
        return min(100.0, 100.0 * self.known / self.seconds) if self.seconds > 0 else 0.0


class Day(NamedTuple):
    """One local day, or the part of it that belongs to the period."""

    date: date
    figures: Figures


class Acknowledgement(NamedTuple):
    """Who took note of an excursion; `on_behalf_of` is a claim."""

    at: float
    by: str | None = None
    on_behalf_of: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Something that lasted: an excursion, a fault, a loss of data. `end` None: it went on when the report was made.

    `announced` is when it became what it is, after its delay. `silent`: while the chamber was shelved.
    """

    what: str
    start: float
    announced: float
    end: float | None = None
    limit: float | None = None
    peak: float | None = None
    out: float | None = None
    degree_minutes: float | None = None
    acknowledged: tuple[Acknowledgement, ...] = ()
    silent: bool = False

    def overlaps(self, span: Span) -> bool:
        """Whether any of it is in a stretch of time."""
        return self.start < span.end and (self.end is None or self.end >= span.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One entry of the journal; `hash` is made of `previous` and `content`, as the journal says."""

    id: int
    at: float
    act: str
    user: str | None = None
    name: str | None = None
    on_behalf_of: str | None = None
    old: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    new: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    why: str | None = None
    content: str = ""
    hash: str = ""
    previous: str = ""


class Point(NamedTuple):
    """A temperature of the curve."""

    at: float
    value: float


class Stroke(NamedTuple):
    """The lowest and the highest temperature of one column of the curve, in the order of time, or the only one.

    `joined`: no gap lies between this one and the one before.
    """

    points: tuple[Point, ...]
    joined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The temperature over the period, thinned to columns; setpoints where they changed; what was fetched later."""

    strokes: tuple[Stroke, ...] = ()
    setpoints: tuple[Point, ...] = ()
    fetched: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many rows there are, `fetched` of them later, `estimated`: dated by a clock that cannot be relied on.

    `unplaced`: of unknown time, in the whole record of the chamber. `lost`: numbers between the first and the last row
    that nobody has any more; `awaited`: those still to be fetched, also next to the first and the last row, since they
    may belong to the period. `condensed`: s of the period that are known by the
    minutes alone, their rows being gone. `sha256` is that of the CSV of the rows.
    """

    rows: int = 0
    fetched: int = 0
    estimated: int = 0
    unplaced: int = 0
    lost: int = 0
    awaited: int = 0
    condensed: float = 0.0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is known of one chamber in one period, made at `made`."""

    identity: Identity
    period: Span
    made: float
    zone: tzinfo = UTC
    settings: Settings = OFF
    judged_on: str = "temperature"
    figures: Figures
    days: tuple[Day, ...] = ()
    curve: Curve = field(default_factory=Curve)
    excursions: tuple[Episode, ...] = ()
    warnings: tuple[Episode, ...] = ()
    faults: tuple[Episode, ...] = ()
    losses: tuple[Episode, ...] = ()
    gaps: tuple[Span, ...] = ()
    gap_count: int = 0
    gap_seconds: float = 0.0
    audit: tuple[Audited, ...] = ()
    breaks: tuple[str, ...] = ()
    tally: Tally = Tally()
    layout: Layout = Layout()

    @property
    def intact(self) -> bool:
        """Whether the journal's chain of hashes holds."""
        return not self.breaks
