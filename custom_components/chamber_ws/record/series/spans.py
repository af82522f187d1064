"""Stretches of time in which nothing is known, and those that became known later."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import pairwise

Span = tuple[float, float]

MOST = 500
"""Spans that are told; of more the longest."""
SHORTEST = 60.0
"""Seconds that a loss takes at most to part two samples; of whoever promises more of them, less."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What parts two samples: more than `longest` s; or that the chamber was lost by the latter (`losses`, in order).

    What was lost for a moment and told everything afterwards was not away.
    """

    longest: float
    losses: Sequence[float] = ()
    step: float = 0.0

    def parts(self, before: float, after: float) -> bool:
        """Whether nothing is known between two samples."""
        apart = after - before
        if apart > max(self.longest, self.step):
            return True
        lost = bisect_right(self.losses, before) < bisect_right(self.losses, after)
        return lost and apart > max(min(SHORTEST, self.longest / 3), self.step)


def holes(times: Iterable[float], patience: Patience) -> Iterator[Span]:
    """Where nothing is known between times that are in order."""
    return ((before, after) for before, after in pairwise(times) if patience.parts(before, after))


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
