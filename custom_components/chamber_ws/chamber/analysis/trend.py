"""How a temperature moves: a line, or where that is clearly better a parabola, by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import copysign, inf
from statistics import fmean
from typing import NamedTuple

COVERED = 0.8
FEWEST, FEWEST_BENT = 5, 8
# A parabola is clearly better where it leaves less than this part of what a line leaves unexplained.
BENT = 0.1

Course = Sequence[tuple[float, float]]


class Trend(NamedTuple):
    """The temperature in °C at Unix time `at`, its slope in K/s, and where it comes to rest; ±inf: nowhere."""

    at: float
    level: float
    slope: float
    rest: float


def trend(course: Course, span: float, needed: float) -> Trend | None:
    """How the temperature moves at the end of the last `span` s of a course of times and values.

    None where it does not go one way, where its R² is less than `needed`, and where too little of the span is known.
    """
    if not course:
        return None
    end = course[-1][0]
    part = [(at - end, value) for at, value in course if at >= end - span]
    if len(part) < FEWEST or -part[0][0] < COVERED * span:
        return None
    fitted, explained = _fitted(part, end)
    means = quarters(part)
    onward = all((after - before) * fitted.slope > 0 for before, after in pairwise(means))
    return fitted if onward and explained >= needed else None


def quarters(course: Course) -> list[float]:
    """The mean temperatures of the four quarters of a course of four points or more."""
    cuts = [len(course) * part // 4 for part in range(5)]
    return [fmean(value for _, value in course[start:end]) for start, end in pairwise(cuts)]


def _fitted(course: Course, end: float) -> tuple[Trend, float]:
    """The trend at 0, which is Unix time `end`, and its R²."""
    count = len(course)
    middle, mean = fmean(at for at, _ in course), fmean(value for _, value in course)
    around = [(at - middle, value - mean) for at, value in course]
    s2, s3, s4 = (sum(at**power for at, _ in around) for power in (2, 3, 4))
    m1, m2 = (sum(at**power * value for at, value in around) for power in (1, 2))
    whole = sum(value * value for _, value in around)
    slope = m1 / s2
    line = Trend(end, mean - slope * middle, slope, copysign(inf, slope))
    unexplained = whole - slope * m1
    if not whole:
        return line, 0.0
    spread = s4 - s2 * s2 / count
    determinant = s2 * spread - s3 * s3
    tilt, bend = (m1 * spread - m2 * s3) / determinant, (s2 * m2 - s3 * m1) / determinant
    left = whole - tilt * m1 - bend * m2
    if count < FEWEST_BENT or left >= BENT * unexplained:
        return line, 1.0 - unexplained / whole
    slope = tilt - 2.0 * bend * middle
    level = mean - bend * s2 / count - tilt * middle + bend * middle * middle
    # An exponential of this slope and curvature has slope²/curvature still to go.
    rest = level - slope * slope / (2.0 * bend) if bend * slope < 0 else copysign(inf, slope)
    return Trend(end, level, slope, rest), 1.0 - left / whole
