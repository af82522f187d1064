"""The loop's side of the record: a queue in, findings out; the keeper works in Home Assistant's executor.

Where the file fails, a keeper in memory goes on from where the other one stood, so that alarms are judged all the same;
the file is tried again, and what it missed meanwhile is a gap that is asked for.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..chamber.analysis.deeds import Deed
from ..chamber.analysis.findings import Findings, Occurrence
from ..chamber.model import Address
from ..chamber.past.asking import Gap
from ..telling.listeners import registered
from .errors import RecordError
from .inputs import Done, Input, Outcome, Taken
from .keeper import Keeper
from .store import Store

TICK = timedelta(seconds=5)
RETRY_AFTER = 60.0
MOST_QUEUED = 100_000
"""Inputs that wait for the keeper; of more the oldest samples are dropped, counted, and asked for later."""
MOST_UNHEARD = 50
"""Occurrences of a chamber that wait for somebody who follows it; of more the oldest are in the record alone."""
IN_MEMORY = Path(":memory:")

_LOGGER = logging.getLogger(__name__)

Told = Callable[[Findings], None]
ToldOf = Callable[[Occurrence], None]


class Asker(Protocol):
    """Who asks gateways for what is missing."""

    def gap(self, address: Address, gap: Gap | None) -> None:
        """What a chamber misses next; None: nothing."""

    def settled(self, address: Address, command_id: str, good: bool) -> None:
        """Whether an answer was good."""


class Clerk:
    """The record of one entry, as the integration sees it.

    `problem` is why the file cannot be used now, `set_aside` where a damaged one was moved; `tally` counts. Whoever
    changes what was found before holds `changing`, from looking until it is entered.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, path: Path, prefix: str) -> None:
        self.path = path
        self.problem: RecordError | None = None
        self.set_aside: Path | None = None
        self.tally: Counter[str] = Counter()
        self.asker: Asker | None = None
        self.on_problem: Callable[[], None] = lambda: None
        self.changing = asyncio.Lock()
        self._hass = hass
        self._entry = entry
        self._prefix = prefix
        self._keeper: Keeper | None = None
        self._queue: deque[Input] = deque()
        self._waiting: list[asyncio.Future[None]] = []
        self._findings: dict[Address, Findings] = {}
        self._listeners: dict[Address, list[Told]] = {}
        self._followers: dict[Address, list[ToldOf]] = {}
        self._unheard: dict[Address, deque[Occurrence]] = {}
        self._turn = asyncio.Lock()
        self._working: asyncio.Task[None] | None = None
        self._retry_at = 0.0
        self._stop_ticking: CALLBACK_TYPE | None = None

    # Life

    async def start(self) -> None:
        """Open the file, begin to take up the chambers, and to work. A file that fails is a `problem`, not an error."""
        async with self._turn:
            outcome = await self._hass.async_add_executor_job(self._open)
            self._apply(outcome)
        if outcome.more:
            self._work()
        self._stop_ticking = async_track_time_interval(
            self._hass, self._tick, TICK, cancel_on_shutdown=True
        )

    async def stop(self) -> None:
        """Take in what waits, and close the file."""
        if self._stop_ticking is not None:
            self._stop_ticking()
            self._stop_ticking = None
        while self._working is not None:
            await asyncio.wait({self._working})
        async with self._turn:
            keeper, self._keeper = self._keeper, None
            if keeper is None:
                return
            inputs = tuple(self._queue)
            self._queue.clear()
            await self._hass.async_add_executor_job(_close, keeper, inputs)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    # What goes in

    @callback
    def take(self, one: Input) -> None:
        """Hand an input to the keeper."""
        if len(self._queue) >= MOST_QUEUED and isinstance(self._queue[0], Taken):
            self._queue.popleft()
            self.tally["dropped"] += 1
        self._queue.append(one)
        self._work()

    async def act(self, address: Address, deed: Deed) -> None:
        """Do something to a chamber, and return when it is entered and judged. Raises `RecordError`."""
        if self._keeper is None:
            raise self.problem or RecordError("the record is closed")
        entered = self._hass.loop.create_future()
        self._waiting.append(entered)
        self.take(Done(address, deed))
        await entered

    async def run[Result](self, made: Callable[[Store], Result]) -> Result:
        """Make something of the record on the keeper's thread. Raises `RecordError`."""
        async with self._turn:
            keeper = self._keeper
            if keeper is None:
                raise self.problem or RecordError("the record is closed")
            return await self._hass.async_add_executor_job(_made, keeper, made, time.time())

    # What comes out

    def findings(self, address: Address) -> Findings | None:
        """What is found of a chamber; None as long as the keeper has not taken it up."""
        return self._findings.get(address)

    @callback
    def listen(self, address: Address, told: Told) -> CALLBACK_TYPE:
        """Be told when something else is found of a chamber."""
        return registered(self._listeners.setdefault(address, []), told)

    @callback
    def follow(self, address: Address, told: ToldOf) -> CALLBACK_TYPE:
        """Be told what occurs to a chamber, and first what nobody has heard."""
        for occurrence in self._unheard.pop(address, ()):
            told(occurrence)
        return registered(self._followers.setdefault(address, []), told)

    def _tell(self, address: Address, occurrence: Occurrence) -> None:
        followers = tuple(self._followers.get(address, ()))
        if not followers:
            self._unheard.setdefault(address, deque(maxlen=MOST_UNHEARD)).append(occurrence)
        for told_of in followers:
            told_of(occurrence)

    # Work

    @callback
    def _tick(self, _now: datetime) -> None:
        self._work()

    @callback
    def _work(self) -> None:
        if self._working is None and self._keeper is not None:
            task = self._entry.async_create_task(self._hass, self._work_off(), "chamber_ws record")
            # A job that the executor has done at once lets an eager task end here and now.
            self._working = None if task.done() else task

    async def _work_off(self) -> None:
        """Turn after turn, until nothing waits."""
        more = True
        try:
            while more or self._queue:
                inputs, waiting = tuple(self._queue), tuple(self._waiting)
                self._queue.clear()
                self._waiting.clear()
                with _answered(waiting):
                    async with self._turn:
                        outcomes = await self._hass.async_add_executor_job(self._turned, inputs)
                    for outcome in outcomes:
                        self._apply(outcome)
                more = outcomes[-1].more
        except Exception:
            # Who waited was told; the next input or tick tries again.
            _LOGGER.exception("The record could not take in what came")
        finally:
            self._working = None

    def _apply(self, outcome: Outcome) -> None:
        for address, findings in outcome.findings.items():
            self._findings[address] = findings
            for told in tuple(self._listeners.get(address, ())):
                told(findings)
        for address, occurrence in outcome.occurrences:
            self._tell(address, occurrence)
        if self.asker is not None:
            for verdict in outcome.verdicts:
                self.asker.settled(*verdict)
            for address, gap in outcome.gaps.items():
                self.asker.gap(address, gap)

    # In the executor

    def _open(self) -> Outcome:
        """Take up the file; where it fails, begin in memory."""
        now = time.time()
        try:
            self._keeper = keeper = self._of_file()
            return keeper.recall(now)
        except RecordError as error:
            return self._go_on_in_memory(None, error).recall(now)

    def _turned(self, inputs: tuple[Input, ...]) -> list[Outcome]:
        """A turn of the keeper, and where the file fails, of the one that takes its place."""
        now, outcomes = time.time(), []
        if self.problem is not None and time.monotonic() >= self._retry_at:
            outcomes += self._return_to_file(now)
        keeper = self._keeper
        assert keeper is not None
        try:
            outcomes.append(keeper.turn(inputs, now))
        except RecordError as error:
            outcomes.append(self._go_on_in_memory(keeper, error).turn(inputs, now))
        return outcomes

    def _of_file(self, before: Keeper | None = None) -> Keeper:
        store = Store.open(self.path)
        self.set_aside = store.set_aside or self.set_aside
        return Keeper(store, self._prefix, before)

    def _return_to_file(self, now: float) -> list[Outcome]:
        before = self._keeper
        assert before is not None
        try:
            keeper = self._of_file(before)
            outcomes = [keeper.recall(now), keeper.turn(before.deeds(), now)]
            keeper.commit(now)
        except RecordError as error:
            self._report(error)
            return []
        self._keeper = keeper
        before.abandon()
        self._report(None)
        return outcomes

    def _go_on_in_memory(self, before: Keeper | None, error: RecordError) -> Keeper:
        self._report(error)
        self._keeper = Keeper(Store.open(IN_MEMORY), self._prefix, before)
        if before is not None:
            before.abandon()
        return self._keeper

    def _report(self, problem: RecordError | None) -> None:
        self._retry_at = time.monotonic() + RETRY_AFTER
        if problem is not None and self.problem is None:
            _LOGGER.error(
                "%s cannot be written, the record has a hole until it can: %s",
                self.path.name,
                problem,
            )
        changed = type(problem) is not type(self.problem)
        self.problem = problem
        if changed:
            self._hass.loop.call_soon_threadsafe(self.on_problem)


@contextmanager
def _answered(waiting: Iterable[asyncio.Future[None]]) -> Iterator[None]:
    """Tell those who wait that it is done, or what went wrong."""
    try:
        yield
    except BaseException as error:
        for one in waiting:
            if not one.done():
                one.set_exception(error)
        raise
    for one in waiting:
        if not one.done():
            one.set_result(None)


def _close(keeper: Keeper, inputs: tuple[Input, ...]) -> None:
    now = time.time()
    try:
        keeper.turn(inputs, now)
        keeper.close(now)
    except RecordError:
        _LOGGER.exception("What was not committed is lost")
        keeper.abandon()


def _made[Result](keeper: Keeper, made: Callable[[Store], Result], now: float) -> Result:
    keeper.commit(now)
    return made(keeper.store)
