"""Where one chamber's commands are judged, obeyed once, and answered.

A command's id is remembered with its answer for as long as the contract asks, across restarts; a
repeat gets the same answer, and nothing happens twice. Nothing is clamped.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from ..chamber import commands, wire
from ..chamber.errors import Code
from ..chamber.messages import Command, CommandMessage, Reply, ReplyMessage
from ..chamber.model import Address
from ..clock import Clocks
from ..errors import StateError
from ..kept import Kept
from ..loop import Loop
from ..profiles.files import ProfileTold
from ..state_folder import StateFolder
from . import programmes

_LOGGER = logging.getLogger(__name__)
MOST_WAITING = 100
KEPT_EVERY = 300.0
"""So often at least it is saved where a profile stands, s."""
_AIMING = frozenset({"set", "profile"})
_MEASURED = "this chamber has neither heaters nor coolers: it is only measured, and takes no setpoint, mode or profile"


class Answerer(Protocol):
    """Who carries a reply back."""

    def answer(self, address: Address, payload: bytes, response_topic: str | None) -> None:
        """Send a reply's payload, also to `response_topic` where the contract allows it."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command as it arrived, `received` s after boot."""

    message: CommandMessage
    received: float
    response_topic: str | None = None


class Desk:
    """Takes the commands of one chamber that change something, one after the other."""

    def __init__(
        self,
        loop: Loop,
        kept: Kept,
        folder: StateFolder,
        clocks: Clocks,
        answerer: Answerer,
        profiles: Sequence[ProfileTold] = (),
    ) -> None:
        self._loop = loop
        self._kept = kept
        self._folder = folder
        self._clocks = clocks
        self._answerer = answerer
        self._waiting: asyncio.Queue[Order] = asyncio.Queue(MOST_WAITING)
        self._saving = asyncio.Lock()
        self._obeyed: dict[str, Callable[[Loop, Command], Awaitable[Reply]]] = {
            **_OBEY,
            "profile": partial(programmes.obey, known=profiles),
        }

    def take(self, order: Order) -> None:
        """Queue a command that arrived live; one too many is refused."""
        try:
            self._waiting.put_nowait(order)
        except asyncio.QueueFull:
            self._answer(order, _busy(order.message.command))

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            await self.serve(await self._waiting.get())

    async def keep(self) -> None:
        """Save where the profile stands whenever it goes on, and now and then, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(KEPT_EVERY):
                    await self._loop.progressed.wait()
            if self._loop.progressed.is_set() or self._loop.course.active is not None:
                self._loop.progressed.clear()
                await self._save(self._kept)

    async def serve(self, order: Order) -> None:
        """Answer a repeat as before; else judge, obey, remember and answer."""
        command = order.message.command
        if known := self._kept.answers.get(command.id):
            self._send(order, known.payload.encode())
            return
        if self._kept.full(self._clocks.utc()):
            self._answer(order, _busy(command))
            return
        reply = self._refusal(order) or await self._obey(command)
        payload = _spelt(order.message.address, reply)
        await self._remember(command.id, payload)
        self._send(order, payload)

    def _refusal(self, order: Order) -> Reply | None:
        message, chamber, now = order.message, self._loop.chamber, self._clocks.now()
        if message.command.do in _AIMING and not chamber.controlled:
            return commands.rejected(message.command, Code.NOT_SUPPORTED, _MEASURED)
        return commands.refusal(
            message.command,
            message.set_aside,
            chamber.limits,
            chamber.offered,
            now.utc,
            now.uptime - order.received,
        ) or programmes.refusal(message)

    async def _obey(self, command: Command) -> Reply:
        try:
            return await self._obeyed[command.do](self._loop, command)
        except Exception as error:
            _LOGGER.exception("%s: the command %s failed", self._loop.chamber.id, command.id)
            return Reply(id=command.id, status="failed", message=f"the agent failed: {error}")

    async def _remember(self, command: str, payload: bytes) -> None:
        await self._save(self._kept.answered(command, payload.decode(), self._clocks.utc()))

    async def _save(self, kept: Kept) -> None:
        profile = self._loop.course.as_json(self._clocks.now().utc)
        self._kept = replace(kept, target=self._loop.target, profile=profile)
        try:
            async with self._saving:
                saved = self._kept.as_json()
                await asyncio.to_thread(self._folder.save, self._loop.chamber.id, saved)
        except StateError as error:
            _LOGGER.error("%s", error)  # noqa: TRY400 - the cause is named, a traceback adds nothing

    def _answer(self, order: Order, reply: Reply) -> None:
        self._send(order, _spelt(order.message.address, reply))

    def _send(self, order: Order, payload: bytes) -> None:
        self._answerer.answer(order.message.address, payload, order.response_topic)


async def _set(loop: Loop, command: Command) -> Reply:
    """Aim at what is asked; what is not named stays."""
    return programmes.applied(command, await loop.aim(command.setpoint, command.mode))


async def _identify(loop: Loop, command: Command) -> Reply:
    """Say in the log which chamber this is."""
    _LOGGER.warning("identify: this is %s (%s)", loop.chamber.name, loop.chamber.id)
    return Reply(id=command.id, status="applied")


def _busy(command: Command) -> Reply:
    return commands.rejected(command, Code.BUSY, "too many commands: try again later")


def _spelt(address: Address, reply: Reply) -> bytes:
    return wire.encode(ReplyMessage(address, reply))[1]


_OBEY: Mapping[str, Callable[[Loop, Command], Awaitable[Reply]]] = {
    "set": _set,
    "identify": _identify,
}
