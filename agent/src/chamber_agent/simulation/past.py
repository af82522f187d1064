"""The past of simulated chambers: lived through quickly before they go live, and written to the store."""

import asyncio
import logging
import math
import re
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

from .. import kept, learnt
from ..clock import Clocks
from ..config import AgentConfig, ChamberConfig
from ..errors import StateError
from ..hardware.simulated import Box
from ..loop import Loop
from ..state_folder import StateFolder
from ..store.numbers import RESERVATION
from ..store.store import Retention, Store
from .boxes import Boxes

_LOGGER = logging.getLogger(__name__)
CARRY_EVERY = RESERVATION // 4
"""After so many samples they are carried to the disk: reserved numbers never run out, however quickly one lives."""
TELL_EVERY = 5.0
"""How long nothing is told of the progress, s."""
BOOT = "backdated"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_SINCE = re.compile(r"-?(\d+(?:\.\d+)?)([smhd])")


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when (Unix time) something is lived through, and in which steps, s."""

    start: float
    end: float
    step: float

    @property
    def count(self) -> int:
        """How many whole multiples of the step lie in it."""
        return max(0, math.floor(self.end / self.step) - math.ceil(self.start / self.step) + 1)

    def at(self, index: int) -> float:
        """Return one of them."""
        return (math.ceil(self.start / self.step) + index) * self.step

    def after(self, moment: float | None) -> "Period":
        """Return what of it is later than a moment."""
        if moment is None or moment < self.start:
            return self
        return replace(self, start=(math.floor(moment / self.step) + 1) * self.step)


def seconds(text: str) -> float:
    """Return how long ago `-72h`, `-30m`, `-3d` or `-90s` is, in s. Raises `ValueError`."""
    match = _SINCE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise ValueError(f'"{text}" is no time ago, expected one such as -72h, -30m or -3d')
    return float(match[1]) * _UNITS[match[2]]


class _Calendar:
    """Clocks that show whatever they are set to."""

    def __init__(self, start: float) -> None:
        self.now = self.start = start

    def clocks(self) -> Clocks:
        return Clocks(lambda: True, lambda: self.now, lambda: self.now - self.start, BOOT)


class Incident(NamedTuple):
    """What somebody at the box does at a moment (Unix time): open or close its door, choose a setpoint, °C."""

    at: float
    door: bool | None = None
    setpoint: float | None = None


Incidents = Mapping[str, Sequence[Incident]]
"""What happened to the chambers, by their ids, in order."""


async def live_through(
    told: AgentConfig,
    folder: StateFolder,
    period: Period,
    retention: Retention,
    boxes: Boxes,
    stopped: Callable[[], bool] = lambda: False,
    incidents: Incidents = MappingProxyType({}),
) -> None:
    """Write what the chambers did in a period, as far as the store has nothing of it yet; it leaves the boxes so.

    The boxes live as fast as real ones, whatever their speed. Raises `StateError` where the store takes nothing.
    """
    store = Store(folder, [chamber.id for chamber in told.chambers], retention)
    try:
        for chamber in told.chambers:
            happened = incidents.get(chamber.id, ())
            await _Life(chamber, store, folder, boxes, happened).live(period, stopped)
    finally:
        await asyncio.to_thread(store.close)


class _Life:
    """One chamber's past."""

    def __init__(
        self,
        chamber: ChamberConfig,
        store: Store,
        folder: StateFolder,
        boxes: Boxes,
        incidents: Sequence[Incident],
    ) -> None:
        self._chamber = chamber
        self._store = store
        self._folder = folder
        self._boxes = boxes
        self._incidents = deque(incidents)

    async def live(self, period: Period, stopped: Callable[[], bool]) -> None:
        """Live through what is missing of the period."""
        chamber, store = self._chamber, self._store
        last = store.latest(chamber.id)
        missing = period.after(last.time if last else None)
        if last is not None and last.temperature is not None:
            self._boxes.was_last(chamber.id, last.temperature)
        calendar = _Calendar(missing.at(0))
        loop = self._loop(calendar)
        told_at = time.monotonic()
        for index in range(missing.count):
            calendar.now = missing.at(index)
            self._happen(calendar.now, loop)
            await loop.turn()
            if index % CARRY_EVERY == 0:
                _carry(store)
                await asyncio.sleep(0)
                if stopped():
                    break
                if time.monotonic() - told_at > TELL_EVERY:
                    told_at = time.monotonic()
                    _LOGGER.info("%s: %.0f %% of its past", chamber.id, 100 * index / missing.count)
        _carry(store)
        await asyncio.to_thread(learnt.save, loop, self._folder)
        _LOGGER.info("%s: %d samples of its past are written", chamber.id, missing.count)

    def _loop(self, calendar: _Calendar) -> Loop:
        chamber, store = self._chamber, self._store
        target = kept.recalled(chamber, self._folder).target
        rig = replace(self._boxes.rig(chamber.id), pace=self._box.steps)
        loop = Loop(chamber, rig, target, store, calendar.clocks(), store)
        learnt.restore(loop, self._folder)
        return loop

    @property
    def _box(self) -> Box:
        return self._boxes.box(self._chamber.id)

    def _happen(self, now: float, loop: Loop) -> None:
        while self._incidents and self._incidents[0].at <= now:
            incident = self._incidents.popleft()
            if incident.door is not None:
                self._box.open_door(incident.door)
            if incident.setpoint is not None:
                loop.target = loop.target._replace(setpoint=incident.setpoint)


def _carry(store: Store) -> None:
    if not store.flush():
        raise StateError("the past cannot be written: the state folder takes nothing")
