"""Stretches of time in which nothing is known, and those that became known later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import nlargest
from itertools import pairwise

Span = tuple[float, float]

MOST = 500
"""Spans that are told; of more the longest."""


def holes(times: Iterable[float], longest: float) -> Iterator[Span]:
    """Where times that are in order are further apart than `longest` s."""
    return ((before, after) for before, after in pairwise(times) if after - before > longest)


def longest(spans: Iterable[Span]) -> list[Span]:
    """The longest spans, in order."""
    return sorted(nlargest(MOST, spans, key=lambda span: span[1] - span[0]))


class Runs:
    """Neighbours of one kind as spans; those nearer to each other than `least` s make one."""

    def __init__(self, least: float) -> None:
        self.spans: list[Span] = []
        self._least = least
        self._going_on = False

    def see(self, at: float, *, is_one: bool) -> None:
        """Take in the next one, in the order of time."""
        if is_one:
            last = self.spans[-1] if self.spans else None
            if last is not None and (self._going_on or at - last[1] < self._least):
                self.spans[-1] = (last[0], at)
            else:
                self.spans.append((at, at))
        self._going_on = is_one
