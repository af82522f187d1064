"""Where one chamber's questions for the past are answered: one batch for each, from the store.

An answer changes nothing, so a repeat is looked up anew, and nothing of it is remembered. Reading happens
in a thread, one question of a chamber at a time.
"""

import asyncio
import logging
import sqlite3
from typing import Protocol

from ..chamber import commands, wire
from ..chamber.errors import Code
from ..chamber.messages import Command, CommandMessage, HistoryMessage, Reply, ReplyMessage
from ..chamber.model import Address, Sample
from ..chamber.past.batches import batch
from ..chamber.past.history import MOST_ROWS
from ..clock import Clocks
from ..config import ChamberConfig
from ..errors import StateError
from ..store.reading import Span
from .desk import Answerer, Order

_LOGGER = logging.getLogger(__name__)


class Teller(Answerer, Protocol):
    """Who carries replies and batches back."""

    def recount(self, address: Address, payload: bytes) -> None:
        """Send a batch of the past."""


class Shelves(Protocol):
    """Where samples are kept; both block, and raise `sqlite3.Error` or `StateError`."""

    def end_of(self, chamber: str, epoch: str) -> int | None:
        """Return the last number of an epoch; None where it is unknown."""

    def past(self, span: Span, most: int) -> list[Sample]:
        """Return the first `most` samples of a span that are kept, ascending."""


class Librarian:
    """Answers `history` for one chamber."""

    def __init__(
        self, chamber: ChamberConfig, shelves: Shelves, clocks: Clocks, teller: Teller
    ) -> None:
        self._chamber = chamber
        self._shelves = shelves
        self._clocks = clocks
        self._teller = teller
        self._work: asyncio.Task[None] | None = None

    def take(self, order: Order) -> None:
        """Begin to look for an answer; while one is looked for already, refuse."""
        if refusal := self._refusal(order.message):
            self._reply(order, refusal)
        elif self._work is not None:
            busy = "another question for the past is being answered: ask again later"
            self._reply(order, commands.rejected(order.message.command, Code.BUSY, busy))
        else:
            self._work = asyncio.get_running_loop().create_task(self._serve(order))
            self._work.add_done_callback(self._done)

    def leave(self) -> None:
        """Answer no more."""
        if self._work is not None:
            self._work.cancel()

    async def _serve(self, order: Order) -> None:
        command = order.message.command
        try:
            answer = await asyncio.to_thread(self._looked_up, order.message)
        except (sqlite3.Error, StateError) as error:
            _LOGGER.warning("%s: the past cannot be read: %s", self._chamber.id, error)
            answer = commands.rejected(
                command, Code.BUSY, f"the store cannot be read now, ask again later: {error}"
            )
        except Exception as error:
            _LOGGER.exception("%s: the command %s failed", self._chamber.id, command.id)
            answer = Reply(id=command.id, status="failed", message=f"the agent failed: {error}")
        if isinstance(answer, Reply):
            self._reply(order, answer)
        else:
            self._teller.recount(order.message.address, answer)

    def _looked_up(self, message: CommandMessage) -> bytes | Reply:
        """Return the batch, spelt; or why there is none."""
        command = message.command
        epoch, first, last = command.epoch or "", command.first or 0, command.last or 0
        end = self._shelves.end_of(self._chamber.id, epoch)
        if end is None:
            return commands.rejected(
                command, Code.UNKNOWN_EPOCH, f"nothing is known of an epoch {epoch} here"
            )
        if last > end:
            return _beyond(command, end)
        span = Span(self._chamber.id, epoch, first, last)
        answer = batch(command, self._shelves.past(span, MOST_ROWS + 1))
        return wire.encode(HistoryMessage(message.address, answer))[1]

    def _refusal(self, message: CommandMessage) -> Reply | None:
        chamber, utc = self._chamber, self._clocks.now().utc
        return commands.refusal(
            message.command, message.set_aside, chamber.limits, chamber.offered, utc
        )

    def _reply(self, order: Order, reply: Reply) -> None:
        address = order.message.address
        payload = wire.encode(ReplyMessage(address, reply))[1]
        self._teller.answer(address, payload, order.response_topic)

    def _done(self, _work: asyncio.Task[None]) -> None:
        self._work = None


def _beyond(command: Command, end: int) -> Reply:
    message = f"the numbers of the epoch {command.epoch} end at {end}, {command.last} is beyond"
    return commands.rejected(command, Code.BAD_RANGE, message)
