"""Fetches what was missed: sends the questions that `asking` plans, and lets through the answers that were asked for.

A batch is not parsed here: what carries the id of a question in flight goes to the keeper's thread as bytes.
"""

import secrets
import time
from asyncio import TimerHandle
from collections import Counter
from collections.abc import Callable

from homeassistant.core import HomeAssistant, callback

from ..chamber.commands import FINAL
from ..chamber.messages import Command, Reply
from ..chamber.model import Address
from ..chamber.past import history
from ..chamber.past.asking import USUAL, Ask, Asking, Gap, Manner
from ..link.errors import LinkError

ID_WITHIN = 4096
FOREIGN = "foreign_history"
TOO_LARGE = "too_large_history"

Send = Callable[[Address, Command], None]
HandOver = Callable[[Address, str, str, int, int, bytes], None]
GiveUp = Callable[[Address, str, int, int], None]


class Backfill:
    """The loop's side of one link's backfill.

    `send` raises `LinkError` where nothing can be sent. `hand_over` takes address, command id, epoch, first, last and
    the batch, and its verdict comes back by `settled`. `give_up` takes address, epoch, first and last of numbers that
    nobody has. `clock` is monotonic, in seconds; `tally` counts what is dropped.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        send: Send,
        hand_over: HandOver,
        give_up: GiveUp,
        clock: Callable[[], float] = time.monotonic,
        tally: Counter[str] | None = None,
        manner: Manner = USUAL,
    ) -> None:
        self.tally = Counter() if tally is None else tally
        self._hass = hass
        self._send = send
        self._hand_over = hand_over
        self._give_up = give_up
        self._clock = clock
        self._asking = Asking(manner)
        self._asked: dict[str, Ask] = {}
        self._handed: dict[str, Ask] = {}
        self._timer: TimerHandle | None = None
        self._closed = False

    # What is missing

    @callback
    def gap(self, address: Address, gap: Gap | None) -> None:
        """The next thing a chamber misses, as the keeper says after each of its turns; None: nothing."""
        if self._asking.gap(address, gap, self._clock()):
            self._pump()

    @callback
    def settled(self, address: Address, command_id: str, good: bool) -> None:
        """The keeper's verdict on a batch: rubbish counts as silence."""
        ask = self._handed.pop(command_id, None)
        if ask is not None and ask.address == address:
            self._asking.settled(address, self._clock(), good=good)
            self._pump()

    # The link

    @callback
    def link_up(self) -> None:
        """There is a connection: ask on."""
        self._asking.connected()
        self._pump()

    @callback
    def link_down(self) -> None:
        """The connection is gone: what was asked will not be answered."""
        self._asked.clear()
        self._asking.disconnected(self._clock())
        self._pump()

    @callback
    def returned(self, address: Address) -> None:
        """The chamber's gateway has connected anew: it does not know what it was asked before, and may be asked."""
        self._drop(self._asked, address)
        self._asking.returned(address, self._clock())
        self._pump()

    @callback
    def forget(self, address: Address) -> None:
        """Know a chamber no more."""
        self._drop(self._asked, address)
        self._drop(self._handed, address)
        self._asking.forget(address)
        self._pump()

    # Answers

    def wants(self, payload: bytes) -> bool:
        """Whether a payload, not parsed yet, carries the id of a question in flight near its start."""
        return self._named(payload) is not None

    @callback
    def take(self, address: Address, payload: bytes) -> None:
        """A message on a chamber's topic `history`; dropped and counted where it is not the answer to a question."""
        command_id = self._named(payload)
        if command_id is None or self._asked[command_id].address != address:
            self.tally[FOREIGN] += 1
            return
        ask = self._asked.pop(command_id)
        now = self._clock()
        self._asking.answered(address, now)
        if len(payload) > history.LARGEST:
            self.tally[TOO_LARGE] += 1
            self._asking.settled(address, now, good=False)
        else:
            self._handed[command_id] = ask
            self._hand_over(address, command_id, ask.epoch, ask.first, ask.last, payload)
        self._pump()

    @callback
    def replied(self, address: Address, reply: Reply) -> bool:
        """Take in a reply, which a question gets only where it is refused; False where it is none of ours."""
        ask = self._asked.get(reply.id)
        if ask is None or ask.address != address:
            return False
        if reply.status in FINAL and reply.status != "applied":
            del self._asked[reply.id]
            if lost := self._asking.refused(address, reply.code, self._clock()):
                self._give_up(*lost)
            self._pump()
        return True

    # Life

    @callback
    def tick(self, now: float) -> None:
        """End what was in flight for too long, and send what is due."""
        for silent in self._asking.overdue(now):
            self._drop(self._asked, silent.address)
            self._drop(self._handed, silent.address)
        while ask := self._asking.due(now):
            self._ask(ask, now)

    @callback
    def close(self) -> None:
        """Ask nothing more and leave no timer."""
        self._closed = True
        self._asked.clear()
        self._handed.clear()
        self._asking = Asking(self._asking.manner)
        self._unset_timer()

    def _ask(self, ask: Ask, now: float) -> None:
        command = Command(
            id=secrets.token_hex(8),
            do="history",
            epoch=ask.epoch,
            first=ask.first,
            last=ask.last,
            by="history",
        )
        self._asked[command.id] = ask
        try:
            self._send(ask.address, command)
        except LinkError:
            self._asked.pop(command.id, None)
            self._asking.unsent(ask.address, now)

    def _named(self, payload: bytes) -> str | None:
        if not self._asked:
            return None
        head = payload[:ID_WITHIN]
        return next((known for known in self._asked if f'"{known}"'.encode() in head), None)

    @staticmethod
    def _drop(pending: dict[str, Ask], address: Address) -> None:
        for command_id in [known for known, ask in pending.items() if ask.address == address]:
            del pending[command_id]

    def _pump(self) -> None:
        """Do what is due, and come back when time alone makes something due."""
        if self._closed:
            return
        now = self._clock()
        self.tick(now)
        self._unset_timer()
        if (wake := self._asking.wake_at()) is not None:
            self._timer = self._hass.loop.call_later(max(0.0, wake - now), self._awake)

    @callback
    def _awake(self) -> None:
        self._timer = None
        self._pump()

    def _unset_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
