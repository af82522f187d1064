"""Tells entities that what they show may have changed: at once while there is time for it, else the newest wins.

urgent ─ something switched, or freshness changed: never waits longer than for the next turns of the event loop
live ─── the control temperature: has a large share of the loop's time
calm ─── what else is measured: has a small one

What waits is told as it is by then. How much can wait is bounded by the number of chambers, and the last value is
always told. Between two turns of the loop no more than a slice of time is taken.
"""

import asyncio
import time
from collections.abc import Callable, Hashable
from functools import partial
from typing import NamedTuple

from homeassistant.core import CALLBACK_TYPE

from ..chamber import difference
from ..chamber.messages import Event
from ..chamber.model import Address, Chamber
from .listeners import registered
from .pace import Pace

SLICE = 0.003
ASIDE = 0.002
"""Seconds within which what was just written to a socket leaves Home Assistant."""
LIVE_SHARE = 0.4
CALM_SHARE = 0.04
RECORDING = 5.0
LIVE = frozenset({"temperature"})
POLL = 0.05
PATIENCE = 1.25


class View(NamedTuple):
    """A chamber, and whether it may be shown as true."""

    chamber: Chamber
    fresh: bool


class _Listener(NamedTuple):
    told: Callable[[], None]
    reads: frozenset[str] | None
    live: bool = False


class _Lane:
    """Those who wait for their turn, the longest waiting first, at a pace."""

    def __init__(self, share: float, weight: float) -> None:
        self._weight = weight
        self.pace = Pace(share, time.monotonic())
        self.waiting: dict[Address, None] = {}
        self.reminded: dict[Callable[[], None], None] = {}
        self._told_at: dict[Address, float] = {}

    def spend(self, seconds: float, now: float) -> None:
        """Telling took so many seconds."""
        self.pace.spend(seconds * self._weight, now)

    def told(self, address: Address, seconds: float, now: float) -> None:
        """It was told of a chamber, which took so many seconds."""
        self.spend(seconds, now)
        self._told_at[address] = now
        self.waiting.pop(address, None)

    def has_leisure(self, now: float) -> bool:
        """Whether nobody has to wait."""
        return self.pace.interval(now) <= 0

    def remind_no_more(self, told: Callable[[], None]) -> None:
        """Remind somebody no more."""
        self.reminded.pop(told, None)

    def is_ready(self, address: Address, now: float) -> bool:
        """Whether a chamber's interval is over."""
        return now - self._told_at.get(address, 0.0) >= self.pace.interval(now)

    def overdue(self, now: float) -> Address | None:
        """Who waits in vain for a newer sample, which would be told of at once."""
        address = next(iter(self.waiting), None)
        patience = PATIENCE * self.pace.interval(now)
        waited = address is not None and now - self._told_at.get(address, 0.0) >= patience
        return address if waited else None

    def forget(self, address: Address) -> None:
        """A chamber is known no more."""
        self.waiting.pop(address, None)
        self._told_at.pop(address, None)


