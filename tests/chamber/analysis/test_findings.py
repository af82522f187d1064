"""What is found where nothing is known: nothing is claimed to be well, or to be wrong."""

from dataclasses import FrozenInstanceError

import pytest

from chamber.given import sample
from chamber_agent.chamber import judgement
from chamber_agent.chamber.analysis.findings import (
    Excursion,
    Findings,
    Happened,
    Occurrence,
    Reading,
    Window,
)
from chamber_agent.chamber.analysis.settings import OFF


def test_findings_begin_with_nothing_watched_and_nothing_wrong() -> None:
    found = Findings()
    assert (found.settings, found.judged_on, found.value) == (OFF, judgement.CONTROL, None)
    assert not any((found.excursion, found.unacknowledged, found.warning, found.lost))
    assert (found.faults, found.breach, found.last_excursion, found.provisional) == (
        (),
        None,
        None,
        False,
    )
    assert found.window == Window()


def test_a_window_of_which_nothing_is_known_has_no_means_and_no_time_beyond() -> None:
    window = Window()
    assert window.coverage == 0.0
    beyond = (window.time_above, window.time_below)
    degrees = (window.degree_minutes_above, window.degree_minutes_below)
    means = (window.mean, window.mean_kinetic_temperature, window.time_in_range)
    running = (window.heater_duty, window.cooler_duty, window.starts_per_hour, window.energy)
    assert {*beyond, *degrees, *means, *running} == {None}


def test_a_reading_counts_unless_its_time_cannot_be_relied_on() -> None:
    assert Reading(5.0, sample()).dated
    assert not Reading(5.0, sample(), dated=False).dated


def test_what_occurred_is_said_aloud_unless_it_is_silent() -> None:
    said = Occurrence(Happened.LOST, 5.0, "data")
    assert (dict(said.details), said.silent) == ({}, False)
    with pytest.raises(TypeError):
        said.details["limit"] = 8.0  # type: ignore[index]


def test_an_excursion_goes_on_until_it_is_said_to_have_ended() -> None:
    begun = Excursion(what="high", stage="active", since=5.0)
    assert (begun.ended, begun.out, begun.degree_minutes, begun.peak) == (None, 0.0, 0.0, None)
    with pytest.raises(FrozenInstanceError):
        begun.ended = 9.0  # type: ignore[misc]


def test_the_words_of_what_can_occur_are_those_that_automations_wait_for() -> None:
    assert [str(one) for one in Happened] == [
        "excursion_started",
        "excursion_ended",
        "warning_started",
        "warning_ended",
        "realarmed",
        "acknowledged",
        "shelved",
        "unshelved",
        "setpoint_rejected",
        "soak_reached",
        "fault_started",
        "fault_ended",
        "lost",
        "recovered",
    ]
