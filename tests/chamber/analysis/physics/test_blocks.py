"""Minutes of samples: when a block is full, what is said of it, and how long it is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.analysis.physics.bricks import MINUTE, START, block, wall
from chamber.given import sample
from chamber_agent.chamber.analysis.physics.blocks import KEPT, Block, Blocks
from chamber_agent.chamber.analysis.physics.drive import Drive, drive_of
from chamber_agent.chamber.model import Part, Sample

COLD = {"heaters": (Part(on=False, duty=0.0),), "coolers": (Part(on=True, duty=40.0),)}


def fed(blocks: Blocks, *steps: tuple[float, float], **fields: Any) -> list[Block]:
    """What is closed with values at these seconds after the start."""
    closed = []
    for after, value in steps:
        told = sample(value, **fields)
        drive = drive_of(told)
        if blocks.add(START + after, value, drive):
            closed.append(blocks.close(START + after, told, drive))
    return closed


def test_a_block_ends_with_the_first_sample_of_the_next_minute_and_holds_it() -> None:
    blocks = Blocks()
    assert fed(blocks, (10.0, 4.0), (59.9, 6.0)) == []
    (closed,) = fed(blocks, (60.0, 8.0), setpoint=5.0, **COLD)
    assert (closed.began, closed.at, closed.value) == (START + 10.0, START + 60.0, 6.0)
    assert closed.setpoint == 5.0
    assert list(blocks.closed) == [closed]


def test_the_next_block_begins_where_the_last_one_ended() -> None:
    blocks = Blocks()
    first, second = fed(blocks, (0.0, 4.0), (60.0, 4.0), (90.0, 8.0), (120.0, 10.0))
    assert (first.at, second.began, second.at) == (START + 60.0, START + 60.0, START + 120.0)
    assert (first.value, second.value) == (4.0, 9.0)


def test_a_block_that_ended_late_does_not_put_off_the_next_one() -> None:
    closed = fed(Blocks(), (0.0, 4.0), (75.0, 4.0), (119.0, 4.0), (120.0, 4.0), (185.0, 4.0))
    assert [(one.began - START, one.at - START) for one in closed] == [
        (0.0, 75.0),
        (75.0, 120.0),
        (120.0, 185.0),
    ]


def test_samples_that_come_seldom_close_a_block_each() -> None:
    closed = fed(Blocks(), (0.0, 4.0), (150.0, 6.0), (300.0, 8.0), (450.0, 9.0))
    assert [one.value for one in closed] == [5.0, 8.0, 9.0]
    assert [one.began - START for one in closed] == [0.0, 150.0, 300.0]


def test_duties_are_means_over_the_block_where_they_are_told() -> None:
    blocks = Blocks()
    half: dict[str, Any] = {"heaters": (Part(on=True, duty=30.0),), "coolers": (Part(on=False),)}
    fed(blocks, (0.0, 5.0), **COLD)
    fed(blocks, (30.0, 5.0), **half)
    (closed,) = fed(blocks, (60.0, 5.0), **COLD)
    assert (closed.heat, closed.cool) == pytest.approx((10.0, 80.0 / 3))
    (cooled,) = fed(blocks, (90.0, 5.0), (120.0, 5.0), **COLD)
    assert (cooled.heat, cooled.cool) == (0.0, 40.0)
    (silent,) = fed(blocks, (150.0, 5.0), (180.0, 5.0))
    assert (silent.heat, silent.cool) == (None, None)


IDLE: dict[str, Any] = {"heaters": (Part(on=False),), "coolers": (Part(on=False),)}
HEATS: dict[str, Any] = {**IDLE, "heaters": (Part(on=True),)}
COOLS: dict[str, Any] = {**IDLE, "coolers": (Part(on=True),)}


@pytest.mark.parametrize(
    ("during", "last", "idle"),
    [
        (IDLE, IDLE, True),
        (HEATS, IDLE, False),
        (COOLS, IDLE, False),
        (IDLE, HEATS, False),
        (IDLE, {}, False),
        (IDLE, {"heaters": (Part(on=False), None)}, False),
    ],
)
def test_a_block_is_idle_where_all_was_off_all_the_time(
    during: dict[str, Any], last: dict[str, Any], idle: bool
) -> None:
    blocks = Blocks()
    fed(blocks, (0.0, 5.0), **during)
    (closed,) = fed(blocks, (60.0, 5.0), **last)
    assert closed.idle is idle


@pytest.mark.parametrize(
    ("fields", "setpoint"),
    [
        ({}, None),
        ({"setpoint": 5.0}, 5.0),
        ({"setpoint": 5.0, "effective_setpoint": 0.0}, 0.0),
        ({"effective_setpoint": 4.0}, 4.0),
    ],
)
def test_the_setpoint_is_the_one_in_force(fields: dict[str, float], setpoint: float | None) -> None:
    (closed,) = fed(Blocks(), (0.0, 5.0), (60.0, 5.0), **fields)
    assert closed.setpoint == setpoint


@pytest.mark.parametrize(
    ("value", "setpoint", "there"),
    [
        (6.0, 5.0, True),
        (4.0, 5.0, True),
        (6.01, 5.0, False),
        (3.99, 5.0, False),
        (5.0, None, False),
    ],
)
def test_a_kelvin_from_the_setpoint_is_there(
    value: float, setpoint: float | None, there: bool
) -> None:
    assert block(0, value, setpoint=setpoint).at_setpoint is there


@pytest.mark.parametrize(
    ("heat", "cool", "drive"),
    [(30.0, 10.0, 20.0), (None, 40.0, -40.0), (50.0, None, 50.0), (None, None, 0.0)],
)
def test_the_drive_is_heat_less_cold(heat: float | None, cool: float | None, drive: float) -> None:
    assert block(0, heat=heat, cool=cool).drive == drive


def test_blocks_are_kept_for_twenty_minutes() -> None:
    blocks = Blocks()
    fed(blocks, *((60.0 * minute, 5.0) for minute in range(40)))
    assert blocks.closed[-1].at - blocks.closed[0].at == KEPT
    assert len(blocks.closed) == KEPT / MINUTE + 1


def test_the_newest_comes_first_up_to_the_one_that_ended_then() -> None:
    blocks = wall([1.0, 2.0, 3.0, 4.0])
    assert [one.value for one in blocks.since(START - 2 * MINUTE)] == [4.0, 3.0, 2.0]
    assert list(blocks.since(START + 1.0)) == []
    assert len(list(blocks.since(0.0))) == 4


def test_a_mean_is_of_what_ended_after_one_moment_and_up_to_another() -> None:
    blocks = wall([1.0, 2.0, 4.0, 8.0])
    assert blocks.mean(START - 2 * MINUTE, START) == 6.0
    assert blocks.mean(START - 3 * MINUTE, START - MINUTE) == 3.0
    assert blocks.mean(START, START + MINUTE) is None


def test_what_is_forgotten_begins_like_new() -> None:
    blocks = Blocks()
    fed(blocks, (0.0, 5.0), (60.0, 9.0), (70.0, 99.0), **COLD)
    blocks.restart()
    assert blocks.snapshot() == Blocks().snapshot()


TOLD: list[Sample] = [
    sample(5.0, setpoint=5.0, **COLD),
    sample(6.5, effective_setpoint=4.0, heaters=(Part(on=True),)),
    sample(-3.0),
]


@given(
    st.lists(st.tuples(st.sampled_from([5.0, 25.0, 60.0, 200.0]), st.sampled_from(TOLD))),
    st.integers(0, 30),
)
def test_a_snapshot_goes_on_as_the_blocks_themselves(
    steps: list[tuple[float, Sample]], turn: int
) -> None:
    blocks, at = Blocks(), START
    other = Blocks.restored(json.loads(json.dumps(blocks.snapshot())))
    for index, (step, told) in enumerate(steps):
        at += step
        drive, value = drive_of(told), told.temperature or 0.0
        full = blocks.add(at, value, drive)
        assert other.add(at, value, drive) is full
        if full:
            assert blocks.close(at, told, drive) == other.close(at, told, drive)
        if index == turn:
            other = Blocks.restored(json.loads(json.dumps(blocks.snapshot())))
    assert other.snapshot() == blocks.snapshot()


def test_a_part_that_tells_nothing_adds_nothing() -> None:
    blocks = Blocks()
    blocks.add(START, 5.0, Drive(None, None, ()))
    blocks.add(START + 1.0, 5.0, Drive(50.0, 20.0, ()))
    closed = blocks.close(START + 2.0, sample(), Drive(50.0, 20.0, ()))
    assert (closed.heat, closed.cool, closed.drive) == (25.0, 10.0, 15.0)


def test_duties_of_several_samples_add_up() -> None:
    blocks = Blocks()
    for after, duty in ((0.0, 30.0), (1.0, 60.0), (2.0, 90.0)):
        blocks.add(START + after, 5.0, Drive(duty, duty / 3, ()))
    closed = blocks.close(START + 2.0, sample(), Drive(90.0, 30.0, ()))
    assert (closed.heat, closed.cool) == (60.0, 20.0)
