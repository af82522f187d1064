"""What a chamber's temperature amounts to, minute by minute and over the last 24 hours.

Between two samples the temperature runs straight, while duty and power stay what the earlier sample said. A step longer
than `LONGEST_STEP` is unknown, and counts nowhere. A sample costs the same however much was before it.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple

from .analysis.findings import Extreme, Window
from .analysis.kinetic import exposure, mean_kinetic_temperature

LONGEST_STEP = 300.0
MINUTE = 60.0
DAY = 24 * 3600.0
JOULES_PER_KWH = 3.6e6

Bounds = tuple[float | None, float | None]
MinuteRow = tuple[float | int | None, ...]
"""The values of a minute in the order of its fields, as they are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """What is known of the minute that began at `at` (Unix s, UTC). All but `at`, `low` and `high` add up.

    `covered`: s of known temperature; `integral`: °C·s; `low`, `high`: its extremes in °C, None where there is none;
    `arrhenius`: ∑ dt·exposure in s. `in_range`, `above`, `below`: s, of the time for which there was a bound;
    `dose_above`, `dose_below`: K·s beyond the bounds. `heater`, `cooler`: %·s, each over its own seconds;
    `energy`: W·s over `power_seconds`. `starts` of heaters and coolers, in `observed` s, known temperature or not.
    """

    at: float
    covered: float = 0.0
    integral: float = 0.0
    low: float | None = None
    high: float | None = None
    arrhenius: float = 0.0
    in_range: float = 0.0
    above: float = 0.0
    below: float = 0.0
    dose_above: float = 0.0
    dose_below: float = 0.0
    heater: float = 0.0
    heater_seconds: float = 0.0
    cooler: float = 0.0
    cooler_seconds: float = 0.0
    energy: float = 0.0
    power_seconds: float = 0.0
    observed: float = 0.0
    starts: int = 0

    FIELDS: ClassVar[tuple[str, ...]] = ()

    def as_row(self) -> MinuteRow:
        """The values in the order of `FIELDS`."""
        row: MinuteRow = _VALUES(self)
        return row

    @classmethod
    def from_row(cls, row: Iterable[Any]) -> Minute:
        """The minute of `as_row()`; raises ValueError where the number of values differs."""
        return cls(**dict(zip(cls.FIELDS, row, strict=True)))

    def __add__(self, other: Minute) -> Minute:
        """Both together, dated by the earlier one."""
        added = {name: getattr(self, name) + getattr(other, name) for name in _ADDITIVE}
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Minute(
            at=min(self.at, other.at),
            low=min(lows, default=None),
            high=max(highs, default=None),
            **added,
        )


Minute.FIELDS = tuple(field.name for field in fields(Minute))
_ADDITIVE = {
    name: index for index, name in enumerate(Minute.FIELDS) if name not in {"at", "low", "high"}
}
_VALUES = attrgetter(*Minute.FIELDS)
_AMOUNTS = attrgetter(*_ADDITIVE)
_NOTHING = dict(zip(Minute.FIELDS, Minute(at=0.0).as_row(), strict=True))


class _Point(NamedTuple):
    """What held at a moment; `rate` is the exposure there, where a value is known."""

    at: float
    value: float | None
    rate: float
    heater: float | None
    cooler: float | None
    power: float | None

    def towards(self, end: _Point, at: float) -> _Point:
        """What held at `at`, between here and `end`."""
        if self.value is None or end.value is None:
            return self._replace(at=at, value=None)
        if at == end.at:
            return self._replace(at=at, value=end.value, rate=end.rate)
        value = self.value + (end.value - self.value) * (at - self.at) / (end.at - self.at)
        return self._replace(at=at, value=value, rate=exposure(value))


def beyond(start: float, end: float, limit: float, seconds: float) -> tuple[float, float]:
    """Seconds above a limit, and the dose ∫max(0, T-limit)dt in K·s, of a straight step from `start` to `end`."""
    low, high = (start, end) if start <= end else (end, start)
    if high <= limit:
        return 0.0, 0.0
    if low >= limit:
        return seconds, seconds * ((start - limit) + (end - limit)) / 2.0
    out = seconds * ((high - limit) / (high - low))
    return out, out * (high - limit) / 2.0


