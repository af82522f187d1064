"""Reads the rows of a period once, in the order of time, and counts all that can be counted on the way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import ceil, floor

from ...chamber.analysis.findings import Extreme
from ...chamber.metrics import LONGEST_STEP, MINUTE, Minute
from ...chamber.past.timeline import Placed
from ..rows import Row
from ..store import Store
from .account import Curve, Span, Tally
from .columns import Shape
from .errors import ExportTooLarge
from .gauge import Gauge
from .sums import Sums
from .trace import Trace

AT_ONCE = 86400.0
"""Minutes are read so many seconds at a time."""


class Reader:
    """Fed with rows, and with minutes where rows are gone. Raises `ExportTooLarge` after `most` rows."""

    def __init__(self, period: Span, gauge: Gauge, sums: Sums, most: int) -> None:
        self._gauge = gauge
        self._most = most
        self._fetched = 0
        self._estimated = 0
        self._condensed = 0.0
        self.rows = 0
        self.sums = sums
        self.trace = Trace(period)
        self.shape = Shape()
        self.lowest: Extreme | None = None
        self.highest: Extreme | None = None
        self.numbers: dict[int, tuple[int, int]] = {}

    def read(self, store: Store, chamber: int, period: Span) -> None:
        """Take in all of a period."""
        for one in _merged(store, chamber, period):
            if isinstance(one, Minute):
                self._minute(one)
            else:
                self._row(one)

    @property
    def anything(self) -> bool:
        """Whether there was anything."""
        return bool(self.rows or self._condensed)

    def tally(self) -> Tally:
        """How many rows there were, as far as they tell."""
        return Tally(
            rows=self.rows,
            fetched=self._fetched,
            estimated=self._estimated,
            condensed=self._condensed,
        )

    def finish(self, now: float) -> Curve:
        """The curve, when all was read."""
        self.sums.add(self._gauge.end())
        return self.trace.end(now)

    def _row(self, row: Row) -> None:
        self.rows += 1
        if self.rows > self._most:
            raise ExportTooLarge(self._most)
        at, sample = row.at, row.sample
        assert at is not None
        self._fetched += row.fetched
        self._estimated += row.placed is Placed.ESTIMATED
        first, last = self.numbers.get(row.stretch, (row.seq, row.seq))
        self.numbers[row.stretch] = min(first, row.seq), max(last, row.seq)
        self.shape.see(sample)
        value = self._gauge.value(at, sample)
        self.sums.add(self._gauge.measure(at, value, sample))
        self.trace.mark(at, fetched=row.fetched)
        if sample.setpoint is not None:
            self.trace.aim(at, sample.setpoint)
        if value is not None:
            self.trace.feed(at, value, value)
            self._extend(at, value, value)

    def _minute(self, minute: Minute) -> None:
        self.sums.add((minute,))
        self._condensed += minute.covered
        if minute.low is not None and minute.high is not None:
            self.trace.feed(minute.at, minute.low, minute.high, minute.at + MINUTE)
            self._extend(minute.at, minute.low, minute.high)

    def _extend(self, at: float, low: float, high: float) -> None:
        if self.lowest is None or low < self.lowest.value:
            self.lowest = Extreme(low, at)
        if self.highest is None or high > self.highest.value:
            self.highest = Extreme(high, at)


def _merged(store: Store, chamber: int, period: Span) -> Iterator[Row | Minute]:
    """The rows, and the minutes that lie wholly where there are none."""
    reached = period.start
    for row in chain(store.between(chamber, period.start, period.end), (None,)):
        until = period.end if row is None or row.at is None else row.at
        if until - reached > LONGEST_STEP:
            yield from _minutes(store, chamber, Span(reached, until))
        if row is not None:
            yield row
        reached = until


def _minutes(store: Store, chamber: int, gap: Span) -> Iterator[Minute]:
    """The minutes that begin and end in a stretch of time."""
    start, end = ceil(gap.start / MINUTE) * MINUTE, floor(gap.end / MINUTE) * MINUTE
    while start < end:
        stop = min(start + AT_ONCE, end)
        for minute in store.minutes(chamber, start, stop):
            if start <= minute.at < stop:
                yield minute
        start = stop
