"""Limits, delays, latch, acknowledge, shelve: each rule by itself."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from chamber_agent.chamber import alarm as alarms
from chamber_agent.chamber.alarm import Alarm
from chamber_agent.chamber.analysis.conditions import AT_REST, Condition, Stage
from chamber_agent.chamber.analysis.deeds import Act, Deed, Signature
from chamber_agent.chamber.analysis.findings import Happened, Occurrence
from chamber_agent.chamber.analysis.profiles import PROFILES
from chamber_agent.chamber.analysis.settings import LONGEST_SHELF, OFF, Profile, Settings

MINUTE, HOUR = 60.0, 3600.0
Values = Iterable[tuple[float, float | None]]


def run(alarm: Alarm, values: Values) -> tuple[Alarm, tuple[Occurrence, ...]]:
    occurred: list[Occurrence] = []
    for at, value in values:
        alarm, more = alarms.judge(alarm, at, value)
        occurred += more
    return alarm, tuple(occurred)


def words(occurred: Iterable[Occurrence]) -> list[str]:
    return [one.happened.value for one in occurred]


def steady(
    start: float, end: float, value: float, step: float = MINUTE
) -> list[tuple[float, float]]:
    return [(start + step * index, value) for index in range(int((end - start) / step) + 1)]


def only(condition: Condition) -> Alarm:
    """An alarm of one condition."""
    return Alarm(conditions=(condition,), standings=(AT_REST,))


def deed(act: Act, at: float, **new: object) -> Deed:
    return Deed(act=act, at=at, by=Signature("id", "Ada"), new=new, why="checked")


def test_a_limit_without_delay_alarms_at_the_first_value_beyond_and_ends_below_the_deadband() -> (
    None
):
    alarm, occurred = run(
        alarms.begin(Settings(high=8.0)), [(0, 8.0), (10, 8.1), (20, 7.9), (30, 7.8)]
    )
    assert [(one.happened, one.at) for one in occurred] == [
        (Happened.EXCURSION_STARTED, 10),
        (Happened.EXCURSION_ENDED, 30),
    ]
    assert not alarm.excursion
    assert alarm.last_excursion is not None
    assert alarm.last_excursion.peak == 8.1


def test_nothing_is_judged_without_a_profile() -> None:
    alarm, occurred = run(alarms.begin(OFF), [(0, 1000.0), (10, -200.0)])
    assert (occurred, alarm.excursion, alarm.quiet) == ((), False, True)


def test_an_unknown_value_changes_nothing() -> None:
    alarm = alarms.begin(Settings(high=8.0))
    assert alarms.judge(alarm, 0.0, None) == (alarm, ())
    alarm, _ = alarms.judge(alarm, 1.0, 9.0)
    assert alarms.judge(alarm, 2.0, None) == (alarm, ())


def test_a_delay_is_over_when_it_was_due_not_when_the_next_value_came() -> None:
    alarm = alarms.begin(Settings(high=8.0, delay_high=100.0))
    alarm, occurred = run(alarm, [(0, 9.0), (60, 9.0)])
    assert (occurred, alarm.pending_until) == ((), 100.0)
    alarm, occurred = run(alarm, [(120, 9.0)])
    assert (words(occurred), occurred[0].at, alarm.pending_until) == (
        ["excursion_started"],
        100.0,
        None,
    )


def test_a_good_value_starts_a_delay_in_one_piece_anew() -> None:
    alarm = alarms.begin(Settings(high=8.0, delay_high=100.0))
    _alarm, occurred = run(alarm, [(0, 9.0), (90, 9.0), (95, 8.0), (100, 9.0), (190, 9.0)])
    assert occurred == ()


def test_a_gap_between_two_values_beyond_does_not_end_the_delay_but_counts_nowhere() -> None:
    alarm, occurred = run(
        alarms.begin(Settings(high=8.0, delay_high=HOUR)), [(0, 9.0), (60, 9.0), (4000, 9.0)]
    )
    assert words(occurred) == ["excursion_started"]
    assert alarm.last_excursion is not None
    assert (alarm.last_excursion.out, alarm.last_excursion.degree_minutes) == (60.0, 1.0)


def test_a_cumulative_delay_adds_up() -> None:
    settings = Settings(high=8.0, delay_high=100.0, cumulative=True)
    pieces = [(0, 9.0), (60, 9.0), (70, 5.0), (1000, 5.0), (1010, 9.0), (1030, 9.0)]
    _alarm, occurred = run(alarms.begin(settings), pieces)
    assert words(occurred) == []
    _alarm, occurred = run(_alarm, [(1040, 9.0)])
    assert words(occurred) == ["excursion_started"]


def test_an_off_delay_keeps_the_excursion_until_it_is_over_for_good() -> None:
    alarm = alarms.begin(Settings(high=8.0, off_delay=60.0))
    alarm, occurred = run(alarm, [(0, 9.0), (10, 5.0), (40, 9.0), (50, 5.0), (100, 5.0)])
    assert (words(occurred), alarm.excursion) == (["excursion_started"], True)
    alarm, occurred = run(alarm, [(110, 5.0)])
    assert (words(occurred), alarm.excursion) == (["excursion_ended"], False)


def test_a_latched_excursion_stays_until_somebody_acknowledges_it() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, latch=True)), [(0, 9.0), (10, 5.0), (1000, 5.0)])
    assert (alarm.excursion, alarm.unacknowledged) == (True, True)
    alarm, occurred = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 1001.0))
    assert (words(occurred), alarm.excursion, alarm.quiet) == (["acknowledged"], False, True)
    assert alarm.last_excursion is not None
    assert (alarm.last_excursion.acknowledged_by, alarm.last_excursion.comment) == (
        "Ada",
        "checked",
    )
    assert alarm.last_excursion.ended == 10


def test_an_acknowledged_excursion_ends_by_itself() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, latch=True)), [(0, 9.0)])
    alarm, _ = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 5.0))
    assert (alarm.excursion, alarm.unacknowledged) == (True, False)
    alarm, occurred = run(alarm, [(10, 5.0)])
    assert (words(occurred), alarm.excursion) == (["excursion_ended"], False)
    assert alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 11.0)) == (alarm, ())


def test_a_latched_excursion_can_start_again() -> None:
    alarm, occurred = run(
        alarms.begin(Settings(high=8.0, latch=True)), [(0, 9.0), (10, 5.0), (20, 9.5)]
    )
    assert words(occurred) == ["excursion_started", "excursion_ended", "excursion_started"]
    assert alarm.standings[0].stage is Stage.ACTIVE


@pytest.mark.parametrize("latch", [True, False])
def test_after_an_excursion_the_delay_starts_anew(latch: bool) -> None:
    alarm = alarms.begin(Settings(high=8.0, delay_high=100.0, latch=latch))
    alarm, _ = run(alarm, [(1, 9.0), (101, 9.0), (110, 5.0)])
    _alarm, occurred = run(alarm, [(120, 9.0), (210, 9.0), (215, 5.0), (220, 9.0), (310, 9.0)])
    assert occurred == ()
    _alarm, occurred = run(_alarm, [(325, 9.0)])
    assert [(one.happened, one.at) for one in occurred] == [(Happened.EXCURSION_STARTED, 320.0)]


def test_who_acknowledged_is_reminded_while_it_goes_on() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, realarm=600.0)), [(0, 9.0)])
    alarm, _ = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 5.0))
    alarm, occurred = alarms.advance(alarm, 604.0)
    assert occurred == ()
    alarm, occurred = run(alarm, [(700, 9.0)])
    assert [(one.happened, one.at) for one in occurred] == [(Happened.REALARMED, 605.0)]
    assert alarm.unacknowledged


def test_a_shelf_silences_and_says_at_its_end_what_is_still_unacknowledged() -> None:
    alarm, occurred = alarms.perform(
        alarms.begin(Settings(high=8.0)), deed(Act.SHELVE, 0.0, until=100.0)
    )
    assert words(occurred) == ["shelved"]
    alarm, occurred = run(alarm, [(10, 9.0)])
    assert ([(one.happened, one.silent) for one in occurred], alarm.excursion) == (
        [(Happened.EXCURSION_STARTED, True)],
        True,
    )
    alarm, occurred = alarms.advance(alarm, 500.0)
    assert [(one.happened, one.at, one.silent) for one in occurred] == [
        (Happened.UNSHELVED, 100.0, False),
        (Happened.EXCURSION_STARTED, 100.0, False),
    ]
    assert occurred[-1].details["shelved"] is True


def test_a_shelf_is_bounded_and_can_be_left_early() -> None:
    alarm, _ = alarms.perform(alarms.begin(Settings(high=8.0)), deed(Act.SHELVE, 0.0, until=1e9))
    assert alarm.shelved_until == LONGEST_SHELF
    alarm, occurred = alarms.perform(alarm, deed(Act.UNSHELVE, 5.0))
    assert (words(occurred), alarm.shelved_until) == (["unshelved"], None)
    assert alarms.perform(alarm, deed(Act.UNSHELVE, 6.0))[1] == ()


def test_loss_of_data_is_an_alarm_of_its_own_said_once() -> None:
    alarm = alarms.begin(OFF)
    alarm, occurred = alarms.perform(alarm, deed(Act.LOST, 5.0))
    assert ([(one.happened, one.what) for one in occurred], alarm.lost) == (
        [(Happened.LOST, "data")],
        True,
    )
    assert alarms.perform(alarm, deed(Act.LOST, 6.0))[1] == ()
    alarm, occurred = alarms.perform(alarm, deed(Act.RECOVERED, 7.0))
    assert (words(occurred), alarm.lost) == (["recovered"], False)


def test_other_settings_end_an_excursion_that_they_do_not_know_and_keep_what_stays() -> None:
    alarm, _ = run(alarms.begin(Settings(low=2.0, high=8.0)), [(0, 9.0)])
    kept, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 5.0, low=1.0))
    assert (occurred, kept.excursion) == ((), True)
    alarm, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 5.0, high=20.0, profile="custom"))
    assert (words(occurred), alarm.excursion) == (["excursion_ended"], False)
    assert alarm.last_excursion is not None
    assert alarm.last_excursion.ended == 5.0


def test_an_early_warning_comes_and_goes_without_anybody() -> None:
    settings = replace(PROFILES[Profile.VACCINE], latch=True)
    alarm, occurred = run(alarms.begin(settings), steady(0, 40 * MINUTE, 9.0))
    assert (words(occurred), alarm.warning, alarm.excursion) == (["warning_started"], True, False)
    assert alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 41 * MINUTE))[1] == ()
    alarm, occurred = run(alarm, [(42 * MINUTE, 5.0)])
    assert (words(occurred), alarm.warning) == (["warning_ended"], False)


def test_time_that_runs_backwards_is_no_time() -> None:
    alarm, occurred = run(
        alarms.begin(Settings(high=8.0, delay_high=100.0)), [(1000, 9.0), (500, 9.0), (599, 9.0)]
    )
    assert occurred == ()
    assert alarm.standings[0].out >= 0


# Published vectors (docs/alarms.md names the sources)


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
