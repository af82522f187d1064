"""The curve of a period, thinned while it is read: of each column the lowest and the highest value."""

from __future__ import annotations

from dataclasses import dataclass

from ...chamber.metrics import LONGEST_STEP
from .account import Curve, Point, Span, Stroke

COLUMNS = 1000
MOST_GAPS = 200


@dataclass(slots=True)
class _Column:
    number: int
    low: Point
    high: Point
    joined: bool

    def stroke(self) -> Stroke:
        points = (self.low,) if self.low == self.high else tuple(sorted((self.low, self.high)))
        return Stroke(points, self.joined)


class Trace:
    """Fed in the order of time. A gap shorter than a column cannot be drawn, yet it is counted."""

    def __init__(self, period: Span) -> None:
        self._period = period
        self._columns: list[_Column] = []
        self._setpoints: list[tuple[int, Point]] = []
        self._fetched: list[Span] = []
        self._was_fetched = False
        self._until = period.start
        self.gaps: list[Span] = []
        self.gap_count = 0
        self.gap_seconds = 0.0

    def feed(self, at: float, low: float, high: float, until: float | None = None) -> None:
        """A value at a time, or what was between `at` and `until`."""
        joined = self._reach(at)
        self._until = at if until is None else until
        number = self._number(at)
        lowest, highest = Point(at, low), Point(self._until, high)
        if not self._columns or self._columns[-1].number != number:
            self._columns.append(_Column(number, lowest, highest, joined))
            return
        column = self._columns[-1]
        if low < column.low.value:
            column.low = lowest
        if high > column.high.value:
            column.high = highest

    def mark(self, at: float, *, fetched: bool) -> None:
        """Take note of how a row came; neighbours that were fetched later make one span."""
        if fetched:
            least = self._period.seconds / COLUMNS
            last = self._fetched[-1] if self._fetched else None
            near = last is not None and (self._was_fetched or at - last.end < least)
            if last is not None and near and at - last.end <= max(LONGEST_STEP, least):
                self._fetched[-1] = Span(last.start, at)
            else:
                self._fetched.append(Span(at, at))
        self._was_fetched = fetched

    def aim(self, at: float, setpoint: float) -> None:
        """Take note of a setpoint."""
        number = self._number(at)
        if self._setpoints and self._setpoints[-1][1].value == setpoint:
            return
        if self._setpoints and self._setpoints[-1][0] == number:
            self._setpoints.pop()
        self._setpoints.append((number, Point(at, setpoint)))

    def end(self, now: float) -> Curve:
        """The curve, when all was fed; what lies in the future is no gap."""
        if (last := min(self._period.end, now)) > self._until:
            self._reach(last)
        return Curve(
            strokes=tuple(column.stroke() for column in self._columns),
            setpoints=tuple(point for _number, point in self._setpoints),
            fetched=tuple(self._fetched),
        )

    def _number(self, at: float) -> int:
        return min(int((at - self._period.start) / self._period.seconds * COLUMNS), COLUMNS - 1)

    def _reach(self, at: float) -> bool:
        if at - self._until <= LONGEST_STEP:
            return bool(self._columns)
        self.gap_count += 1
        self.gap_seconds += at - self._until
        if len(self.gaps) < MOST_GAPS:
            self.gaps.append(Span(self._until, at))
        return False
