"""An alarm under other settings: what goes on, what ends, what starts anew."""

from typing import Any

import pytest

from chamber.watching import deed, run, words
from chamber_agent.chamber import alarm as alarms
from chamber_agent.chamber.alarm import Alarm
from chamber_agent.chamber.analysis.deeds import Act
from chamber_agent.chamber.analysis.findings import Happened
from chamber_agent.chamber.analysis.profiles import difference
from chamber_agent.chamber.analysis.settings import OFF, Settings


def difference_to_off(alarm: Alarm) -> dict[str, Any]:
    return difference(alarm.settings, OFF)[1]


def test_other_settings_end_an_excursion_that_they_do_not_know_and_keep_what_stays() -> None:
    alarm, _ = run(alarms.begin(Settings(low=2.0, high=8.0)), [(0, 9.0)])
    kept, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 5.0, low=1.0))
    assert (occurred, kept.excursion) == ((), True)
    alarm, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 5.0, high=20.0, profile="custom"))
    assert (words(occurred), alarm.excursion) == (["excursion_ended"], False)
    assert alarm.last_excursion is not None
    assert alarm.last_excursion.ended == 5.0


@pytest.mark.parametrize(
    "new",
    [{"latch": True}, {"realarm": 60.0}, {"deadband": 0.5}, {"low": 2.0}, {"off_delay": 9.0}],
)
def test_other_settings_of_the_same_limit_do_not_start_its_delay_anew(new: dict[str, Any]) -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, delay_high=100.0)), [(0, 9.0), (60, 9.0)])
    alarm, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 61.0, **new))
    assert (occurred, alarm.pending_until) == ((), 100.0)
    _alarm, occurred = run(alarm, [(110, 9.0)])
    assert [(one.happened, one.at) for one in occurred] == [(Happened.EXCURSION_STARTED, 100.0)]


def test_a_shorter_delay_counts_what_has_run() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, delay_high=100.0)), [(0, 9.0), (60, 9.0)])
    alarm, _ = alarms.perform(alarm, deed(Act.SETTINGS, 61.0, delay_high=30.0))
    _alarm, occurred = run(alarm, [(70, 9.0)])
    assert [(one.happened, one.at) for one in occurred] == [(Happened.EXCURSION_STARTED, 60.0)]


def test_another_limit_starts_its_delay_anew() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, delay_high=100.0)), [(0, 9.0), (60, 9.0)])
    alarm, _ = alarms.perform(alarm, deed(Act.SETTINGS, 61.0, high=8.5))
    _alarm, occurred = run(alarm, [(70, 9.0), (169, 9.0)])
    assert occurred == ()
    _alarm, occurred = run(_alarm, [(170, 9.0)])
    assert words(occurred) == ["excursion_started"]


def test_an_acknowledged_excursion_stays_so_under_another_delay() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0)), [(0, 9.0)])
    alarm, _ = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 5.0))
    alarm, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 6.0, delay_high=60.0))
    assert (occurred, alarm.excursion, alarm.unacknowledged) == ((), True, False)


def test_a_reminder_asked_for_late_is_dated_when_it_was_asked_for() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0)), [(0, 9.0)])
    alarm, _ = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 5.0))
    alarm, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 1000.0, realarm=60.0))
    assert [(one.happened, one.at) for one in occurred] == [(Happened.REALARMED, 1000.0)]
    assert alarm.unacknowledged


def test_a_limit_taken_away_takes_its_excursion_along_and_no_other() -> None:
    alarm, _ = run(
        alarms.begin(Settings(low=2.0, high=8.0, latch=True)), [(0, 9.0), (10, 5.0), (20, 1.0)]
    )
    without_high, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 30.0, high=None))
    assert (occurred, without_high.excursion) == ((), True)
    assert without_high.last_excursion is not None
    assert (without_high.last_excursion.what, without_high.last_excursion.ended) == ("low", None)
    neither, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 30.0, **difference_to_off(alarm)))
    assert [(one.happened, one.what, one.at) for one in occurred] == [
        (Happened.EXCURSION_ENDED, "low", 30.0)
    ]
    assert neither.quiet
    assert neither.last_excursion is not None
    assert (neither.last_excursion.what, neither.last_excursion.stage) == ("low", "normal")
    assert neither.last_excursion.ended == 30.0


def test_a_latched_excursion_whose_limit_is_taken_away_is_not_returned_for_ever() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, latch=True)), [(0, 9.0), (10, 5.0)])
    alarm, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 30.0, high=None))
    assert (occurred, alarm.excursion) == ((), False)
    assert alarm.last_excursion is not None
    assert (alarm.last_excursion.stage, alarm.last_excursion.ended) == ("normal", 10)


def test_the_end_of_an_early_warning_by_other_settings_is_no_end_of_the_excursion() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, warning=0.0)), [(0, 9.0)])
    alarm, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 5.0, warning=None))
    assert [one.happened for one in occurred] == [Happened.WARNING_ENDED]
    assert alarm.ended is None
    assert alarm.excursion


def test_a_delay_that_added_up_starts_anew_where_it_is_asked_for_in_one_piece() -> None:
    settings = Settings(high=8.0, delay_high=100.0, cumulative=True)
    alarm, _ = run(alarms.begin(settings), [(0, 9.0), (60, 5.0), (500, 9.0)])
    assert alarm.pending_until == 540.0
    alarm, _ = alarms.perform(alarm, deed(Act.SETTINGS, 501.0, cumulative=False))
    alarm, occurred = run(alarm, [(510, 9.0), (609, 9.0)])
    assert (occurred, alarm.pending_until) == ((), 610.0)


def test_an_excursion_goes_on_whether_its_delay_adds_up_or_not() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, cumulative=True)), [(0, 9.0)])
    alarm, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 5.0, cumulative=False))
    assert (occurred, alarm.excursion) == ((), True)


def test_a_latched_excursion_is_acknowledged_under_other_settings_too() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0, latch=True)), [(0, 9.0), (10, 5.0)])
    alarm, _ = alarms.perform(alarm, deed(Act.SETTINGS, 20.0, delay_high=60.0))
    assert alarm.unacknowledged
    alarm, occurred = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 30.0))
    assert (words(occurred), alarm.quiet) == (["acknowledged"], True)
    assert alarm.last_excursion is not None
    assert alarm.last_excursion.acknowledged_by == "Ada"
