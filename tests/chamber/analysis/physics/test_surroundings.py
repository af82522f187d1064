"""Which way the surroundings pull, and between which temperatures everything is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.analysis.physics.bricks import MINUTE, START, block
from chamber_agent.chamber.analysis.physics.surroundings import (
    FORGOTTEN,
    REMEMBERED,
    Need,
    Surroundings,
    need_after,
    surroundings_after,
)

COOLED, HEATED = Need(1, START), Need(-1, START)


@pytest.mark.parametrize(
    ("heat", "cool", "need"),
    [
        (0.0, 5.0, Need(1, START)),
        (5.0, 0.0, Need(-1, START)),
        (None, 30.0, Need(1, START)),
        (30.0, None, Need(-1, START)),
        (0.0, 4.9, None),
        (4.9, 0.0, None),
        (30.0, 10.0, None),
        (1.0, 30.0, None),
        (None, None, None),
    ],
)
def test_what_it_takes_to_stay_at_the_setpoint_is_a_need(
    heat: float | None, cool: float | None, need: Need | None
) -> None:
    assert need_after(None, block(0, heat=heat, cool=cool)) == need


def test_away_from_the_setpoint_nothing_is_needed_to_stay() -> None:
    assert need_after(None, block(0, 6.5, cool=50.0)) is None
    assert need_after(HEATED, block(5, 6.5, cool=50.0)) is HEATED
    assert need_after(HEATED, block(5, 5.5, cool=50.0)) == Need(1, START + 5 * MINUTE)


@pytest.mark.parametrize(
    ("ambient", "pull"),
    [(6.0, 0), (6.1, 1), (4.0, 0), (3.9, -1), (5.0, 0), (25.0, 1), (-20.0, -1)],
)
def test_an_ambient_that_is_told_pulls_where_it_is_clear(ambient: float, pull: int) -> None:
    found = surroundings_after(None, block(0, 5.0), ambient, COOLED)
    assert (found.ambient, found.pull) == (ambient, pull)


@pytest.mark.parametrize(("need", "pull"), [(None, 0), (COOLED, 1), (HEATED, -1)])
def test_without_an_ambient_the_need_tells(need: Need | None, pull: int) -> None:
    found = surroundings_after(None, block(0), None, need)
    assert (found.ambient, found.pull) == (None, pull)


def test_a_need_is_remembered_for_an_hour() -> None:
    hour = REMEMBERED / MINUTE
    assert surroundings_after(None, block(hour), None, COOLED).pull == 1
    assert surroundings_after(None, block(hour + 1), None, COOLED).pull == 0


def test_at_first_everything_is_as_warm_as_the_air() -> None:
    assert surroundings_after(None, block(0, 5.5), None, None) == Surroundings(
        START, None, 0, low=5.5, high=5.5
    )


def test_goods_that_were_colder_or_warmer_are_forgotten_slowly() -> None:
    before = Surroundings(START, None, 0, low=1.0, high=9.0)
    later = surroundings_after(before, block(FORGOTTEN / MINUTE, 5.0), None, None)
    assert (later.at, later.low, later.high) == (START + FORGOTTEN, 3.0, 7.0)


@pytest.mark.parametrize("value", [0.5, 1.0, 9.0, 11.0])
def test_what_is_colder_or_warmer_than_all_before_is_the_new_bound(value: float) -> None:
    before = Surroundings(START, None, 0, low=1.0, high=9.0)
    found = surroundings_after(before, block(0, value), None, None)
    assert (found.low, found.high) == (min(1.0, value), max(9.0, value))


@given(st.lists(st.floats(-40.0, 60.0), min_size=1, max_size=20), st.floats(1.0, 600.0))
def test_the_air_is_always_between_the_bounds(values: list[float], step: float) -> None:
    found = None
    for index, value in enumerate(values):
        found = surroundings_after(found, block(index * step, value), None, None)
        assert found.low <= value <= found.high
        assert min(values) - 1e-9 <= found.low
        assert found.high <= max(values) + 1e-9
