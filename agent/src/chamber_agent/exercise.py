"""Switching every actuator on for a moment, one after the other, so that somebody sees which one moves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import NamedTuple

from .config import ChamberConfig
from .errors import HardwareError
from .hardware import Drive, Rig
from .sensing import ANSWER_WITHIN

MOMENT = 1.0
"""So long a part is on, s; a heater or cooler with a minimum on time for that."""
Wait = Callable[[float], Awaitable[None]]


class Move(NamedTuple):
    """One part of a chamber to switch on: the rest before, for how long (s), and the whole drive that does."""

    name: str
    rest: float
    seconds: float
    drive: Drive


class Moved(NamedTuple):
    """How a move went: whether the part took it, and a line about it."""

    good: bool
    text: str


def moves(chamber: ChamberConfig) -> Iterator[Move]:
    """Yield one move for every actuator: fans first, and with every cooler, whose hot side needs them."""
    control = chamber.control
    still = {kind: (0.0,) * len(getattr(chamber, kind)) for kind in ("heaters", "coolers", "fans")}
    blowing = still | {"fans": (1.0,) * len(chamber.fans)}
    long = max(MOMENT, control.minimum_on)
    for kind, around, duty, rest, seconds in (
        ("fans", still, 1.0, 0.0, MOMENT),
        ("coolers", blowing, control.cooling_cap, control.minimum_off, long),
        ("heaters", still, control.heating_cap, control.minimum_off, long),
    ):
        for index, name in enumerate(getattr(chamber, kind)):
            duties = tuple(duty * (index == other) for other in range(len(around[kind])))
            yield Move(name, rest, seconds, Drive(**{**around, kind: duties}))


def duration(chamber: ChamberConfig) -> float:
    """Return how long all moves take, s."""
    return sum(move.rest + move.seconds for move in moves(chamber)) + chamber.control.minimum_off


async def exercise(
    chamber: ChamberConfig, rig: Rig, known: bool, safe: Drive, wait: Wait = asyncio.sleep
) -> AsyncIterator[Moved]:
    """Move every actuator and say how it went; everything is off between two moves.

    Args:
        chamber: Whose actuators they are.
        rig: What is wired to it.
        known: Whether its temperature is: without it nothing runs for longer than a moment.
        safe: What they do in the end, however that comes.
        wait: Lets some seconds pass.
    """
    off = Drive(*((0.0,) * len(duties) for duties in (safe.heaters, safe.coolers, safe.fans)))
    try:
        for move in moves(chamber):
            if move.seconds > MOMENT and not known:
                why = f"{move.seconds:g} s need a valid temperature"
                yield Moved(False, f"{move.name}: not moved: {why}")
                continue
            yield await _moved(rig, move, off, wait)
        if any(safe.heaters + safe.coolers):
            await _hold(rig, off, chamber.control.minimum_off, wait)
    finally:
        failure = await _drive(rig, safe)
    if failure:
        yield Moved(False, f"the safe state could not be taken: {failure}")


async def _moved(rig: Rig, move: Move, off: Drive, wait: Wait) -> Moved:
    failure = await _hold(rig, off, move.rest, wait) or await _hold(
        rig, move.drive, move.seconds, wait
    )
    power = await _power(rig)
    if stuck := await _drive(rig, off):
        return Moved(False, f"{move.name}: NOT known to be off: {stuck}")
    if failure:
        return Moved(False, f"{move.name}: {failure}")
    return Moved(True, f"{move.name}: {move.seconds:g} s on{power}, and off again")


async def _hold(rig: Rig, drive: Drive, seconds: float, wait: Wait) -> str:
    """Drive for some seconds, told again every moment as a watchdog expects; return what failed."""
    failure = await _drive(rig, drive) if seconds else ""
    for _ in range(round(seconds / MOMENT)):
        await wait(MOMENT)
        failure = failure or await _drive(rig, drive)
    return failure


async def _power(rig: Rig) -> str:
    """Return what the meter says, in words."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return f" with {await rig.meter.power():.1f} W" if rig.meter else ""
    except Exception:  # noqa: BLE001 - whatever a meter does, the part is switched off next
        return ""


async def _drive(rig: Rig, drive: Drive) -> str:
    """Drive, and return why that failed; empty where it did not."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await rig.actuators.drive(drive)
    except HardwareError as error:
        return str(error)
    except TimeoutError:
        return f"no answer within {ANSWER_WITHIN:g} s"
    except Exception as error:  # noqa: BLE001 - a driver's mistake is a finding, and the safe state follows
        return repr(error)
    return ""
