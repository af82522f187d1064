"""Takes samples, history and deeds in, one turn after the other, and judges them in the order of their numbers.

What is judged and what it was judged from reach the disk in one transaction. All of this runs on a thread of Home
Assistant's executor, never two turns at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

from ..chamber import alarm as alarms
from ..chamber import topics, wire
from ..chamber.analysis.deeds import Act, Deed
from ..chamber.analysis.findings import Occurrence, Reading
from ..chamber.errors import Flaw, WireError
from ..chamber.messages import History, HistoryMessage
from ..chamber.metrics import DAY, LONGEST_STEP, MINUTE, Minute
from ..chamber.model import Address
from ..chamber.past import history, timeline
from .care import BEGINNING, Care, PendingDeed
from .errors import RecordError
from .inputs import Described, Done, Fetched, Forgotten, Input, Nobodys, Outcome, Taken, Verdict
from .ledger import Ledger
from .minutes import HOUR
from .rows import Position, Row, Stretch
from .store import Store

COMMIT_EVERY = 5.0
SNAPSHOT_EVERY = 60.0
PUBLISH_EVERY = 60.0
LAG = 10.0
"""Seconds that a sample may be on its way: what falls due is not said before one of then could be here."""
TELLS_OF_LOSS = {Act.LOST: True, Act.RECOVERED: False}
SLICE = 2000
"""Rows that a turn judges of what it is behind with."""


class Keeper:
    """The record of one entry and the watches of its chambers. `tally` counts what was repeated, fetched or rubbish.

    Where a method raises `RecordError` the keeper is of no use any more: the file knows what was committed, and another
    keeper takes it up from there.
    """

    def __init__(self, store: Store, prefix: str, before: Keeper | None = None) -> None:
        """`before`: a keeper that is of no use any more, from whose judgement this one goes on."""
        self.store = store
        self.tally: Counter[str] = Counter()
        self._prefix = prefix
        self._cares: dict[Address, Care] = {}
        self._ledger = Ledger(store)
        self._outcome = Outcome()
        self._touched: dict[Address, None] = {}
        self._behind: dict[Address, None] = {}
        self._published: dict[Address, tuple[tuple[object, ...], float]] = {}
        self._saved: dict[Address, float] = {}
        self._committed_at = 0.0
        self._urgent: set[Address] = set()
        self._must_commit = False
        for address, care in before._cares.items() if before else ():  # noqa: SLF001
            taken_over = self._care(address)
            taken_over.answers = care.answers
            if taken_over.position == BEGINNING:
                taken_over.settled = care.live.copy()
            else:
                taken_over.provisional = care.live.copy()
            self._touched[address] = None

    def deeds(self) -> list[Done]:
        """What was done, in order, as far as the journal tells: for the keeper that comes after one in memory."""
        entries = self.store.journal(None, float("-inf"), float("inf"))
        return [Done(entry.address, entry.deed) for entry in entries]

    def abandon(self) -> None:
        """Let go of the file as it was committed."""
        with suppress(RecordError):
            self.store.close()

    def recall(self, now: float) -> Outcome:
        """Take up all chambers where they were left."""
        for address in self.store.addresses():
            self._care(address)
        return self.turn((), now)

    def turn(self, inputs: Iterable[Input], now: float) -> Outcome:
        """Take inputs in, go on with what is behind, and commit what is due at Unix time `now`."""
        self._outcome = Outcome()
        for one in inputs:
            self._take(one)
        self._catch_up()
        self._pass_time(now)
        if self._must_commit or _due(now, self._committed_at, COMMIT_EVERY):
            self.commit(now)
        self._publish(now)
        self._outcome.more = bool(self._behind)
        return self._outcome

    def commit(self, now: float) -> None:
        """Bring everything to the disk."""
        self._ledger.flush()
        for address, care in self._cares.items():
            saved = self._saved.get(address, 0.0)
            if address in self._urgent or _due(now, saved, SNAPSHOT_EVERY):
                self.store.save_snapshot(care.id, care.position, care.snapshot())
                self._saved[address] = now
        self._urgent.clear()
        self.store.commit()
        self._committed_at, self._must_commit = now, False

    def close(self, now: float) -> None:
        """Leave everything as it can be taken up again."""
        self._urgent |= self._cares.keys()
        self.commit(now)
        self.store.close()

    # What comes in

    def _take(self, one: Input) -> None:
        match one:
            case Taken():
                self._take_sample(one)
            case Done():
                self._take_deed(one)
            case Described():
                self._take_description(one)
            case Fetched():
                self._take_batch(one)
            case Nobodys():
                self._take_loss(one)
            case Forgotten():
                self._forget(one)

    def _take_sample(self, taken: Taken) -> None:
        care, sample = self._care(taken.address), taken.sample
        if self._ledger.learn_time(care, sample):
            self._fall_behind(care)
        at, placed = timeline.place(sample, taken.received, care.anchors.get(sample.boot or ""))
        numbered = self._ledger.number(care, sample)
        if numbered is None:
            self.tally["repeated"] += 1
            return
        stretch, seq = numbered
        row = Row(stretch.id, seq, at, placed, False, sample)
        was_open = care.is_open(stretch)
        self._ledger.keep(stretch, row)
        care.boot = sample.boot
        self._touched[care.address] = None
        if care.provisional is None and not was_open and any(care.takeable((row,))):
            self._settle(care, row)
            return
        dated = at is not None
        reading = Reading(taken.received if at is None else at, sample, dated)
        self._announce(care, care.part().feed(reading).occurrences)
        self._behind[care.address] = None

    def _take_deed(self, done: Done) -> None:
        care = self._care(done.address)
        if TELLS_OF_LOSS.get(done.deed.act) is care.live.alarm.lost:
            return
        self._ledger.flush()
        entry = self.store.append(care.id, done.deed, care.head)
        care.deeds.append(PendingDeed(entry.id, care.head, done.deed))
        self._announce(care, care.part().perform(done.deed))
        self._must_commit = True
        self._touched[care.address] = None

    def _take_description(self, described: Described) -> None:
        care = self._care(described.address)
        answers = bool(care.answers) if described.answers is None else described.answers
        if care.answers is not answers:
            care.answers = answers
            self._fall_behind(care)
        if described.roles is not None and dict(described.roles) != dict(care.live.roles):
            deed = Deed(act=Act.DESCRIBED, at=described.at, new={"roles": dict(described.roles)})
            self._take_deed(Done(described.address, deed))

    def _take_batch(self, fetched: Fetched) -> None:
        care = self._care(fetched.address)
        stretch = care.of_epoch(fetched.epoch)
        try:
            batch = self._decoded(fetched)
            history.accepted(batch, fetched.epoch, fetched.first, fetched.last)
        except WireError as error:
            self.tally[error.flaw.value] += 1
            self._outcome.verdicts.append(Verdict(fetched.address, fetched.command, good=False))
            return
        if stretch is not None:
            self._add_fetched(care, stretch, batch)
        self._outcome.verdicts.append(Verdict(fetched.address, fetched.command, good=True))

    def _take_loss(self, nobodys: Nobodys) -> None:
        care = self._care(nobodys.address)
        stretch = care.of_epoch(nobodys.epoch)
        if stretch is not None:
            self._ledger.lose(stretch, nobodys.first, nobodys.last)
            self._must_commit = True
            self._fall_behind(care)

    def _forget(self, forgotten: Forgotten) -> None:
        address = forgotten.address
        care = self._cares.get(address)
        if care is None:
            return
        self._ledger.flush()
        self.store.forget(care.id)
        for known in (self._cares, self._touched, self._behind, self._published, self._saved):
            known.pop(address, None)
        self._urgent.discard(address)
        self._must_commit = True

    def _decoded(self, fetched: Fetched) -> History:
        topic = topics.of(fetched.address, topics.Kind.HISTORY).spell(self._prefix)
        message = wire.decode(topic, fetched.payload, self._prefix)
        if not isinstance(message, HistoryMessage):
            raise WireError(Flaw.BAD_BATCH, "no history")
        return message.history

    # Numbers and times

    def _care(self, address: Address) -> Care:
        care = self._cares.get(address)
        if care is None:
            care = self._cares[address] = self._recalled(address)
        return care

    def _recalled(self, address: Address) -> Care:
        """A chamber as it was left. What came beyond the settled watch is judged again, announcing nothing."""
        number = self.store.chamber(address)
        care = Care(number, address, self.store.stretches(number))
        if (saved := self.store.snapshot(number)) is not None:
            care.restore(*saved)
            at = care.settled.metrics.at
            if at is not None:
                care.settled.metrics.load(self.store.minutes(number, at - DAY, at))
        care.deeds = [
            PendingDeed(entry.id, entry.head, entry.deed)
            for entry in self.store.deeds(number, care.deed_id)
        ]
        if care.head is not None and (newest := self.store.taken_at(*care.head)) is not None:
            care.boot = newest.sample.boot
        self._rejudge(care)
        self._fall_behind(care)
        return care

    def _rejudge(self, care: Care) -> None:
        """Make the live watch of what lies beyond the settled one."""
        position, deeds = care.position, list(care.deeds)
        while rows := self.store.rows(care.id, position, SLICE):
            watch = care.part()
            for row in rows:
                while deeds and row.at is not None and deeds[0].precedes(row, row.at):
                    watch.perform(deeds.pop(0).deed)
                if row.at is not None:
                    watch.feed(Reading(row.at, row.sample))
            position = Position.of(rows[-1])
        for pending in deeds:
            care.part().perform(pending.deed)

    def _add_fetched(self, care: Care, stretch: Stretch, batch: History) -> None:
        hours = set()
        for sample in batch.samples:
            assert sample.seq is not None
            self._ledger.learn_time(care, sample)
            at, placed = timeline.place(sample, None, care.anchors.get(sample.boot or ""))
            self._ledger.keep(stretch, Row(stretch.id, sample.seq, at, placed, True, sample))
            if at is not None:
                hours.add(at // HOUR * HOUR)
        for span in batch.lost:
            self._ledger.lose(stretch, *span)
        if batch.before is not None:
            self._ledger.precede(care, stretch, batch.before)
        self.store.mark_hours(care.id, sorted(hours))
        self.tally["fetched"] += len(batch.samples)
        self._fall_behind(care)

    # Judging

    def _settle(self, care: Care, row: Row) -> None:
        before = care.settled.metrics.at
        occurred, fed = care.settle(row)
        if row.at is not None and before is not None and row.at < before - LONGEST_STEP:
            # Lived again: what was counted of that time makes room, as it does in the metrics.
            self.store.drop_minutes(care.id, row.at // MINUTE * MINUTE - 1)
        self._keep(care, occurred, fed.minutes)
        self._outcome.occurrences += [(care.address, one) for one in care.news(occurred)]

    def _keep(self, care: Care, occurred: Iterable[Occurrence], minutes: Iterable[Minute]) -> None:
        if minutes := tuple(minutes):
            self.store.add_minutes(care.id, minutes)
        if occurred := tuple(occurred):
            self.store.add_occurrences(care.id, occurred)
            self._hurry(care)

    def _announce(self, care: Care, occurred: Iterable[Occurrence]) -> None:
        occurred = tuple(occurred)
        if occurred:
            care.say(occurred)
            self._outcome.occurrences += [(care.address, one) for one in occurred]
            self._hurry(care)

    def _hurry(self, care: Care) -> None:
        self._urgent.add(care.address)
        self._touched[care.address] = None
        self._must_commit = True

    def _fall_behind(self, care: Care) -> None:
        self._behind[care.address] = None
        self._touched[care.address] = None

    def _catch_up(self) -> None:
        """Go on with the chambers that are behind, a slice of rows in a turn."""
        left = SLICE
        if self._behind:
            self._ledger.flush()
        for address in tuple(self._behind):
            if left <= 0:
                return
            left -= self._advance(self._cares[address], left)

    def _advance(self, care: Care, most: int) -> int:
        """Let the settled watch go on; how many rows that took."""
        if not any(care.takeable(self.store.rows(care.id, care.position, 1))):
            self._stand_still(care)
            return 1
        rows = self.store.rows(care.id, care.position, most)
        taken = 0
        for row in care.takeable(rows):
            self._settle(care, row)
            taken += 1
        if taken < len(rows) or len(rows) < most:
            self._stand_still(care)
        return taken

    def _stand_still(self, care: Care) -> None:
        """There is nothing more to be settled now; where nothing is awaited, both watches are one."""
        self._behind.pop(care.address, None)
        if care.provisional is None or care.deeds:
            return
        if not self.store.rows(care.id, care.position, 1):
            care.come_together()
            self._hurry(care)

    def _pass_time(self, now: float) -> None:
        """Shelves end and re-alarms fall due. The settled watch waits for the sample that says so, too."""
        until = now - LAG
        for care in self._cares.values():
            if alarms.advance(care.live.alarm, until)[1]:
                self._announce(care, care.part().advance(until))

    # What goes out

    def _publish(self, now: float) -> None:
        for address in tuple(self._touched):
            care = self._cares[address]
            self._outcome.gaps[address] = next(care.gaps(), None)
            provisional = care.provisional is not None
            key = (*care.live.key(), provisional)
            before = self._published.get(address)
            if before is None or before[0] != key or _due(now, before[1], PUBLISH_EVERY):
                self._published[address] = (key, now)
                findings = care.live.findings(now, provisional=provisional)
                self._outcome.findings[address] = findings
                del self._touched[address]


def _due(now: float, last: float, every: float) -> bool:
    """Whether it is time again; a clock that was set back is no reason to wait."""
    return not 0.0 <= now - last < every
