"""Takes samples, history and deeds in, one turn after the other, and has them judged in the order of their numbers.

What is judged and what it was judged from reach the disk in one transaction. All of this runs on a thread of Home
Assistant's executor, never two turns at once.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from logging import getLogger

from ..chamber.analysis.deeds import Act, Deed
from ..chamber.analysis.findings import Occurrence
from ..chamber.errors import WireError
from ..chamber.messages import History
from ..chamber.model import Address
from ..chamber.past import timeline
from .care import Care, PendingDeed, recalled
from .errors import Reason, RecordError, RecordUnusable
from .inputs import (
    Described,
    Done,
    Fetched,
    Forgotten,
    Heard,
    Input,
    Nobodys,
    Outcome,
    Sought,
    Taken,
    Verdict,
)
from .judge import Judge, Press, due
from .ledger import Ledger, answered
from .rows import Row, Stretch
from .store import Store

COMMIT_EVERY = 5.0
SNAPSHOT_EVERY = 60.0
LOOK_EVERY = 1.0
"""Seconds between two looks at what falls due by itself, and at what is published only now and then."""
WAKE_AT_ONCE = 20
"""Chambers that a turn takes up after a start."""
_LOGGER = getLogger(__name__)
TELLS_OF_LOSS = {Act.LOST: True, Act.RECOVERED: False}

Untold = Mapping[Address, tuple[Occurrence, ...]]


class Keeper:
    """The record of one entry and the watches of its chambers. `tally` counts what was repeated, fetched or rubbish.

    Where a method raises, the keeper is of no use any more: the file knows what was committed, and another keeper takes
    it up from there. `live_only`: what is missing is neither asked for nor waited for. `taken` is how many inputs the
    last turn took in, `uncommitted` what is entered since the last commit, `forgotten` who is not known any more.
    """

    def __init__(
        self,
        store: Store,
        prefix: str,
        tally: Counter[str] | None = None,
        *,
        live_only: bool = False,
    ) -> None:
        self.store = store
        self.tally = Counter() if tally is None else tally
        self.live_only = live_only
        self.cares: dict[Address, Care] = {}
        self.taken = 0
        self.uncommitted: list[Taken | Done | Forgotten] = []
        self.forgotten: set[Address] = set()
        self._prefix = prefix
        self._ledger = Ledger(store)
        self._judge = Judge(store, self._ledger)
        self._asleep: deque[Address] = deque()
        self._untold: dict[Address, tuple[Occurrence, ...]] = {}
        self._press = Press()
        self._committed_at = 0.0
        self._looked_at = 0.0

    @property
    def outcome(self) -> Outcome:
        """What the last turn brought about, as far as it came."""
        return self._judge.outcome

    @property
    def asleep(self) -> int:
        """How many chambers are not taken up yet."""
        return len(self._asleep)

    @property
    def announced(self) -> Counter[tuple[Address, str, str]]:
        """What was told and is not in the file yet."""
        return self._judge.announced

    def said(self, address: Address) -> Counter[tuple[str, str]]:
        """The same of one chamber."""
        return self._judge.said(address)

    # Life

    def recall(self) -> None:
        """Take up all chambers where they were left, with the turns to come."""
        self._asleep = deque(self.store.addresses())

    def wake(self, most: int | None = None) -> None:
        """Take up so many more of the chambers, or (None) all."""
        for _chamber in range(len(self._asleep) if most is None else min(most, len(self._asleep))):
            self._care(self._asleep.popleft())

    def enter(self, one: Taken | Done | Forgotten) -> None:
        """Enter what was judged already, by the keeper before this one."""
        if isinstance(one, Forgotten):
            self._forget(one)
        elif isinstance(one, Taken):
            self._enter_sample(self._care(one.address), one)
        else:
            care = self._care(one.address)
            care.deeds.append(self._enter_deed(care, one))

    def succeed(self, before: Keeper) -> None:
        """Go on from the judgement of the keeper before this one, whose samples and deeds are entered."""
        for address, care in before.cares.items():
            mine = self._care(address)
            mine.succeed(care)
            self._judge.fall_behind(mine)
        for address, care in self.cares.items():
            care.said.update(before.said(address))
        self._untold |= before._untold
        if self.live_only:
            self.announced.update(before.announced)

    def abandon(self) -> None:
        """Let go of the file as it was committed."""
        with suppress(RecordError):
            self.store.close()

    def save(self, now: float) -> None:
        """Bring everything to the disk, with where each chamber stands."""
        for care in self.cares.values():
            care.urgent = care.urgent or care.saved != care.position
        self.commit(now)

    def give_up(self, since: float) -> bool:
        """Wait no more for what is missing before a sample from before `since` (Unix s); whether there was any."""
        given_up = False
        for care in self.cares.values():
            aged = self.store.newest_aged(care.id, since)
            for stretch, span in () if aged is None else care.missing_before(aged):
                self._lose(care, stretch, *span)
                given_up = True
        return given_up

    def close(self, now: float, untold: Untold | None = None) -> None:
        """Leave everything as it can be taken up again, and what nobody has heard as it can be told then."""
        for address, care in self.cares.items():
            care.untold = care.untold if untold is None else untold.get(address, ())
            care.urgent = True
        self.commit(now)
        self.store.close()

    # Turns

    def turn(self, inputs: Iterable[Input], now: float) -> Outcome:
        """Take inputs in, go on with what is behind, and commit what is due at Unix time `now`."""
        self._judge.outcome = outcome = Outcome()
        self.taken = 0
        for one in inputs:
            self._take_alone(one)
            self.taken += 1
        self.wake(WAKE_AT_ONCE)
        self._judge.catch_up()
        look = due(now, self._looked_at, LOOK_EVERY)
        if look:
            self._looked_at = now
            self._judge.pass_time(self.cares.values(), now)
        if self._judge.must_commit or due(now, self._committed_at, COMMIT_EVERY):
            self.commit(now)
        touched, self._judge.touched = self._judge.touched, {}
        outcome.gaps |= {address: next(care.gaps(), None) for address, care in touched.items()}
        news = self._press.news(touched, self.cares if look else {}, now)
        outcome.findings |= news
        outcome.untold, self._untold = self._untold, {}
        outcome.more = bool(self._judge.behind or self._asleep)
        return outcome

    def _take_alone(self, one: Input) -> None:
        """Take an input in; one that fails by a fault of ours costs itself alone."""
        try:
            self._take(one)
        except RecordError:
            raise
        except Exception as error:
            what, whose = type(one).__name__, "/".join(one.address)
            _LOGGER.exception("%s of %s was set aside: it cannot be taken in", what, whose)
            failure = RecordUnusable(Reason.FAILED, repr(error))
            self._judge.outcome.failed.append((one, failure))
            self._set_aside(one)

    def _set_aside(self, one: Input) -> None:
        """How the chamber stood whose input failed half-way nobody knows but the file."""
        self.tally["failed"] += 1
        if isinstance(one, Fetched):
            self._judge.outcome.verdicts.append(Verdict(one.address, one.command, False))
        before = self.cares.pop(one.address, None)
        if before is not None:
            self._ledger.flush()
            self._judge.undo(before)
            self._care(one.address).follow(before, self._judge.said(one.address))

    def commit(self, now: float) -> None:
        """Bring everything to the disk."""
        self._ledger.flush()
        saved: list[Care] = []
        for care in self.cares.values():
            if not care.saved_at:
                # Not all in one turn.
                care.saved_at = now - care.id % SNAPSHOT_EVERY
            if care.urgent or due(now, care.saved_at, SNAPSHOT_EVERY):
                self.store.save_snapshot(care.id, care.position, care.snapshot())
                saved.append(care)
        self.store.commit()
        for care in saved:
            care.saved, care.saved_at, care.urgent = care.position, now, False
        self._committed_at, self._judge.must_commit = now, False
        self.uncommitted.clear()
        self._judge.entered.clear()
        if not self.live_only:
            self.announced.clear()

    # What comes in

    def _take(self, one: Input) -> None:
        match one:
            case Taken():
                self._take_sample(one)
            case Done():
                self._take_deed(one)
            case Described():
                self._take_description(one)
            case Sought(address):
                self._judge.touched[address] = self._care(address)
            case Fetched():
                self._take_batch(one)
            case Nobodys():
                self._take_loss(one)
            case Forgotten():
                self._forget(one)
            case Heard(address):
                self._be_heard(address)

    def _take_sample(self, taken: Taken) -> None:
        care = self._care(taken.address)
        if (entered := self._enter_sample(care, taken)) is not None:
            row, in_order = entered
            self._judge.hear(care, row, taken.received, in_order=in_order)

    def _take_deed(self, done: Done) -> None:
        care = self._care(done.address)
        if TELLS_OF_LOSS.get(done.deed.act) is not care.live.alarm.lost:
            self._judge.perform(care, self._enter_deed(care, done))

    def _take_description(self, described: Described) -> None:
        care = self._care(described.address)
        answers = bool(care.answers) if described.answers is None else described.answers
        if care.answers is not answers:
            care.answers = answers
            self._judge.fall_behind(care)
        if described.roles is not None and dict(described.roles) != dict(care.live.roles):
            deed = Deed(act=Act.DESCRIBED, at=described.at, new={"roles": dict(described.roles)})
            self._take_deed(Done(described.address, deed))

    def _take_batch(self, fetched: Fetched) -> None:
        try:
            batch = answered(fetched, self._prefix)
        except WireError as error:
            self.tally[error.flaw.value] += 1
            good = False
        else:
            self._add_fetched(fetched, batch)
            good = True
        verdict = Verdict(fetched.address, fetched.command, good)
        self._judge.outcome.verdicts.append(verdict)

    def _take_loss(self, nobodys: Nobodys) -> None:
        if (asked := self._asked(nobodys.address, nobodys.epoch)) is not None:
            self._lose(*asked, nobodys.first, nobodys.last)

    def _be_heard(self, address: Address) -> None:
        if (care := self.cares.get(address)) is not None:
            care.untold, care.urgent = (), True
            self._judge.must_commit = True

    def _forget(self, forgotten: Forgotten) -> None:
        address = forgotten.address
        self.uncommitted.append(forgotten)
        self.forgotten.add(address)
        self.cares.pop(address, None)
        self._judge.forget(address)
        with suppress(ValueError):
            self._asleep.remove(address)
        if (number := self.store.addresses().get(address)) is not None:
            self._ledger.flush()
            self.store.forget(number)
            self._judge.must_commit = True
        self._press.forget(address)

    # Numbers and times

    def _care(self, address: Address) -> Care:
        care = self.cares.get(address)
        if care is None:
            care = self.cares[address] = recalled(self.store, address)
            care.live_only = self.live_only
            if care.untold:
                self._untold[address] = care.untold
            self._judge.fall_behind(care)
        return care

    def _asked(self, address: Address, epoch: str) -> tuple[Care, Stretch] | None:
        """Of whom an answer tells; None where the chamber was forgotten meanwhile."""
        care = self.cares.get(address)
        stretch = None if care is None else care.of_epoch(epoch)
        return None if care is None or stretch is None else (care, stretch)

    def _enter_sample(self, care: Care, taken: Taken) -> tuple[Row, bool] | None:
        """Keep a sample, and tell whether nothing was missing before it; None: it is there already."""
        sample = taken.sample
        if self._ledger.learn_time(care, sample):
            self._judge.fall_behind(care)
        numbered = self._ledger.number(care, sample)
        if numbered is None:
            self.tally["repeated"] += 1
            return None
        stretch, seq = numbered
        at, placed = timeline.place(sample, taken.received, care.anchors.get(sample.boot or ""))
        row = Row(stretch.id, seq, at, placed, False, sample)
        was_open = care.is_open(stretch)
        self._ledger.keep(stretch, row)
        care.boot = sample.boot
        self.uncommitted.append(taken)
        return row, not was_open

    def _enter_deed(self, care: Care, done: Done) -> PendingDeed:
        self._ledger.flush()
        done = done._replace(deed=care.live.completed(done.deed))
        entry = self.store.append(care.id, done.deed, care.head)
        self.uncommitted.append(done)
        return PendingDeed(entry.id, care.head, done.deed)

    def _add_fetched(self, fetched: Fetched, batch: History) -> None:
        if (asked := self._asked(fetched.address, fetched.epoch)) is None:
            return
        care, stretch = asked
        self._ledger.add(care, stretch, batch)
        self.tally["fetched"] += len(batch.samples)
        for span in batch.lost:
            self._lose(care, stretch, *span)
        self._ledger.precede(care, stretch, batch.before)
        self._judge.must_commit = True
        self._judge.fall_behind(care)

    def _lose(self, care: Care, stretch: Stretch, first: int, last: int) -> None:
        self._ledger.lose(stretch, first, last)
        self._judge.must_commit = True
        self._judge.fall_behind(care)
