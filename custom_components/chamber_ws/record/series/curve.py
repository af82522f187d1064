"""What is drawn of a period. Temperatures in °C, times in Unix s, duties in percent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .spans import Span

Bucket = tuple[float, float, float, float]
"""When it begins; mean, lowest and highest temperature. A sample by itself is one, too."""
Change = tuple[float, float | None]
"""From when on which setpoint was in force; None: it is not known."""

PLACES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Temperatures and setpoints, and what else its source tells. `bands` are those of each part, or of a kind."""

    temperature: list[Bucket]
    setpoint: list[Change]
    probes: dict[str, list[Bucket]] = field(default_factory=dict)
    bands: dict[str, list[Any]] = field(default_factory=dict)
    gaps: list[Span] = field(default_factory=list)
    backfilled: list[Span] = field(default_factory=list)


class Setpoints:
    """Setpoints where they change; in a bucket only the last one counts."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._number: float | None = None

    def see(self, at: float, setpoint: float | None, number: float) -> None:
        """Take in the setpoint of a time, which lies in the bucket of a number."""
        if setpoint is None or (self.changes and self.changes[-1][1] == setpoint):
            return
        if self._number == number:
            self.changes.pop()
        self._number = number
        if not self.changes or self.changes[-1][1] != setpoint:
            self.changes.append((at, setpoint))

    def end(self, at: float) -> None:
        """From a time on it is not known."""
        self._number = None
        if self.changes and self.changes[-1][1] is not None:
            self.changes.append((at, None))


class Temperatures:
    """The temperatures of a probe, bucket by bucket."""

    def __init__(self) -> None:
        self.buckets: list[Bucket] = []
        self._values: list[float] = []

    def see(self, value: float) -> None:
        """Take in one of the bucket."""
        self._values.append(value)

    def close(self, at: float) -> None:
        """The bucket that began at a time is over."""
        if values := self._values:
            self.buckets.append(bucket(at, sum(values) / len(values), min(values), max(values)))
            self._values = []


def bucket(at: float, mean: float, low: float, high: float) -> Bucket:
    """A bucket, to a millisecond and a thousandth of a degree."""
    return round(at, PLACES), round(mean, PLACES), round(low, PLACES), round(high, PLACES)
