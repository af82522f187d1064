"""Two probes in one chamber: in a steady state they show nearly the same.

Goods lag behind the air for hours. So two probes that differ must have agreed in a steady state since the last setpoint
or open door, or else differ by the same for hours; and nothing is said while the chamber is not where it is to be.
"""

from __future__ import annotations

from typing import NamedTuple

SMOOTH, SLOW = 300.0, 900.0
"""Time constants of the means: beyond a thermostat's cycle, and three times as slow, s."""
STEADY = 0.5
"""How far both means may be apart, K: some 0.05 K/min."""
AT_SETPOINT = 1.0
AGREED = 1.0
APART, TOGETHER = 2.0, 1.5
STEP, STOOD_STILL = 0.3, 7200.0
"""A difference of 2 K that shrinks with the 4 h of 5 kg of water shrinks by more within this time, K and s."""
OTHER_SETPOINT = 0.5


class Likeness(NamedTuple):
    """Means of the difference and of the control probe; the difference is about `still`, `still_since` then."""

    at: float
    setpoint: float | None
    difference: float
    value: float
    slow: float
    still: float
    still_since: float
    agreed: bool

    @property
    def steady(self) -> bool:
        """Whether the chamber is where it is to be, and stays there."""
        aim = self.value if self.setpoint is None else self.setpoint
        return abs(self.value - aim) <= AT_SETPOINT and abs(self.value - self.slow) <= STEADY

    @property
    def comparable(self) -> bool:
        """Whether a difference can be no mere lag."""
        return self.agreed or self.at - self.still_since >= STOOD_STILL


def likeness_after(
    before: Likeness | None,
    at: float,
    setpoint: float | None,
    both: tuple[float, float],
    *,
    disturbed: bool,
) -> Likeness:
    """The likeness with other temperatures of the control probe and of the other one."""
    shown, now = both[0], both[0] - both[1]
    if before is None or disturbed or _moved(before.setpoint, setpoint):
        return Likeness(at, setpoint, now, shown, shown, now, at, agreed=False)
    passed = at - before.at
    fast, slow = passed / (SMOOTH + passed), passed / (SLOW + passed)
    difference = before.difference + (now - before.difference) * fast
    changed = not -STEP <= abs(before.still) - abs(difference) <= STEP
    likeness = Likeness(
        at,
        setpoint,
        difference,
        before.value + (shown - before.value) * fast,
        before.slow + (shown - before.slow) * slow,
        difference if changed else before.still,
        at if changed else before.still_since,
        before.agreed,
    )
    agrees = abs(difference) <= AGREED and likeness.steady
    return likeness._replace(agreed=True) if agrees else likeness


def _moved(before: float | None, after: float | None) -> bool:
    if before == after:
        return False
    return (before is None) is not (after is None) or (
        before is not None and after is not None and abs(before - after) >= OTHER_SETPOINT
    )
