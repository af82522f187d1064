"""The loop's side of the record: a queue in, findings out; the keeper works in Home Assistant's executor.

Samples wait a moment for others, so that they are taken in together; what somebody does never waits.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util.hass_dict import HassKey

from ..chamber.analysis.deeds import Deed
from ..chamber.analysis.findings import Findings
from ..chamber.model import Address
from ..chamber.past.asking import Gap
from ..telling.followers import Followers, ToldOf
from ..telling.listeners import registered
from .duty import Duty, State
from .errors import RecordError
from .inputs import Done, Failed, Forgotten, Heard, Input, Outcome, Sought, Taken
from .store import Store
from .upkeep import USUAL, Allowance

TICK = timedelta(seconds=5)
GATHER = 0.2
"""Seconds that a sample may wait for others."""
MOST_QUEUED = 100_000
"""Inputs that wait for the keeper; of more the oldest samples are dropped, counted, and asked for later."""

BACKUP_SINCE: HassKey[float] = HassKey("chamber_ws_backup_since")
"""When the backup began that goes on, Unix s: a file that is opened meanwhile is let as it is, too."""

_LOGGER = logging.getLogger(__name__)

Told = Callable[[Findings], None]
Waiting = tuple[Input | None, asyncio.Future[None]]


class Asker(Protocol):
    """Who asks gateways for what is missing."""

    def gap(self, address: Address, gap: Gap | None) -> None:
        """What a chamber misses next; None: nothing."""

    def settled(self, address: Address, command_id: str, good: bool) -> None:
        """Whether an answer was good."""


class Clerk:
    """The record of one entry, as the integration sees it.

    `on_problem` is called when `problem` or `set_aside` are others than before; `tally` counts. Whoever changes what
    was found holds `changing` from looking until it is entered.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        path: Path,
        prefix: str,
        *,
        allowance: Allowance = USUAL,
    ) -> None:
        self.path = path
        self.asker: Asker | None = None
        self.on_problem: Callable[[], None] = lambda: None
        self.changing = asyncio.Lock()
        self._hass = hass
        self._entry = entry
        self._duty = Duty(path, prefix, allowance)
        self._queue: deque[Input] = deque()
        self._waiting: list[Waiting] = []
        self._findings: dict[Address, Findings] = {}
        self._listeners: dict[Address, list[Told]] = {}
        self._followers = Followers(lambda: not hass.is_stopping)
        self._owed: set[Address] = set()
        self._leaving: set[Address] = set()
        self._turn = asyncio.Lock()
        self._is_open = self._is_closed = False
        self._hurried = False
        self._gathering: asyncio.TimerHandle | None = None
        self._working: asyncio.Task[None] | None = None
        self._noticed: tuple[str | None, Path | None] = (None, None)
        self._stop_ticking: CALLBACK_TYPE | None = None

    @property
    def problem(self) -> RecordError | None:
        """Why the file cannot be used now."""
        return self._duty.problem

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged file was moved."""
        return self._duty.set_aside

    @property
    def tally(self) -> Counter[str]:
        """What was dropped, repeated, fetched, or rubbish."""
        return self._duty.tally

    # Life

    async def start(self) -> None:
        """Open the file, begin to take up the chambers, and to work. A file that fails is a `problem`, not an error."""
        self._duty.go_on_holding(self._hass.data.get(BACKUP_SINCE))
        async with self._turn:
            outcomes = await self._on_thread(self._duty.begin, time.time())
        self._is_open = True
        self._apply(outcomes)
        if outcomes[-1].more or self._queue:
            self._work()
        self._stop_ticking = async_track_time_interval(
            self._hass, self._tick, TICK, cancel_on_shutdown=True
        )

    async def stop(self) -> None:
        """Take in what waits, tell what comes of it while somebody hears it, and close the file."""
        if not self._is_open or self._is_closed:
            return
        self._is_closed = True
        leaving = self._entry.async_create_task(self._hass, self._leave(), "chamber_ws record ends")
        await asyncio.shield(leaving)

    async def _leave(self) -> None:
        """Whoever cancels the unloading, a file that was begun to be closed is closed."""
        self._gather_no_more()
        if self._stop_ticking is not None:
            self._stop_ticking()
            self._stop_ticking = None
        with suppress(Exception):
            # What went wrong is logged, and may still come right at the end.
            await self._all_taken_in()
        self._is_open = False
        while self._working is not None:
            await asyncio.wait({self._working})
        await self._end()

    async def _end(self) -> None:
        try:
            async with self._turn:
                inputs, waiting = self._emptied()
                with _answered(waiting) as failed:
                    unheard = self._followers.unheard
                    failed.extend(
                        await self._on_thread(self._duty.end, inputs, unheard, time.time())
                    )
        except RecordError:
            _LOGGER.exception("What was not committed to %s is lost", self.path.name)
        finally:
            self._followers.tell_at_last(self._duty.untold)

    # What goes in

    @callback
    def take(self, one: Input) -> None:
        """Hand an input to the keeper; what comes after the end is of no use to it."""
        if self._is_closed:
            return
        if len(self._queue) >= MOST_QUEUED:
            self._drop_oldest()
        self._queue.append(one)
        if isinstance(one, Forgotten):
            self._leaving.add(one.address)
        elif not isinstance(one, Heard):
            self._leaving.discard(one.address)
        if isinstance(one, Taken):
            self._work_within(GATHER)
        else:
            self._hurried = True
            self._work()

    async def act(self, address: Address, deed: Deed) -> None:
        """Do something to a chamber, and return when it is entered and judged. Raises `RecordError` when closed."""
        await self._taken_in(Done(address, deed))

    async def look(self, address: Address) -> Findings:
        """What is found of a chamber, once the keeper has taken it up. Raises `RecordError` when closed."""
        if address not in self._findings:
            await self._taken_in(Sought(address))
        return self._findings.get(address, Findings())

    async def _taken_in(self, one: Input) -> None:
        if self._is_closed:
            raise RecordError("the record is closed")
        entered = self._wait(one)
        self.take(one)
        await entered

    async def _all_taken_in(self) -> None:
        """What waits is taken in, in the clerk's own task: whoever reads may be cancelled, an alarm must not be."""
        if self._queue:
            entered = self._wait()
            self._hurried = True
            self._work()
            await entered

    def _wait(self, one: Input | None = None) -> asyncio.Future[None]:
        entered = self._hass.loop.create_future()
        self._waiting.append((one, entered))
        return entered

    async def run[Result](self, made: Callable[[Store], Result]) -> Result:
        """Make something of the record on the keeper's thread, with all that came; quickly. Raises `RecordError`."""
        await self._all_taken_in()
        async with self._turn:
            return await self._on_thread(self._duty.run, made, time.time())

    async def read[Result](self, made: Callable[[Store], Result]) -> Result:
        """Make something of the record that may take long: no alarm waits for it. Raises `RecordError`."""
        if not await self.run(Store.is_logged):
            return await self.run(made)

        def read() -> Result:
            with Store.reading(self.path) as store:
                return made(store)

        return await self._hass.async_add_executor_job(read)

    async def state(self) -> State:
        """How the record stands. Raises `RecordError` when it is closed."""
        async with self._turn:
            state = await self._on_thread(self._duty.state)
        return replace(state, queued=len(self._queue))

    async def hold(self) -> None:
        """Let the file as it is from now on, with all that came, so that it can be copied. Raises `RecordError`.

        Its log goes on, and so does everything else: no alarm waits for a backup.
        """
        await self._all_taken_in()
        async with self._turn:
            await self._on_thread(self._duty.hold, time.time())

    async def release(self) -> bool:
        """The file was copied; whether it stayed as it was up to now."""
        async with self._turn:
            return await self._on_thread(self._duty.release)

    def _drop_oldest(self) -> None:
        for index, one in enumerate(self._queue):
            if isinstance(one, Taken):
                del self._queue[index]
                self.tally["dropped"] += 1
                return

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
        unfollow = self._followers.follow(address, told)
        self._be_heard(address)
        return unfollow

    def _be_heard(self, address: Address) -> None:
        """What the file keeps to be told was told."""
        if address in self._owed:
            self._owed.discard(address)
            self.take(Heard(address))

    # Work

    @callback
    def _tick(self, _now: datetime) -> None:
        self._work()

    def _work_within(self, seconds: float) -> None:
        if seconds <= 0:
            self._work()
        elif self._gathering is None and self._working is None:
            self._gathering = self._hass.loop.call_later(seconds, self._work)

    def _gather_no_more(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None

    @callback
    def _work(self) -> None:
        self._gather_no_more()
        if self._working is None and self._is_open:
            task = self._entry.async_create_task(self._hass, self._work_off(), "chamber_ws record")
            # A job that the executor has done at once lets an eager task end here and now.
            self._working = None if task.done() else task

    async def _work_off(self) -> None:
        """Turn after turn, until nothing is left but samples that wait for others."""
        try:
            while await self._take_turn() or self._hurried:
                if not self._is_open:
                    break
        except Exception:
            # Who waited was told; the next input or tick tries again.
            _LOGGER.exception("The record could not take in what came")
        finally:
            self._working = None
            if self._queue or self._waiting:
                self._work_within(GATHER)

    async def _take_turn(self) -> bool:
        """Let the keeper take in what waits; whether it has more to do. Whoever cancels this loses what was found."""
        async with self._turn:
            inputs, waiting = self._emptied()
            leaving, self._leaving = self._leaving, set()
            with _answered(waiting) as failed:
                outcomes = await self._on_thread(self._duty.turn, inputs, time.time())
                failed += [one for outcome in outcomes for one in outcome.failed]
        self._apply(outcomes)
        for address in leaving:
            self._findings.pop(address, None)
            self._followers.forget(address)
        return outcomes[-1].more

    def _emptied(self) -> tuple[tuple[Input, ...], tuple[Waiting, ...]]:
        """What waits, and who waits for it."""
        inputs, waiting = tuple(self._queue), tuple(self._waiting)
        self._queue.clear()
        self._waiting.clear()
        self._hurried = False
        return inputs, waiting

    async def _on_thread[*Args, Result](
        self, job: Callable[[*Args], Result], *args: *Args
    ) -> Result:
        """Have a job done by the executor, and end only with it: nobody else may use the keeper meanwhile."""
        running = self._hass.async_add_executor_job(job, *args)
        try:
            return await asyncio.shield(running)
        finally:
            while not running.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait({running})

    def _apply(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            for address, findings in outcome.findings.items():
                self._findings[address] = findings
                for told in tuple(self._listeners.get(address, ())):
                    told(findings)
            for address, untold in outcome.untold.items():
                self._owed.add(address)
                if self._followers.tell(address, untold):
                    self._be_heard(address)
            for address, occurrence in outcome.occurrences:
                self._followers.tell(address, (occurrence,))
            self._ask_for(outcome)
        problem = None if self.problem is None else self.problem.key
        if (noticed := (problem, self.set_aside)) != self._noticed:
            self._noticed = noticed
            self.on_problem()

    def _ask_for(self, outcome: Outcome) -> None:
        if self.asker is not None:
            for verdict in outcome.verdicts:
                self.asker.settled(*verdict)
            for address, gap in outcome.gaps.items():
                self.asker.gap(address, gap)


@contextmanager
def _answered(waiting: Iterable[Waiting]) -> Iterator[list[Failed]]:
    """Tell those who wait that it is done, or what went wrong, with all or with theirs."""
    failed: list[Failed] = []
    try:
        yield failed
    except BaseException as error:
        for _one, entered in waiting:
            if not entered.done():
                entered.set_exception(error)
        raise
    errors = {id(one): error for one, error in failed}
    for one, entered in waiting:
        if entered.done():
            continue
        if (failure := errors.get(id(one))) is None:
            entered.set_result(None)
        else:
            entered.set_exception(failure)
