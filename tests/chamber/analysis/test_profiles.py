"""The settings of the profiles, and what may be changed in them."""

import math
from dataclasses import replace
from typing import Any

import pytest

from chamber_agent.chamber.analysis import profiles
from chamber_agent.chamber.analysis.profiles import PROFILES, BadSettings, changed
from chamber_agent.chamber.analysis.settings import OFF, Profile, Settings
from chamber_agent.chamber.model import ABSOLUTE_ZERO, HOTTEST


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


WEEK = 7 * 24 * 3600.0
REFUSED: list[tuple[dict[str, Any], str, dict[str, str]]] = [
    ({"low": 8.0, "high": 8.0}, "limits_crossed", {"low": "8", "high": "8"}),
    ({"delay_low": -1.0}, "negative_delay", {"field": "delay_low", "value": "-1"}),
    (
        {"delay_high": 1e9},
        "too_long",
        {"field": "delay_high", "value": "1e+09", "most": f"{WEEK:g}"},
    ),
    (
        {"time_constant": 1201.0},
        "too_long",
        {"field": "time_constant", "value": "1201", "most": "1200"},
    ),
    ({"high": math.nan}, "bad_number", {"field": "high", "value": "nan"}),
    ({"freeze": 1e9}, "bad_number", {"field": "freeze", "value": "1000000000.0"}),
    ({"off_delay": math.inf}, "bad_number", {"field": "off_delay", "value": "inf"}),
    ({"deadband": -0.1}, "bad_number", {"field": "deadband", "value": "-0.1"}),
    ({"deadband": math.inf}, "bad_number", {"field": "deadband", "value": "inf"}),
    ({"profile": "sauna"}, "unknown_profile", {"profile": "'sauna' is not a valid Profile"}),
    ({"colour": 1, "sound": 2}, "unknown_field", {"field": "colour"}),
]


@pytest.mark.parametrize(("changes", "key", "placeholders"), REFUSED)
def test_what_cannot_be_is_refused_with_what_a_translation_needs(
    changes: dict[str, Any], key: str, placeholders: dict[str, str]
) -> None:
    with pytest.raises(BadSettings, match=key) as raised:
        changed(Settings(), **changes)
    assert (raised.value.key, raised.value.placeholders) == (key, placeholders)


@pytest.mark.parametrize(
    "changes",
    [
        {"low": ABSOLUTE_ZERO, "high": HOTTEST},
        {"delay_low": 0.0, "delay_high": WEEK, "realarm": WEEK},
        {"time_constant": 1200.0},
        {"deadband": 0.0},
    ],
    ids=["temperatures", "delays", "the vial", "no deadband"],
)
def test_the_utmost_is_taken(changes: dict[str, Any]) -> None:
    assert changed(Settings(), **changes) == replace(Settings(), **changes)


def test_a_difference_names_what_was_and_what_is() -> None:
    old, new = profiles.difference(Settings(high=8.0), PROFILES[Profile.OFF])
    assert old == {"profile": "custom", "high": 8.0}
    assert new == {"profile": "off", "high": None}
    assert type(old["profile"]) is type(new["profile"]) is str