class _Open(SimpleNamespace):
    """A minute that still fills: the fields of `Minute`, but changeable."""

    low: Any
    high: Any

    def see(self, value: float | None) -> None:
        """A temperature that occurred, if it is known."""
        if value is None:
            return
        if self.low is None:
            self.low = self.high = value
        elif value < self.low:
            self.low = value
        elif value > self.high:
            self.high = value

    def add(self, start: _Point, end: _Point, bounds: Bounds) -> None:
        """A step inside the minute."""
        seconds = end.at - start.at
        self.observed += seconds
        if start.heater is not None:
            self.heater += start.heater * seconds
            self.heater_seconds += seconds
        if start.cooler is not None:
            self.cooler += start.cooler * seconds
            self.cooler_seconds += seconds
        if start.power is not None:
            self.energy += start.power * seconds
            self.power_seconds += seconds
        if start.value is not None and end.value is not None:
            self.covered += seconds
            self.integral += seconds * (start.value + end.value) / 2.0
            self.arrhenius += seconds * (start.rate + end.rate) / 2.0
            self._judge(start.value, end.value, bounds, seconds)

    def _judge(self, start: float, end: float, bounds: Bounds, seconds: float) -> None:
        low, high = bounds
        if low is None and high is None:
            return
        above = below = 0.0
        if high is not None and (start > high or end > high):
            above, dose = beyond(start, end, high, seconds)
            self.above += above
            self.dose_above += dose
        if low is not None and (start < low or end < low):
            below, dose = beyond(-start, -end, -low, seconds)
            self.below += below
            self.dose_below += dose
        self.in_range += max(0.0, seconds - above - below)

    def closed(self) -> Minute:
        """The minute as it is now."""
        return Minute(**vars(self))


class _Ring:
    """The closed minutes of the last 24 hours, by columns; one that holds nothing but zeros is not kept.

    The sums are exact, so that they depend on nothing but the minutes, whatever was there before.
    """

    def __init__(self) -> None:
        self._at = array("d")
        self._columns: dict[str, array[float]] = {}
        self._total: Mapping[str, float] | None = None

    def __len__(self) -> int:
        return len(self._at)

    def copy(self) -> _Ring:
        twin = _Ring()
        twin._at, twin._total = self._at[:], self._total
        twin._columns = {name: column[:] for name, column in self._columns.items()}
        return twin

    def append(self, minute: MinuteRow) -> None:
        at = float(minute[0] or 0.0)
        self._at.append(at)
        for name, index in _ADDITIVE.items():
            amount = minute[index]
            if amount and name not in self._columns:
                self._columns[name] = array("d", bytes(self._at.itemsize * (len(self._at) - 1)))
            if name in self._columns:
                self._columns[name].append(amount or 0.0)
        self._total = None
        self.keep(at + MINUTE - DAY)

    def keep(self, since: float) -> None:
        """Drop what began earlier."""
        if self._at and self._at[0] < since:
            self._drop(slice(bisect_left(self._at, since)))

    def rewind(self, to: float) -> None:
        """Drop what began then or later."""
        if self._at and self._at[-1] >= to:
            self._drop(slice(bisect_left(self._at, to), None))

    def total(self) -> Mapping[str, float]:
        if self._total is None:
            columns = self._columns
            self._total = {name: math.fsum(columns.get(name, ())) for name in _ADDITIVE}
        return self._total

    def _drop(self, which: slice) -> None:
        del self._at[which]
        for column in self._columns.values():
            del column[which]
        self._total = None


