"""Who is on duty: the keeper of the file, or, while the file fails, one in memory that goes on from where it stood.

So alarms are judged all the same. The file is tried again, and whoever takes it up then enters what the other one has.
All of this runs on the keeper's thread.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ..chamber.analysis.deeds import Deed
from ..chamber.model import Address
from .care import AT_ONCE, Care, Standing
from .errors import Reason, RecordError, RecordUnusable
from .inputs import Done, Failed, Forgotten, Input, Outcome, Taken
from .judge import due
from .keeper import Keeper, Untold
from .rows import Position
from .store import Store
from .upkeep import USUAL, Allowance, Upkeep

RETRY_AFTER = 60.0
"""Seconds after which a file that failed is tried again."""
IN_MEMORY = Path(":memory:")
LONGEST_HOLD = 3600.0
"""Seconds that a file may be left as it is while it is copied."""
LARGEST_LOG = 1024 * 1024 * 1024
"""Bytes that its log may take meanwhile."""
MEMORY = 64
"""Megabytes that a keeper in memory may hold."""

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """How a record stands: its file by name, its size in bytes, and what waits. `problem` is the key of the cause.

    `asleep` chambers are not taken up yet after the start.
    """

    file: str
    problem: str | None
    set_aside: str | None
    held: bool
    bytes: int
    tally: Mapping[str, int]
    asleep: int
    chambers: Mapping[Address, Standing]
    queued: int = 0


class Duty:
    """The keeper at work. `problem` is why it is not the file's, `set_aside` where a damaged file was moved.

    `untold` is what nobody was told of and could not be kept at the end.
    """

    def __init__(self, path: Path, prefix: str, allowance: Allowance = USUAL) -> None:
        self.path = path
        self.problem: RecordError | None = None
        self.set_aside: Path | None = None
        self.tally: Counter[str] = Counter()
        self.untold: Untold = {}
        self._prefix = prefix
        self._upkeep = Upkeep(allowance)
        self._upkeep_in_memory = Upkeep(replace(allowance, megabytes=MEMORY))
        self._brought_up: set[Address] = set()
        self._keeper: Keeper | None = None
        self._tried_at = 0.0
        self._failed_at = 0.0
        self._held_at: float | None = None
        self._is_damaged = self._is_checked = False

    @property
    def keeper(self) -> Keeper:
        """The keeper at work. Raises `RecordError` before and after."""
        if self._keeper is None:
            raise RecordError("the record is closed")
        return self._keeper

    def begin(self, now: float) -> list[Outcome]:
        """Take up the file; where it fails, begin in memory."""
        try:
            self._keeper = self._of_file(now)
        except RecordError as error:
            self._report(error, now)
            self._keeper = self._in_memory()
        return self.turn((), now)

    def turn(self, inputs: Sequence[Input], now: float) -> list[Outcome]:
        """A turn of the keeper, and where the file fails, of the one that takes its place."""
        if self.problem is not None and due(now, self._tried_at, RETRY_AFTER):
            self._return_to_file(now)
        keeper = self.keeper
        try:
            outcome = keeper.turn(inputs, now)
            self._hold_no_longer(now)
            if self._held_at is None:
                upkeep = self._upkeep_in_memory if keeper.live_only else self._upkeep
                upkeep.see_to(keeper, now)
        except RecordError as error:
            # Whoever is to be alarmed by what was found already is alarmed.
            found, left = keeper.outcome, inputs[keeper.taken :]
            self._go_on_in_memory(error, now)
            return [self._news(found), self._news(self.keeper.turn(left, now))]
        except Exception:
            self._begin_anew(now)
            raise
        return [self._news(outcome)]

    def run[Result](self, made: Callable[[Store], Result], now: float) -> Result:
        """Make something of the record, with all that was taken in. Raises `RecordError`."""
        keeper = self.keeper
        if self.problem is not None:
            raise self.problem.with_traceback(None)
        try:
            keeper.commit(now)
        except RecordError as error:
            self._go_on_in_memory(error, now)
            raise
        try:
            return made(keeper.store)
        except BaseException:
            keeper.store.rollback()
            raise

    def end(self, inputs: Sequence[Input], unheard: Untold, now: float) -> list[Failed]:
        """Take in what waits, and close the file; which inputs were set aside.

        What nobody has heard, and nobody will hear of this, is kept to be told after the next start. Raises
        `RecordError` where that is not kept; `untold` is then all of it.
        """
        self.untold = unheard
        if self.problem is not None:
            self._return_to_file(now)
        keeper, self._keeper = self.keeper, None
        try:
            try:
                keeper.turn(inputs, now)
            finally:
                self.untold = _together(self._news(keeper.outcome), unheard)
            keeper.close(now, self.untold)
        except BaseException:
            keeper.abandon()
            raise
        if self.problem is not None:
            raise self.problem.with_traceback(None)
        self.untold = {}
        return keeper.outcome.failed

    def _news(self, outcome: Outcome) -> Outcome:
        """Without what was brought up already, by another keeper before: it is in the file until it is heard."""
        for address in outcome.untold.keys() & self._brought_up:
            del outcome.untold[address]
        self._brought_up |= outcome.untold.keys()
        return outcome

    def state(self) -> State:
        """How the record stands."""
        keeper = self.keeper
        return State(
            file=self.path.name,
            problem=None if self.problem is None else self.problem.key,
            set_aside=None if self.set_aside is None else self.set_aside.name,
            held=self._held_at is not None,
            bytes=keeper.store.size(),
            tally=dict(self.tally),
            asleep=keeper.asleep,
            chambers={address: care.standing() for address, care in keeper.cares.items()},
        )

    # While the file is copied

    def hold(self, now: float) -> None:
        """Let the file as it is and write to its log alone, until `release`, but not forever. Raises `RecordError`."""
        self._held_at = now
        if self.problem is None:
            if not self.run(Store.checkpoint, now):
                _LOGGER.warning("Another program reads %s: its backup may be late", self.path.name)
            if not self.keeper.store.is_logged():
                _LOGGER.warning(
                    "%s is on a disk where it has no log: it may change while it is copied",
                    self.path.name,
                )
            self.keeper.store.hold()

    def go_on_holding(self, since: float | None) -> None:
        """The same for a file that is opened while it may be copied, since so long; None: it is not."""
        self._held_at = since

    def release(self) -> bool:
        """Write to the file again; whether it was let as it is up to now."""
        held, self._held_at = self._held_at is not None, None
        if held and self.problem is None:
            self.keeper.store.release()
        return held

    def _hold_no_longer(self, now: float) -> None:
        """Give up on a copy that takes too long."""
        if self._held_at is None or (
            not due(now, self._held_at, LONGEST_HOLD) and self.keeper.store.logged() <= LARGEST_LOG
        ):
            return
        self.release()
        _LOGGER.warning("%s is written again, though its backup has not ended", self.path.name)

    # Changes of shift

    def _of_file(self, now: float, before: Keeper | None = None) -> Keeper:
        """The keeper of the file, which has all that the one before it has. Raises `RecordError`."""
        store = Store.open(self.path, damaged=self._is_damaged, checked=self._is_checked)
        self._is_damaged, self._is_checked = False, True
        self.set_aside = store.set_aside or self.set_aside
        if self._held_at is not None:
            store.hold()
        keeper = Keeper(store, self._prefix, self.tally)
        try:
            store.probe()
            keeper.recall()
            if before is not None:
                _hand_over(before, keeper)
            keeper.commit(now)
        except Exception as error:
            keeper.abandon()
            if isinstance(error, RecordError):
                raise
            _LOGGER.exception("%s cannot be taken up", self.path.name)
            raise RecordUnusable(Reason.FAILED, repr(error)) from error
        return keeper

    def _in_memory(self) -> Keeper:
        return Keeper(Store.open(IN_MEMORY), self._prefix, self.tally, live_only=True)

    def _go_on_in_memory(self, error: RecordError, now: float) -> None:
        self._report(error, now)
        before, self._keeper = self.keeper, self._in_memory()
        with suppress(RecordError):
            before.wake()
        for one in before.uncommitted:
            self._keeper.enter(one)
        self._keeper.succeed(before)
        before.abandon()
        self._keeper.commit(now)

    def _return_to_file(self, now: float) -> None:
        before = self.keeper
        before.commit(now)
        try:
            self._keeper = self._of_file(now, before)
        except RecordError as error:
            self._report(error, now)
        else:
            before.abandon()
            self._report(None, now)

    def _begin_anew(self, now: float) -> None:
        """After a fault of ours nobody knows how the keeper stands: another one takes up what was committed.

        Where that fails again soon, the file is left alone for a while.
        """
        before = self.keeper
        with suppress(Exception):
            before.wake()
        before.abandon()
        again, self._failed_at = not due(now, self._failed_at, RETRY_AFTER), now
        if self.problem is None and again:
            self._report(RecordUnusable(Reason.FAILED, "the keeper failed repeatedly"), now)
        if self.problem is None:
            try:
                self._keeper = self._of_file(now)
            except RecordError as error:
                self._report(error, now)
            else:
                return
        self._keeper = self._in_memory()
        self._keeper.succeed(before)
        self._keeper.commit(now)

    def _report(self, problem: RecordError | None, now: float) -> None:
        self._tried_at = now
        self._is_damaged = self._is_damaged or _tells_of_damage(problem)
        if problem is not None and self.problem is None:
            _LOGGER.error(
                "%s cannot be written, what comes is in memory alone until it can: %s",
                self.path.name,
                problem,
            )
        self.problem = problem


def _together(outcome: Outcome, unheard: Untold) -> Untold:
    """All that nobody has heard, the oldest first."""
    found = {address: [*untold] for address, untold in outcome.untold.items()}
    for address, waiting in unheard.items():
        found.setdefault(address, []).extend(waiting)
    for address, occurrence in outcome.occurrences:
        found.setdefault(address, []).append(occurrence)
    return {address: tuple(untold) for address, untold in found.items()}


def _tells_of_damage(error: RecordError | None) -> bool:
    return isinstance(error, RecordUnusable) and error.reason is Reason.DAMAGED


def _hand_over(before: Keeper, keeper: Keeper) -> None:
    """Let the file's keeper go on from the one in memory."""
    for one in _handed_over(before):
        keeper.enter(one)
    keeper.succeed(before)
    for address, care in before.cares.items():
        dropped = not care.answers and _has_dropped(before, care)
        keeper.cares[address].unseen = dropped or keeper.store.set_aside is not None


