"""Everything put together: nodes, desks, store, voice and two links, from start to goodbye."""

import asyncio
import logging
import random
from collections.abc import Callable
from functools import partial

from .. import __version__
from ..agent import SOFTWARE, Access, retention, settings
from ..chamber.model import Presence, Status
from ..clock import Clocks
from ..errors import AgentError
from ..link import retry
from ..link.link import Link
from ..link.packets import Greeting, Publication, Subscription
from ..link.packets import Settings as LinkSettings
from ..link.transport import Transport
from ..loop import Witnesses
from ..service import notify
from ..speech.desk import Order
from ..speech.ear import Ear
from ..speech.librarian import Librarian
from ..speech.voice import Voice
from ..state_folder import StateFolder
from ..store.store import Store
from .box import Box, World
from .desk import Desk, Office
from .directory import Directory
from .listener import Listener
from .node import Node
from .settings import GatewayConfig

_LOGGER = logging.getLogger(__name__)
LOOK_EVERY = 0.5
TELL_EVERY = 3600.0


class Gateway:
    """One gateway with its nodes."""

    def __init__(
        self,
        config: GatewayConfig,
        up: Access,
        down: tuple[Callable[[], Transport], LinkSettings],
        folder: StateFolder,
        clocks: Clocks,
    ) -> None:
        """Put everything together; `down` dials the nodes' broker. Raises `StateError`."""
        told, chance = config.gateway, random.SystemRandom().random
        self._config = config
        online = Status(state=Presence.ONLINE, agent=SOFTWARE)
        self._voice = Voice(told.id, told.prefix, online, {})
        kept = retention(told)
        self._store = Store(folder, (), kept, lambda: clocks.now().utc, goes_on=True)
        self._librarian = Librarian(self._store, clocks, self._voice)
        witnesses = Witnesses((self._store, self._voice))
        self._world = World(witnesses, self._store, clocks, told.interval)
        dial, local = down
        self._takers = {name: partial(self._take, name) for name in self._store.chambers()}
        self._boxes: dict[str, Box] = {}
        self._desks: dict[str, Desk] = {}
        self._office = Office(self._send_down, self._voice, folder, clocks)
        self._directory = Directory(config, self._find)
        self._listener = Listener(self._directory, self._boxes)
        self._down = Link(
            [dial],
            local,
            self._greet,
            self._listener,
            outlook=retry.first(config.local.protocol),
            chance=chance,
        )
        self._up = Link(
            up.dials,
            settings(config.broker, f"chamber-gateway-{told.id}", up.password),
            self._voice.greet,
            Ear(self._voice, self._takers, chance, clocks.uptime, self._begin_epochs),
            outlook=retry.first(config.broker.protocol),
            chance=chance,
        )
        self._voice.publisher = self._up

    async def run(self, stop: asyncio.Event) -> None:
        """Live until `stop` is set, then say goodbye and close both links."""
        links = [asyncio.create_task(link.run()) for link in (self._up, self._down)]
        watch = asyncio.create_task(self._watch())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*links, stopped, watch], return_when=asyncio.FIRST_COMPLETED)
        finally:
            watch.cancel()
            stopped.cancel()
            (end,) = await asyncio.gather(watch, return_exceptions=True)
            await self._leave(links)
        if isinstance(end, Exception):
            raise AgentError(f"the gateway is at fault: {end!r}") from end

    async def _leave(self, links: list[asyncio.Task[None]]) -> None:
        notify.tell("STOPPING=1")
        self._down.stop()
        self._librarian.leave()
        for desk in self._desks.values():
            desk.leave()
        for box in self._boxes.values():
            box.rest()
        self._voice.say_goodbye()
        self._up.stop()
        await asyncio.gather(*links)
        await asyncio.to_thread(self._store.close)
        self._report()

    def _send_down(self, publication: Publication) -> int:
        return self._down.publish(publication)

    def _greet(self) -> Greeting:
        qos = self._config.local.qos
        return Greeting(tuple(Subscription(one, qos) for one in self._directory.filters))

    def _find(self, node: Node) -> None:
        """A node is known now: it can be asked, and is introduced with its first sample."""
        self._store.admit(node.id)
        box = self._boxes[node.id] = Box(node, self._world, self._introduce)
        self._desks[node.id] = Desk(box, self._office)
        self._takers[node.id] = partial(self._take, node.id)

    def _introduce(self, node: Node) -> None:
        _LOGGER.info("node %s is chamber %s", node.name, node.id)
        self._voice.introduce(node.id, node.meta(__version__))

    def _take(self, chamber: str, order: Order) -> None:
        """Take a command to where it is answered; a node not heard since the start has nothing but a past."""
        if order.message.command.do == "history":
            self._librarian.take(order)
        elif (desk := self._desks.get(chamber)) is not None:
            desk.take(order)

    def _begin_epochs(self) -> None:
        for name in self._directory.nodes:
            self._store.begin_epoch(name)

    async def _watch(self) -> None:
        """Look for what has grown old; tell the service manager of it, and now and then what was set aside."""
        clock = asyncio.get_running_loop().time
        tell_at = clock() + TELL_EVERY
        notify.tell("READY=1")
        while True:
            notify.tell("WATCHDOG=1")
            await asyncio.sleep(LOOK_EVERY)
            for box in self._boxes.values():
                box.look()
            if clock() >= tell_at:
                tell_at += TELL_EVERY
                self._report()

    def _report(self) -> None:
        aside = ", ".join(f"{flaw} {n}" for flaw, n in sorted(self._directory.flaws.items()))
        counts = len(self._directory.nodes), self._listener.heard, aside or "nothing"
        _LOGGER.info("%d nodes, %d messages so far; set aside: %s", *counts)
