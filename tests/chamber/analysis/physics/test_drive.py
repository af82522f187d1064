"""What drives a chamber: duties, which parts are on, and whether all of them tell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.given import sample
from chamber_agent.chamber.analysis.physics.drive import (
    Drive,
    Running,
    drive_of,
    is_certain,
    is_idle,
    started,
)
from chamber_agent.chamber.model import Kind, Part

ON, OFF, HALF = Part(on=True), Part(on=False), Part(on=True, duty=50.0)
LINGERING = Part(on=False, duty=10.0)
HEATER, COOLER, SECOND = (Kind.HEATER, 0), (Kind.COOLER, 0), (Kind.COOLER, 1)


@pytest.mark.parametrize(
    ("fields", "drive"),
    [
        ({}, Drive(None, None, ())),
        ({"heaters": (ON,)}, Drive(100.0, None, (HEATER,))),
        ({"heaters": (OFF,), "coolers": (HALF,)}, Drive(0.0, 50.0, (COOLER,))),
        ({"coolers": (HALF, ON)}, Drive(None, 75.0, (COOLER, SECOND))),
        ({"coolers": (None, ON)}, Drive(None, 100.0, (SECOND,))),
        ({"coolers": (None,)}, Drive(None, None, ())),
        ({"coolers": ()}, Drive(None, None, ())),
        ({"heaters": (LINGERING,)}, Drive(10.0, None, ())),
        ({"heaters": (ON, OFF, OFF, OFF)}, Drive(25.0, None, (HEATER,))),
    ],
)
def test_a_duty_is_the_mean_of_the_parts_that_tell_theirs(
    fields: dict[str, Any], drive: Drive
) -> None:
    assert drive_of(sample(**fields)) == drive


@pytest.mark.parametrize(
    ("before", "after", "went_on"),
    [
        ((), (), set()),
        ((), (HEATER,), {HEATER}),
        ((HEATER,), (HEATER,), set()),
        ((HEATER,), (), set()),
        ((HEATER,), (HEATER, SECOND), {SECOND}),
        ((COOLER,), (SECOND,), {SECOND}),
    ],
)
def test_what_went_on_is_what_was_off_before(
    before: Running, after: Running, went_on: set[tuple[Kind, int]]
) -> None:
    assert started(before, after) == went_on


@pytest.mark.parametrize(
    ("fields", "certain", "idle"),
    [
        ({}, True, False),
        ({"heaters": (OFF,)}, True, True),
        ({"heaters": (OFF,), "coolers": (OFF,)}, True, True),
        ({"coolers": (OFF,), "heaters": (ON,)}, True, False),
        ({"heaters": (OFF,), "coolers": (ON,)}, True, False),
        ({"heaters": (LINGERING,)}, True, False),
        ({"heaters": (OFF, None)}, False, False),
        ({"heaters": (OFF,), "coolers": (None,)}, False, False),
        ({"heaters": (None,), "coolers": (OFF,)}, False, False),
    ],
)
def test_a_chamber_is_idle_where_certainly_all_is_off(
    fields: dict[str, Any], certain: bool, idle: bool
) -> None:
    told = sample(**fields)
    assert (is_certain(told), is_idle(told, drive_of(told))) == (certain, idle)


PARTS = st.lists(
    st.none() | st.builds(Part, on=st.booleans(), duty=st.none() | st.floats(0.0, 100.0)),
    max_size=4,
)


@given(PARTS, PARTS)
def test_duties_are_percent_and_only_what_is_on_runs(
    heaters: list[Part | None], coolers: list[Part | None]
) -> None:
    drive = drive_of(sample(heaters=tuple(heaters), coolers=tuple(coolers)))
    for duty, parts in ((drive.heat, heaters), (drive.cool, coolers)):
        assert (duty is None) is all(part is None for part in parts)
        assert duty is None or -1e-9 <= duty <= 100.0 + 1e-9
    on = sum(part is not None and part.on for part in (*heaters, *coolers))
    assert len(drive.running) == on
