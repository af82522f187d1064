"""The search for the highest rate: up by steps, then halving between what was and was not sustained."""

UP, NEAR = 1.8, 1.12
SLOWEST = 20.0
"""Messages per second below which the search gives up."""


def next_rate(low: float, high: float) -> float | None:
    """Return the rate to try next, or None where the bounds are near enough to each other.

    Args:
        low: the highest rate that was sustained, 0 for none.
        high: the lowest that was not, 0 for none.
    """
    if not high:
        return low * UP
    if not low:
        return high / UP if high > SLOWEST else None
    return (low * high) ** 0.5 if high / low > NEAR else None
