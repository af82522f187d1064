"""The excursions of a period, as far as a dashboard tells them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...chamber.analysis.findings import Excursion
from ..care import Care
from ..report.account import Acknowledgement, Episode
from ..report.account import Span as Period
from ..report.episodes import episodes_of
from ..report.unsettled import lasting
from ..store import Store
from .spans import Span

MOST_REPLAYED = 2000
"""Samples that are judged once more, to tell what is not settled; of more only the last excursion is told by then."""


def happened(
    store: Store, care: Care, period: Span, latest: Excursion | None, now: float
) -> list[dict[str, Any]]:
    """The excursions that touch a period; `latest` is the last one, perhaps in progress. `care` is spent by it."""
    within = Period(*period)
    if _unsettled(care) <= MOST_REPLAYED:
        found = lasting(store, care, within, now, latest).excursions
    else:
        settled = episodes_of(store.occurrences(care.id, 0.0, now + 1.0), latest).excursions
        found = tuple(one for one in _with(settled, latest) if one.overlaps(within))
    return [_told(one) for one in found]


def _unsettled(care: Care) -> int:
    """How many samples came after those that are settled."""
    stretch, seq = care.position
    return sum(
        last - max(first, seq + 1 if one.id == stretch else first) + 1
        for one in care.stretches
        if one.id >= stretch
        for first, last in one.covered.spans
        if one.id > stretch or last > seq
    )


def _with(episodes: Iterable[Episode], latest: Excursion | None) -> list[Episode]:
    """All of these, and the last one where it is not among them."""
    found = list(episodes)
    if latest is None or any(
        one.what == latest.what and one.start == latest.since for one in found
    ):
        return found
    signed = (
        ()
        if latest.acknowledged_at is None
        else (
            Acknowledgement(latest.acknowledged_at, latest.acknowledged_by, comment=latest.comment),
        )
    )
    last = Episode(
        what=latest.what,
        start=latest.since,
        announced=latest.since,
        end=latest.ended,
        peak=latest.peak,
        out=latest.out,
        acknowledged=signed,
    )
    return [*found, last]


def _told(episode: Episode) -> dict[str, Any]:
    last = episode.acknowledged[-1] if episode.acknowledged else None
    return {
        "what": episode.what,
        "since": episode.start,
        "ended": episode.end,
        "acknowledged_by": None if last is None else last.on_behalf_of or last.by,
        "out": episode.out,
        "peak": episode.peak,
    }
