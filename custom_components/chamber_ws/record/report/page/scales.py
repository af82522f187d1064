"""The axes of the plot: where a temperature and a time go, and which of them are named."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from ..account import Account, Span
from ..times import DAY, HOUR, MINUTE
from .wording import Units

MARGIN = 0.06
LEAST = 1.0
"""The least range of temperatures that is shown, in the unit."""
MOST_TICKS = 8
STEPS = (
    *(minutes * MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * DAY for days in (1, 2, 7, 14, 28, 56, 91, 182, 364)),
)


class Scale(NamedTuple):
    """A linear scale from `low` … `high` to 0 … 1."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Where a value goes, not beyond the ends."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


class Tick(NamedTuple):
    """A named place on an axis, from 0 to 1."""

    place: float
    label: str


def temperatures(account: Account, units: Units) -> Scale:
    """From the lowest to the highest of what is shown, with a margin, in the unit."""
    settings, curve = account.settings, account.curve
    shown = [point.value for stroke in curve.strokes for point in stroke.points]
    shown += [point.value for point in curve.setpoints]
    shown += [
        limit for limit in (settings.low, settings.high, settings.freeze) if limit is not None
    ]
    low, high = (units.number(end(shown, default=0.0)) for end in (min, max))
    spread = max(high - low, LEAST)
    middle, half = (low + high) / 2, spread * (0.5 + MARGIN)
    return Scale(middle - half, middle + half)


def temperature_ticks(scale: Scale) -> list[Tick]:
    """Round temperatures."""
    step = _round_step((scale.high - scale.low) / 8)
    places = max(0, -math.floor(math.log10(step)))
    first, last = math.ceil(scale.low / step), math.floor(scale.high / step)
    return [
        Tick(scale.place(index * step), f"{index * step:.{places}f}".replace("-", "−"))
        for index in range(first, last + 1)
    ]


def time_ticks(period: Span, zone: tzinfo) -> list[Tick]:
    """Round local times, also across a change of the clocks."""
    step = next((step for step in STEPS if period.seconds / step <= MOST_TICKS), STEPS[-1])
    scale = Scale(*period)
    return [
        Tick(scale.place(at), _label(at, step, zone))
        for at in _round_times(period, step, zone)
        if 0.015 <= scale.place(at) <= 0.985
    ]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * part for part in (1, 2, 5, 10) if power * part >= rough)


def _round_times(period: Span, step: int, zone: tzinfo) -> Iterator[float]:
    """The wall clock's round times; one that does not exist is passed over, one that comes twice is named once."""
    day = datetime.fromtimestamp(period.start, zone).date()
    days = max(1, step // DAY)
    while (midnight := datetime.combine(day, time.min)) is not None:
        for seconds in range(0, DAY, min(step, DAY)):
            wall = midnight + timedelta(seconds=seconds)
            moment = wall.replace(tzinfo=zone).astimezone(UTC)
            if moment.timestamp() > period.end:
                return
            exists = moment.astimezone(zone).replace(tzinfo=None) == wall
            if exists and moment.timestamp() >= period.start:
                yield moment.timestamp()
        day += timedelta(days=days)


def _label(at: float, step: int, zone: tzinfo) -> str:
    local = datetime.fromtimestamp(at, zone)
    if step < DAY and (local.hour or local.minute):
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b}" if step < 91 * DAY else f"{local:%b %Y}"
