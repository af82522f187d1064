"""Buckets of the same width, which begin at multiples of it: asked again a little later, the same ones come."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor
from typing import NamedTuple


class Grid(NamedTuple):
    """Buckets of `step` s from `start` (Unix s) up to `end`; the first and the last are cut where the period is."""

    start: float
    end: float
    step: float

    def bounds(self) -> Iterator[tuple[float, float]]:
        """Where each bucket begins and ends, in order."""
        first, last = floor(self.start / self.step), ceil(self.end / self.step)
        edges = (number * self.step for number in range(first + 1, last))
        begun = self.start
        for edge in edges:
            if edge > begun:
                yield begun, edge
                begun = edge
        if self.end > begun:
            yield begun, self.end
