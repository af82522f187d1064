"""The settings of each profile, and what may be changed in them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from ..errors import ChamberError
from ..model import ABSOLUTE_ZERO, HOTTEST
from .settings import LONGEST_DELAY, LONGEST_TIME_CONSTANT, OFF, Profile, Settings

MINUTE, HOUR = 60.0, 3600.0
SHOWN = ("low", "high", "delay_low", "delay_high")
TEMPERATURES = ("low", "high", "freeze")
DURATIONS = ("delay_low", "delay_high", "warning", "off_delay", "realarm")

PROFILES: Mapping[Profile, Settings] = MappingProxyType(
    {
        Profile.OFF: OFF,
        # WHO PQS E006/TR06, 30-day loggers: above +8 °C for 10 h, at -0.5 °C or below for 60 min, each in one piece.
        # The early warning and the vial, a buffered probe of some 600 s, are ours.
        Profile.VACCINE: Settings(
            profile=Profile.VACCINE,
            low=2.0,
            high=8.0,
            delay_low=60 * MINUTE,
            delay_high=10 * HOUR,
            freeze=-0.5,
            warning=30 * MINUTE,
            time_constant=600.0,
        ),
        # CDC Vaccine Storage and Handling: frozen vaccines between -50 and -15 °C.
        Profile.FREEZER: Settings(
            profile=Profile.FREEZER,
            low=-50.0,
            high=-15.0,
            delay_low=60 * MINUTE,
            delay_high=60 * MINUTE,
            warning=15 * MINUTE,
            time_constant=600.0,
        ),
        # CDC: ultra-cold vaccines between -90 and -60 °C.
        Profile.ULTRA_LOW: Settings(
            profile=Profile.ULTRA_LOW,
            low=-90.0,
            high=-60.0,
            delay_low=60 * MINUTE,
            delay_high=30 * MINUTE,
            warning=10 * MINUTE,
            time_constant=600.0,
        ),
        # USP <659>: 20 to 25 °C, excursions between 15 and 30 °C allowed, spikes to 40 °C up to 24 h.
        Profile.ROOM: Settings(
            profile=Profile.ROOM,
            low=15.0,
            high=30.0,
            delay_low=30 * MINUTE,
            delay_high=30 * MINUTE,
            time_constant=600.0,
        ),
        # Eggs and cultures at 37 °C bear little above it: customary values.
        Profile.INCUBATOR: Settings(
            profile=Profile.INCUBATOR,
            low=36.0,
            high=38.5,
            delay_low=30 * MINUTE,
            delay_high=10 * MINUTE,
            time_constant=120.0,
        ),
        # Ales between 15 and 24 °C: customary values, to be made one's own.
        Profile.FERMENTATION: Settings(
            profile=Profile.FERMENTATION,
            low=15.0,
            high=24.0,
            delay_low=2 * HOUR,
            delay_high=1 * HOUR,
            time_constant=600.0,
        ),
        Profile.CUSTOM: Settings(),
    }
)


class BadSettings(ChamberError):
    """Settings that contradict themselves; `key` says why, `placeholders` fill its translation."""

    def __init__(self, key: str, **placeholders: str) -> None:
        super().__init__(f"{key}: {placeholders}")
        self.key = key
        self.placeholders = placeholders


def validated(settings: Settings) -> Settings:
    """The settings, where they can be. Raises `BadSettings`."""
    for name in TEMPERATURES:
        value = getattr(settings, name)
        if value is not None and not ABSOLUTE_ZERO <= value <= HOTTEST:
            raise BadSettings("bad_number", field=name, value=str(value))
    for name in DURATIONS:
        _check_duration(name, getattr(settings, name), LONGEST_DELAY)
    _check_duration("time_constant", settings.time_constant, LONGEST_TIME_CONSTANT)
    if not (math.isfinite(settings.deadband) and settings.deadband >= 0):
        raise BadSettings("bad_number", field="deadband", value=str(settings.deadband))
    if settings.low is not None and settings.high is not None and settings.low >= settings.high:
        raise BadSettings("limits_crossed", low=f"{settings.low:g}", high=f"{settings.high:g}")
    return settings


def changed(settings: Settings, **changes: Any) -> Settings:
    """Settings with some fields changed. Raises `BadSettings`.

    A profile is taken whole. Setting what a profile fixes makes it `custom`: the shown values stay, the rest is that
    of `custom`.
    """
    known = {field.name for field in fields(Settings)}
    if unknown := sorted(changes.keys() - known):
        raise BadSettings("unknown_field", field=unknown[0])
    if "profile" in changes:
        try:
            settings = PROFILES[Profile(changes.pop("profile"))]
        except ValueError as error:
            raise BadSettings("unknown_profile", profile=str(error)) from None
    if settings.profile is not Profile.CUSTOM and changes.keys() & set(SHOWN):
        settings = replace(
            PROFILES[Profile.CUSTOM], **{name: getattr(settings, name) for name in SHOWN}
        )
    return validated(replace(settings, **changes))


def difference(old: Settings, new: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields in which two settings differ, as plain values: before and after."""
    names = [
        field.name
        for field in fields(Settings)
        if getattr(old, field.name) != getattr(new, field.name)
    ]
    return {name: _plain(getattr(old, name)) for name in names}, {
        name: _plain(getattr(new, name)) for name in names
    }


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Profile) else value


def _check_duration(name: str, seconds: float | None, longest: float) -> None:
    if seconds is None:
        return
    if not math.isfinite(seconds):
        raise BadSettings("bad_number", field=name, value=str(seconds))
    if seconds < 0:
        raise BadSettings("negative_delay", field=name, value=f"{seconds:g}")
    if seconds > longest:
        raise BadSettings("too_long", field=name, value=f"{seconds:g}", most=f"{longest:g}")
