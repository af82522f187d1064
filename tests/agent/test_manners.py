"""When a gateway speaks unasked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chamber_agent.speech.manners import (
    Answering,
    Guard,
    answered,
    asked,
    corrected,
    read_farewell,
    read_foreign,
    read_own,
)


@given(st.floats(0.0, 1.0))
def test_an_announce_is_answered_within_a_second(chance: float) -> None:
    assert asked(Answering(), 100.0, chance).due == 100.0 + chance


def test_an_answer_that_is_due_serves_every_announce_before_it() -> None:
    waiting = asked(Answering(), 100.0, 0.5)
    assert asked(waiting, 100.2, 0.9) == waiting


def test_an_announce_soon_after_an_answer_waits_for_the_end_of_the_pause() -> None:
    assert asked(answered(100.0), 102.0, 0.3).due == 105.0


def test_an_announce_after_the_pause_is_answered_as_the_first_one() -> None:
    assert asked(answered(100.0), 105.0, 0.25).due == 105.25


def test_a_foreign_status_is_corrected_at_once() -> None:
    assert read_foreign(Guard(), 10.0).due == 10.0


def test_it_is_corrected_at_most_once_in_five_seconds() -> None:
    assert read_foreign(corrected(Guard(), 10.0), 12.0).due == 15.0


def test_reading_our_own_words_ends_the_matter() -> None:
    assert read_own(read_foreign(Guard(), 10.0)).due is None


def test_after_five_corrections_in_a_minute_it_gives_up() -> None:
    guard = Guard()
    for at in (0.0, 10.0, 20.0, 30.0, 40.0):
        guard = corrected(read_foreign(guard, at), at)
        assert not guard.gave_up
    guard = read_foreign(guard, 50.0)
    assert (guard.gave_up, guard.due) == (True, None)
    assert read_foreign(guard, 500.0).due is None


def given_up() -> Guard:
    """A dispute that was lost: the last of five corrections was at 40 s."""
    guard = Guard()
    for at in (0.0, 10.0, 20.0, 30.0, 40.0):
        guard = corrected(read_foreign(guard, at), at)
    return read_foreign(guard, 50.0)


def test_when_the_other_leaves_its_last_words_are_corrected_after_a_quiet_minute() -> None:
    guard = read_farewell(given_up(), 55.0)
    assert guard.due == 115.0
    after = corrected(guard, 115.0)
    assert (after.gave_up, after.due) == (False, None)
    assert read_foreign(after, 125.0).due == 125.0


def test_when_the_other_is_back_before_that_nothing_is_corrected() -> None:
    assert read_foreign(read_farewell(given_up(), 55.0), 60.0).due is None


def test_every_further_farewell_begins_the_minute_again() -> None:
    assert read_farewell(read_farewell(given_up(), 55.0), 110.0).due == 170.0


def test_a_farewell_without_a_dispute_is_a_foreign_status() -> None:
    assert read_farewell(Guard(), 10.0).due == 10.0


def test_rare_corrections_go_on_for_ever() -> None:
    guard = Guard()
    for at in range(0, 600, 15):
        guard = corrected(read_foreign(guard, float(at)), float(at))
    assert not guard.gave_up
    assert len(guard.corrected) <= 5