def _handed_over(keeper: Keeper) -> Iterator[Taken | Done | Forgotten]:
    """All that a keeper in memory has."""
    deeds: dict[Address, list[tuple[Position | None, Deed]]] = {}
    for entry in keeper.store.journal(None, float("-inf"), float("inf")):
        deeds.setdefault(entry.address, []).append((entry.head, entry.deed))
    for address in {**deeds, **keeper.cares, **dict.fromkeys(keeper.forgotten)}:
        care = keeper.cares.get(address)
        if care is not None and address in keeper.forgotten:
            yield Forgotten(address)
        yield from _lived(keeper.store, address, care, deeds.get(address, []))
        if care is None:
            yield Forgotten(address)


def _lived(
    store: Store, address: Address, care: Care | None, deeds: list[tuple[Position | None, Deed]]
) -> Iterator[Taken | Done]:
    """A chamber's samples, and between them what was done."""
    position: Position | None = None
    while care is not None and (rows := store.rows(care.id, position, AT_ONCE)):
        for row in rows:
            position = Position.of(row)
            while deeds and (deeds[0][0] is None or deeds[0][0] < position):
                yield Done(address, deeds.pop(0)[1])
            yield Taken(address, row.sample, row.at or 0.0)
    for _head, deed in deeds:
        yield Done(address, deed)


def _has_dropped(keeper: Keeper, care: Care) -> bool:
    """Whether samples of a chamber that were here are not any more."""
    first = next((one.covered.first for one in care.stretches if one.covered.spans), None)
    rows = keeper.store.rows(care.id, None, 1)
    return first is not None and first != (rows[0].seq if rows else None)
