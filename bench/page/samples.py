"""Samples that a page can tell apart by one decimal, and what of them was seen when."""

import json
import math
import re
from collections.abc import Iterable, Sequence

from bench import load

LOWEST = 20.0
VALUES = 50
"""Samples after which a temperature comes again; none takes that long to be shown."""
_CLOCKS_DIFFER = 0.005
"""Seconds by which a page's clock may be behind in spite of its correction."""
_NUMBER = re.compile(r"-?\d+\.\d")


def temperature(number: int) -> float:
    """Return the n-th sample's temperature in °C: up by even tenths, down by odd ones, 0.2 a step."""
    step = number % VALUES
    tenths = 2 * step if 2 * step < VALUES else 2 * (VALUES - step) - 1
    return round(LOWEST + tenths / 10, 1)


def state(turn: int, now: float) -> bytes:
    """Return the state of a round; `now` is its Unix time in seconds."""
    said = {**load.readings(turn), "temperature": temperature(turn)}
    return load.head(turn, now) + json.dumps(said)[1:].encode()


def shown(text: str) -> float | None:
    """Return the temperature that a page shows, or None where it shows none."""
    found = _NUMBER.search(text.replace("−", "-"))
    return float(found[0]) if found else None


def delays(
    sent: Sequence[tuple[float, float]], seen: Iterable[tuple[float, float | None]]
) -> list[float]:
    """Return the seconds from sending to seeing, of those samples that were seen, in ascending order.

    Args:
        sent: time and temperature of each sample, in order.
        seen: time and temperature of each change of the text, in order.
    """
    took, following = [], 0
    for at, value in seen:
        for index in range(following, min(following + VALUES, len(sent))):
            if sent[index][1] == value and sent[index][0] - at < _CLOCKS_DIFFER:
                took.append(at - sent[index][0])
                following = index + 1
                break
    return sorted(took)


def offset(readings: Iterable[tuple[float, float, float]]) -> float:
    """Return what to add to another clock's times, the least that can be true.

    Args:
        readings: our time before, the other's time, our time after; each triple bounds how far they are apart.
    """
    low, high = -math.inf, math.inf
    for before, other, after in readings:
        low, high = max(low, before - other), min(high, after - other)
    return max(low, min(0.0, high))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much y grows for each x, by least squares; NaN where that cannot be said."""
    if len({x for x, _y in points}) < 2:
        return math.nan
    middle = sum(x for x, _y in points) / len(points)
    level = sum(y for _x, y in points) / len(points)
    spread = sum((x - middle) ** 2 for x, _y in points)
    return sum((x - middle) * (y - level) for x, y in points) / spread
