"""Two probes in one chamber: how their difference is smoothed, and when it may be compared."""

from __future__ import annotations

import pytest

from chamber_agent.chamber.analysis.physics.likeness import (
    SLOW,
    SMOOTH,
    STOOD_STILL,
    Likeness,
    likeness_after,
)

RESTING = Likeness(
    at=0.0,
    setpoint=5.0,
    difference=3.0,
    value=5.0,
    slow=5.0,
    still=3.0,
    still_since=-100.0,
    agreed=False,
)


def later(
    before: Likeness | None,
    at: float,
    both: tuple[float, float],
    setpoint: float | None = 5.0,
    *,
    disturbed: bool = False,
) -> Likeness:
    return likeness_after(before, at, setpoint, both, disturbed=disturbed)


def begun(at: float, setpoint: float | None = 5.0) -> Likeness:
    """The first of 6 and 4 °C."""
    return Likeness(at, setpoint, 2.0, 6.0, 6.0, 2.0, at, agreed=False)


def test_it_begins_as_it_is() -> None:
    assert later(None, 300.0, (6.0, 4.0)) == begun(300.0)


@pytest.mark.parametrize(
    ("before", "after", "anew"),
    [
        (5.0, 5.0, False),
        (5.0, 5.4, False),
        (5.0, 5.5, True),
        (5.0, 4.5, True),
        (None, 5.0, True),
        (5.0, None, True),
        (None, None, False),
    ],
)
def test_another_setpoint_is_another_beginning(
    before: float | None, after: float | None, anew: bool
) -> None:
    found = later(RESTING._replace(setpoint=before, agreed=True), 300.0, (6.0, 4.0), after)
    assert (found == begun(300.0, after)) is anew
    assert found.setpoint == after


def test_an_open_door_is_another_beginning() -> None:
    agreed = RESTING._replace(agreed=True)
    assert later(agreed, 300.0, (6.0, 4.0), disturbed=True) == begun(300.0)


def test_means_follow_by_the_time_that_went_by() -> None:
    found = later(RESTING, SMOOTH, (9.0, 8.0))
    assert (found.difference, found.value) == (2.0, 7.0)
    assert found.slow == pytest.approx(5.0 + 4.0 * SMOOTH / (SLOW + SMOOTH))
    assert later(RESTING, 0.0, (9.0, 8.0)).difference == 3.0


def test_when_it_was_makes_no_difference_but_how_long_ago() -> None:
    noon = RESTING._replace(at=7200.0, still_since=7100.0)
    found = later(noon, 7200.0 + SMOOTH, (9.0, 8.0))
    before = later(RESTING, SMOOTH, (9.0, 8.0))
    assert found == before._replace(at=7200.0 + SMOOTH, still_since=found.still_since)
    assert found.still_since == found.at


@pytest.mark.parametrize(("still", "difference"), [(0.3, 0.0), (0.0, 0.3), (0.0, -0.3)])
def test_three_tenths_of_a_kelvin_are_no_other_difference(still: float, difference: float) -> None:
    before = RESTING._replace(still=still, difference=difference)
    found = later(before, SMOOTH, (difference, 0.0))
    assert (found.still, found.still_since) == (still, -100.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_difference_stands_still_until_it_is_another_one(sign: float) -> None:
    before = RESTING._replace(difference=3.0 * sign, still=3.0 * sign)
    near = later(before, SMOOTH, (5.0, 5.0 - 2.5 * sign))
    assert (near.difference, near.still, near.still_since) == (2.75 * sign, 3.0 * sign, -100.0)
    far = later(before, SMOOTH, (5.0, 5.0 - 2.0 * sign))
    assert (far.difference, far.still, far.still_since) == (2.5 * sign, 2.5 * sign, SMOOTH)
    farther = later(before, SMOOTH, (5.0, 5.0 - 4.0 * sign))
    assert (farther.still, farther.still_since) == (3.5 * sign, SMOOTH)


@pytest.mark.parametrize(
    ("value", "slow", "setpoint", "steady"),
    [
        (5.0, 5.0, 5.0, True),
        (6.0, 6.0, 5.0, True),
        (6.1, 6.1, 5.0, False),
        (3.9, 3.9, 5.0, False),
        (5.0, 5.5, 5.0, True),
        (5.0, 4.4, 5.0, False),
        (20.0, 20.0, None, True),
        (20.0, 20.6, None, False),
    ],
)
def test_a_chamber_is_steady_that_is_where_it_is_to_be_and_stays(
    value: float, slow: float, setpoint: float | None, steady: bool
) -> None:
    assert RESTING._replace(value=value, slow=slow, setpoint=setpoint).steady is steady


@pytest.mark.parametrize(
    ("at", "agreed", "comparable"),
    [
        (STOOD_STILL - 101.0, False, False),
        (STOOD_STILL - 100.0, False, True),
        (0.0, True, True),
    ],
)
def test_what_agreed_once_or_stood_still_for_hours_is_no_mere_lag(
    at: float, agreed: bool, comparable: bool
) -> None:
    assert RESTING._replace(at=at, agreed=agreed).comparable is comparable


@pytest.mark.parametrize(
    ("other", "agreed"),
    [(6.0, True), (4.0, True), (6.125, False), (3.875, False)],
)
def test_a_kelvin_apart_in_a_steady_state_is_an_agreement(other: float, agreed: bool) -> None:
    before = RESTING._replace(difference=5.0 - other, still=5.0 - other)
    assert later(before, SMOOTH, (5.0, other)).agreed is agreed


def test_they_agree_only_where_the_chamber_is_steady() -> None:
    away = RESTING._replace(difference=0.0, value=9.0, slow=9.0)
    assert not later(away, SMOOTH, (9.0, 9.0)).agreed


def test_what_agreed_once_has_agreed_until_it_begins_anew() -> None:
    before = RESTING._replace(agreed=True)
    assert later(before, SMOOTH, (5.0, 2.0)).agreed
    assert not later(before, SMOOTH, (5.0, 2.0), 9.0).agreed
