"""What an alarm says of itself: of what, dated when, signed by whom, in which order, and after a restart."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chamber.watching import deed, run, words
from chamber_agent.chamber import alarm as alarms
from chamber_agent.chamber.alarm import Alarm
from chamber_agent.chamber.analysis.conditions import Stage
from chamber_agent.chamber.analysis.deeds import Act, Signature
from chamber_agent.chamber.analysis.findings import Happened, Loss, Occurrence
from chamber_agent.chamber.analysis.settings import OFF, Profile, Settings

SIGNED = {"by": "Ada", "comment": "checked"}


def shelved(settings: Settings, until: float = 100.0) -> Alarm:
    """An alarm that was silenced at 0."""
    alarm, _ = alarms.perform(alarms.begin(settings), deed(Act.SHELVE, 0.0, until=until))
    return alarm


def acknowledged(settings: Settings) -> Alarm:
    """An alarm whose high excursion began at 0 and was acknowledged at 5."""
    alarm, _ = run(alarms.begin(settings), [(0, 9.0)])
    return alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 5.0))[0]


def restarted(alarm: Alarm) -> Alarm:
    """The same alarm, after it was written down and read again."""
    return alarms.restored(json.loads(json.dumps(alarms.snapshot(alarm))))


class TestAShelf:
    def test_is_told_with_its_end_and_who_asked_for_it(self) -> None:
        _alarm, occurred = alarms.perform(
            alarms.begin(Settings(high=8.0)), deed(Act.SHELVE, 7.0, until=100.0)
        )
        assert occurred == (Occurrence(Happened.SHELVED, 7.0, "alarm", {**SIGNED, "until": 100.0}),)

    def test_ends_with_a_good_value_as_well(self) -> None:
        """Else a chamber that does well would stay silenced for ever."""
        alarm, occurred = run(shelved(Settings(high=8.0)), [(50, 5.0), (150, 5.0)])
        assert occurred == (Occurrence(Happened.UNSHELVED, 100.0, "alarm"),)
        assert alarm.shelved_until is None
        assert not run(alarm, [(160, 9.0)])[1][0].silent

    def test_that_is_left_early_is_over_when_it_was_left(self) -> None:
        alarm, occurred = alarms.perform(shelved(OFF), deed(Act.UNSHELVE, 20.0))
        assert occurred == (Occurrence(Happened.UNSHELVED, 20.0, "alarm"),)
        assert alarm.shelved_until is None

    def test_says_at_its_end_which_excursion_goes_on(self) -> None:
        alarm, _ = run(shelved(Settings(high=8.0)), [(10, 9.0)])
        _alarm, occurred = alarms.advance(alarm, 100.0)
        assert [(one.happened, one.what) for one in occurred] == [
            (Happened.UNSHELVED, "alarm"),
            (Happened.EXCURSION_STARTED, "high"),
        ]

    def test_says_at_its_end_that_data_is_lost_and_why_only_now(self) -> None:
        alarm, _ = alarms.perform(shelved(OFF), deed(Act.LOST, 10.0, since=2.0))
        _alarm, occurred = alarms.advance(alarm, 100.0)
        told = {"since": 2.0, "shelved": True}
        assert occurred[1:] == (Occurrence(Happened.LOST, 100.0, "data", told),)

    def test_outlives_a_restart(self) -> None:
        alarm = restarted(shelved(Settings(high=8.0)))
        assert alarm.shelved_until == 100.0
        assert [one.silent for one in run(alarm, [(10, 9.0)])[1]] == [True]


class TestWhatFallsDue:
    def test_is_told_in_its_order_however_late(self) -> None:
        alarm = acknowledged(Settings(high=8.0, realarm=600.0))
        alarm, _ = alarms.perform(alarm, deed(Act.SHELVE, 10.0, until=100.0))
        _alarm, occurred = alarms.advance(alarm, 1000.0)
        assert [(one.happened, one.at, one.silent) for one in occurred] == [
            (Happened.UNSHELVED, 100.0, False),
            (Happened.REALARMED, 605.0, False),
        ]

    def test_of_two_reminders_the_earlier_is_told_first(self) -> None:
        settings = Settings(low=2.0, high=8.0, realarm=600.0, off_delay=1e6)
        alarm, _ = run(alarms.begin(settings), [(0, 1.0)])
        alarm, _ = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 5.0))
        alarm, _ = run(alarm, [(10, 9.0)])
        alarm, _ = alarms.perform(alarm, deed(Act.ACKNOWLEDGE, 15.0))
        _alarm, occurred = alarms.advance(alarm, 1000.0)
        assert [(one.what, one.at) for one in occurred] == [("low", 605.0), ("high", 615.0)]

    def test_at_the_end_of_the_shelf_itself_is_said_aloud_then(self) -> None:
        alarm = acknowledged(Settings(high=8.0, realarm=600.0))
        alarm, _ = alarms.perform(alarm, deed(Act.SHELVE, 10.0, until=605.0))
        _alarm, occurred = alarms.advance(alarm, 605.0)
        assert [(one.happened, one.at, one.silent) for one in occurred] == [
            (Happened.REALARMED, 605.0, True),
            (Happened.UNSHELVED, 605.0, False),
            (Happened.EXCURSION_STARTED, 605.0, False),
        ]

    def test_reminds_of_one_bound_and_leaves_the_others_as_they_stand(self) -> None:
        alarm = acknowledged(Settings(low=2.0, high=8.0, realarm=600.0, warning=0.0))
        before = {condition.key: standing for condition, standing in alarm.pairs()}
        alarm, occurred = alarms.advance(alarm, 605.0)
        assert words(occurred) == ["realarmed"]
        after = {condition.key: standing for condition, standing in alarm.pairs()}
        assert after == {**before, "high": replace(before["high"], stage=Stage.ACTIVE)}
        assert [one.what for one in run(alarm, [(610, 1.0)])[1]] == [
            "high",
            "low",
            "warning_high",
            "warning_low",
        ]


def test_a_delay_in_one_piece_is_over_when_it_was_due_however_much_of_it_is_unknown() -> None:
    alarm = alarms.begin(Settings(high=8.0, delay_high=450.0))
    _alarm, occurred = run(alarm, [(0, 9.0), (400, 9.0), (460, 9.0)])
    assert [(one.happened, one.at) for one in occurred] == [(Happened.EXCURSION_STARTED, 450.0)]


def test_the_end_of_an_early_warning_is_no_excursion_that_ended() -> None:
    alarm, occurred = run(
        alarms.begin(Settings(high=8.0, delay_high=1e6, warning=0.0)), [(0, 9.0), (10, 5.0)]
    )
    assert words(occurred) == ["warning_started", "warning_ended"]
    assert alarm.last_excursion is None


@pytest.mark.parametrize(("act", "lost"), [(Act.LOST, False), (Act.RECOVERED, True)])
def test_loss_and_return_of_data_are_dated_when_they_were_noticed(act: Act, lost: bool) -> None:
    alarm = replace(alarms.begin(OFF), loss=Loss(0.0, 1.0) if lost else None)
    assert [(one.at, one.what) for one in alarms.perform(alarm, deed(act, 5.0))[1]] == [
        (5.0, "data")
    ]


def test_an_acknowledgement_is_dated_and_says_for_whom_it_was() -> None:
    alarm, _ = run(alarms.begin(Settings(high=8.0)), [(0, 9.0)])
    by = Signature("id", "tablet", on_behalf_of="Grace")
    alarm, occurred = alarms.perform(alarm, replace(deed(Act.ACKNOWLEDGE, 5.0), by=by))
    assert occurred == (
        Occurrence(
            Happened.ACKNOWLEDGED,
            5.0,
            "high",
            {"by": "tablet", "on_behalf_of": "Grace", "comment": "checked", "since": 0},
        ),
    )
    assert alarm.last_excursion is not None
    assert alarm.last_excursion.acknowledged_by == "Grace"


@pytest.mark.parametrize("act", [Act.LOST, Act.RECOVERED])
def test_whether_data_is_lost_outlives_a_restart(act: Act) -> None:
    alarm, _ = alarms.perform(alarms.begin(OFF), deed(Act.LOST, 5.0))
    alarm, _ = alarms.perform(alarm, deed(act, 6.0))
    assert restarted(alarm).lost is (act is Act.LOST)
    assert alarms.perform(restarted(alarm), deed(act, 7.0))[1] == ()


@pytest.mark.parametrize(("known", "since"), [({"since": 2.0}, 2.0), ({}, 5.0)])
def test_loss_and_return_say_since_when_though_there_was_a_restart_between(
    known: dict[str, float], since: float
) -> None:
    alarm, lost = alarms.perform(alarms.begin(OFF), deed(Act.LOST, 5.0, **known))
    alarm, back = alarms.perform(restarted(alarm), deed(Act.RECOVERED, 65.0))
    assert [one.details for one in (*lost, *back)] == [
        {"since": since},
        {"since": since, "lost_at": 5.0},
    ]
    assert alarm == alarms.begin(OFF)


class TestOtherSettings:
    def test_are_those_in_force(self) -> None:
        alarm, _ = alarms.perform(
            alarms.begin(Settings(high=8.0)), deed(Act.SETTINGS, 5.0, high=9.0, latch=True)
        )
        assert alarm.settings == Settings(high=9.0, latch=True)

    def test_that_switch_the_alarm_off_leave_the_limits_unjudged(self) -> None:
        alarm, _ = run(alarms.begin(Settings(high=8.0)), [(0, 9.0)])
        alarm, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 5.0, profile="off"))
        assert (words(occurred), alarm.settings.profile) == (["excursion_ended"], Profile.OFF)
        assert run(restarted(alarm), [(10, 9.0)]) == (alarm, ())

    @pytest.mark.parametrize("new", [{"low": None, "high": None}, {"profile": "off"}])
    def test_that_take_two_limits_away_end_both_excursions(self, new: dict[str, Any]) -> None:
        settings = Settings(low=2.0, high=8.0, off_delay=1e6)
        alarm, _ = run(alarms.begin(settings), [(0, 9.0), (10, 1.0)])
        _alarm, occurred = alarms.perform(alarm, deed(Act.SETTINGS, 20.0, **new))
        assert [(one.happened, one.what, one.at) for one in occurred] == [
            (Happened.EXCURSION_ENDED, "high", 20.0),
            (Happened.EXCURSION_ENDED, "low", 20.0),
        ]


class TestWhatTheAlarmShows:
    def test_of_a_warning_is_no_excursion(self) -> None:
        settings = Settings(high=8.0, delay_high=1e6, warning=0.0)
        alarm, _ = run(alarms.begin(settings), [(0, 9.0)])
        assert (alarm.warning, alarm.excursion, alarm.unacknowledged) == (True, False, False)
        assert alarm.last_excursion is None

    def test_of_an_excursion_is_no_warning(self) -> None:
        alarm, _ = run(alarms.begin(Settings(high=8.0)), [(0, 9.0)])
        assert (alarm.warning, alarm.excursion, alarm.unacknowledged) == (False, True, True)

    def test_of_two_delays_is_the_one_that_ends_first(self) -> None:
        settings = Settings(high=8.0, delay_high=100.0, warning=20.0)
        alarm, _ = run(alarms.begin(settings), [(0, 9.0)])
        assert alarm.pending_until == 20.0

    def test_of_two_excursions_that_go_on_is_the_one_that_began_first(self) -> None:
        settings = Settings(low=2.0, high=8.0, off_delay=1e6)
        alarm, _ = run(alarms.begin(settings), [(0, 1.0), (10, 9.0)])
        assert alarm.last_excursion is not None
        assert (alarm.last_excursion.what, alarm.last_excursion.since) == ("low", 0)

    def test_of_an_excursion_that_is_latched_is_when_it_began_and_ended(self) -> None:
        alarm, _ = run(alarms.begin(Settings(high=8.0, latch=True)), [(5, 9.0), (10, 5.0)])
        assert alarm.last_excursion is not None
        assert (alarm.last_excursion.since, alarm.last_excursion.ended) == (5, 10)
