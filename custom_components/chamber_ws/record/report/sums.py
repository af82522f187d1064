"""Minutes added up: to the figures of the whole period, and of each local day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from ...chamber.analysis.findings import Extreme
from ...chamber.analysis.kinetic import mean_kinetic_temperature
from ...chamber.metrics import JOULES_PER_KWH, Minute
from .account import Day, Figures, Span

HOUR = 3600.0

Extremes = tuple[Extreme | None, Extreme | None]


class Sums:
    """Takes in the minutes of a period in any order; holds one sum for each local day."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._days: dict[date, Minute] = {}
        self._extremes: dict[date, Extremes] = {}

    def add(self, minutes: Iterable[Minute]) -> None:
        """Count minutes in."""
        for minute in minutes:
            day = datetime.fromtimestamp(minute.at, self._zone).date()
            before = self._days.get(day)
            self._days[day] = minute if before is None else before + minute
            self._extremes[day] = _extended(self._extremes.get(day, (None, None)), minute)

    def whole(self, period: Span) -> Figures:
        """The figures of all of it, without its extremes."""
        return figures(sum(self._days.values(), Minute(at=period.start)), period.seconds)

    def days(self, period: Span) -> tuple[Day, ...]:
        """The figures of each day, of the part of it that is in the period; days of which nothing is known too.

        Their extremes are dated by the minute in which they were.
        """
        if period.seconds <= 0:
            return ()
        day = datetime.fromtimestamp(period.start, self._zone).date()
        found = []
        while (whole := self._bounds(day)).start < period.end:
            part = Span(max(whole.start, period.start), min(whole.end, period.end))
            minute = self._days.get(day, Minute(at=part.start))
            extremes = self._extremes.get(day, (None, None))
            found.append(Day(day, dated(figures(minute, part.seconds), *extremes)))
            day += timedelta(days=1)
        return tuple(found)

    def _bounds(self, day: date) -> Span:
        first, last = (
            datetime.combine(one, time.min, self._zone).astimezone(UTC).timestamp()
            for one in (day, day + timedelta(days=1))
        )
        return Span(first, last)


def figures(total: Minute, seconds: float) -> Figures:
    """What the sums of `seconds` amount to; they do not tell when the extremes were."""
    judged = total.in_range + total.above + total.below
    return Figures(
        seconds=seconds,
        known=total.covered,
        mean=_share(total.integral, total.covered),
        mean_kinetic_temperature=mean_kinetic_temperature(total.arrhenius, total.covered),
        time_in_range=_share(100.0 * total.in_range, judged),
        in_range=total.in_range,
        above=total.above,
        below=total.below,
        dose_above=total.dose_above / 60.0,
        dose_below=total.dose_below / 60.0,
        heater_duty=_share(total.heater, total.heater_seconds),
        cooler_duty=_share(total.cooler, total.cooler_seconds),
        starts_per_hour=_share(total.starts * HOUR, total.observed),
        energy=total.energy / JOULES_PER_KWH if total.power_seconds else None,
    )


def dated(figures: Figures, lowest: Extreme | None, highest: Extreme | None) -> Figures:
    """The figures with extremes of which it is known when they were."""
    return replace(figures, minimum=lowest, maximum=highest)


def _extended(extremes: Extremes, minute: Minute) -> Extremes:
    lowest, highest = extremes
    if minute.low is not None and (lowest is None or minute.low < lowest.value):
        lowest = Extreme(minute.low, minute.at)
    if minute.high is not None and (highest is None or minute.high > highest.value):
        highest = Extreme(minute.high, minute.at)
    return lowest, highest


def _share(amount: float, whole: float) -> float | None:
    return amount / whole if whole else None