class Metrics:
    """The accumulator of one chamber, fed in the order of its samples.

    A sample dated before the last one, by up to `LONGEST_STEP`, counts as taken with it. Where the clock went back
    further, what was counted of the time to be lived again is dropped: the later account of a minute replaces it.
    """

    def __init__(self) -> None:
        self.extremes: tuple[Extreme | None, Extreme | None] = (None, None)
        self.reset_at: float | None = None
        self._last: _Point | None = None
        self._bounds: Bounds = (None, None)
        self._open: _Open | None = None
        self._ring = _Ring()

    def feed(
        self,
        at: float,
        value: float | None,
        *,
        bounds: Bounds = (None, None),
        heater: float | None = None,
        cooler: float | None = None,
        power: float | None = None,
        starts: int = 0,
    ) -> Sequence[Minute]:
        """Take in the next sample, and return the minutes that closed by it.

        `value` in °C; `heater` and `cooler`: mean duty in %; `power` in W; `starts`: actuators that went on since the
        last sample.
        """
        if value is not None:
            self._extend(at, value)
        last = self._last
        if last is not None and last.at - LONGEST_STEP <= at < last.at:
            at = last.at
        rate = 0.0 if value is None else exposure(value)
        self._last = point = _Point(at, value, rate, heater, cooler, power)
        self._bounds = bounds
        if last is None or self._open is None or not 0.0 <= at - last.at <= LONGEST_STEP:
            return self._begin(point)
        closed: list[Minute] = []
        while at >= self._open.at + MINUTE:
            cut = last.towards(point, self._open.at + MINUTE)
            self._open.add(last, cut, bounds)
            self._open.see(cut.value)
            last = cut
            closed += self._turn(cut)
        self._open.add(last, point, bounds)
        self._open.starts += starts
        self._open.see(value)
        return closed

    @property
    def at(self) -> float | None:
        """When the last sample counts as taken."""
        return None if self._last is None else self._last.at

    def load(self, minutes: Iterable[MinuteRow]) -> None:
        """Replace the closed minutes of the window, as after a restart. Those from the open one on do not count."""
        self._ring = _Ring()
        until = math.inf if self._open is None else self._open.at
        for minute in sorted(minutes):
            if (minute[0] or 0.0) < until:
                self._ring.append(minute)

    def reset(self, at: float) -> None:
        """Begin the extremes anew, with the next sample."""
        self.extremes, self.reset_at = (None, None), at

    def window(self, at: float) -> Window:
        """The last 24 hours before `at`, from the next whole minute on. What began earlier is let go."""
        now = at if self._last is None else max(at, self._last.at)
        since = math.ceil((now - DAY) / MINUTE) * MINUTE
        self._ring.keep(since)
        total = dict(self._ring.total())
        if self._open is not None and self._open.at >= since:
            for name, amount in zip(_ADDITIVE, _AMOUNTS(self._open), strict=True):
                total[name] += amount
        return _window(total, now - since, judged=self._bounds != (None, None))

    def snapshot(self) -> dict[str, Any]:
        """All but the closed minutes, as JSON."""
        return {
            "extremes": self.extremes,
            "reset_at": self.reset_at,
            "last": self._last,
            "bounds": self._bounds,
            "open": None if self._open is None else self._open.closed().as_row(),
        }

    @classmethod
    def restored(cls, raw: Mapping[str, Any]) -> Metrics:
        """The metrics of a snapshot, without closed minutes."""
        metrics = cls()
        lowest, highest = (extreme and Extreme(*extreme) for extreme in raw["extremes"])
        metrics.extremes = (lowest, highest)
        metrics.reset_at = raw["reset_at"]
        metrics._last = raw["last"] and _Point(*raw["last"])
        low, high = raw["bounds"]
        metrics._bounds = (low, high)
        if raw["open"] is not None:
            metrics._open = _Open(**dict(zip(Minute.FIELDS, raw["open"], strict=True)))
        return metrics

    def copy(self) -> Metrics:
        """Another one that goes on from here by itself."""
        twin = Metrics()
        twin.__dict__.update(self.__dict__, _open=copy(self._open), _ring=self._ring.copy())
        return twin

    def _extend(self, at: float, value: float) -> None:
        lowest, highest = self.extremes
        if lowest is None or value < lowest.value:
            lowest = Extreme(value, at)
        if highest is None or value > highest.value:
            highest = Extreme(value, at)
        self.extremes = lowest, highest

    def _begin(self, point: _Point) -> list[Minute]:
        """Go on at a point that nothing known leads to."""
        start = point.at - point.at % MINUTE
        opened = self._open
        if opened is not None and opened.at < start:
            return self._turn(point)
        self._ring.rewind(start)
        self._open = _opened(point)
        return []

    def _turn(self, point: _Point) -> list[Minute]:
        """Close the open minute and open that of `point`. One of which nothing is known is passed over."""
        assert self._open is not None
        closed = self._open.closed()
        self._open = _opened(point)
        if not closed.observed and closed.low is None and not closed.starts:
            return []
        self._ring.append(closed.as_row())
        return [closed]


def _opened(point: _Point) -> _Open:
    begun = {"at": point.at - point.at % MINUTE, "low": point.value, "high": point.value}
    return _Open(**{**_NOTHING, **begun})


def _share(amount: float, whole: float, scale: float = 1.0) -> float | None:
    return scale * amount / whole if whole else None


def _window(total: Mapping[str, float], seconds: float, *, judged: bool) -> Window:
    """The sums of `seconds` in words."""
    known = total["in_range"] + total["above"] + total["below"]
    return Window(
        coverage=min(100.0, 100.0 * total["covered"] / seconds),
        mean_kinetic_temperature=mean_kinetic_temperature(total["arrhenius"], total["covered"]),
        mean=_share(total["integral"], total["covered"]),
        time_in_range=_share(total["in_range"], known, 100.0) if judged else None,
        time_above=total["above"] if known else None,
        time_below=total["below"] if known else None,
        degree_minutes_above=total["dose_above"] / MINUTE if known else None,
        degree_minutes_below=total["dose_below"] / MINUTE if known else None,
        heater_duty=_share(total["heater"], total["heater_seconds"]),
        cooler_duty=_share(total["cooler"], total["cooler_seconds"]),
        starts_per_hour=_share(total["starts"], total["observed"], 3600.0),
        energy=_share(total["energy"], JOULES_PER_KWH) if total["power_seconds"] else None,
    )
