"""When a measured value that goes on changing is written. Times in s; no clock is read, and no unit is known here."""

from typing import NamedTuple

SETTLED = 30.0
"""A value that has been the same for so long has come to rest: three of the heartbeats that are expected by default."""
NEVER = float("inf")
_INEXACT = 1e-9
"""Decimal fractions are not exact: 30.06 - 30.05 is less than 0.01."""


class Sparing(NamedTuple):
    """How much is spared: changes smaller than the deadband, in the value's unit, and all within the interval, in s."""

    deadband: float = 0.0
    interval: float = 0.0


class Restraint:
    """Holds the values of one entity back, and never the last one.

    After the interval what is written is within the deadband of what is true; and once that rests, it is the same.
    """

    def __init__(self, sparing: Sparing) -> None:
        self._sparing = sparing
        self._written: object = None
        self._written_at = -NEVER
        self._newest: object = None
        self._changed_at = -NEVER

    def wrote(self, value: object, now: float) -> None:
        """A value was written."""
        self._written, self._written_at = value, now
        self._newest = value

    def due(self, value: object, now: float) -> float:
        """When a value has to be written, if it does not change any more; `NEVER` where it is written already."""
        if value != self._newest:
            self._newest, self._changed_at = value, now
        if value == self._written:
            return NEVER
        if value is None or self._written is None:
            return now
        soonest = self._written_at + self._sparing.interval
        return max(soonest, self._changed_at + SETTLED) if self._is_near(value) else soonest

    def _is_near(self, value: object) -> bool:
        written = self._written
        if not isinstance(value, float | int) or not isinstance(written, float | int):
            return False
        return abs(value - written) < self._sparing.deadband - _INEXACT
