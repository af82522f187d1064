"""Sets of numbers as inclusive ranges: what is there and what is missing, never enumerated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..sequence import Range


@dataclass(frozen=True, slots=True)
class Ranges:
    """Whole numbers as ascending ranges that neither overlap nor touch."""

    spans: tuple[Range, ...] = ()

    @classmethod
    def of(cls, spans: Iterable[Range]) -> Ranges:
        """Any ranges, merged. An empty range (first > last) holds nothing."""
        merged: list[Range] = []
        for first, last in sorted(span for span in spans if span[0] <= span[1]):
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], last))
            else:
                merged.append((first, last))
        return cls(tuple(merged))

    def with_range(self, first: int, last: int) -> Ranges:
        """These and one more range; cheap where it continues the last one."""
        if self.spans and self.spans[-1][0] <= first <= self.spans[-1][1] + 1:
            begun, ended = self.spans[-1]
            return self if last <= ended else Ranges((*self.spans[:-1], (begun, last)))
        return Ranges.of((*self.spans, (first, last)))

    def union(self, other: Ranges) -> Ranges:
        """What either holds."""
        return Ranges.of((*self.spans, *other.spans))

    def missing(self, first: int, last: int) -> Iterator[Range]:
        """The ranges between `first` and `last`, inclusive, that are not held."""
        at = first
        for begun, ended in self.spans:
            if ended < at:
                continue
            if begun > last:
                break
            if begun > at:
                yield at, begun - 1
            at = ended + 1
        if at <= last:
            yield at, last

    def __contains__(self, number: int) -> bool:
        """Whether a number is held."""
        return any(first <= number <= last for first, last in self.spans)

    def __len__(self) -> int:
        """How many numbers are held."""
        return sum(last - first + 1 for first, last in self.spans)

    @property
    def first(self) -> int | None:
        """The lowest number."""
        return self.spans[0][0] if self.spans else None

    @property
    def last(self) -> int | None:
        """The highest number."""
        return self.spans[-1][1] if self.spans else None
