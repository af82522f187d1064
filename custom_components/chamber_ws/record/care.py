"""One chamber in the keeper's care: which numbers are there, up to where it is settled, and what is judged meanwhile.

Rule 1: the settled watch takes rows strictly in the order of their numbers, and stops before a gap that can be filled.
Rule 2: beyond that a copy of it, the live watch, goes on with what comes, so that nobody waits to be alarmed.
Rule 3: what is done takes effect after the rows that were there by then, and after earlier ones fetched later. The
        settled watch takes it with the row that follows: until then it is the live watch's alone.
Rule 4: what the live watch had announced is not announced again when the settled watch finds it, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from logging import getLogger
from typing import Any

from ..chamber.analysis.deeds import Deed
from ..chamber.analysis.findings import Happened, Occurrence, Reading
from ..chamber.analysis.watch import Fed, Watch
from ..chamber.metrics import DAY
from ..chamber.model import Address, frozen
from ..chamber.past import timeline
from ..chamber.past.asking import Gap
from ..chamber.past.timeline import Anchor
from ..chamber.sequence import Range
from .errors import Reason, RecordError
from .rows import Position, Row, Stretch
from .store import Store

BEGINNING = Position(0, -1)
AT_ONCE = 2000
"""Rows that are read at once."""

_LOGGER = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PendingDeed:
    """A deed that the settled watch has not come to; `head` is the newest row there was when it was done."""

    id: int
    head: Position | None
    deed: Deed

    def precedes(self, row: Row, at: float) -> bool:
        """Whether it takes effect before this row, which was taken at `at`."""
        if self.head is not None and Position.of(row) <= self.head:
            return False
        return not row.fetched or at > self.deed.at


@dataclass(frozen=True, slots=True)
class Standing:
    """What is to be known of a chamber's record from outside: `missing` numbers in so many `gaps` are asked for."""

    stretches: int
    gaps: int
    missing: int
    provisional: bool
    answers: bool | None


