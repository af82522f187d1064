"""The cut-out: independent of law and guards, looked at before them and applied after them.

It trips on the worst of what its probe says, and is released only by a value that is good.
"""

import math
from dataclasses import replace

from .model import Memory, Reason, Trip, Wish
from .settings import Cutout


def watched(cutout: Cutout, memory: Memory, seen: float | None, good: float | None) -> Memory:
    """Return the memory with the cut-out as it stands after the probe was looked at.

    `seen` is the probe's value even if it is suspect, `good` the one that can be relied on, in °C.
    """
    high = math.inf if cutout.high is None else cutout.high
    low = -math.inf if cutout.low is None else cutout.low
    values = [value for value in (seen, good) if value is not None and math.isfinite(value)]
    sure = good if good is not None and math.isfinite(good) else None
    cooled = sure is not None and sure <= high - cutout.hysteresis
    warmed = sure is not None and sure >= low + cutout.hysteresis
    hot = any(value >= high for value in values) or (memory.trip.hot and not cooled)
    cold = any(value <= low for value in values) or (memory.trip.cold and not warmed)
    return replace(memory, trip=Trip(hot, cold))


def cut(trip: Trip, output: float) -> float:
    """Return what a tripped cut-out leaves of an output."""
    return 0.0 if (trip.hot and output > 0) or (trip.cold and output < 0) else output


def applied(trip: Trip, wish: Wish) -> Wish:
    """Return what a cut-out leaves of a wish; while it is tripped, it is the reason."""
    left = wish._replace(output=cut(trip, wish.output))
    if not any(trip) or wish.reason in (Reason.OFF, Reason.SENSOR_FAULT):
        return left
    return left._replace(reason=Reason.OVER_TEMPERATURE if trip.hot else Reason.UNDER_TEMPERATURE)