class Herald:
    """Who listens to what. `view` gives a chamber as it is now, or None where it is known no more.

    A state that is `recorded` costs several times what it costs to write: another thread competes for the interpreter.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        view: Callable[[Address], View | None],
        *,
        recorded: bool = False,
    ) -> None:
        weight = RECORDING if recorded else 1.0
        self._loop = loop
        self._view = view
        self._listeners: dict[Hashable, list[_Listener]] = {}
        self._event_listeners: dict[Address, list[Callable[[Event], None]]] = {}
        self._told: dict[Address, View] = {}
        self._ahead: set[Address] = set()
        self._urgent: dict[Address, None] = {}
        self._live = _Lane(LIVE_SHARE, weight)
        self._calm = _Lane(CALM_SHARE, weight)
        self._slice = SLICE
        self._turn: asyncio.Handle | None = None
        self._aside: dict[Address, None] = {}
        self._return: asyncio.TimerHandle | None = None

    def listen(
        self,
        what: Hashable,
        told: Callable[[], None],
        reads: frozenset[str] | None = None,
        *,
        live: bool = False,
    ) -> CALLBACK_TYPE:
        """Be told of changes of a chamber (address), a gateway (id) or the link; returns how to stop that.

        `reads` names the readings of a chamber's sample that matter; None stands for anything of it. Only who is `live`
        is told of a temperature when there is no time for the rest.
        """
        return registered(self._listeners.setdefault(what, []), _Listener(told, reads, live))

    def listen_for_events(self, address: Address, told: Callable[[Event], None]) -> CALLBACK_TYPE:
        """Be told of the events that a chamber reports."""
        return registered(self._event_listeners.setdefault(address, []), told)

    def tell(self, what: Hashable) -> None:
        """Tell at once that a gateway or the link may have changed."""
        for listener in tuple(self._listeners.get(what, ())):
            listener.told()

    def happened(self, address: Address, event: Event) -> None:
        """Tell at once that something happened to a chamber."""
        for told in tuple(self._event_listeners.get(address, ())):
            told(event)

    def changed(self, address: Address, *, aside: bool = False) -> None:
        """Tell entities now or soon that a chamber may have changed.

        `aside`: a dashboard follows it, which is told first.
        """
        view = self._view(address)
        if view is None:
            return
        before = self._told.get(address)
        changed = self._changes(address, view)
        now = time.monotonic()
        if before is None or difference.urgent(before.chamber, view.chamber, changed):
            self._urgent[address] = None
        elif changed:
            self._calm.waiting[address] = None
            if not changed.isdisjoint(LIVE):
                self._live.waiting[address] = None
        if aside:
            self._step_aside(address)
            return
        if self._slice > 0:
            self._tell_if_ready(address, now)
        self._go_on()

    def remind(self, told: Callable[[], None], *, live: bool = False) -> CALLBACK_TYPE:
        """Tell somebody again who held back what it was told, as soon as there is time; returns how to stop that."""
        lane = self._live if live else self._calm
        lane.reminded[told] = None
        self._tell_reminded(lane, time.monotonic())
        self._go_on()
        return partial(lane.remind_no_more, told)

    def forget(self, address: Address) -> None:
        """A chamber is known no more."""
        self._urgent.pop(address, None)
        self._told.pop(address, None)
        self._ahead.discard(address)
        self._live.forget(address)
        self._calm.forget(address)

    def close(self) -> None:
        """Tell nothing any more."""
        self._urgent.clear()
        for lane in (self._live, self._calm):
            lane.waiting.clear()
            lane.reminded.clear()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        if self._return is not None:
            self._return.cancel()
            self._return = None

    def _step_aside(self, address: Address) -> None:
        self._aside[address] = None
        if self._return is None:
            self._return = self._loop.call_later(ASIDE, self._come_back)

    def _come_back(self) -> None:
        self._return = None
        waiting, self._aside = self._aside, {}
        for address in waiting:
            if self._slice > 0:
                self._tell_if_ready(address, time.monotonic())
        self._go_on()

    def _tell_if_ready(self, address: Address, now: float) -> None:
        if address in self._urgent or (
            address in self._calm.waiting and self._calm.is_ready(address, now)
        ):
            self._tell_all(address, now)
        elif address in self._live.waiting and self._live.is_ready(address, now):
            self._tell_live(address, now)

    def _go_on(self) -> None:
        """Whatever waits is looked at again: after the loop had its turn, or by and by."""
        if self._urgent or self._slice <= 0:
            self._expect_turn(0.0)
        elif any(lane.waiting or lane.reminded for lane in (self._live, self._calm)):
            self._expect_turn(POLL)

    def _expect_turn(self, delay: float) -> None:
        if not delay and isinstance(self._turn, asyncio.TimerHandle):
            self._turn.cancel()
            self._turn = None
        if self._turn is None and delay:
            self._turn = self._loop.call_later(delay, self._next_turn)
        elif self._turn is None:
            self._turn = self._loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        """Tell of those that wait, while the slice lasts: what is urgent, then the temperatures, then the rest."""
        now = time.monotonic()
        self._turn = None
        self._slice = SLICE
        try:
            while self._slice > 0 and (address := next(iter(self._urgent), None)) is not None:
                self._tell_all(address, now)
            while self._slice > 0 and (address := self._live.overdue(now)) is not None:
                self._tell_live(address, now)
            while self._slice > 0 and (address := self._calm.overdue(now)) is not None:
                self._tell_all(address, now)
            self._tell_reminded(self._live, now)
            self._tell_reminded(self._calm, now)
        finally:
            self._go_on()

    def _tell_all(self, address: Address, now: float) -> None:
        """Tell everybody whom a change concerns."""
        self._urgent.pop(address, None)
        view = self._view(address)
        if view is None:
            self.forget(address)
            return
        changed = self._changes(address, view)
        self._told[address] = view
        self._ahead.discard(address)
        self._live.told(address, 0.0, now)
        concerned = [
            one.told
            for one in self._listeners.get(address, ())
            if changed is None or one.reads is None or not changed.isdisjoint(one.reads)
        ]
        self._tell(self._calm, address, concerned, now)

    def _tell_live(self, address: Address, now: float) -> None:
        """Tell those whom the temperature concerns."""
        self._ahead.add(address)
        concerned = [one.told for one in self._listeners.get(address, ()) if one.live]
        self._tell(self._live, address, concerned, now)

    def _tell_reminded(self, lane: _Lane, now: float) -> None:
        """Tell those who held back while there is leisure; while there is none, newer samples come to them anyway."""
        while self._slice > 0 and lane.reminded and lane.has_leisure(now):
            told = next(iter(lane.reminded))
            del lane.reminded[told]
            begun = time.thread_time()
            try:
                told()
            finally:
                taken = time.thread_time() - begun
                self._slice -= taken
                lane.spend(taken, now)

    def _tell(
        self, lane: _Lane, address: Address, concerned: list[Callable[[], None]], now: float
    ) -> None:
        """Tell those whom it concerns, at the expense of a lane."""
        begun = time.thread_time()
        try:
            for told in concerned:
                told()
        finally:
            taken = time.thread_time() - begun
            self._slice -= taken
            lane.told(address, taken, now)

    def _changes(self, address: Address, view: View) -> frozenset[str] | None:
        """What is another than all were told; None for anything. Who is ahead may have to come back."""
        before = self._told.get(address)
        if before is None or before.fresh != view.fresh:
            return None
        changed = difference.readings(before.chamber, view.chamber)
        return changed if changed is None or address not in self._ahead else changed | LIVE
