"""Two probes in one chamber: in a steady state they show nearly the same.

Goods lag behind the air for hours. So two probes that differ must have agreed in a steady state since the last setpoint
or open door, or else differ by the same for hours; and nothing is said while the chamber is not where it is to be.
"""

from __future__ import annotations

from typing import NamedTuple

from .blocks import Block

SMOOTH, SLOW = 300.0, 900.0
"""Time constants of the means: beyond a thermostat's cycle, and three times as slow, s."""
STEADY = 0.5
"""How far both means may be apart, K: some 0.05 K/min."""
AT_SETPOINT = 1.0
AGREED = 1.0
APART, TOGETHER = 2.0, 1.5
STEP = 0.1
STOOD_STILL = 7200.0
OTHER_SETPOINT = 0.5


class Likeness(NamedTuple):
    """Means of the difference and of the control probe; `least`: what came nearest in this steady state, and when."""

    at: float
    setpoint: float | None
    difference: float
    value: float
    slow: float
    least: float
    least_at: float
    agreed: bool

    @property
    def steady(self) -> bool:
        """Whether the chamber is where it is to be, and stays there."""
        aim = self.value if self.setpoint is None else self.setpoint
        return abs(self.value - aim) <= AT_SETPOINT and abs(self.value - self.slow) <= STEADY

    @property
    def comparable(self) -> bool:
        """Whether a difference can be no mere lag."""
        return self.agreed or self.at - self.least_at >= STOOD_STILL


def likeness_after(before: Likeness | None, block: Block, *, disturbed: bool) -> Likeness | None:
    """The likeness with another block; one without the other probe tells nothing of it."""
    if block.companion is None:
        return before
    at, setpoint, shown = block.at, block.setpoint, block.value
    now = shown - block.companion
    if before is None:
        return Likeness(at, setpoint, now, shown, shown, now, at, agreed=False)
    passed = at - before.at
    fast, slow = passed / (SMOOTH + passed), passed / (SLOW + passed)
    difference = before.difference + (now - before.difference) * fast
    again = disturbed or _moved(before.setpoint, setpoint)
    likeness = Likeness(
        at,
        setpoint,
        difference,
        before.value + (shown - before.value) * fast,
        before.slow + (shown - before.slow) * slow,
        before.least,
        before.least_at,
        agreed=before.agreed and not again,
    )
    if again or not likeness.steady:
        return likeness._replace(least=difference, least_at=at)
    if abs(difference) < abs(before.least) - STEP:
        likeness = likeness._replace(least=difference, least_at=at)
    return likeness._replace(agreed=True) if abs(difference) <= AGREED else likeness


def _moved(before: float | None, after: float | None) -> bool:
    if before == after:
        return False
    return (before is None) is not (after is None) or (
        before is not None and after is not None and abs(before - after) >= OTHER_SETPOINT
    )
