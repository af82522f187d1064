"""Who is asked for which missing numbers, and when. Times are monotonic seconds, given by the caller.

Rule 1: one batch is in flight per chamber and a few per link, until the keeper has judged it: a slow disk slows asking.
Rule 2: chambers take turns; between two questions on a link is a pause.
Rule 3: silence, `busy` and rubbish let a chamber rest, each time twice as long; a good batch ends that.
Rule 4: a lost connection forgets what was not answered, and it is asked again at once when there is another one.
Rule 5: after a batch the next one is asked for once the keeper has named what is missing then.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from ..errors import Code
from ..model import Address

NOBODY_HAS_IT = frozenset({Code.UNKNOWN_EPOCH.value, Code.BAD_RANGE.value})


class Gap(NamedTuple):
    """Numbers that are missing, inclusive."""

    epoch: str
    first: int
    last: int


class Ask(NamedTuple):
    """A question for the numbers `first` to `last`, inclusive."""

    address: Address
    epoch: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How insistently is asked; seconds, and for `widest` numbers.

    `silence` is how long an answer may take, `judgement` how long the keeper may take for it, `resend` when to try
    again what could not be sent.
    """

    most_in_flight: int = 4
    interval: float = 0.01
    silence: float = 30.0
    judgement: float = 600.0
    resend: float = 1.0
    shortest_rest: float = 60.0
    longest_rest: float = 3600.0
    widest: int = 100_000


@dataclass(slots=True)
class _Flight:
    """A question on its way; `answered` ones wait for the keeper."""

    ask: Ask
    deadline: float
    answered: bool = False


@dataclass(slots=True)
class _Turn:
    """Where a chamber stands.

    It rests until `resting`, for `rest` seconds the last time; until `held` the keeper is to name the next gap.
    `waking` is the one entry among the sleepers that counts.
    """

    gap: Gap | None = None
    rest: float = 0.0
    resting: float = -inf
    held: float = -inf
    waking: float | None = None


USUAL = Manner()


