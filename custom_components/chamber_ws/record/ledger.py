"""Brings samples to their places: which stretch and number, which time, and then, several at once, to the store."""

from __future__ import annotations

from ..chamber import topics, wire
from ..chamber.errors import Flaw, WireError
from ..chamber.messages import Before, History, HistoryMessage
from ..chamber.model import Sample
from ..chamber.past import history, timeline
from .care import Care
from .inputs import Fetched
from .minutes import HOUR
from .rows import Row, Stretch
from .store import Store


class Ledger:
    """What is on its way to the store. `flush` comes before anything is read from it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: list[Row] = []
        self._changed: dict[int, Stretch] = {}

    def flush(self) -> None:
        """Hand over to the store what was kept."""
        rows, self._rows = self._rows, []
        if rows:
            self._store.add(rows)
        changed, self._changed = self._changed, {}
        for stretch in changed.values():
            self._store.save(stretch)

    def keep(self, stretch: Stretch, row: Row) -> None:
        """Keep a row of a stretch."""
        self._rows.append(row)
        stretch.covered = stretch.covered.with_range(row.seq, row.seq)
        self._changed[stretch.id] = stretch

    def add(self, care: Care, stretch: Stretch, batch: History) -> None:
        """Keep what was fetched of a stretch, and note the hours that it completes."""
        hours = set()
        for sample in batch.samples:
            assert sample.seq is not None
            self.learn_time(care, sample)
            at, placed = timeline.place(sample, None, care.anchors.get(sample.boot or ""))
            self.keep(stretch, Row(stretch.id, sample.seq, at, placed, True, sample))
            if at is not None:
                hours.add(at // HOUR * HOUR)
        self._store.mark_hours(care.id, sorted(hours))

    def lose(self, stretch: Stretch, first: int, last: int) -> None:
        """Nobody has these numbers of a stretch."""
        stretch.lost = stretch.lost.with_range(first, last)
        self._changed[stretch.id] = stretch

    def precede(self, care: Care, stretch: Stretch, before: Before | None) -> None:
        """An epoch came before that of a stretch, or none; where it is not known, it gets its place now."""
        if before is None:
            return
        known = care.of_epoch(before.epoch)
        if known is None:
            known = self._store.begin_before(stretch, before.epoch)
            if known is None:
                return
            care.stretches = sorted((*care.stretches, known), key=lambda one: one.id)
        if known is not stretch and known.ended is None:
            known.ended = before.last
            self._changed[known.id] = known

    def number(self, care: Care, sample: Sample) -> tuple[Stretch, int] | None:
        """Which stretch a live sample belongs to, and its number there; None for one that is there already.

        A sample that says something else under a number that is taken begins a new stretch: numbers began anew. So does
        one whose number is of a sample that left the record by its age.
        """
        current = care.stretches[-1] if care.stretches else None
        if sample.epoch is None or sample.seq is None:
            if current is None or current.epoch is not None:
                current = self._begin(care, None)
            last = current.covered.last
            return current, 0 if last is None else last + 1
        if current is None or current.epoch != sample.epoch:
            current = care.of_epoch(sample.epoch) or self._begin(care, sample.epoch)
        if sample.seq not in current.covered:
            return current, sample.seq
        self.flush()
        known = self._store.taken_at(current.id, sample.seq)
        if known is not None and _moment(known.sample) == _moment(sample):
            return None
        rewinds = current.rewinds + 1
        current = self._begin(care, sample.epoch)
        current.rewinds = rewinds
        return current, sample.seq

    def learn_time(self, care: Care, sample: Sample) -> bool:
        """Learn from a dated sample when those of its boot were taken that knew no time; whether there were any."""
        boot = sample.boot or ""
        if timeline.awaits_anchor(sample):
            care.undated.add(boot)
        anchor = timeline.anchor_of(sample)
        if anchor is None:
            return False
        found = False
        if boot in care.undated or boot not in care.anchors:
            care.undated.discard(boot)
            self.flush()
            for stretch in care.stretches:
                found |= self._store.resolve(stretch.id, *anchor) is not None
        care.anchors[boot] = anchor
        return found

    def _begin(self, care: Care, epoch: str | None) -> Stretch:
        stretch = self._store.begin(care.id, epoch)
        care.stretches.append(stretch)
        return stretch


def answered(fetched: Fetched, prefix: str) -> History:
    """What a gateway answered. Raises `WireError` where that is no answer to what it was asked."""
    topic = topics.of(fetched.address, topics.Kind.HISTORY).spell(prefix)
    message = wire.decode(topic, fetched.payload, prefix)
    if not isinstance(message, HistoryMessage):
        raise WireError(Flaw.BAD_BATCH, "no history")
    history.accepted(message.history, fetched.epoch, fetched.first, fetched.last)
    return message.history


def _moment(sample: Sample) -> tuple[object, ...]:
    """What a copy of a sample shares with it, and another one of its number does not."""
    return sample.time, sample.uptime, sample.temperature
