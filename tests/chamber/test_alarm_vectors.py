"""The alarm by published vectors: WHO PQS E006/TR06 loggers, and shipping indicators."""

import pytest

from chamber.watching import HOUR, MINUTE, run, steady, words
from chamber_agent.chamber import alarm as alarms
from chamber_agent.chamber.alarm import Alarm
from chamber_agent.chamber.analysis.conditions import AT_REST, Condition
from chamber_agent.chamber.analysis.findings import Happened
from chamber_agent.chamber.analysis.profiles import PROFILES
from chamber_agent.chamber.analysis.settings import Profile


def only(condition: Condition) -> Alarm:
    """An alarm of one condition."""
    return Alarm(conditions=(condition,), standings=(AT_REST,))


def test_who_thirty_day_loggers_alarm_high_after_ten_hours_in_one_piece() -> None:
    alarm = alarms.begin(PROFILES[Profile.VACCINE])
    alarm, occurred = run(alarm, steady(0, 10 * HOUR - MINUTE, 8.1))
    assert words(occurred) == ["warning_started"]
    alarm, occurred = run(alarm, [(10 * HOUR, 8.1)])
    assert [(one.happened, one.what, one.at) for one in occurred] == [
        (Happened.EXCURSION_STARTED, "high", 10 * HOUR)
    ]


def test_exactly_eight_degrees_is_no_violation() -> None:
    _alarm, occurred = run(alarms.begin(PROFILES[Profile.VACCINE]), steady(0, 24 * HOUR, 8.0))
    assert occurred == ()


def test_who_thirty_day_loggers_alarm_at_half_a_degree_below_zero_after_an_hour() -> None:
    _alarm, occurred = run(alarms.begin(PROFILES[Profile.VACCINE]), steady(0, HOUR, -0.5))
    assert [(one.happened, one.what) for one in occurred if one.what == "freeze"] == [
        (Happened.EXCURSION_STARTED, "freeze")
    ]


def test_several_dips_of_three_and_a_half_hours_in_all_do_not_alarm() -> None:
    values = []
    for dip in range(5):
        start = dip * 2 * HOUR
        values += steady(start, start + 42 * MINUTE, -0.6)
        values += steady(start + 43 * MINUTE, start + 2 * HOUR - MINUTE, 4.0)
    _alarm, occurred = run(alarms.begin(PROFILES[Profile.VACCINE]), values)
    assert "excursion_started" not in words(occurred)


@pytest.mark.parametrize(("value", "alarms_then"), [(45.0, True), (44.9, False)])
def test_shipping_indicators_count_the_threshold_itself(value: float, alarms_then: bool) -> None:
    condition = Condition(key="high", limit=45.0, above=True, inclusive=True, delay=HOUR)
    _alarm, occurred = run(only(condition), steady(0, HOUR, value))
    assert (words(occurred) == ["excursion_started"]) is alarms_then


@pytest.mark.parametrize(("value", "alarms_then"), [(30.0, True), (29.9, False)])
def test_shipping_indicators_add_ten_hours_at_thirty_degrees_up(
    value: float, alarms_then: bool
) -> None:
    condition = Condition(
        key="high", limit=30.0, above=True, inclusive=True, delay=10 * HOUR, cumulative=True
    )
    values = [
        one
        for day in range(5)
        for one in (
            *steady(day * 24 * HOUR, day * 24 * HOUR + 2.5 * HOUR, value),
            *steady(day * 24 * HOUR + 3 * HOUR, (day + 1) * 24 * HOUR - HOUR, 20.0),
        )
    ]
    _alarm, occurred = run(only(condition), values)
    assert ("excursion_started" in words(occurred)) is alarms_then
