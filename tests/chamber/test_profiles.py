"""The settings of the profiles, and what may be changed in them."""

import math
from typing import Any

import pytest

from chamber_agent.chamber.analysis import profiles
from chamber_agent.chamber.analysis.profiles import PROFILES, BadSettings, changed
from chamber_agent.chamber.analysis.settings import OFF, Profile, Settings


@pytest.mark.parametrize("profile", list(Profile))
def test_every_profile_has_settings_that_can_be(profile: Profile) -> None:
    assert profiles.validated(PROFILES[profile]).profile is profile


def test_setting_a_limit_makes_the_profile_custom_and_keeps_the_shown_values() -> None:
    now = changed(PROFILES[Profile.VACCINE], delay_high=60.0)
    assert now == Settings(low=2.0, high=8.0, delay_low=3600.0, delay_high=60.0)


def test_a_limit_of_a_chamber_that_was_not_watched_is_the_only_one() -> None:
    assert changed(OFF, high=8.0) == Settings(high=8.0)


def test_what_a_profile_does_not_fix_leaves_it_as_it_is() -> None:
    assert changed(PROFILES[Profile.VACCINE], latch=True).profile is Profile.VACCINE


def test_a_profile_is_taken_whole() -> None:
    assert changed(Settings(high=30.0, latch=True), profile="freezer") == PROFILES[Profile.FREEZER]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"low": 8.0, "high": 8.0}, "limits_crossed"),
        ({"delay_low": -1.0}, "negative_delay"),
        ({"delay_high": 1e9}, "too_long"),
        ({"time_constant": 1201.0}, "too_long"),
        ({"high": math.nan}, "bad_number"),
        ({"high": 1e9}, "bad_number"),
        ({"off_delay": math.inf}, "bad_number"),
        ({"deadband": -0.1}, "bad_number"),
        ({"profile": "sauna"}, "unknown_profile"),
        ({"colour": 1}, "unknown_field"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(BadSettings) as raised:
        changed(Settings(), **changes)
    assert raised.value.key == key


def test_a_difference_names_what_was_and_what_is() -> None:
    old, new = profiles.difference(Settings(high=8.0), PROFILES[Profile.OFF])
    assert old == {"profile": "custom", "high": 8.0}
    assert new == {"profile": "off", "high": None}
