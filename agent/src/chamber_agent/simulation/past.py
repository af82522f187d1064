"""The past of simulated chambers: lived through quickly before they go live, and written to the store."""

import asyncio
import logging
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .. import kept, learnt
from ..clock import Clocks
from ..config import AgentConfig, ChamberConfig
from ..errors import StateError
from ..hardware import Rig, rigs
from ..hardware.simulated import Simulated
from ..kept import Target
from ..loop import Loop
from ..state_folder import StateFolder
from ..store.numbers import RESERVATION
from ..store.store import Retention, Store

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


async def live_through(
    told: AgentConfig,
    folder: StateFolder,
    period: Period,
    retention: Retention,
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, Rig]:
    """Write what the chambers did in a period, as far as the store has nothing of it yet.

    Returns the hardware as it is in the end. Raises `StateError` where the store takes nothing.
    """
    store = Store(folder, [chamber.id for chamber in told.chambers], retention)
    try:
        return {
            chamber.id: await _lived(chamber, store, folder, period, stopped)
            for chamber in told.chambers
        }
    finally:
        await asyncio.to_thread(store.close)


async def _lived(
    chamber: ChamberConfig,
    store: Store,
    folder: StateFolder,
    period: Period,
    stopped: Callable[[], bool],
) -> Rig:
    last = store.latest(chamber.id)
    missing = period.after(last.time if last else None)
    start = last.temperature if last else None
    if start is not None and isinstance(chamber.hardware, Simulated):
        chamber = replace(chamber, hardware=replace(chamber.hardware, start=start))
    rig, calendar = rigs.build(chamber), _Calendar(missing.at(0))
    default = Target(chamber.setpoint, chamber.mode)
    known = kept.restored(folder.load(chamber.id), default, chamber.limits, chamber.offered)
    loop = Loop(chamber, rig, known.target, store, calendar.clocks(), store)
    learnt.restore(loop, folder)
    told_at = time.monotonic()
    for index in range(missing.count):
        calendar.now = missing.at(index)
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
    await asyncio.to_thread(learnt.save, loop, folder)
    _LOGGER.info("%s: %d samples of its past are written", chamber.id, missing.count)
    # Nothing simulated wears out: the past goes on without the pause that real actuators need after a start.
    return replace(rig, rested=True)


def _carry(store: Store) -> None:
    if not store.flush():
        raise StateError("the past cannot be written: the state folder takes nothing")
