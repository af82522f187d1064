"""What a series is made of: samples while they are there and few enough, else the minutes that outlive them."""

from __future__ import annotations

from enum import StrEnum
from math import ceil
from typing import NamedTuple

from ...chamber.metrics import LONGEST_STEP, MINUTE
from ..store import Store
from .spans import Span

MOST_ROWS = 100_000
"""Samples that are looked at for one series: a day of one each second."""
MOST_READ = 8_000
"""Samples of which all that they say is read; of more every second, third …"""

_COUNT = (
    "SELECT count(*) FROM (SELECT 1 FROM sample WHERE chamber = ? AND at >= ? AND at < ? LIMIT ?)"
)
_ENDS = "SELECT min(at), max(at) FROM sample WHERE chamber = ? AND at >= ? AND at < ?"
_MINUTES = (
    "SELECT min(at), max(at) FROM minute WHERE chamber = ? AND at >= ? AND at < ? AND covered > 0"
)
# The minutes of two samples reach over what lies between them.
_BEFORE = (
    "SELECT coalesce((SELECT max(at) FROM sample WHERE chamber = ?1 AND at < ?2),"
    " (SELECT max(at) + ?3 FROM minute WHERE chamber = ?1 AND at < ?2))"
)


class Source(StrEnum):
    """What a series is made of."""

    SAMPLES = "samples"
    MINUTES = "minutes"


class Plan(NamedTuple):
    """How a series is made: buckets of `step` s (None: each sample by itself), of each `every`th sample.

    `known` is from when to when anything is known in the period; None: nothing is.
    """

    source: Source
    step: float | None
    every: int
    known: Span | None


def plan(store: Store, chamber: int, period: Span, points: int, longest: float) -> Plan:
    """Choose for a period of a chamber's record; samples may be `longest` s apart.

    A minute in which there are no samples has outlived them only if none is before it: it may also lie in a step.
    """
    start, end = period
    ((rows,),) = store.ask(_COUNT, (chamber, start, end, MOST_ROWS + 1))
    ((first, last),) = store.ask(_ENDS, (chamber, start, end))
    ((kept, _),) = store.ask(_ENDS, (chamber, start - LONGEST_STEP - MINUTE, start))
    condensed_end = end if first is None else first - longest - MINUTE
    if kept is not None:
        condensed_end = start
    ((oldest, newest),) = store.ask(_MINUTES, (chamber, start, condensed_end))
    if rows > MOST_ROWS or oldest is not None:
        begun = min(one for one in (oldest, first) if one is not None)
        step = MINUTE * max(1, ceil((end - start) / points / MINUTE))
        return Plan(Source.MINUTES, step, 1, (begun, newest + MINUTE if last is None else last))
    known = None if first is None else (first, last)
    if rows <= points:
        return Plan(Source.SAMPLES, None, 1, known)
    every = max(1, min(ceil(rows / MOST_READ), rows // (2 * points)))
    return Plan(Source.SAMPLES, (end - start) / points, every, known)


def last_before(store: Store, chamber: int, start: float) -> float | None:
    """Until when anything is known before a time; None: the chamber was not there."""
    ((before,),) = store.ask(_BEFORE, (chamber, start, MINUTE))
    return None if before is None else float(before)
