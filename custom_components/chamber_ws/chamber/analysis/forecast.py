"""When a bound will be passed, from how the judged temperature has been moving.

Rule 1: the slope is that of the shortest of some spans over which the temperature goes one way and is explained by a
        line, or by a parabola where that is clearly better: then it is the slope at the end.
Rule 2: the time is the shorter of two: straight on, and Newton's t = ln((a - T)/(a - L))·(a - T)/slope towards the
        ambient a, where that is known. Nobody looks further ahead than twelve times the span.
Rule 3: nothing is said of what comes to rest before the bound, of what moves towards the setpoint (the middle of the
        bounds, where none is told), or of what has swung as far and come back within the last two hours.
Rule 4: confident from half of the way on, which begins at the setpoint or where the movement began: earlier, both times
        come out too long. And only if Newton's is not much longer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import copysign, inf, log
from statistics import fmean
from typing import Any, NamedTuple

from .. import judgement
from ..model import Mode, Sample
from .conditions import LONGEST_STEP
from .findings import Breach
from .settings import Profile, Settings
from .trend import Course, Trend, quarters, trend

AMBIENT = "ambient"
POINT, LEVEL = 30.0, 300.0
# Spans in s, and the R² that each needs: noise passes for a slope in a short one, slow goods show theirs in a long one.
SPANS = ((300.0, 0.97), (600.0, 0.9), (1200.0, 0.9), (1800.0, 0.9))
LONG_SPANS = ((3600.0, 0.95), (7200.0, 0.95))
POINTS, LEVELS = int(SPANS[-1][0] / POINT), int(LONG_SPANS[-1][0] / LEVEL)
# What moves by less, in K, stands still: four steps of a common probe.
SWING = 0.25
AHEAD = 12.0
AGREED = 1.3

Point = tuple[float, float]


class Way(NamedTuple):
    """The way to a bound in K, up or down: `done` since the movement began, and what is `left`."""

    limit: float
    done: float
    left: float


@dataclass
class Forecast:
    """The course of the temperature `of` which limits are judged. A reading costs the same however many were before.

    `points` and `levels` are its means over `POINT` and `LEVEL` s of Unix time; `count`, `times` and `total` make up
    the point that is open `until` then. `at`, `value`: the last reading; since `unbroken` no step was too long.
    """

    of: str | None = None
    at: float | None = None
    value: float = 0.0
    ambient: float | None = None
    setpoint: float | None = None
    unbroken: float = 0.0
    until: float = 0.0
    count: int = 0
    times: float = 0.0
    total: float = 0.0
    points: deque[Point] = field(default_factory=lambda: deque(maxlen=POINTS))
    levels: deque[Point] = field(default_factory=lambda: deque(maxlen=LEVELS))

    def feed(
        self, at: float, value: float | None, of: str, sample: Sample, roles: Mapping[str, str]
    ) -> None:
        """Take in a reading: the judged temperature in °C, of what it is, and the sample with its probes' roles.

        One dated before the last, by up to `LONGEST_STEP`, counts nowhere; a clock set back further begins anew.
        """
        if value is None:
            return
        if self.at is None or not self.at <= at < self.until or of != self.of:
            if self.at is not None and of == self.of and 0.0 < self.at - at <= LONGEST_STEP:
                return
            self._turn(at, of)
            self.ambient = _ambient(sample, roles)
            self.setpoint = None if sample.mode is Mode.OFF else sample.setpoint
        self.at = at
        self.value = value
        self.count += 1
        self.times += at
        self.total += value

    def breach(self, settings: Settings, at: float | None, now: float) -> Breach | None:
        """Which bound will be passed, and in how many seconds from `at`; None where nobody can tell at `now`."""
        if self.at is None or at is None or now - self.at > LONGEST_STEP:
            return None
        for moving, span, course in self._trends():
            way = self._way(moving, course, settings)
            if way is None:
                return None
            seconds, agreed = self._time(moving, way)
            if seconds <= AHEAD * span:
                confident = agreed and way.done >= way.left
                return Breach(max(0.0, moving.at + seconds - at), way.limit, confident)
        return None

    def snapshot(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return {**vars(self), "points": [*self.points], "levels": [*self.levels]}

    @classmethod
    def restored(cls, raw: Mapping[str, Any]) -> Forecast:
        """The forecast of a snapshot; of an empty one, one that knows nothing."""
        forecast = cls(**{key: one for key, one in raw.items() if key not in {"points", "levels"}})
        forecast.points.extend((at, value) for at, value in raw.get("points", ()))
        forecast.levels.extend((at, value) for at, value in raw.get("levels", ()))
        return forecast

    def copy(self) -> Forecast:
        """Another one that goes on from here by itself."""
        return replace(self, points=self.points.copy(), levels=self.levels.copy())

    def _turn(self, at: float, of: str) -> None:
        """Close the point and open the next one. What was before another probe, or clock, tells nothing any more."""
        if self.at is not None and of == self.of and 0.0 <= at - self.at <= LONGEST_STEP:
            self._close(at)
        else:
            self.points.clear()
            self.unbroken = at
            if of != self.of or self.at is None or at < self.at:
                self.levels.clear()
        self.of = of
        self.until = at - at % POINT + POINT
        self.count, self.times, self.total = 0, 0.0, 0.0

    def _close(self, at: float) -> None:
        self.points.append(self._point())
        since = (self.until - POINT) // LEVEL * LEVEL
        if at >= since + LEVEL:
            mean = fmean(value for time, value in self.points if time >= since)
            self.levels.append((since + LEVEL / 2, round(mean, 4)))

    def _point(self) -> Point:
        """The mean time and temperature of the open point, as finely as any probe tells."""
        return round(self.times / self.count, 1), round(self.total / self.count, 4)

    def _trends(self) -> Iterator[tuple[Trend, float, Course]]:
        """The trends over the spans in which there is one, the shortest first; with the course that shows them."""
        points = [*self.points, self._point()]
        for span, needed in SPANS:
            if (moving := trend(points, span, needed)) is not None:
                yield moving, span, points
        if len(points) < 4:
            return
        first, *_, last = quarters(points)
        levels = [one for one in self.levels if one[0] >= self.unbroken]
        for span, needed in LONG_SPANS:
            moving = trend(levels, span, needed)
            if moving is not None and (last - first) * moving.slope > 0:
                yield moving, span, levels

    def _way(self, moving: Trend, course: Course, settings: Settings) -> Way | None:
        """The way to the next bound ahead, where the movement is one towards it."""
        sign = copysign(1.0, moving.slope)
        limit = _ahead(settings, self.value, sign)
        if limit is None or sign * moving.rest <= sign * limit:
            return None
        since, until = moving.at - LEVELS * LEVEL, course[0][0]
        earlier = [one for one in self.levels if since <= one[0] < until]
        now, end = sign * moving.level, sign * limit
        begun = _begun([sign * value for _, value in (*earlier, *course)], now)
        if begun is None:
            return None
        aim = _middle(settings) if self.setpoint is None else self.setpoint
        if aim is not None and sign * aim < end:
            if now < sign * aim + SWING:
                return None
            begun = max(begun, sign * aim)
        return Way(limit, now - begun, max(0.0, end - now))

    def _time(self, moving: Trend, way: Way) -> tuple[float, bool]:
        """Seconds to the bound, and whether Newton, where he can be asked, says about the same."""
        speed = abs(moving.slope)
        straight = way.left / speed
        sign = copysign(1.0, moving.slope)
        distance = 0.0 if self.ambient is None else sign * (self.ambient - moving.level)
        if distance <= 0.0:
            return straight, True
        if distance <= way.left:
            return straight, False
        newton = log(distance / (distance - way.left)) * distance / speed
        return min(straight, newton), newton <= AGREED * straight


def _ambient(sample: Sample, roles: Mapping[str, str]) -> float | None:
    if not sample.probes:
        return None
    named = (probe for probe, role in roles.items() if role == AMBIENT)
    probe = next((probe for probe in (*named, AMBIENT) if probe in sample.probes), None)
    return None if probe is None else judgement.temperature(sample, probe)


def _ahead(settings: Settings, value: float, sign: float) -> float | None:
    """The next bound that is not passed yet, upwards or downwards."""
    if settings.profile is Profile.OFF:
        return None
    bounds = (settings.high,) if sign > 0 else (settings.low, settings.freeze)
    ahead = [bound for bound in bounds if bound is not None and sign * (bound - value) > 0]
    return min(ahead, key=lambda bound: sign * bound, default=None)


def _middle(settings: Settings) -> float | None:
    if settings.low is None or settings.high is None:
        return None
    return (settings.low + settings.high) / 2


def _begun(levels: Sequence[float], now: float) -> float | None:
    """From which level a rise to `now` began; None where there is none, or where to rise so far is nothing new."""
    earlier = list(levels)
    lowest = now
    while earlier and earlier[-1] <= lowest + SWING:
        lowest = min(lowest, earlier.pop())
    climb = now - lowest
    trough = inf
    for level in earlier:
        if level >= now - climb / 2 and level - trough >= climb / 2:
            return None
        trough = min(trough, level)
    return lowest if climb >= SWING else None
