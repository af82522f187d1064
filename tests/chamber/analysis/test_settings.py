"""What is watched where nothing else is said: nothing, and no alarm is quiet by default."""

from dataclasses import FrozenInstanceError, fields

import pytest

from chamber_agent.chamber.analysis.settings import (
    DEADBAND,
    LONGEST_DELAY,
    LONGEST_SHELF,
    LONGEST_TIME_CONSTANT,
    OFF,
    Profile,
    Settings,
)


def test_settings_of_ones_own_begin_without_bounds_and_delays() -> None:
    own = Settings()
    bounds = (own.low, own.high, own.freeze, own.warning, own.realarm, own.probe)
    assert bounds == (None,) * 6
    waits = (own.delay_low, own.delay_high, own.off_delay, own.time_constant)
    assert waits == (0.0,) * 4
    assert (own.profile, own.deadband) == (Profile.CUSTOM, DEADBAND)
    assert (own.cumulative, own.latch) == (False, False)


def test_off_differs_from_ones_own_in_its_name_alone() -> None:
    differ = [
        one.name
        for one in fields(Settings)
        if getattr(OFF, one.name) != getattr(Settings(), one.name)
    ]
    assert (OFF.profile, differ) == (Profile.OFF, ["profile"])


def test_settings_in_force_are_not_changed_behind_anybodys_back() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().high = 8.0  # type: ignore[misc]


def test_a_word_that_is_kept_names_the_same_profile_for_ever() -> None:
    """They are in people's stores, audit records and automations."""
    assert [str(profile) for profile in Profile] == [
        "off",
        "vaccine_2_8",
        "freezer",
        "ultra_low",
        "room_temperature",
        "incubator",
        "fermentation",
        "custom",
    ]


def test_nobody_is_silenced_for_longer_than_a_shift_or_delayed_for_longer_than_a_week() -> None:
    assert (LONGEST_SHELF, LONGEST_DELAY, LONGEST_TIME_CONSTANT) == (8 * 3600.0, 604_800.0, 1200.0)
