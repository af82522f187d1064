"""A door told by its rate: how fast is too fast, who else may be the cause, and when it is shut again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chamber.analysis.physics.bricks import MINUTE, START, wall
from chamber_agent.chamber.analysis.physics.blocks import Blocks
from chamber_agent.chamber.analysis.physics.door import (
    EXPLAINS,
    RATE,
    TICK,
    Door,
    Swing,
)
from chamber_agent.chamber.analysis.physics.drive import Drive
from chamber_agent.chamber.analysis.physics.surroundings import Surroundings

WARM, COLD = (Surroundings(START, None, pull, low=0.0, high=30.0) for pull in (1, -1))
NOWHERE = WARM._replace(pull=0)
IDLE = Drive(0.0, 0.0, ())
QUIET = wall([5.0] * 10, heat=0.0)


def looked(
    *steps: tuple[float, float],
    drive: Drive = IDLE,
    blocks: Blocks = QUIET,
    around: Surroundings | None = WARM,
    door: Door | None = None,
) -> Door:
    """A door after these seconds after the start and temperatures."""
    door = door or Door()
    for after, value in steps:
        door.look(START + after, value, drive, blocks, around)
    return door


def rising(rate: float, seconds: float = 30.0) -> tuple[tuple[float, float], tuple[float, float]]:
    """From 5 °C by so many K/min."""
    return (0.0, 5.0), (seconds, 5.0 + rate * seconds / MINUTE)


# How fast is too fast


def test_the_air_that_runs_away_by_three_kelvin_a_minute_is_a_door() -> None:
    door = looked(*rising(RATE))
    assert door.swing == Swing(START, 5.0, 1, 6.5)
    assert door.disturbed == START + 30.0
    slower = looked(*rising(RATE - 0.25))
    assert (slower.swing, slower.disturbed) == (None, None)


@pytest.mark.parametrize(
    ("rate", "around", "sign"),
    [
        (4.0, WARM, 1),
        (-4.0, COLD, -1),
        (-4.0, WARM, None),
        (4.0, COLD, None),
        (4.0, NOWHERE, None),
        (-4.0, NOWHERE, None),
        (4.0, None, None),
    ],
)
def test_it_is_a_door_where_the_air_goes_the_surroundings_way(
    rate: float, around: Surroundings | None, sign: int | None
) -> None:
    swing = looked(*rising(rate), around=around).swing
    assert (swing and swing.sign) == sign


@pytest.mark.parametrize(
    ("seconds", "judged"), [(24.0, False), (25.0, True), (90.0, True), (91.0, False)]
)
def test_a_rate_is_taken_over_half_a_minute_or_what_there_is_near_it(
    seconds: float, judged: bool
) -> None:
    assert (looked(*rising(8.0, seconds)).swing is not None) is judged


def test_only_the_last_half_minute_counts() -> None:
    door = looked((0.0, 5.0), (10.0, 9.0), (40.0, 9.1), (50.0, 9.1))
    assert door.swing is None
    fast = looked((0.0, 5.0), (10.0, 5.0), (20.0, 5.0), (40.0, 7.0))
    assert fast.swing == Swing(START + 10.0, 5.0, 1, 7.0)


def test_it_looks_again_after_ten_seconds() -> None:
    assert Door().due == 0.0
    assert looked((0.0, 5.0)).due == START + TICK


# Who else may be the cause


def worked(heat: float | None, cool: float | None, minutes: int = 10) -> Blocks:
    return wall([5.0] * minutes, heat=heat, cool=cool)


@pytest.mark.parametrize(
    ("blocks", "drive", "around", "least"),
    [
        (worked(0.0, 100.0), Drive(0.0, 100.0, ()), WARM, 4.5),
        (worked(0.0, 50.0), Drive(0.0, 50.0, ()), WARM, 3.0),
        (worked(0.0, 100.0), Drive(0.0, 80.0, ()), WARM, 4.5),
        (worked(0.0, 100.0), Drive(0.0, 79.0, ()), WARM, 9.0),
        (worked(0.0, 30.0), Drive(0.0, 5.0, ()), WARM, 6.0),
        (worked(None, 0.0), Drive(None, 100.0, ()), WARM, 4.5),
        (worked(100.0, 0.0), Drive(100.0, 0.0, ()), COLD, 6.0),
        (worked(100.0, 0.0), Drive(0.0, 0.0, ()), COLD, 12.0),
        (worked(50.0, None), Drive(50.0, None, ()), COLD, 3.0),
    ],
    ids=[
        "full cooling may have died",
        "half of it lets go more slowly",
        "it eases off a little",
        "it stops",
        "little of it stops",
        "it has just begun",
        "full heating may have died",
        "heating stopped",
        "half of it",
    ],
)
def test_the_more_was_done_against_it_the_faster_it_must_be(
    blocks: Blocks, drive: Drive, around: Surroundings, least: float
) -> None:
    sign = 1.0 if around is WARM else -1.0
    given: dict[str, Any] = {"blocks": blocks, "drive": drive, "around": around}
    assert looked(*rising(sign * (least - 0.02)), **given).swing is None
    assert looked(*rising(sign * least), **given).swing is not None


@pytest.mark.parametrize(
    ("blocks", "drive"),
    [
        (worked(0.0, 0.0), Drive(1.0, 0.0, ())),
        (worked(1.0, 0.0), IDLE),
        (worked(0.0, 0.0, minutes=4), IDLE),
        (Blocks(), IDLE),
        (worked(0.0, 0.0), Drive(None, None, ())),
    ],
    ids=["it heats", "it heated", "too little is known", "nothing is", "nobody tells"],
)
def test_nothing_is_said_of_a_rise_that_may_have_been_made(blocks: Blocks, drive: Drive) -> None:
    assert looked(*rising(40.0), blocks=blocks, drive=drive).swing is None


@pytest.mark.parametrize(("minutes", "known"), [(4, False), (5, True)])
def test_the_last_five_minutes_have_to_be_known(minutes: int, known: bool) -> None:
    door = looked((-30.0, 5.0), (0.0, 7.0), blocks=worked(0.0, 0.0, minutes))
    assert (door.swing is not None) is known


def test_nothing_is_said_of_a_fall_while_something_cools() -> None:
    cooled = Drive(0.0, 1.0, ())
    assert looked(*rising(-40.0), drive=cooled, around=COLD).swing is None
    assert looked(*rising(-40.0), around=COLD).swing is not None


def test_what_was_long_ago_is_no_cause() -> None:
    blocks = wall([5.0] * 10, heat=0.0)
    hot = blocks.closed[2]._replace(heat=100.0)
    blocks.closed[2] = hot
    assert looked(*rising(4.0), blocks=blocks).swing is not None
    blocks.closed[6] = blocks.closed[6]._replace(heat=100.0)
    assert looked(*rising(4.0), blocks=blocks).swing is None


# When it is shut


OPEN = Swing(START, 5.0, 1, 15.0)


@pytest.mark.parametrize(
    ("swing", "value", "after"),
    [
        (OPEN, 16.0, OPEN._replace(peak=16.0)),
        (OPEN, 15.0, OPEN),
        (OPEN, 13.1, OPEN),
        (OPEN, 13.0, None),
        (OPEN._replace(peak=7.0), 6.1, OPEN._replace(peak=7.0)),
        (OPEN._replace(peak=7.0), 6.0, None),
        (Swing(START, 5.0, -1, -5.0), -6.0, Swing(START, 5.0, -1, -6.0)),
        (Swing(START, 5.0, -1, -5.0), -3.1, Swing(START, 5.0, -1, -5.0)),
        (Swing(START, 5.0, -1, -5.0), -3.0, None),
    ],
)
def test_it_is_shut_when_the_air_is_back_by_a_fifth_and_a_kelvin_at_least(
    swing: Swing, value: float, after: Swing | None
) -> None:
    assert swing.after(value) == after


def test_while_it_seems_open_it_disturbs_and_no_other_one_opens() -> None:
    door = looked(*rising(8.0), (40.0, 12.0), (50.0, 12.0), (100.0, 16.0))
    assert door.swing == Swing(START, 5.0, 1, 16.0)
    assert door.disturbed == START + 100.0
    door = looked((110.0, 6.0), door=door)
    assert (door.swing, door.disturbed) == (None, START + 110.0)


def test_an_open_door_explains_what_is_since_then() -> None:
    door = Door()
    assert not door.disturbs(0.0)
    door.disturbed = START
    assert door.disturbs(START)
    assert not door.disturbs(START + 1.0)
    assert door.calm(START + 60.0) == 60.0
    assert Door().calm(START) == float("inf")


def test_a_door_that_seems_open_for_half_an_hour_explains_nothing_any_more() -> None:
    door = Door()
    door.swing, door.disturbed = OPEN, START + EXPLAINS
    assert door.disturbs(START)
    door.disturbed = START + EXPLAINS + 1.0
    assert not door.disturbs(START)


# Gaps, clocks, restarts


def test_a_gap_leaves_it_open_but_begins_the_rate_anew() -> None:
    door = looked(*rising(8.0))
    door.restart()
    assert (door.due, door.swing) == (0.0, Swing(START, 5.0, 1, 9.0))
    begun = looked((0.0, 5.0))
    begun.restart()
    assert looked((30.0, 25.0), door=begun).swing is None


def test_the_clock_takes_it_along() -> None:
    door = looked(*rising(8.0))
    door.move(-1000.0)
    assert (door.swing, door.disturbed) == (Swing(START - 1000.0, 5.0, 1, 9.0), START - 970.0)
    shut = Door()
    shut.move(5.0)
    assert (shut.swing, shut.disturbed) == (None, None)


@pytest.mark.parametrize("steps", [[], [(0.0, 5.0)], rising(8.0), [*rising(8.0), (40.0, 5.0)]])
def test_a_snapshot_goes_on_as_the_door_itself(steps: list[tuple[float, float]]) -> None:
    door = looked(*steps)
    other = Door.restored(json.loads(json.dumps(door.snapshot())))
    assert other.snapshot() == door.snapshot()
    for one in (door, other):
        looked((45.0, 14.0), (75.0, 18.0), door=one)
    assert (other.swing, other.disturbed, other.due) == (door.swing, door.disturbed, door.due)
    assert other.snapshot() == door.snapshot()
