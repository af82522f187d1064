"""The virtual vial: what a product in a chamber would have, where only the air is measured.

A first-order filter, as a buffered probe in glycol is one; the exact solution for a value held since the last one:
v(t + dt) = x + (v(t) - x)·exp(-dt/τ).
"""

from __future__ import annotations

from math import exp
from typing import NamedTuple

LONGEST_GAP = 3600.0


class Vial(NamedTuple):
    """The vial's temperature in °C at a time in Unix s."""

    at: float
    value: float


def settle(vial: Vial | None, at: float, value: float, time_constant: float) -> Vial:
    """The vial after the air's temperature `value` was measured; `time_constant` in s.

    After more than an hour without a value nobody knows what was in between: it starts anew.
    Time that runs backwards is no time: the vial stays as it is, and goes on by the clock that was set.
    """
    if vial is None or time_constant <= 0 or at - vial.at > LONGEST_GAP:
        return Vial(at, value)
    step = max(0.0, at - vial.at)
    return Vial(at, value + (vial.value - value) * exp(-step / time_constant))
