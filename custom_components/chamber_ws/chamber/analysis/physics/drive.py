"""What drives a chamber: the duties of its heaters and coolers."""

from __future__ import annotations

from typing import NamedTuple

from ...model import Kind, Parts, Sample

Running = tuple[tuple[Kind, int], ...]
"""Which parts are on, by kind and index."""


class Drive(NamedTuple):
    """The mean duty of the heaters and of the coolers in percent, None: not told; and which of them are on."""

    heat: float | None
    cool: float | None
    running: Running


def drive_of(sample: Sample) -> Drive:
    """What drives the chamber; a part that is only switched has 0 or 100 percent."""
    running: list[tuple[Kind, int]] = []
    heat = _mean(sample.heaters, Kind.HEATER, running)
    cool = _mean(sample.coolers, Kind.COOLER, running)
    return Drive(heat, cool, tuple(running))


def started(before: Running, after: Running) -> set[tuple[Kind, int]]:
    """Which parts went on."""
    return set() if before == after else set(after).difference(before)


def is_certain(sample: Sample) -> bool:
    """Whether every heater and cooler that there is tells what it does."""
    return None not in (sample.heaters or ()) and None not in (sample.coolers or ())


def is_idle(sample: Sample, drive: Drive) -> bool:
    """Whether there are heaters or coolers, and certainly all of them are off."""
    told = drive.heat is not None or drive.cool is not None
    return told and not drive.heat and not drive.cool and is_certain(sample)


def _mean(parts: Parts | None, kind: Kind, running: list[tuple[Kind, int]]) -> float | None:
    total, count = 0.0, 0
    for index, part in enumerate(parts or ()):
        if part is None:
            continue
        if part.on:
            running.append((kind, index))
        duty = part.duty
        total += (100.0 if part.on else 0.0) if duty is None else duty
        count += 1
    return total / count if count else None
