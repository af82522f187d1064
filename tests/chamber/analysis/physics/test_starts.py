"""How often a switched part goes on within an hour."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chamber.given import sample
from chamber_agent.chamber.analysis.physics.drive import drive_of
from chamber_agent.chamber.analysis.physics.starts import HOUR, MOST, Starts
from chamber_agent.chamber.model import Part

ON, OFF = Part(on=True), Part(on=False)


def seen(starts: Starts, at: float, **fields: Any) -> None:
    told = sample(**fields)
    starts.look(at, told, drive_of(told).running)


def cycled(starts: Starts, period: float, count: int, since: float = 0.0) -> float:
    """A cooler that goes on every so many seconds; the last time is returned."""
    at = since
    for index in range(count):
        at = since + index * period
        seen(starts, at - 1.0, coolers=(OFF,))
        seen(starts, at, coolers=(ON,))
    return at


def test_six_starts_within_an_hour_are_borne_and_the_seventh_is_not() -> None:
    starts = Starts()
    cycled(starts, 60.0, MOST)
    assert starts.until == 0.0
    cycled(starts, 60.0, 1, since=MOST * 60.0)
    assert (starts.until, starts.part) == (HOUR, "cooler 1")


@pytest.mark.parametrize(("period", "too_often"), [(HOUR / 6 - 1.0, True), (HOUR / 6, False)])
def test_seven_starts_in_a_whole_hour_are_borne(period: float, too_often: bool) -> None:
    starts = Starts()
    cycled(starts, period, 20)
    assert (starts.until > 0.0) is too_often


def test_it_is_over_an_hour_after_the_first_of_the_last_seven() -> None:
    starts = Starts()
    last = cycled(starts, 300.0, 10)
    assert starts.until == last - MOST * 300.0 + HOUR


def test_the_second_heater_is_named_as_people_count() -> None:
    starts = Starts()
    for index in range(8):
        seen(starts, index * 60.0, heaters=(OFF, OFF), coolers=(OFF,))
        seen(starts, index * 60.0 + 30.0, heaters=(OFF, ON), coolers=(OFF,))
    assert starts.part == "heater 2"


def test_each_part_is_counted_by_itself() -> None:
    starts = Starts()
    for index in range(12):
        heater, cooler = (ON, OFF) if index % 2 else (OFF, ON)
        seen(starts, index * 60.0, heaters=(OFF,), coolers=(OFF,))
        seen(starts, index * 60.0 + 30.0, heaters=(heater,), coolers=(cooler,))
    assert starts.until == 0.0


def test_what_has_a_duty_wears_nothing_out() -> None:
    starts = Starts()
    for index in range(20):
        duty = 50.0 if index % 2 else 0.0
        seen(starts, index * 30.0, coolers=(Part(on=duty > 0.0, duty=duty),))
    assert starts.until == 0.0


def test_what_is_on_at_first_did_not_start_then() -> None:
    starts = Starts()
    seen(starts, 0.0, coolers=(ON,))
    cycled(starts, 60.0, MOST, since=60.0)
    assert starts.until == 0.0
    starts.restart()
    seen(starts, 400.0, coolers=(ON,))
    assert starts.until == 0.0
    cycled(starts, 60.0, 1, since=460.0)
    assert starts.until > 0.0


def test_the_starts_move_with_the_clock() -> None:
    starts = Starts()
    cycled(starts, 60.0, 7)
    starts.move(-1000.0)
    assert starts.until == HOUR - 1000.0
    cycled(starts, 60.0, 1, since=420.0 - 1000.0)
    assert starts.until == HOUR - 1000.0 + 60.0


def test_a_snapshot_goes_on_as_the_starts_themselves() -> None:
    starts = Starts()
    fresh = Starts.restored(json.loads(json.dumps(starts.snapshot())))
    assert fresh.snapshot() == starts.snapshot()
    cycled(starts, 60.0, 6)
    other = Starts.restored(json.loads(json.dumps(starts.snapshot())))
    for one in (starts, other, fresh):
        cycled(one, 60.0, 2, since=360.0)
    assert other.snapshot() == starts.snapshot() != fresh.snapshot()
    assert (other.until, other.part) == (starts.until, starts.part)


def test_after_a_restart_it_is_known_what_was_off() -> None:
    starts = Starts()
    seen(starts, 0.0, coolers=(OFF,))
    other = Starts.restored(json.loads(json.dumps(starts.snapshot())))
    for one in (starts, other):
        seen(one, 10.0, coolers=(ON,))
    assert other.snapshot() == starts.snapshot()
    assert starts.snapshot() == {
        "running": [["cooler", 0]],
        "starts": [["cooler", 0, [10.0]]],
        "until": 0.0,
        "part": "",
    }


def test_no_more_is_remembered_than_seven_starts_of_a_part() -> None:
    starts = Starts()
    cycled(starts, 60.0, 50)
    ((_kind, _index, times),) = starts.snapshot()["starts"]
    assert len(times) == MOST + 1