class Asking:
    """The questions of one link. Who calls anything but `gap` and `due` may ask `wake_at` when to look again."""

    def __init__(self, manner: Manner = USUAL) -> None:
        self.manner = manner
        self._connected = False
        self._next_slot = -inf
        self._turns: dict[Address, _Turn] = {}
        self._flights: dict[Address, _Flight] = {}
        self._queue: OrderedDict[Address, None] = OrderedDict()
        self._sleepers: list[tuple[float, Address]] = []

    def gap(self, address: Address, gap: Gap | None, now: float) -> bool:
        """The next thing a chamber misses, None for nothing; whether that is news."""
        turn = self._turns.get(address)
        if turn is None:
            if gap is None:
                return False
            turn = self._turns[address] = _Turn()
        if turn.gap == gap and turn.held <= now:
            return False
        turn.gap, turn.held = gap, -inf
        self._line_up(address, now)
        return True

    def connected(self) -> None:
        """There is a connection."""
        self._connected = True

    def disconnected(self, now: float) -> None:
        """The connection is gone, and with it every answer that has not come."""
        self._connected = False
        for address in [at for at, flight in self._flights.items() if not flight.answered]:
            self._land(address, now)

    def returned(self, address: Address, now: float) -> None:
        """The chamber's gateway has connected anew: what was asked of it before, it does not know."""
        turn, flight = self._turns.get(address), self._flights.get(address)
        if turn is None:
            return
        turn.resting = -inf
        if flight is not None and not flight.answered:
            del self._flights[address]
        self._line_up(address, now)

    def forget(self, address: Address) -> None:
        """Know a chamber no more."""
        self._turns.pop(address, None)
        self._flights.pop(address, None)
        self._queue.pop(address, None)

    def due(self, now: float) -> Ask | None:
        """The one question that must go out now; it counts as sent."""
        self._wake(now)
        free = len(self._flights) < self.manner.most_in_flight
        if not (self._connected and free and self._queue and now >= self._next_slot):
            return None
        address, _nothing = self._queue.popitem(last=False)
        gap = self._turns[address].gap
        assert gap is not None
        last = min(gap.last, gap.first + self.manner.widest - 1)
        ask = Ask(address, gap.epoch, gap.first, last)
        self._flights[address] = _Flight(ask, now + self.manner.silence)
        self._next_slot = now + self.manner.interval
        return ask

    def unsent(self, address: Address, now: float) -> None:
        """A question could not be sent after all."""
        if address in self._flights:
            self._turns[address].resting = now + self.manner.resend
            self._land(address, now)

    def overdue(self, now: float) -> list[Ask]:
        """The questions that nobody answered, or judged, in time; from now on they do not count."""
        silent = [one.ask for one in self._flights.values() if one.deadline <= now]
        for ask in silent:
            self._fail(ask.address, now)
        return silent

    def answered(self, address: Address, now: float) -> None:
        """An answer came; the keeper will say what it is worth."""
        if flight := self._flights.get(address):
            flight.answered = True
            flight.deadline = now + self.manner.judgement

    def settled(self, address: Address, now: float, *, good: bool) -> None:
        """What the answer was worth."""
        if address in self._flights:
            if good:
                self._succeed(address, now)
            else:
                self._fail(address, now)

    def refused(self, address: Address, code: str | None, now: float) -> Ask | None:
        """The chamber does not answer, for the reason `code`; the question whose numbers nobody has."""
        flight = self._flights.get(address)
        if flight is None or flight.answered:
            return None
        if code not in NOBODY_HAS_IT:
            self._fail(address, now)
            return None
        self._succeed(address, now)
        return flight.ask

    def wake_at(self) -> float | None:
        """When time alone makes something due; None: never. After `overdue` and `due` had nothing more, it is later."""
        times = [flight.deadline for flight in self._flights.values()]
        if self._connected and len(self._flights) < self.manner.most_in_flight:
            if self._queue:
                times.append(self._next_slot)
            elif self._sleepers:
                times.append(max(self._next_slot, self._sleepers[0][0]))
        return min(times, default=None)

    def _succeed(self, address: Address, now: float) -> None:
        """A chamber answered; where the keeper has not named another gap yet, that is waited for, but not forever."""
        turn, ask = self._turns[address], self._flights[address].ask
        turn.rest, turn.resting = 0.0, -inf
        if turn.gap is not None and (turn.gap.epoch, turn.gap.first) == (ask.epoch, ask.first):
            turn.held = now + self.manner.shortest_rest
        self._land(address, now)

    def _fail(self, address: Address, now: float) -> None:
        turn, manner = self._turns[address], self.manner
        turn.rest = min(max(2 * turn.rest, manner.shortest_rest), manner.longest_rest)
        turn.resting = now + turn.rest
        self._land(address, now)

    def _land(self, address: Address, now: float) -> None:
        del self._flights[address]
        self._line_up(address, now)

    def _line_up(self, address: Address, now: float) -> None:
        """Put a chamber where it belongs: in the queue, asleep, or nowhere."""
        turn = self._turns[address]
        until = max(turn.resting, turn.held)
        if address in self._flights or turn.gap is None or until > now:
            self._queue.pop(address, None)
        if address in self._flights:
            return
        if turn.gap is None:
            if turn.rest == 0.0:
                del self._turns[address]
        elif until <= now:
            self._queue.setdefault(address)
        elif turn.waking != until:
            turn.waking = until
            heapq.heappush(self._sleepers, (until, address))

    def _wake(self, now: float) -> None:
        while self._sleepers and self._sleepers[0][0] <= now:
            until, address = heapq.heappop(self._sleepers)
            turn = self._turns.get(address)
            if turn is not None and turn.waking == until:
                turn.waking = None
                self._line_up(address, now)
