"""Where questions for the past are answered: one batch for each, from the store.

An answer changes nothing, so a repeat is looked up anew, and nothing of it is remembered. Reading happens in a thread,
one question after the other, and after each the thread rests for as long as it took: however many ask, a core and the
interpreter belong to the chambers for half of the time.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Protocol

from ..chamber import commands, wire
from ..chamber.errors import Code
from ..chamber.messages import (
    Before,
    Command,
    CommandMessage,
    HistoryMessage,
    Reply,
    ReplyMessage,
)
from ..chamber.model import Address, Limits, Sample
from ..chamber.past.batches import HANDED_ON_AT_ONCE, batch
from ..chamber.past.history import MOST_ROWS
from ..clock import Clocks
from ..errors import StateError
from ..store.reading import Span
from .desk import Answerer, Order

_LOGGER = logging.getLogger(__name__)
MOST_WAITING = 32


class Teller(Answerer, Protocol):
    """Who carries replies and batches back."""

    def recount(self, address: Address, payload: bytes) -> None:
        """Send a batch of the past."""


class Shelves(Protocol):
    """Where samples are kept; both block, and raise `sqlite3.Error` or `StateError`."""

    def ends(self, chamber: str) -> Mapping[str, int]:
        """Return the last number of each epoch, in the order in which they began."""

    def past(self, span: Span, most: int) -> Iterator[Sample]:
        """Return the first `most` samples of a span that are kept, ascending."""


class Librarian:
    """Answers `history` for all chambers of a gateway."""

    def __init__(self, shelves: Shelves, clocks: Clocks, teller: Teller) -> None:
        self._shelves = shelves
        self._clocks = clocks
        self._teller = teller
        self._waiting: deque[Order] = deque()
        self._work: asyncio.Task[None] | None = None

    def take(self, order: Order) -> None:
        """Queue a question that arrived live; one too many is refused."""
        if refusal := self._refusal(order):
            self._reply(order, refusal)
        elif len(self._waiting) >= MOST_WAITING:
            busy = "too many questions for the past wait: ask again later"
            self._reply(order, commands.rejected(order.message.command, Code.BUSY, busy))
        else:
            self._waiting.append(order)
            if self._work is None:
                self._work = asyncio.get_running_loop().create_task(self._serve())

    def leave(self) -> None:
        """Answer no more."""
        self._waiting.clear()
        if self._work is not None:
            self._work.cancel()

    async def _serve(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while self._waiting:
                order = self._waiting.popleft()
                if refusal := self._refusal(order):
                    self._reply(order, refusal)
                    continue
                began = clock()
                await self._answer(order)
                await asyncio.sleep(clock() - began)
        finally:
            self._work = None

    async def _answer(self, order: Order) -> None:
        command = order.message.command
        try:
            answer = await asyncio.to_thread(self._looked_up, order.message)
        except (sqlite3.Error, StateError) as error:
            _LOGGER.warning("%s: the past cannot be read: %s", order.message.address.chamber, error)
            answer = commands.rejected(
                command, Code.BUSY, f"the store cannot be read now, ask again later: {error}"
            )
        except Exception as error:
            _LOGGER.exception("the command %s failed", command.id)
            answer = Reply(id=command.id, status="failed", message=f"the agent failed: {error}")
        if isinstance(answer, Reply):
            self._reply(order, answer)
        else:
            self._teller.recount(order.message.address, answer)

    def _looked_up(self, message: CommandMessage) -> bytes | Reply:
        """Return the batch, spelt; or why there is none."""
        command, chamber = message.command, message.address.chamber
        epoch, first, last = command.epoch or "", command.first or 0, command.last or 0
        ends = self._shelves.ends(chamber)
        if epoch not in ends:
            return commands.rejected(
                command, Code.UNKNOWN_EPOCH, f"nothing is known of an epoch {epoch} here"
            )
        if last > ends[epoch]:
            return _beyond(command, ends[epoch])
        samples = self._shelves.past(Span(chamber, epoch, first, last), MOST_ROWS + 1)
        answer = batch(command, samples, HANDED_ON_AT_ONCE, _before(epoch, ends))
        return wire.encode(HistoryMessage(message.address, answer))[1]

    def _refusal(self, order: Order) -> Reply | None:
        message, now = order.message, self._clocks.now()
        waited = now.uptime - order.received
        return commands.refusal(message.command, message.set_aside, Limits(), (), now.utc, waited)

    def _reply(self, order: Order, reply: Reply) -> None:
        address = order.message.address
        payload = wire.encode(ReplyMessage(address, reply))[1]
        self._teller.answer(address, payload, order.response_topic)


def _before(epoch: str, ends: Mapping[str, int]) -> Before | None:
    names = list(ends)
    index = names.index(epoch)
    return Before(names[index - 1], ends[names[index - 1]]) if index else None


def _beyond(command: Command, end: int) -> Reply:
    message = f"the numbers of the epoch {command.epoch} end at {end}, {command.last} is beyond"
    return commands.rejected(command, Code.BAD_RANGE, message)
