"""How a chamber is watched: limits, delays, what an alarm does. In °C, K and s."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LONGEST_DELAY = 7 * 24 * 3600.0
LONGEST_TIME_CONSTANT = 1200.0
LONGEST_SHELF = 8 * 3600.0
DEADBAND = 0.2


class Profile(StrEnum):
    """What a chamber is used for; each has its settings in `profiles`."""

    OFF = "off"
    VACCINE = "vaccine_2_8"
    FREEZER = "freezer"
    ULTRA_LOW = "ultra_low"
    ROOM = "room_temperature"
    INCUBATOR = "incubator"
    FERMENTATION = "fermentation"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings in force; the defaults are those of `custom`.

    `low` and `high` bound the good range, the bounds themselves are good. Beyond one of them longer than its delay is
    an excursion. Where `freeze` is set, the low excursion is judged at or below it instead, and below `low` there is
    only the early warning, which comes after `warning` seconds beyond either bound.
    `cumulative` adds all time beyond a bound up, instead of asking for it in one piece.
    `time_constant` is that of the virtual vial, for chambers without a product probe; `probe` names another probe.
    """

    profile: Profile = Profile.CUSTOM
    low: float | None = None
    high: float | None = None
    delay_low: float = 0.0
    delay_high: float = 0.0
    freeze: float | None = None
    warning: float | None = None
    cumulative: bool = False
    deadband: float = DEADBAND
    off_delay: float = 0.0
    latch: bool = False
    realarm: float | None = None
    time_constant: float = 0.0
    probe: str | None = None


OFF = Settings(profile=Profile.OFF)
