"""Everything put together: chambers, desks, voice and link, from start to goodbye."""

import asyncio
import random
import secrets
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from . import __version__, kept, learnt
from .chamber.model import Presence, Status
from .clock import Clocks
from .config import AgentConfig, Broker, ChamberConfig, Gateway
from .errors import AgentError
from .hardware import Rig, rigs
from .hardware.wired import Bench
from .link import retry
from .link.link import Link
from .link.packets import Settings
from .link.transport import Transport
from .loop import Loop, Rhythm, Witnesses
from .profiles.files import ProfileTold
from .speech.desk import Desk, Order
from .speech.ear import Ear
from .speech.librarian import Librarian
from .speech.voice import Voice
from .state_folder import StateFolder
from .store.pruning import Bounds
from .store.store import Retention, Store

SOFTWARE = f"chamber-agent {__version__}"
LONGEST_STAGGER = 1.0
"""The chambers' turns are spread over the interval, but over no more than this, s."""


class Access(NamedTuple):
    """What the broker is reached with: `dials` makes a transport to each of its addresses, the preferred one first."""

    dials: Sequence[Callable[[], Transport]]
    password: str | None = None


class Agent:
    """One gateway with its chambers."""

    def __init__(
        self,
        config: AgentConfig,
        access: Access,
        folder: StateFolder,
        clocks: Clocks,
        wire_up: Callable[[ChamberConfig], Rig] | None = None,
    ) -> None:
        """Put everything together; `wire_up` gives a chamber's hardware.

        Raises:
            StateError: the state folder cannot be used.
            HardwareError: a pin cannot be taken, or a library is missing.
        """
        gateway = config.gateway
        self._rhythm = Rhythm(gateway.interval, gateway.heartbeat)
        online = Status(state=Presence.ONLINE, agent=SOFTWARE, heartbeat=gateway.heartbeat)
        metas = {one.id: one.meta(gateway.heartbeat, __version__) for one in config.chambers}
        self._voice = Voice(gateway.id, gateway.prefix, online, metas)
        names = [chamber.id for chamber in config.chambers]
        self._folder = folder
        self._store = Store(folder, names, retention(gateway), lambda: clocks.now().utc)
        self._witnesses = Witnesses((self._store, self._voice))
        self.loops: list[Loop] = []
        self._rigs: list[Rig] = []
        self._desks: dict[str, Desk] = {}
        self._librarian = Librarian(self._store, clocks, self._voice)
        wire_up = wire_up or partial(rigs.build, bench=Bench())
        for chamber in config.chambers:
            desk = self._install(chamber, wire_up(chamber), folder, clocks, config.profiles)
            self._desks[chamber.id] = desk
        self._link = self._linked(config, access, clocks)
        self._voice.publisher = self._link

    async def run(self, stop: asyncio.Event) -> None:
        """Live until `stop` is set, then switch everything off, say goodbye and close the link."""
        link = asyncio.create_task(self._link.run())
        lives = [asyncio.create_task(life) for life in self._lives()]
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([link, stopped, *lives], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopped, *lives):
                task.cancel()
            ends = await asyncio.gather(*lives, return_exceptions=True)
            self._librarian.leave()
            await asyncio.gather(*(loop.rest() for loop in self.loops), return_exceptions=True)
            await asyncio.gather(*(rig.close() for rig in self._rigs), return_exceptions=True)
            self._voice.say_goodbye()
            self._link.stop()
            await link
            await asyncio.to_thread(self._store.close)
            for loop in self.loops:
                await asyncio.to_thread(learnt.save, loop, self._folder)
        for failed in filter(_is_failure, ends):
            raise AgentError(f"the agent is at fault: {failed!r}") from failed

    def _install(
        self,
        chamber: ChamberConfig,
        rig: Rig,
        folder: StateFolder,
        clocks: Clocks,
        profiles: Sequence[ProfileTold],
    ) -> Desk:
        known = kept.recalled(chamber, folder)
        loop = Loop(chamber, rig, known.target, self._witnesses, clocks, self._store)
        learnt.restore(loop, folder)
        if known.profile is not None:
            loop.course.take_up(known.profile, chamber.limits)
        self.loops.append(loop)
        self._rigs.append(rig)
        return Desk(loop, known, folder, clocks, self._voice, profiles)

    def _linked(self, config: AgentConfig, access: Access, clocks: Clocks) -> Link:
        chance = random.SystemRandom().random
        takers = {name: partial(self._take, name) for name in (*self._desks, *self._store.former())}
        return Link(
            access.dials,
            settings(config.broker, f"chamber-agent-{config.gateway.id}", access.password),
            self._voice.greet,
            Ear(self._voice, takers, chance, clocks.uptime, self._begin_epochs),
            outlook=retry.first(config.broker.protocol),
            chance=chance,
        )

    def _take(self, chamber: str, order: Order) -> None:
        """Take a command to where it is answered: a question for the past delays nothing else.

        Who is not there any more has nothing but a past.
        """
        if order.message.command.do == "history":
            self._librarian.take(order)
        elif (desk := self._desks.get(chamber)) is not None:
            desk.take(order)

    def _begin_epochs(self) -> None:
        for loop in self.loops:
            loop.begin_epoch()

    def _lives(self) -> Iterator[Coroutine[None, None, None]]:
        spread = min(LONGEST_STAGGER, self._rhythm.interval) / len(self.loops)
        for index, loop in enumerate(self.loops):
            yield loop.run(self._rhythm, index * spread)
        for desk in self._desks.values():
            yield desk.run()
            yield desk.keep()
        for loop in self.loops:
            yield learnt.keep(loop, self._folder)


def _is_failure(end: BaseException | None) -> bool:
    """Tell whether a task ended otherwise than by being cancelled."""
    return end is not None and not isinstance(end, asyncio.CancelledError)


def retention(gateway: Gateway) -> Retention:
    """Return how much of the past a gateway keeps."""
    bounds = Bounds(gateway.history_days, gateway.history_megabytes)
    return Retention(bounds, gateway.commit_interval)


def settings(broker: Broker, name: str, password: str | None) -> Settings:
    """Return who connects; a chance part keeps two agents from throwing each other out."""
    return Settings(
        client_id=f"{name}-{secrets.token_hex(4)}",
        username=broker.username,
        password=password,
        keepalive=broker.keepalive,
    )
