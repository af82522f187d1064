"""Percentiles and medians."""

import math
from collections.abc import Sequence
from statistics import median


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of values in ascending order; NaN of none."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def middle(values: Sequence[float | None]) -> float | None:
    """Return the median of those values that there are."""
    known = [value for value in values if value is not None and not math.isnan(value)]
    return median(known) if known else None
