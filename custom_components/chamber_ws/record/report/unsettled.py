"""What was judged and told, but is not settled: earlier samples are awaited, or no later one has come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter

from ...chamber.analysis.findings import Excursion, Occurrence
from ...chamber.model import Address
from ...chamber.past.ranges import Ranges
from ...chamber.sequence import Range
from ..care import AT_ONCE, Care, take_up
from ..store import Store
from .account import Span
from .episodes import Episodes, episodes_of


def recalled(store: Store, chamber: int, address: Address) -> Care:
    """A chamber as its last snapshot left it, which was made with the last settled occurrence or later."""
    care = Care(chamber, address, stretches=store.stretches(chamber))
    take_up(care, store)
    return care


def unsettled(store: Store, care: Care, now: float) -> list[Occurrence]:
    """What occurred after that, as the live watch found it; `care` is spent by it."""
    occurred: list[Occurrence] = []
    while rows := store.rows(care.id, care.position, AT_ONCE):
        for row in rows:
            occurred += care.settle(row)[0]
    for pending in care.deeds:
        occurred += care.settled.perform(pending.deed)
    return [*occurred, *care.settled.advance(now)]


def lasting(
    store: Store, care: Care, period: Span, now: float, latest: Excursion | None
) -> Episodes:
    """What lasted and touches the period; what began in it is told to its end, and its acknowledgements too."""
    settled = store.occurrences(care.id, 0.0, max(period.end, now) + 1.0)
    occurred = sorted([*settled, *unsettled(store, care, now)], key=attrgetter("at"))
    return episodes_of(occurred, latest).within(period)


def missing(care: Care, numbers: Mapping[int, tuple[int, int]]) -> tuple[int, int]:
    """How many samples nobody has, and how many are awaited, by stretch and the numbers of its first and last row.

    What can be asked for next to these may belong to the same time, so that it is awaited, too.
    """
    lost = awaited = 0
    for stretch in care.stretches:
        if stretch.id not in numbers:
            continue
        first, last = numbers[stretch.id]
        known = stretch.known
        lost += _count(stretch.covered.missing(first, last))
        if care.answers and stretch.epoch is not None and not stretch.rewinds:
            lost -= _count(known.missing(first, last))
            awaited += _count(known.missing(*_around(stretch.covered, first, last)))
    return lost, awaited


def _around(covered: Ranges, first: int, last: int) -> Range:
    """The numbers up to the next rows before and after; of what was before all rows none is numbered below 0."""
    lowest = covered.first or 0
    begin = 0 if lowest > 1 else lowest
    before = (min(ended + 1, first) for begun, ended in reversed(covered.spans) if begun < first)
    after = (max(begun - 1, last) for begun, ended in covered.spans if ended > last)
    return next(before, begin), next(after, last)


def _count(spans: Iterable[Range]) -> int:
    return sum(last - first + 1 for first, last in spans)
