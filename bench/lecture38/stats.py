"""Quantiles of one round, and the middle of several rounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

ENOUGH_FOR_P99 = 100


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile: the smallest value that at least this share of all does not exceed."""
    if not values or not 0 < share <= 1:
        raise ValueError("a quantile needs values and a share above 0, up to 1")
    return sorted(values)[math.ceil(share * len(values)) - 1]


@dataclass(frozen=True)
class Spread:
    """Milliseconds; `p99` is None where a round has too few values to speak of it."""

    count: int
    """Of all rounds."""
    p50: float
    p95: float
    p99: float | None


def spread(rounds: Sequence[Sequence[float]]) -> Spread:
    """The median over the rounds of each round's quantiles; `rounds` in seconds, the answer in milliseconds."""

    def middle(share: float) -> float:
        return round(median(quantile(values, share) for values in rounds) * 1000, 3)

    enough = min(len(values) for values in rounds) >= ENOUGH_FOR_P99
    count = sum(len(values) for values in rounds)
    return Spread(count, middle(0.5), middle(0.95), middle(0.99) if enough else None)
