"""Tells entities that what they show may have changed.

Chambers are told of at once, as long as there is time to spend (`pace`). What changes faster waits and is told as it is
by then: the newest wins, and how much can wait is bounded by the number of chambers. What switches goes first: only
measured values and duties ever wait longer than for the next turns of the event loop, and the last one is always told.
"""

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import NamedTuple

from homeassistant.core import CALLBACK_TYPE

from .chamber import difference
from .chamber.messages import Event
from .chamber.model import Address, Chamber
from .pace import Pace

POLL = 0.05
PATIENCE = 1.25


class View(NamedTuple):
    """A chamber, and whether it may be shown as true."""

    chamber: Chamber
    fresh: bool


class _Told(NamedTuple):
    """What was told last of a chamber, and when."""

    view: View
    at: float


class _Listener(NamedTuple):
    told: Callable[[], None]
    reads: frozenset[str] | None


class Herald:
    """Who listens to what. `view` gives a chamber as it is now, or None where it is known no more."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, view: Callable[[Address], View | None]
    ) -> None:
        self._loop = loop
        self._view = view
        self._listeners: dict[Hashable, list[_Listener]] = {}
        self._followers: dict[Address, list[Callable[[], None]]] = {}
        self._event_listeners: dict[Address, list[Callable[[Event], None]]] = {}
        self._told: dict[Address, _Told] = {}
        self._urgent: dict[Address, None] = {}
        self._waiting: dict[Address, None] = {}
        self._pace = Pace(time.perf_counter())
        self._turn: asyncio.Handle | None = None

    def listen(
        self, what: Hashable, told: Callable[[], None], reads: frozenset[str] | None = None
    ) -> CALLBACK_TYPE:
        """Be told of changes of a chamber (address), a gateway (id) or the link; returns how to stop that.

        `reads` names the readings of a chamber's sample that matter; None stands for anything of it.
        """
        return _register(self._listeners.setdefault(what, []), _Listener(told, reads))

    def follow(self, address: Address, told: Callable[[], None]) -> CALLBACK_TYPE:
        """Be told of every single change of a chamber, at once: to judge, not to show."""
        return _register(self._followers.setdefault(address, []), told)

    def listen_for_events(self, address: Address, told: Callable[[Event], None]) -> CALLBACK_TYPE:
        """Be told of the events that a chamber reports."""
        return _register(self._event_listeners.setdefault(address, []), told)

    def tell(self, what: Hashable) -> None:
        """Tell at once that a gateway or the link may have changed."""
        for listener in tuple(self._listeners.get(what, ())):
            listener.told()

    def happened(self, address: Address, event: Event) -> None:
        """Tell at once that something happened to a chamber."""
        for told in tuple(self._event_listeners.get(address, ())):
            told(event)

    def changed(self, address: Address) -> None:
        """Tell now or soon that a chamber may have changed."""
        view = self._view(address)
        if view is None:
            return
        for told in tuple(self._followers.get(address, ())):
            told()
        before = self._told.get(address)
        changed = _difference(before, view)
        if (
            before is None
            or changed is None
            or difference.urgent(before.view.chamber, view.chamber, changed)
        ):
            self._soon(self._urgent, address, view, changed)
        elif time.perf_counter() - before.at >= self._pace.interval:
            self._soon(self._waiting, address, view, changed)
        else:
            self._waiting[address] = None
            self._expect_turn(POLL)

    def forget(self, address: Address) -> None:
        """A chamber is known no more."""
        for known in (self._urgent, self._waiting, self._told):
            known.pop(address, None)

    def close(self) -> None:
        """Tell nothing any more."""
        self._urgent.clear()
        self._waiting.clear()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def _soon(
        self,
        queue: dict[Address, None],
        address: Address,
        view: View,
        changed: frozenset[str] | None,
    ) -> None:
        """Tell in this turn of the loop while its slice lasts, else in one of the next."""
        if self._pace.in_turn:
            self._tell_of_chamber(address, view, changed)
        else:
            queue[address] = None
        self._expect_turn(0.0)

    def _expect_turn(self, delay: float) -> None:
        if not delay and isinstance(self._turn, asyncio.TimerHandle):
            self._turn.cancel()
            self._turn = None
        if self._turn is None:
            self._turn = (
                self._loop.call_later(delay, self._next_turn)
                if delay
                else self._loop.call_soon(self._next_turn)
            )

    def _next_turn(self) -> None:
        """Tell of those that wait: what is urgent, then the longest waiting whose interval is over."""
        now = time.perf_counter()
        self._turn = None
        self._pace.new_turn(now)
        try:
            while self._urgent and self._pace.in_turn:
                self._tell_next(self._urgent)
            while self._pace.in_turn and self._is_due(now):
                self._tell_next(self._waiting)
        finally:
            if self._urgent or self._is_due(now):
                self._expect_turn(0.0)
            elif self._waiting:
                self._expect_turn(POLL)

    def _is_due(self, now: float) -> bool:
        """Whether the longest waiting chamber waits in vain for a newer sample, which would be told of at once."""
        address = next(iter(self._waiting), None)
        if address is None:
            return False
        before = self._told.get(address)
        return before is None or now - before.at >= PATIENCE * self._pace.interval

    def _tell_next(self, queue: dict[Address, None]) -> None:
        address = next(iter(queue))
        del queue[address]
        if (view := self._view(address)) is not None:
            self._tell_of_chamber(address, view, _difference(self._told.get(address), view))

    def _tell_of_chamber(
        self, address: Address, view: View, changed: frozenset[str] | None
    ) -> None:
        begun = time.perf_counter()
        self._told[address] = _Told(view, begun)
        self._urgent.pop(address, None)
        self._waiting.pop(address, None)
        try:
            for told, reads in tuple(self._listeners.get(address, ())):
                if changed is None or reads is None or not changed.isdisjoint(reads):
                    told()
        finally:
            self._pace.spend(time.perf_counter() - begun)


def _difference(before: _Told | None, view: View) -> frozenset[str] | None:
    if before is None or before.view.fresh != view.fresh:
        return None
    return difference.readings(before.view.chamber, view.chamber)


def _register[Told](told_ones: list[Told], told: Told) -> CALLBACK_TYPE:
    told_ones.append(told)
    return lambda: told_ones.remove(told)
