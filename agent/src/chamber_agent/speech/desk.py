"""Where one chamber's commands are judged, obeyed once, and answered.

A command's id is remembered with its answer for as long as the contract asks, across restarts; a
repeat gets the same answer, and nothing happens twice. Nothing is clamped.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from ..chamber import commands, wire
from ..chamber.errors import Code
from ..chamber.messages import Command, CommandMessage, Reply, ReplyMessage
from ..chamber.model import Address
from ..clock import Clocks
from ..errors import StateError
from ..kept import Kept, Target
from ..loop import Loop
from ..state_folder import StateFolder

_LOGGER = logging.getLogger(__name__)
MOST_WAITING = 100


class Answerer(Protocol):
    """Who carries a reply back."""

    def answer(self, address: Address, payload: bytes, response_topic: str | None) -> None:
        """Send a reply's payload, also to `response_topic` where the contract allows it."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command as it arrived."""

    message: CommandMessage
    response_topic: str | None = None


class Desk:
    """Takes the commands of one chamber that change something, one after the other."""

    def __init__(
        self, loop: Loop, kept: Kept, folder: StateFolder, clocks: Clocks, answerer: Answerer
    ) -> None:
        self._loop = loop
        self._kept = kept
        self._folder = folder
        self._clocks = clocks
        self._answerer = answerer
        self._waiting: asyncio.Queue[Order] = asyncio.Queue(MOST_WAITING)

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

    async def serve(self, order: Order) -> None:
        """Answer a repeat as before; else judge, obey, remember and answer."""
        command = order.message.command
        if known := self._kept.answers.get(command.id):
            self._send(order, known.payload.encode())
            return
        if self._kept.full(self._clocks.utc()):
            self._answer(order, _busy(command))
            return
        reply = self._refusal(order.message) or await self._obey(command)
        payload = _spelt(order.message.address, reply)
        await self._remember(command.id, payload)
        self._send(order, payload)

    def _refusal(self, message: CommandMessage) -> Reply | None:
        chamber = self._loop.chamber
        utc = self._clocks.now().utc
        return commands.refusal(
            message.command, message.set_aside, chamber.limits, chamber.offered, utc
        )

    async def _obey(self, command: Command) -> Reply:
        try:
            return await _OBEY[command.do](self._loop, command)
        except Exception as error:
            _LOGGER.exception("%s: the command %s failed", self._loop.chamber.id, command.id)
            return Reply(id=command.id, status="failed", message=f"the agent failed: {error}")

    async def _remember(self, command: str, payload: bytes) -> None:
        answered = self._kept.answered(command, payload.decode(), self._clocks.utc())
        self._kept = replace(answered, target=self._loop.target)
        try:
            await asyncio.to_thread(self._folder.save, self._loop.chamber.id, self._kept.as_json())
        except StateError as error:
            _LOGGER.error("%s", error)  # noqa: TRY400 - the cause is named, a traceback adds nothing

    def _answer(self, order: Order, reply: Reply) -> None:
        self._send(order, _spelt(order.message.address, reply))

    def _send(self, order: Order, payload: bytes) -> None:
        self._answerer.answer(order.message.address, payload, order.response_topic)


async def _set(loop: Loop, command: Command) -> Reply:
    """Aim at what is asked; what is not named stays."""
    setpoint = loop.target.setpoint if command.setpoint is None else command.setpoint
    sample = await loop.aim(Target(setpoint, command.mode or loop.target.mode))
    return Reply(
        id=command.id,
        status="applied",
        setpoint=sample.setpoint,
        effective_setpoint=sample.effective_setpoint,
        mode=sample.mode,
        seq=sample.seq,
        epoch=sample.epoch,
    )


async def _identify(loop: Loop, command: Command) -> Reply:
    """Say in the log which chamber this is."""
    _LOGGER.warning("identify: this is %s (%s)", loop.chamber.name, loop.chamber.id)
    return Reply(id=command.id, status="applied")


async def _unsupported(_loop: Loop, command: Command) -> Reply:
    message = f"this chamber does not support the command {command.do!r}"
    return commands.rejected(command, Code.NOT_SUPPORTED, message)


def _busy(command: Command) -> Reply:
    return commands.rejected(command, Code.BUSY, "too many commands: try again later")


def _spelt(address: Address, reply: Reply) -> bytes:
    return wire.encode(ReplyMessage(address, reply))[1]


_OBEY: Mapping[str, Callable[[Loop, Command], Awaitable[Reply]]] = {
    "set": _set,
    "identify": _identify,
    "profile": _unsupported,
}
