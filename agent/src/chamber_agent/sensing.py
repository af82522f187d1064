"""What a probe's reading is worth, before anything is made of it.

The values that DS18B20 and MAX31865 give when something is wrong, jumps that no air can make, and a
short memory: one bad reading must not stop a chamber, several must. Temperatures in °C, times in s.
"""

import asyncio
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from .chamber.judgement import CONTROL
from .chamber.model import Quality
from .errors import HardwareError, SensorFault
from .hardware import Rig, Thermometer

_LOGGER = logging.getLogger(__name__)
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


class Complaints:
    """What ails a chamber's sensors, logged once for each of them until it answers again, or fails otherwise."""

    def __init__(self, chamber: str) -> None:
        self._chamber = chamber
        self._known: dict[str, type[Exception]] = {}

    def note(self, part: str, error: Exception) -> None:
        """Log why a part gave nothing, unless that is known."""
        # An error's words may differ each time: its kind alone says whether it is another one.
        if self._known.get(part) is not type(error):
            why = error if isinstance(error, HardwareError) else repr(error)
            _LOGGER.warning("%s: %s does not answer: %s", self._chamber, part, why)
        self._known[part] = type(error)

    def settle(self, part: str) -> None:
        """Forget what ailed a part: it answered."""
        self._known.pop(part, None)


async def ask(name: str, thermometer: Thermometer, complaints: Complaints) -> float | None:
    """Return what a probe says: None if it does not answer in time, no number if it is at fault."""
    part = f"the probe {name}"
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            value = await thermometer.temperature()
    except SensorFault:
        return math.nan
    except (HardwareError, TimeoutError):
        # A probe on a bus has said itself why.
        return None
    except Exception as error:  # noqa: BLE001 - a library's mistake costs this reading alone
        complaints.note(part, error)
        return None
    complaints.settle(part)
    return value


async def sense(
    rig: Rig, tracks: Mapping[str, Track], now: float, complaints: Complaints
) -> tuple[Mapping[str, Track], Sensed]:
    """Look at every sensor of a chamber once. The control probe's track has the key `CONTROL`."""
    followed: dict[str, Track] = {}
    readings: dict[str, Reading] = {}
    thermometers = {CONTROL: rig.thermometer, **rig.probes}
    values = await asyncio.gather(*(ask(*one, complaints) for one in thermometers.items()))
    for name, value in zip(thermometers, values, strict=True):
        followed[name], readings[name] = judge(tracks.get(name, Track()), value, now)
    control = readings.pop(CONTROL)
    door, power = await _door(rig, complaints), await _power(rig, complaints)
    return followed, Sensed(control, readings, door, power)


async def _door(rig: Rig, complaints: Complaints) -> bool | None:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            value = await rig.door.is_open() if rig.door else None
    except Exception as error:  # noqa: BLE001 - as of a probe
        complaints.note("the door", error)
        return None
    complaints.settle("the door")
    return value


async def _power(rig: Rig, complaints: Complaints) -> float | None:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            value = await rig.meter.power() if rig.meter else None
    except (HardwareError, TimeoutError):
        # An estimate knows nothing until the actuators were told something.
        return None
    except Exception as error:  # noqa: BLE001 - as of a probe
        complaints.note("the meter", error)
        return None
    complaints.settle("the meter")
    return value


def _broken(value: float) -> bool:
    return any(abs(value - wrong) < 0.01 for wrong in BROKEN)


def _powered_up(track: Track, value: float) -> bool:
    near = track.good is not None and abs(track.good - value) <= POWER_UP_NEIGHBOURHOOD
    return value == POWER_UP and not near


def _jumped(track: Track, value: float, now: float) -> bool:
    if track.seen is None:
        return False
    return abs(value - track.seen) > JUMP_FREE + JUMP_RATE * (now - track.seen_at)
