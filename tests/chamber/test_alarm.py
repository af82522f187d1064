"""Limits, delays, latch, acknowledge, shelve: each rule by itself."""

import json
import math
from dataclasses import replace

import pytest

from chamber.watching import HOUR, MINUTE, deed, run, steady, words
from chamber_agent.chamber import alarm as alarms
from chamber_agent.chamber.analysis.conditions import TRANSITIONS, Input, Stage
from chamber_agent.chamber.analysis.deeds import Act
from chamber_agent.chamber.analysis.findings import Happened
from chamber_agent.chamber.analysis.profiles import PROFILES
from chamber_agent.chamber.analysis.settings import LONGEST_SHELF, OFF, Profile, Settings


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


def test_an_early_warning_comes_and_goes_without_anybody() -> None:
    settings = replace(PROFILES[Profile.VACCINE], latch=True)
    alarm, occurred = run(alarms.begin(settings), steady(0, 40 * MINUTE, 9.0))
    assert (words(occurred), alarm.warning, alarm.excursion) == (["warning_started"], True, False)
    assert not alarm.unacknowledged
    assert alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 41 * MINUTE))[1] == ()
    alarm, occurred = run(alarm, [(42 * MINUTE, 5.0)])
    assert (words(occurred), alarm.warning) == (["warning_ended"], False)


def test_time_that_runs_backwards_is_no_time() -> None:
    alarm, occurred = run(
        alarms.begin(Settings(high=8.0, delay_high=100.0)), [(1000, 9.0), (500, 9.0), (599, 9.0)]
    )
    assert occurred == ()
    assert alarm.standings[0].out >= 0


def test_a_clock_that_is_set_back_does_not_put_the_alarm_off() -> None:
    """Ahead by a year and set right, the delay must not wait for that year to come again."""
    alarm = alarms.begin(Settings(high=8.0, delay_high=100.0))
    alarm, _ = run(alarm, [(3e7, 9.0), (3e7 + 60, 9.0)])
    alarm, occurred = run(alarm, [(0, 9.0), (39, 9.0)])
    assert (occurred, alarm.pending_until) == ((), 40.0)
    alarm, occurred = run(alarm, [(50, 9.0)])
    assert [(one.happened, one.at) for one in occurred] == [(Happened.EXCURSION_STARTED, 40.0)]


def test_a_clock_that_is_set_back_does_not_keep_an_excursion_from_ending() -> None:
    alarm = alarms.begin(Settings(high=8.0, off_delay=100.0))
    alarm, _ = run(alarm, [(3e7, 9.0), (3e7 + 10, 5.0), (3e7 + 70, 5.0)])
    alarm, occurred = run(alarm, [(0, 5.0), (39, 5.0)])
    assert occurred == ()
    alarm, occurred = run(alarm, [(40, 5.0)])
    assert [(one.happened, one.at) for one in occurred] == [(Happened.EXCURSION_ENDED, 40.0)]
    assert alarm.last_excursion is not None
    assert alarm.last_excursion.since <= 40.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_changes_nothing(value: float) -> None:
    alarm = alarms.begin(Settings(high=8.0, low=2.0, delay_high=100.0))
    assert alarms.judge(alarm, 0.0, value) == (alarm, ())
    alarm, _ = alarms.judge(alarm, 1.0, 9.0)
    assert alarms.judge(alarm, 50.0, value) == (alarm, ())


@pytest.mark.parametrize("tenths", range(-900, 500, 7))
def test_the_end_of_the_deadband_is_met_in_decimals(tenths: int) -> None:
    limit, back = tenths / 10, (tenths - 2) / 10
    _alarm, occurred = run(alarms.begin(Settings(high=limit)), [(0, limit + 1), (10, back)])
    assert words(occurred) == ["excursion_started", "excursion_ended"]


def test_without_a_deadband_the_limit_itself_is_back_unless_it_counts_as_beyond() -> None:
    settings = Settings(low=5.0, high=8.0, freeze=-0.5, deadband=0.0)
    _alarm, occurred = run(
        alarms.begin(settings), [(0, 9.0), (10, 8.0), (20, -0.6), (30, -0.5), (40, -0.4)]
    )
    assert [(one.happened.value, one.what, one.at) for one in occurred] == [
        ("excursion_started", "high", 0),
        ("excursion_ended", "high", 10),
        ("excursion_started", "freeze", 20),
        ("excursion_ended", "freeze", 40),
    ]


def test_acknowledging_what_is_over_does_not_stop_the_delay_that_runs() -> None:
    alarm = alarms.begin(Settings(high=8.0, delay_high=100.0, latch=True))
    alarm, _ = run(alarm, [(0, 9.0), (100, 9.0), (110, 5.0), (200, 9.0), (260, 9.0)])
    assert alarm.pending_until == 300.0
    alarm, occurred = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 270.0))
    assert (words(occurred), alarm.excursion) == (["acknowledged"], False)
    assert alarm.pending_until == 300.0
    _alarm, occurred = run(alarm, [(320, 9.0)])
    assert [(one.happened, one.at) for one in occurred] == [(Happened.EXCURSION_STARTED, 300.0)]


def test_what_began_and_returned_on_the_shelf_is_said_at_its_end_while_it_is_latched() -> None:
    alarm, _ = alarms.perform(
        alarms.begin(Settings(high=8.0, latch=True)), deed(Act.SHELVE, 0.0, until=100.0)
    )
    alarm, occurred = run(alarm, [(10, 9.0), (20, 5.0)])
    assert [one.silent for one in occurred] == [True, True]
    alarm, occurred = alarms.advance(alarm, 100.0)
    assert words(occurred) == ["unshelved", "excursion_started"]
    assert occurred[1].details["shelved"] is True
    assert occurred[1].details["since"] == 10
    assert occurred[1].details["ended"] == 20
    assert not occurred[1].silent