@dataclass(slots=True)
class Care:
    """The state of one chamber. `answers`: whether its gateway answers for the past; None while that is not known.

    `live_only`: what is missing is not asked for here, and not waited for. `unseen`: the settled watch misses what the
    live one has seen, for good. `passed`: up to when time has passed for the live watch by itself. `saved` is the
    position of the last snapshot, made at `saved_at`. `untold` occurred, and nobody had heard of it when the record was
    closed.
    """

    id: int
    address: Address
    live_only: bool = False
    stretches: list[Stretch] = field(default_factory=list)
    settled: Watch = field(default_factory=Watch)
    provisional: Watch | None = None
    unseen: bool = False
    position: Position = BEGINNING
    saved: Position = BEGINNING
    saved_at: float = 0.0
    urgent: bool = False
    deed_id: int = 0
    deeds: list[PendingDeed] = field(default_factory=list)
    said: Counter[tuple[str, str]] = field(default_factory=Counter)
    anchors: dict[str, Anchor] = field(default_factory=dict)
    undated: set[str] = field(default_factory=set)
    answers: bool | None = None
    boot: str | None = None
    passed: float | None = None
    untold: tuple[Occurrence, ...] = ()

    @property
    def live(self) -> Watch:
        """The watch that has seen everything."""
        return self.settled if self.provisional is None else self.provisional

    @property
    def head(self) -> Position | None:
        """The newest row by number."""
        for stretch in reversed(self.stretches):
            if stretch.covered.last is not None:
                return Position(stretch.id, stretch.covered.last)
        return None

    def of_epoch(self, epoch: str) -> Stretch | None:
        """The newest stretch of an epoch."""
        return next((one for one in reversed(self.stretches) if one.epoch == epoch), None)

    def part(self) -> Watch:
        """The live watch, apart from the settled one from here on."""
        if self.provisional is None:
            self.provisional = self.settled.copy()
        return self.provisional

    def succeed(self, other: Care) -> None:
        """Go on from what the live watch of another keeper's care has seen."""
        self.answers, self.boot = other.answers, other.boot
        if self.live_only:
            self.settled, self.position = other.live.copy(), self.head or BEGINNING
            self.anchors, self.untold = dict(other.anchors), other.untold
            # That watch has seen these deeds, and is all that tells so: none of it is in the memory's file yet.
            self.deed_id = max((pending.id for pending in self.deeds), default=self.deed_id)
            self.deeds.clear()
            self.urgent = True
        else:
            self.provisional = other.live.copy()

    def follow(self, before: Care, said: Mapping[tuple[str, str], int]) -> None:
        """Go on, from where the file left it, in the place of a care that failed after it had `said` something."""
        self.answers, self.boot, self.passed = before.answers, before.boot, before.passed
        self.anchors, self.undated = before.anchors, before.undated
        self.untold = before.untold
        self.said.update(said)
        self.part()
        if before.unseen:
            self.unseen, self.provisional = True, before.provisional

    def come_together(self) -> None:
        """Nothing earlier is awaited any more: the settled watch has seen everything, or never will."""
        if self.unseen and self.provisional is not None:
            self.settled = self.provisional
        self.unseen = False
        self.provisional = None
        self.said.clear()

    def look_again(self) -> None:
        """All rows are settled: the live watch is the settled one with what was done since; nothing of it is news."""
        watch = self.settled.copy()
        for pending in self.deeds:
            watch.perform(pending.deed)
        if self.passed is not None:
            watch.advance(self.passed)
        self.provisional = watch

    # What is missing

    def gaps(self) -> Iterator[Gap]:
        """What is missing and can be asked for: what was missed first, then what was before the first sample.

        Every epoch is asked for from 0 on: the answer tells which one came before it.
        """
        if not self.answers or self.live_only:
            return
        earlier: list[Gap] = []
        for stretch in self.stretches:
            first, last = stretch.covered.first, stretch.last
            if stretch.epoch is None or stretch.rewinds or last is None:
                continue
            first = last + 1 if first is None else first
            known = stretch.known
            for span in known.missing(first, last):
                yield Gap(stretch.epoch, *span)
            earlier += [Gap(stretch.epoch, *span) for span in known.missing(0, first - 1)]
        yield from earlier

    def standing(self) -> Standing:
        """How far the record goes."""
        gaps = [last - first + 1 for _epoch, first, last in self.gaps()]
        provisional = self.provisional is not None
        return Standing(len(self.stretches), len(gaps), sum(gaps), provisional, self.answers)

    def missing_before(self, position: Position) -> list[tuple[Stretch, Range]]:
        """What is missing before a place."""
        found = []
        for stretch in self.stretches:
            last = stretch.last if stretch.id < position.stretch else position.seq
            if stretch.id <= position.stretch and last is not None:
                found += [(stretch, span) for span in stretch.known.missing(0, last)]
        return found

    def reach(self, stretch: Stretch) -> int:
        """Up to which number the settled watch may take the rows of a stretch; -1: none."""
        last = stretch.last
        if last is None:
            return -1
        if stretch.epoch is None or stretch.rewinds or self.answers is False or self.live_only:
            return last
        missing = next(stretch.known.missing(0, last), None)
        return last if missing is None else missing[0] - 1

    def is_open(self, stretch: Stretch) -> bool:
        """Whether a stretch still misses what can be had."""
        return self.reach(stretch) < (stretch.last or 0)

    def takeable(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows that the settled watch may take, of those that follow its position."""
        rows = tuple(rows)
        stretches = {stretch.id: stretch for stretch in self.stretches}
        reaches = {
            number: self.reach(stretches[number]) for number in {row.stretch for row in rows}
        }
        barrier = next((one.id for one in self.stretches if self.is_open(one)), None)
        for index, row in enumerate(rows):
            if barrier is not None and row.stretch > barrier:
                return
            if row.seq > reaches[row.stretch]:
                return
            if row.at is None and self._may_be_dated(row, rows[index + 1 :], barrier):
                return
            yield row

    def may_take(self, row: Row) -> bool:
        """Whether the settled watch may take a row before which nothing is left to be judged."""
        return row.at is not None and not any(self.is_open(one) for one in self.stretches)

    def _may_be_dated(self, row: Row, later: Iterable[Row], barrier: int | None) -> bool:
        """Whether a later sample of the same boot may still come."""
        boot = row.sample.boot
        if not timeline.awaits_anchor(row.sample):
            return False
        if boot == self.boot:
            return True
        return barrier is not None and all(other.sample.boot == boot for other in later)

    # Judging

    def settle(self, row: Row) -> tuple[list[Occurrence], Fed]:
        """Let the settled watch take a row, and before it what was done before."""
        self.position = Position.of(row)
        occurred: list[Occurrence] = []
        if row.at is None:
            return occurred, Fed()
        while self.deeds and self.deeds[0].precedes(row, row.at):
            pending = self.deeds.pop(0)
            self.deed_id = pending.id
            occurred += self.settled.perform(pending.deed)
        fed = self.settled.feed(Reading(row.at, row.sample))
        return [*occurred, *fed.occurrences], fed

    def say(self, occurred: Iterable[Occurrence]) -> None:
        """Remember what is announced before it is settled."""
        self.said.update((one.happened.value, one.what) for one in occurred)

    def news(self, occurred: Iterable[Occurrence]) -> list[Occurrence]:
        """Which of the settled occurrences had not been announced before."""
        if self.provisional is None:
            return list(occurred)
        fresh = []
        for one in occurred:
            key = (one.happened.value, one.what)
            if self.said[key] > 0:
                self.said[key] -= 1
            else:
                fresh.append(one._replace(details={**one.details, "found_late": True}))
        return fresh

    # Across restarts

    def snapshot(self) -> dict[str, Any]:
        """How the settled watch stands at `position`, as JSON."""
        said = [[*key, count] for key, count in sorted(self.said.items()) if count > 0]
        return {
            "watch": self.settled.snapshot(),
            "said": said,
            "deed": self.deed_id,
            "answers": self.answers,
            "untold": [[*one[:3], dict(one.details), one.silent] for one in self.untold],
        }

    def restore(self, position: Position, raw: dict[str, Any]) -> None:
        """Take up a snapshot."""
        self.position = self.saved = position
        self.settled = Watch.restored(raw["watch"])
        self.said = Counter({(happened, what): count for happened, what, count in raw["said"]})
        self.deed_id = raw["deed"]
        self.answers = raw.get("answers")
        self.untold = tuple(
            Occurrence(Happened(happened), at, what, frozen(details), silent)
            for happened, at, what, details, silent in raw.get("untold", ())
        )


def recalled(store: Store, address: Address) -> Care:
    """A chamber as it was left, or new; what came beyond the settled watch is judged again, announcing nothing."""
    number = store.chamber(address)
    care = Care(number, address, stretches=store.stretches(number))
    if care.head is not None and (newest := store.taken_at(*care.head)) is not None:
        care.boot = newest.sample.boot
    try:
        take_up(care, store)
        _load(care, store)
        _rejudge(care, store)
    except Exception as error:
        if isinstance(error, RecordError) and error.key != Reason.DAMAGED:
            raise
        _LOGGER.exception("How %s stood cannot be taken up, it is judged anew", "/".join(address))
        return _anew(care, store)
    return care


def take_up(care: Care, store: Store) -> None:
    """Take up where the settled watch was left, without the minutes of its metrics, and what was done since."""
    if (saved := store.snapshot(care.id)) is not None:
        care.restore(*saved)
    care.deeds = [
        PendingDeed(entry.id, entry.head, entry.deed)
        for entry in store.deeds(care.id, care.deed_id)
    ]


def _load(care: Care, store: Store) -> None:
    """Give the settled watch the minutes of its last day."""
    if (at := care.settled.metrics.at) is not None:
        care.settled.metrics.load(store.minute_rows(care.id, at - DAY, at))


def _anew(care: Care, store: Store) -> Care:
    """A chamber that is judged from the next sample on, by all that was ever done: its limits are the last to go."""
    anew = Care(care.id, care.address, stretches=care.stretches, boot=care.boot)
    anew.position = care.head or BEGINNING
    for entry in store.deeds(care.id, 0):
        anew.deed_id = entry.id
        with suppress(LookupError, TypeError, ValueError):
            anew.settled.perform(entry.deed)
    return anew


def _rejudge(care: Care, store: Store) -> None:
    """Make the live watch of what lies beyond the settled one."""
    position, deeds = care.position, list(care.deeds)
    while rows := store.rows(care.id, position, AT_ONCE):
        watch = care.part()
        for row in rows:
            while deeds and row.at is not None and deeds[0].precedes(row, row.at):
                watch.perform(deeds.pop(0).deed)
            if row.at is not None:
                watch.feed(Reading(row.at, row.sample))
        position = Position.of(rows[-1])
    for pending in deeds:
        care.part().perform(pending.deed)
