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
    """One part of a chamber to switch on, for how long (s), and the whole drive that does."""

    name: str
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
    for kind, around, duty, seconds in (
        ("fans", still, 1.0, MOMENT),
        ("coolers", blowing, control.cooling_cap, long),
        ("heaters", still, control.heating_cap, long),
    ):
        for index, name in enumerate(getattr(chamber, kind)):
            duties = tuple(duty * (index == other) for other in range(len(around[kind])))
            yield Move(name, seconds, Drive(**{**around, kind: duties}))


def at_rest(chamber: ChamberConfig) -> Drive:
    """Return the drive that switches everything off."""
    return Drive(*((0.0,) * len(kind) for kind in (chamber.heaters, chamber.coolers, chamber.fans)))


async def exercise(
    chamber: ChamberConfig, rig: Rig, known: bool, wait: Wait = asyncio.sleep
) -> AsyncIterator[Moved]:
    """Move every actuator and say how it went; everything is off between two and afterwards.

    Args:
        chamber: Whose actuators they are.
        rig: What is wired to it.
        known: Whether its temperature is: without it nothing runs for longer than a moment.
        wait: Lets some seconds pass.
    """
    try:
        for move in moves(chamber):
            if move.seconds > MOMENT and not known:
                yield Moved(
                    False, f"{move.name}: not moved: {move.seconds:g} s need a valid temperature"
                )
                continue
            yield await _moved(rig, move, at_rest(chamber), wait)
    finally:
        await _drive(rig, at_rest(chamber))


async def _moved(rig: Rig, move: Move, rest: Drive, wait: Wait) -> Moved:
    if failure := await _drive(rig, move.drive):
        return Moved(False, f"{move.name}: {failure}")
    # Told again every moment, as a watchdog expects.
    for _ in range(round(move.seconds / MOMENT)):
        await wait(MOMENT)
        failure = failure or await _drive(rig, move.drive)
    power = await _power(rig)
    if stuck := await _drive(rig, rest):
        return Moved(False, f"{move.name}: on, and NOT off again: {stuck}")
    if failure:
        return Moved(False, f"{move.name}: on, and then: {failure}")
    return Moved(True, f"{move.name}: {move.seconds:g} s on{power}, and off again")


async def _power(rig: Rig) -> str:
    """Return what the meter says, in words."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return f" with {await rig.meter.power():.1f} W" if rig.meter else ""
    except (HardwareError, TimeoutError):
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
    return ""
