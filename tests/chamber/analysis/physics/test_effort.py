"""All that heaters and coolers can: what is an answer, what is owed, and when nothing more can be done."""

from __future__ import annotations

from typing import Any

import pytest

from chamber.analysis.physics.bricks import MINUTE, START, block, wall
from chamber_agent.chamber.analysis.physics.blocks import Block, Blocks
from chamber_agent.chamber.analysis.physics.effort import (
    COOLING,
    FULL,
    HARD,
    HEATING,
    SIDES,
    Effort,
    Side,
    Strain,
    effort_after,
    holds,
    nearest,
    runs_away,
    strain_after,
)
from chamber_agent.chamber.model import Kind


def test_each_side_makes_its_way_less() -> None:
    assert (HEATING.way(5.0), COOLING.way(5.0)) == (-5.0, 5.0)
    assert [side.kind for side in SIDES] == [Kind.HEATER, Kind.COOLER]
    told = block(0, heat=30.0, cool=70.0)
    assert (HEATING.duty(told), COOLING.duty(told)) == (30.0, 70.0)


@pytest.mark.parametrize(
    ("side", "value", "setpoint", "error"),
    [
        (COOLING, 8.0, 5.0, 3.0),
        (COOLING, 4.0, 5.0, -1.0),
        (HEATING, 4.0, 6.0, 2.0),
        (HEATING, 8.0, 6.0, -2.0),
        (COOLING, 8.0, None, -1.0),
        (HEATING, 8.0, None, -1.0),
    ],
)
def test_an_error_is_what_the_side_has_still_to_do(
    side: Side, value: float, setpoint: float | None, error: float
) -> None:
    assert side.error(block(0, value, setpoint=setpoint)) == error


# Efforts


def tried(
    *values: float, duty: float = 90.0, setpoint: float = 5.0, before: Effort | None = None
) -> Effort | None:
    """The effort of a cooler after these temperatures by the minute, the last one at the start."""
    effort = before
    for index in range(len(values)):
        blocks = wall(values[: index + 1], cool=duty, setpoint=setpoint)
        late = index + 1 - len(values)
        blocks = moved(blocks, late)
        effort = effort_after(effort, COOLING, blocks.closed[-1], blocks)
    return effort


def moved(blocks: Blocks, minutes: float) -> Blocks:
    """The same blocks, so many minutes later."""
    later = Blocks()
    later.closed.extend(
        one._replace(began=one.began + minutes * MINUTE, at=one.at + minutes * MINUTE)
        for one in blocks.closed
    )
    return later


def ago(minutes: float) -> float:
    return START - minutes * MINUTE


@pytest.mark.parametrize("duty", [None, HARD - 0.1, 0.0])
def test_who_does_not_try_hard_makes_no_effort(duty: float | None) -> None:
    there = Effort(0.0, 0.0, 20.0, owed=True)
    told = block(0, 20.0, cool=duty)
    assert effort_after(there, COOLING, told, wall([20.0])) is None


@pytest.mark.parametrize(("value", "owed"), [(6.0, False), (6.1, True), (4.0, False)])
def test_an_answer_is_owed_where_the_setpoint_was_off_when_it_began(
    value: float, owed: bool
) -> None:
    assert tried(value, duty=HARD) == Effort(ago(1), ago(1), value, owed)


def test_half_a_kelvin_nearer_is_an_answer() -> None:
    assert tried(20.0, 19.5) == Effort(ago(2), ago(0), 19.5, owed=False, answered=True)
    assert tried(20.0, 19.75) == Effort(ago(2), ago(2), 20.0, owed=True)


def test_the_farthest_since_it_began_is_what_an_answer_is_held_against() -> None:
    assert tried(20.0, 20.75) == Effort(ago(2), ago(2), 20.75, owed=True)
    assert tried(20.0, 20.75, 20.5) == Effort(ago(3), ago(3), 20.75, owed=True)
    answered = tried(20.0, 20.75, 20.25)
    assert answered == Effort(ago(3), ago(0), 20.25, owed=False, answered=True)


def test_an_answer_is_taken_back_where_it_runs_away_by_a_kelvin() -> None:
    assert tried(20.0, 19.0, 18.0, 18.75) == Effort(ago(4), ago(2), 18.0, owed=False, answered=True)
    away = tried(20.0, 19.0, 18.0, 19.0)
    # Within the span it came from 18 °C to 19 °C, so an answer is owed at once.
    assert away == Effort(ago(4), ago(0), 19.0, owed=True)


def test_an_answer_that_was_long_ago_is_taken_back_but_not_owed() -> None:
    answered = Effort(ago(60), ago(30), 18.0, owed=False, answered=True)
    slow = [18.0 + index / 16 for index in range(17)]
    found = effort_after(answered, COOLING, block(0, 19.0, cool=90.0), wall(slow, cool=90.0))
    assert found == Effort(ago(60), ago(0), 19.0, owed=False)


def test_what_was_not_owed_is_owed_once_it_runs_away() -> None:
    near = tried(5.5)
    assert near is not None
    assert not near.owed
    assert tried(5.5, 6.25) == Effort(ago(2), ago(2), 6.25, owed=False)
    assert tried(5.5, 6.5) == Effort(ago(2), ago(0), 6.5, owed=True)


def test_only_what_was_since_it_began_says_that_it_runs_away() -> None:
    blocks = wall([3.0, 5.5, 5.5], cool=90.0)
    begun = Effort(ago(1), ago(1), 5.5, owed=False)
    found = effort_after(begun, COOLING, block(1, 6.0, cool=90.0), blocks)
    assert found == Effort(ago(1), ago(1), 6.0, owed=False)


