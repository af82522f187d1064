"""What a probe's reading is worth, before anything is made of it.

The values that DS18B20 and MAX31865 give when something is wrong, jumps that no air can make, and a
short memory: one bad reading must not stop a chamber, several must. Temperatures in °C, times in s.
"""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from .chamber.judgement import CONTROL
from .chamber.model import Quality
from .errors import HardwareError, SensorFault
from .hardware import Rig, Thermometer

LOWEST, HIGHEST = -200.0, 850.0
"""What any platinum resistor can measure (IEC 60751)."""
POWER_UP = 85.0
"""A DS18B20 shows this before its first conversion: believed only near the last good value."""
POWER_UP_NEIGHBOURHOOD = 5.0
BROKEN = (127.94, -127.0)
"""A DS18B20 without enough power (Linux w1_therm), and a common library's word for "no sensor"."""
JUMP_FREE, JUMP_RATE = 2.0, 1.0
"""A change beyond 2 K and 1 K/s is no temperature: a probe with 12 s of lag makes some 13 K/min."""
ANSWER_WITHIN = 3.0
"""A sensor that takes longer does not answer, s: a DS18B20 converts in 0.75 s."""
COAST = 10.0
"""The last good value stands in for bad readings so long, for the thermostat alone, s."""


class Reading(NamedTuple):
    """A value and what it is worth; the value is None where there is none to show."""

    value: float | None
    quality: Quality


@dataclass(frozen=True, slots=True)
class Track:
    """What is remembered of a probe: the last good value and the last plausible one, with their times."""

    good: float | None = None
    good_at: float = -math.inf
    seen: float | None = None
    seen_at: float = -math.inf

    def coasted(self, now: float) -> float | None:
        """Return the last good value while it is young enough to control by."""
        return self.good if now - self.good_at <= COAST else None


@dataclass(frozen=True, slots=True)
class Sensed:
    """All that one look at a chamber gave; `None` where the chamber has no such sensor, or it failed."""

    temperature: Reading
    probes: Mapping[str, Reading] = field(default_factory=lambda: MappingProxyType({}))
    door: bool | None = None
    power: float | None = None


def judge(track: Track, value: float | None, now: float) -> tuple[Track, Reading]:
    """Judge `value` against what was seen before; None says that the probe did not answer."""
    if value is None:
        return track, Reading(None, Quality.MISSING)
    if not math.isfinite(value) or not LOWEST <= value <= HIGHEST or _broken(value):
        return track, Reading(None, Quality.FAULT)
    if _powered_up(track, value):
        return track, Reading(None, Quality.SUSPECT)
    seen = Track(track.good, track.good_at, value, now)
    if _jumped(track, value, now):
        return seen, Reading(value, Quality.SUSPECT)
    return Track(value, now, value, now), Reading(value, Quality.OK)


async def ask(thermometer: Thermometer) -> float | None:
    """Return what a probe says: None if it does not answer in time, no number if it is at fault."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return await thermometer.temperature()
    except SensorFault:
        return math.nan
    except (HardwareError, TimeoutError):
        return None


async def sense(
    rig: Rig, tracks: Mapping[str, Track], now: float
) -> tuple[Mapping[str, Track], Sensed]:
    """Look at every sensor of a chamber once. The control probe's track has the key `CONTROL`."""
    followed: dict[str, Track] = {}
    readings: dict[str, Reading] = {}
    thermometers = {CONTROL: rig.thermometer, **rig.probes}
    values = await asyncio.gather(*map(ask, thermometers.values()))
    for name, value in zip(thermometers, values, strict=True):
        followed[name], readings[name] = judge(tracks.get(name, Track()), value, now)
    control = readings.pop(CONTROL)
    return followed, Sensed(control, readings, await _door(rig), await _power(rig))


async def _door(rig: Rig) -> bool | None:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return await rig.door.is_open() if rig.door else None
    except (HardwareError, TimeoutError):
        return None


async def _power(rig: Rig) -> float | None:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return await rig.meter.power() if rig.meter else None
    except (HardwareError, TimeoutError):
        return None


def _broken(value: float) -> bool:
    return any(abs(value - wrong) < 0.01 for wrong in BROKEN)


def _powered_up(track: Track, value: float) -> bool:
    near = track.good is not None and abs(track.good - value) <= POWER_UP_NEIGHBOURHOOD
    return value == POWER_UP and not near


def _jumped(track: Track, value: float, now: float) -> bool:
    if track.seen is None:
        return False
    return abs(value - track.seen) > JUMP_FREE + JUMP_RATE * (now - track.seen_at)
