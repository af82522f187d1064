"""Occurrences made into what lasted: each start with its end and its acknowledgements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ...chamber.analysis.findings import Excursion, Happened, Occurrence
from .account import Acknowledgement, Episode, Span


class Kind(StrEnum):
    """What can last."""

    EXCURSION = "excursion"
    WARNING = "warning"
    FAULT = "fault"
    LOSS = "loss"


STARTS = {
    Happened.EXCURSION_STARTED: Kind.EXCURSION,
    Happened.WARNING_STARTED: Kind.WARNING,
    Happened.FAULT_STARTED: Kind.FAULT,
    Happened.LOST: Kind.LOSS,
}
ENDS = {
    Happened.EXCURSION_ENDED: Kind.EXCURSION,
    Happened.WARNING_ENDED: Kind.WARNING,
    Happened.FAULT_ENDED: Kind.FAULT,
    Happened.RECOVERED: Kind.LOSS,
}
MEASURED = ("limit", "peak", "out", "degree_minutes")


@dataclass(frozen=True, slots=True)
class Episodes:
    """What lasted, by kind, in the order of the starts."""

    excursions: tuple[Episode, ...] = ()
    warnings: tuple[Episode, ...] = ()
    faults: tuple[Episode, ...] = ()
    losses: tuple[Episode, ...] = ()

    def within(self, period: Span) -> Episodes:
        """Those that touch a period."""
        kinds = (self.excursions, self.warnings, self.faults, self.losses)
        return Episodes(*(tuple(one for one in kind if one.overlaps(period)) for kind in kinds))


def episodes_of(occurrences: Iterable[Occurrence], latest: Excursion | None = None) -> Episodes:
    """What lasted, of occurrences in the order of time; `latest` tells how far the one that goes on has got."""
    found: dict[Kind, list[Episode]] = {kind: [] for kind in Kind}
    for occurrence in occurrences:
        if (kind := STARTS.get(occurrence.happened)) is not None:
            _start(found[kind], occurrence)
        elif (kind := ENDS.get(occurrence.happened)) is not None:
            _end(found[kind], occurrence)
        elif occurrence.happened is Happened.ACKNOWLEDGED:
            _acknowledge(found[Kind.EXCURSION], occurrence)
    excursions = [_completed(one, latest) for one in found[Kind.EXCURSION]]
    return Episodes(
        tuple(excursions),
        tuple(found[Kind.WARNING]),
        tuple(found[Kind.FAULT]),
        tuple(found[Kind.LOSS]),
    )


def _completed(episode: Episode, latest: Excursion | None) -> Episode:
    if latest is None or episode.end is not None or episode.what != latest.what:
        return episode
    return replace(episode, peak=latest.peak, out=latest.out, degree_minutes=latest.degree_minutes)


def _start(episodes: list[Episode], occurrence: Occurrence) -> None:
    """A start; said again at the end of a shelf, it is no other one."""
    if (index := _last(episodes, occurrence.what, going_on=True)) is not None:
        episodes[index] = replace(episodes[index], silent=False)
        return
    details = occurrence.details
    episodes.append(
        Episode(
            what=occurrence.what,
            start=_number(details.get("since"), occurrence.at),
            announced=occurrence.at,
            silent=occurrence.silent,
            **_measured(occurrence),
        )
    )


def _end(episodes: list[Episode], occurrence: Occurrence) -> None:
    """An end; one whose start is not recorded tells by itself when it was."""
    index = _last(episodes, occurrence.what, going_on=True)
    if index is None:
        start = _number(occurrence.details.get("since"), occurrence.at)
        announced = _number(occurrence.details.get("lost_at"), start)
        episodes.append(Episode(what=occurrence.what, start=start, announced=announced))
        index = -1
    episodes[index] = replace(episodes[index], end=occurrence.at, **_measured(occurrence))


def _acknowledge(episodes: list[Episode], occurrence: Occurrence) -> None:
    index = _last(episodes, occurrence.what, going_on=False)
    if index is None:
        return
    told = occurrence.details
    said = Acknowledgement(
        occurrence.at, told.get("by"), told.get("on_behalf_of"), told.get("comment")
    )
    episodes[index] = replace(episodes[index], acknowledged=(*episodes[index].acknowledged, said))


def _last(episodes: list[Episode], what: str, *, going_on: bool) -> int | None:
    for index in range(len(episodes) - 1, -1, -1):
        if episodes[index].what == what:
            return index if episodes[index].end is None or not going_on else None
    return None


def _measured(occurrence: Occurrence) -> dict[str, Any]:
    return {
        name: occurrence.details[name]
        for name in MEASURED
        if occurrence.details.get(name) is not None
    }


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, (int, float)) else otherwise
