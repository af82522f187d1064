"""Lets the watches of chambers go on with what comes, and notes what that brings about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ..chamber import alarm as alarms
from ..chamber.analysis.findings import Findings, Occurrence, Reading
from ..chamber.metrics import LONGEST_STEP, MINUTE
from ..chamber.model import Address
from .care import Care, PendingDeed
from .inputs import Outcome
from .ledger import Ledger
from .rows import Row
from .store import Store

LAG = 10.0
"""Seconds that a sample may be on its way: what falls due is not said before one of then could be here."""
SLICE = 2000
"""Rows that a turn judges of what it is behind with."""
PUBLISH_EVERY = 60.0
SILENT_EVERY = 300.0
PUBLISH_AT_ONCE = 40
"""Chambers of which a turn tells the same judgement with other figures: the event loop has other things to do, too."""

Cares = Mapping[Address, Care]


class Judge:
    """What is found goes to `outcome`, and after that to the store: nobody is alarmed later because a disk fails.

    `touched` are the chambers of which something is new, `behind` those whose settled watch may go on. `announced`
    counts what was told since the last commit, `entered` by chamber what occurred and went to the store.
    """

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self.outcome = Outcome()
        self.touched: dict[Address, Care] = {}
        self.behind: dict[Address, Care] = {}
        self.announced: Counter[tuple[Address, str, str]] = Counter()
        self.entered: Counter[int] = Counter()
        self.must_commit = False
        self._store = store
        self._ledger = ledger

    def forget(self, address: Address) -> None:
        """Know a chamber no more."""
        self.touched.pop(address, None)
        self.behind.pop(address, None)

    def undo(self, care: Care) -> None:
        """Let the store have what occurred to a chamber as it was committed: it is judged again from there."""
        self._store.drop_newest_occurrences(care.id, self.entered.pop(care.id, 0))

    def said(self, address: Address) -> Counter[tuple[str, str]]:
        """What was told of a chamber since the last commit."""
        return Counter(
            {
                (happened, what): count
                for (whose, happened, what), count in self.announced.items()
                if whose == address
            }
        )

    # What came

    def hear(self, care: Care, row: Row, received: float, *, in_order: bool) -> None:
        """Judge a new sample; `in_order`: nothing was missing before it."""
        self.touched[care.address] = care
        if care.provisional is None and in_order and care.may_take(row):
            self._settle(care, row)
            return
        dated = row.at is not None
        reading = Reading(received if row.at is None else row.at, row.sample, dated)
        self._announce(care, care.part().feed(reading).occurrences)
        self.behind[care.address] = care

    def perform(self, care: Care, pending: PendingDeed) -> None:
        """Let what was done take effect at once; for the settled watch in its time."""
        care.deeds.append(pending)
        self._announce(care, care.part().perform(pending.deed))
        self.must_commit = True
        self.touched[care.address] = care

    def fall_behind(self, care: Care) -> None:
        """The settled watch may be able to go on."""
        self.behind[care.address] = care
        self.touched[care.address] = care

    # What follows

    def catch_up(self) -> None:
        """Go on with the chambers that are behind, a slice of rows in a turn."""
        left = SLICE
        if self.behind:
            self._ledger.flush()
        for care in tuple(self.behind.values()):
            if left <= 0:
                return
            left -= self._advance(care, left)

    def pass_time(self, cares: Iterable[Care], now: float) -> None:
        """Shelves end and re-alarms fall due. The settled watch waits for the sample that says so, too."""
        until = now - LAG
        for care in cares:
            if alarms.advance(care.live.alarm, until)[1]:
                care.passed = until
                self._announce(care, care.part().advance(until))

    def _advance(self, care: Care, most: int) -> int:
        """Let the settled watch go on; how many rows that took."""
        if not any(care.takeable(self._store.rows(care.id, care.position, 1))):
            self._stand_still(care)
            return 1
        rows = self._store.rows(care.id, care.position, most)
        taken = 0
        for row in care.takeable(rows):
            self._settle(care, row)
            taken += 1
        if taken < len(rows) or len(rows) < most:
            self._stand_still(care, went_on=taken > 0)
        return taken

    def _stand_still(self, care: Care, *, went_on: bool = False) -> None:
        """There is nothing more to be settled now; where nothing is awaited, both watches are one.

        Where only what was done waits for the next row, the live watch goes on from the settled one, which saw more.
        """
        self.behind.pop(care.address, None)
        if care.provisional is None or self._store.rows(care.id, care.position, 1):
            return
        if not care.deeds:
            care.come_together()
            self._hurry(care)
        elif went_on and not care.unseen:
            care.look_again()
            self._hurry(care)

    def _settle(self, care: Care, row: Row) -> None:
        before = care.settled.metrics.at
        occurred, fed = care.settle(row)
        self._tell(care, care.news(occurred))
        if row.at is not None and before is not None and row.at < before - LONGEST_STEP:
            # Lived again: what was counted of that time makes room, as it does in the metrics.
            self._store.drop_minutes(care.id, row.at // MINUTE * MINUTE - 1)
        if fed.minutes:
            self._store.add_minutes(care.id, fed.minutes)
        if occurred:
            self._store.add_occurrences(care.id, occurred)
            self.entered[care.id] += len(occurred)
            self._hurry(care)

    def _announce(self, care: Care, occurred: tuple[Occurrence, ...]) -> None:
        if occurred:
            care.say(occurred)
            self._tell(care, occurred)
            self._hurry(care)

    def _tell(self, care: Care, occurred: Iterable[Occurrence]) -> None:
        for one in occurred:
            self.outcome.occurrences.append((care.address, one))
            self.announced[care.address, one.happened.value, one.what] += 1

    def _hurry(self, care: Care) -> None:
        care.urgent = True
        self.touched[care.address] = care
        self.must_commit = True


class Press:
    """What is told: another judgement at once, other figures now and then, of a few chambers in a turn."""

    def __init__(self) -> None:
        self._published: dict[Address, tuple[tuple[object, ...], float]] = {}
        self._waiting: dict[Address, Care] = {}

    def forget(self, address: Address) -> None:
        """Know a chamber no more."""
        self._published.pop(address, None)
        self._waiting.pop(address, None)

    def news(self, touched: Cares, everybody: Cares, now: float) -> dict[Address, Findings]:
        """What is to be told at Unix time `now`: of the touched, and of `everybody` who waits or is silent."""
        self._waiting |= touched
        self._waiting |= self._silent(everybody, now)
        found, left = {}, PUBLISH_AT_ONCE
        for address in tuple(self._waiting if everybody else touched):
            care = self._waiting[address]
            provisional = care.provisional is not None
            key = (*care.live.key(), provisional)
            before = self._published.get(address)
            another = before is None or before[0] != key
            if before is None or another or (left > 0 and due(now, before[1], PUBLISH_EVERY)):
                left -= not another
                self._published[address] = (key, now)
                found[address] = care.live.findings(now, provisional=provisional)
                del self._waiting[address]
        return found

    def _silent(self, everybody: Cares, now: float) -> dict[Address, Care]:
        """The chambers that say nothing: their last day goes on without them."""
        return {
            address: care
            for address, care in everybody.items()
            if address in self._published and due(now, self._published[address][1], SILENT_EVERY)
        }


def due(now: float, last: float, every: float) -> bool:
    """Whether it is time again; a clock that was set back is no reason to wait."""
    return not 0.0 <= now - last < every