def test_data_lost_on_the_shelf_is_said_at_its_end_if_it_is_still_lost() -> None:
    alarm, _ = alarms.perform(alarms.begin(OFF), deed(Act.SHELVE, 0.0, until=100.0))
    alarm, occurred = alarms.perform(alarm, deed(Act.LOST, 10.0))
    assert [one.silent for one in occurred] == [True]
    _again, occurred = alarms.advance(alarm, 100.0)
    assert [(one.happened, one.at, one.silent) for one in occurred] == [
        (Happened.UNSHELVED, 100.0, False),
        (Happened.LOST, 100.0, False),
    ]
    alarm, _ = alarms.perform(alarm, deed(Act.RECOVERED, 20.0))
    assert words(alarms.advance(alarm, 100.0)[1]) == ["unshelved"]


def test_a_cumulative_delay_that_ends_within_the_last_step_beyond_alarms_then() -> None:
    settings = Settings(high=8.0, delay_high=100.0, cumulative=True)
    alarm, occurred = run(alarms.begin(settings), [(0, 9.0), (60, 9.0), (120, 5.0), (180, 5.0)])
    assert [(one.happened, one.at) for one in occurred] == [
        (Happened.EXCURSION_STARTED, 100.0),
        (Happened.EXCURSION_ENDED, 180.0),
    ]
    assert alarm.quiet


def test_a_cumulative_delay_shows_no_end_while_it_stands_still() -> None:
    settings = Settings(high=8.0, delay_high=100.0, cumulative=True)
    alarm, _ = run(alarms.begin(settings), [(0, 9.0), (60, 9.0)])
    assert alarm.pending_until == 100.0
    alarm, _ = run(alarm, [(70, 5.0), (500, 5.0)])
    assert alarm.pending_until is None
    alarm, _ = run(alarm, [(600, 9.0)])
    assert alarm.pending_until == 630.0


def test_a_cumulative_delay_adds_up_after_a_latched_return_too() -> None:
    settings = Settings(high=8.0, delay_high=100.0, cumulative=True, latch=True)
    alarm, occurred = run(
        alarms.begin(settings), [(0, 9.0), (100, 9.0), (110, 5.0), (120, 9.0), (180, 5.0)]
    )
    assert words(occurred) == ["excursion_started", "excursion_ended"]
    alarm, _ = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 190.0))
    _alarm, occurred = run(alarm, [(200, 9.0), (250, 9.0)])
    assert [(one.happened, one.at) for one in occurred] == [(Happened.EXCURSION_STARTED, 240.0)]


def test_an_acknowledgement_is_signed_on_the_excursion_it_meant() -> None:
    alarm, _ = run(
        alarms.begin(Settings(low=2.0, high=8.0, latch=True)), [(0, 9.0), (10, 5.0), (20, 1.0)]
    )
    alarm, occurred = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 30.0))
    assert [one.what for one in occurred] == ["high", "low"]
    assert occurred[0].details == {"by": "Ada", "comment": "checked", "since": 0}
    assert alarm.last_excursion is not None
    assert (alarm.last_excursion.what, alarm.last_excursion.stage) == ("low", "acknowledged")


def test_of_two_latched_excursions_the_one_that_ended_last_stays_the_last() -> None:
    alarm, _ = run(
        alarms.begin(Settings(low=2.0, high=8.0, latch=True)),
        [(0, 1.0), (10, 5.0), (20, 9.0), (30, 5.0)],
    )
    alarm, occurred = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 40.0))
    assert {one.what: one.details["since"] for one in occurred} == {"low": 0, "high": 20}
    assert alarm.last_excursion is not None
    assert (alarm.last_excursion.what, alarm.last_excursion.acknowledged_by) == ("high", "Ada")


def test_what_starts_again_after_a_latched_return_is_told_of_itself() -> None:
    alarm, occurred = run(
        alarms.begin(Settings(high=8.0, latch=True)), [(0, 9.0), (10, 5.0), (20, 9.5), (30, 5.0)]
    )
    assert [one.details["since"] for one in occurred] == [0, 0, 20, 20]
    _alarm, occurred = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 40.0))
    assert [one.details["since"] for one in occurred] == [20]


def test_what_is_latched_outlives_a_restart() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, latch=True)), [(0, 9.0), (10, 5.0), (20, 5.0)])
    again = alarms.restored(json.loads(json.dumps(alarms.snapshot(alarm))))
    assert again == alarm
    assert alarms.perform(again, deed(Act.ACKNOWLEDGE, 30.0)) == alarms.perform(
        alarm, deed(Act.ACKNOWLEDGE, 30.0)
    )


def test_an_act_that_is_not_for_alarms_changes_nothing() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0)), [(0, 9.0)])
    assert alarms.perform(alarm, deed(Act.RESET_EXTREMES, 5.0)) == (alarm, ())


def test_the_table_has_a_move_for_every_stage_and_no_warning_of_its_own() -> None:
    assert {stage for stage, _given in TRANSITIONS} == set(Stage)
    assert {to for to, _happened in TRANSITIONS.values()} == set(Stage)
    assert {given for _stage, given in TRANSITIONS} == set(Input)
