"""What moves though all is off: how far in how long, and what else may be the cause."""

from __future__ import annotations

import pytest

from chamber.analysis.physics.bricks import MINUTE, START, wall
from chamber_agent.chamber.analysis.physics.effort import COOLING, HEATING, Side
from chamber_agent.chamber.analysis.physics.rest import SETTLED, Drift, drift, is_driven
from chamber_agent.chamber.analysis.physics.surroundings import Surroundings

LONG_AGO = START - 3600.0


def line(step: float, count: int = 20) -> list[float]:
    """Temperatures that change by so much a minute, and end at 0."""
    return [step * (index - count + 1) for index in range(count)]


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (0.125, Drift(START - 5 * MINUTE, 0.625)),
        (-0.125, Drift(START - 5 * MINUTE, -0.625)),
        (0.0625, Drift(START - 10 * MINUTE, 0.625)),
        (0.03125, None),
        (0.0, None),
    ],
    ids=["fast", "falling", "half as fast", "slow", "still"],
)
def test_half_a_kelvin_in_five_minutes_or_in_ten_is_a_movement(
    step: float, found: Drift | None
) -> None:
    assert drift(wall(line(step)), START, LONG_AGO) == found


def test_exactly_half_a_kelvin_is_none_yet() -> None:
    still_then = [0.0] * 15 + [0.5, 0.5, 0.5, 0.5, 0.5]
    assert drift(wall(still_then), START, LONG_AGO) is None
    assert drift(wall([*still_then[:-1], 0.501]), START, LONG_AGO) is not None


def test_only_what_is_after_all_has_settled_counts() -> None:
    fast = wall(line(0.25))
    settled = START - SETTLED
    assert drift(fast, START, settled - 5 * MINUTE) == Drift(START - 5 * MINUTE, 1.25)
    assert drift(fast, START, settled - 4 * MINUTE) is None
    assert drift(fast, START, settled) is None


@pytest.mark.parametrize(
    ("late", "minutes"), [(0.0, 5), (1.0, 5), (1.5, None), (29.9, None), (30.0, 4)]
)
def test_what_comes_half_a_minute_short_of_a_span_fills_it(
    late: float, minutes: int | None
) -> None:
    moved = drift(wall(line(0.25)), START + late, LONG_AGO)
    assert (moved and moved.since) == (None if minutes is None else START - minutes * MINUTE)


def test_a_single_block_moves_nowhere() -> None:
    assert drift(wall([5.0]), START, LONG_AGO) is None
    assert drift(wall([]), START, LONG_AGO) is None


def test_two_blocks_five_minutes_apart_tell_as_much_as_those_between() -> None:
    blocks = wall(line(0.25))
    seldom = list(blocks.closed)[-6::5]
    blocks.closed.clear()
    blocks.closed.extend(seldom)
    assert drift(blocks, START, LONG_AGO) == Drift(START - 5 * MINUTE, 1.25)


def test_a_gap_before_it_leaves_too_little() -> None:
    assert drift(wall(line(0.25, count=5)), START, LONG_AGO) is None
    assert drift(wall(line(0.25, count=6)), START, LONG_AGO) is not None


@pytest.mark.parametrize(
    ("side", "pull", "value", "driven"),
    [
        (HEATING, -1, 10.0, True),
        (HEATING, -1, 9.9, True),
        (HEATING, -1, 9.8, False),
        (HEATING, 1, 10.0, False),
        (HEATING, 0, 10.0, False),
        (COOLING, 1, 4.0, True),
        (COOLING, 1, 4.1, True),
        (COOLING, 1, 4.2, False),
        (COOLING, -1, 4.0, False),
        (COOLING, 0, 4.0, False),
    ],
)
def test_what_is_the_warmest_or_coldest_of_all_and_is_pulled_back_is_driven(
    side: Side, pull: int, value: float, driven: bool
) -> None:
    assert is_driven(side, value, Surroundings(START, None, pull, low=4.0, high=10.0)) is driven