def test_a_heater_answers_by_warmth() -> None:
    blocks = wall([20.0, 20.5], heat=90.0, cool=None, setpoint=35.0)
    first, second = blocks.closed
    begun = effort_after(None, HEATING, first, blocks)
    assert begun == Effort(ago(2), ago(2), -20.0, owed=True)
    answered = effort_after(begun, HEATING, second, blocks)
    assert answered == Effort(ago(2), ago(0), -20.5, owed=False, answered=True)


def test_the_nearest_is_the_least_of_the_way() -> None:
    blocks = wall([1.0, 7.0, 4.0, 9.0])
    assert nearest(COOLING, blocks, ago(2)) == 4.0
    assert nearest(HEATING, blocks, ago(2)) == -9.0
    assert nearest(COOLING, blocks, ago(9)) == 1.0


@pytest.mark.parametrize(("value", "away"), [(6.5, True), (6.49, False), (5.0, False)])
def test_half_a_kelvin_farther_within_ten_minutes_runs_away(value: float, away: bool) -> None:
    told = [1.0, *[6.0] * 10, value]
    blocks = wall(told)
    assert runs_away(COOLING, blocks.closed[-1], blocks) is away
    cold = wall([-each for each in told])
    assert runs_away(HEATING, cold.closed[-1], cold) is away


@pytest.mark.parametrize(
    ("side", "value", "ambient", "held"),
    [
        (COOLING, 22.0, 25.0, True),
        (COOLING, 22.1, 25.0, False),
        (COOLING, 30.0, 25.0, False),
        (HEATING, 28.0, 25.0, True),
        (HEATING, 27.9, 25.0, False),
        (COOLING, -20.0, None, False),
    ],
)
def test_three_kelvin_against_the_surroundings_are_held(
    side: Side, value: float, ambient: float | None, held: bool
) -> None:
    assert holds(side, block(0, value), ambient) is held


# Strains


def strained(
    values: list[float], before: Strain | None, setpoint: float | None = 5.0, **fields: Any
) -> Strain | None:
    """The strain of a cooler at full duty, whose last block ended at the start."""
    told: dict[str, Any] = {"cool": 100.0, "setpoint": setpoint, **fields}
    blocks = wall(values, **told)
    last: Block = blocks.closed[-1]
    return strain_after(before, COOLING, last, blocks)


STILL = [12.0] * 20
BEGUN = Strain(5.0, ago(30))


@pytest.mark.parametrize(
    "fields", [{"cool": FULL - 0.1}, {"cool": None}, {"setpoint": None}], ids=str
)
def test_who_can_do_more_or_has_no_aim_is_not_strained(fields: dict[str, Any]) -> None:
    assert strained(STILL, BEGUN, **fields) is None


def test_full_duty_is_a_strain_and_another_setpoint_another_one() -> None:
    assert strained(STILL, None, cool=FULL) == Strain(5.0, ago(1))
    assert strained(STILL, BEGUN._replace(near=9.0), setpoint=5.1) == Strain(5.1, ago(1))
    assert strained(STILL, BEGUN._replace(near=12.0), setpoint=4.96) == Strain(4.96, ago(30), 12.0)


@pytest.mark.parametrize(("setpoint", "same"), [(0.05, True), (0.06, False), (-0.05, True)])
def test_a_setpoint_that_is_written_a_little_otherwise_is_the_same(
    setpoint: float, same: bool
) -> None:
    found = strained(STILL, Strain(0.0, ago(30), 12.0), setpoint)
    assert found == (Strain(setpoint, ago(30), 12.0) if same else Strain(setpoint, ago(1)))


def test_for_five_minutes_nothing_is_near_yet() -> None:
    assert strained(STILL, Strain(5.0, ago(4))) == Strain(5.0, ago(4))
    assert strained(STILL, Strain(5.0, ago(5))) == Strain(5.0, ago(5), 12.0)


def test_near_is_the_mean_of_five_minutes() -> None:
    falling = [20.0] * 15 + [14.0, 13.0, 12.0, 11.0, 10.0]
    assert strained(falling, BEGUN) == Strain(5.0, ago(30), 12.0)


@pytest.mark.parametrize(("near", "nearer"), [(12.05, True), (12.04, False), (11.0, False)])
def test_nearer_than_ever_begins_anew(near: float, nearer: bool) -> None:
    found = strained(STILL, BEGUN._replace(near=near))
    assert found == (Strain(5.0, ago(0), 12.0) if nearer else Strain(5.0, ago(30), near))


@pytest.mark.parametrize(("before", "nearer"), [(12.1, True), (12.09, False), (11.0, False)])
def test_nearer_by_far_than_ten_minutes_ago_begins_anew_too(before: float, nearer: bool) -> None:
    """After something warm was put in it is not nearer than ever for long."""
    values = [99.0] * 5 + [before] * 5 + [99.0] * 5 + [12.0] * 5
    found = strained(values, BEGUN._replace(near=6.0))
    assert found == Strain(5.0, ago(0) if nearer else ago(30), 6.0)


def test_where_nothing_is_known_of_ten_minutes_ago_it_goes_on() -> None:
    assert strained([12.0] * 10, BEGUN._replace(near=6.0)) == Strain(5.0, ago(30), 6.0)


def test_a_heater_is_strained_likewise() -> None:
    blocks = wall([12.0] * 20, heat=100.0, cool=None, setpoint=35.0)
    last = blocks.closed[-1]
    begun = Strain(35.0, ago(30))
    assert strain_after(begun, HEATING, last, blocks) == Strain(35.0, ago(30), -12.0)
    farther = begun._replace(near=-11.9)
    assert strain_after(farther, HEATING, last, blocks) == Strain(35.0, ago(0), -12.0)
