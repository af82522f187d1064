"""Boxes that live for hours: healthy ones are left alone, faults put into them are found, at any rhythm of samples."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from chamber.analysis.boxes import (
    ALL,
    BARE,
    HOUR,
    MINUTE,
    MORNING,
    PROBES,
    RELAY,
    Box,
    Change,
    opened,
    warming,
    watched,
)
from chamber_agent.chamber.model import Mode, Sample
from chamber_agent.control import Control
from chamber_agent.plant import Inputs

pytestmark = pytest.mark.lasting
RHYTHMS = (1, 5, 10, 60)
"""A sample each so many seconds."""
PELTIER = Control()
REPORTS = {"bare": BARE, "probes": PROBES, "all": ALL}
VIEWS = [
    *(("bare", every) for every in RHYTHMS),
    *(("probes", every) for every in RHYTHMS[1:]),
    *(("all", every) for every in RHYTHMS[2:]),
]
"""What a chamber reports beside, and how often."""


def told(samples: list[Sample], every: int, reports: str) -> list[str]:
    occurred = watched(samples, every, REPORTS[reports])[1]
    return [f"{one.happened}: {one.what}" for one in occurred]


@pytest.mark.parametrize(("reports", "every"), VIEWS)
@pytest.mark.parametrize("control", [PELTIER, RELAY], ids=["peltier", "relay"])
@pytest.mark.parametrize(("kilograms", "hours"), [(0.0, 1.5), (2.0, 4.0), (5.0, 6.0)])
def test_a_pull_down_is_no_fault_however_long_it_takes(
    kilograms: float, hours: float, control: Control, reports: str, every: int
) -> None:
    assert told(pulled_down(kilograms, hours, control), every, reports) == []


@cache
def pulled_down(kilograms: float, hours: float, control: Control) -> list[Sample]:
    return Box(hours=hours, kilograms=kilograms, control=control).samples()


def a_day(seed: int, **box: Any) -> Box:
    """Doors, setpoints, weather, off and on again."""
    changes = [
        *opened(0.5 * HOUR, 15),
        *opened(1.0 * HOUR, 60),
        Change(1.5 * HOUR, setpoint=2.0),
        Change(2.0 * HOUR, setpoint=8.0),
        *opened(2.5 * HOUR, 60),
        Change(3.0 * HOUR, setpoint=5.0),
        *warming(3.5 * HOUR, 25.0, 32.0),
        *warming(4.5 * HOUR, 32.0, 18.0),
        *warming(5.5 * HOUR, 18.0, 25.0),
        Change(6.0 * HOUR, setpoint=30.0),
        *opened(6.5 * HOUR, 60),
        *opened(7.0 * HOUR, 15),
        Change(7.5 * HOUR, mode=Mode.OFF),
        Change(8.3 * HOUR, mode=Mode.HEAT_COOL),
    ]
    return Box(hours=9.0, start=5.0, changes=changes, seed=seed, **box)


def goods(temperature: float, **box: Any) -> Box:
    """Others are put in."""
    changes = [*opened(HOUR, 40), Change(HOUR + 30, goods=temperature)]
    return Box(hours=3.0, start=5.0, changes=changes, **box)


HEALTHY = {
    "empty, a day": a_day(1),
    "empty, a day, relay": a_day(2, control=RELAY),
    "2 kg, a day": a_day(3, kilograms=2.0),
    "2 kg, a day, relay": a_day(4, kilograms=2.0, control=RELAY),
    "5 kg, a day": a_day(5, kilograms=5.0),
    "5 kg, a day, relay": a_day(6, kilograms=5.0, control=RELAY),
    "warm goods": goods(25.0, kilograms=5.0),
    "warm goods, bare, relay": goods(25.0, kilograms=2.0, control=RELAY),
    "frozen goods": goods(-15.0, kilograms=2.0, mode=Mode.COOL),
    "a hot room": Box(hours=6.0, ambient=32.0, kilograms=2.0),
    "an incubator": Box(
        hours=4.0,
        ambient=21.0,
        setpoint=37.0,
        changes=[*opened(2.5 * HOUR, 60), Change(3.0 * HOUR, mode=Mode.OFF)],
    ),
    "a probe without noise": Box(
        hours=4.0,
        start=5.0,
        noise=0.0,
        quantum=0.03125,
        changes=warming(HOUR, 25.0, 30.0, rate=0.1),
    ),
    "a probe without noise, the setpoint of the room": Box(
        hours=4.0,
        start=21.0,
        setpoint=21.0,
        ambient=21.0,
        noise=0.0,
        changes=[*warming(HOUR, 21.0, 25.0), *warming(2.5 * HOUR, 25.0, 18.0)],
    ),
}


@pytest.mark.parametrize(("reports", "every"), VIEWS)
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_box_has_no_fault(name: str, reports: str, every: int) -> None:
    assert told(lived(name), every, reports) == []


@cache
def lived(name: str) -> list[Sample]:
    return HEALTHY[name].samples()


# What is wrong, in the physics alone


def without_coolers(asked: Inputs) -> Inputs:
    return replace(asked, coolers=(0.0, 0.0))


def with_one_cooler(asked: Inputs) -> Inputs:
    return replace(asked, coolers=(asked.coolers[0], 0.0) if asked.coolers else ())


def without_heater(asked: Inputs) -> Inputs:
    return replace(asked, heaters=(0.0,))


def heating_on(asked: Inputs) -> Inputs:
    return replace(asked, heaters=(1.0,))


def cooling_on(asked: Inputs) -> Inputs:
    return replace(asked, coolers=(1.0, 1.0), inside_fan=1.0, outside_fan=1.0)


BROKEN_AT = 45 * MINUTE
KEPT = Box(hours=1.5, start=5.0)
WARM = replace(KEPT, start=30.0, setpoint=30.0, mode=Mode.HEAT)
FAULTY = {
    "a dead cooler": (KEPT, without_coolers, "cooler_dead", 15),
    "a dead cooler and 2 kg": (replace(KEPT, kilograms=2.0), without_coolers, "cooler_dead", 15),
    "a dead cooler and 5 kg": (replace(KEPT, kilograms=5.0), without_coolers, "cooler_dead", 15),
    "a dead module": (KEPT, with_one_cooler, "duty_saturated", 25),
    "a dead module and 2 kg": (
        replace(KEPT, kilograms=2.0),
        with_one_cooler,
        "duty_saturated",
        40,
    ),
    "a dead heater": (replace(WARM, start=35.0, setpoint=35.0), without_heater, "heater_dead", 15),
    "a stuck heater": (WARM, heating_on, "heater_stuck", 15),
    "a stuck heater and 5 kg": (replace(WARM, kilograms=5.0), heating_on, "heater_stuck", 15),
    "a stuck cooler": (replace(KEPT, mode=Mode.COOL), cooling_on, "cooler_stuck", 15),
    "a stuck cooler and 2 kg": (
        replace(KEPT, mode=Mode.COOL, kilograms=2.0),
        cooling_on,
        "cooler_stuck",
        25,
    ),
}


@pytest.mark.parametrize(("reports", "every"), VIEWS)
@pytest.mark.parametrize("control", [PELTIER, RELAY], ids=["peltier", "relay"])
@pytest.mark.parametrize("name", FAULTY)
def test_what_is_broken_is_found(name: str, control: Control, reports: str, every: int) -> None:
    _box, _wrong, fault, within = FAULTY[name]
    watch, occurred = watched(broken(name, control), every, REPORTS[reports])
    first = next(one for one in occurred if one.what == fault)
    assert 0.0 < first.at - MORNING - BROKEN_AT <= within * MINUTE
    assert fault in watch.findings(MORNING).faults
    assert {one.what for one in occurred} <= {fault, "duty_saturated", "cooler_dead"}


@cache
def broken(name: str, control: Control) -> list[Sample]:
    box, wrong, _fault, _within = FAULTY[name]
    change = Change(BROKEN_AT, wrong=wrong)
    return replace(box, control=control, changes=[change]).samples()


@pytest.mark.parametrize("control", [PELTIER, RELAY], ids=["peltier", "relay"])
def test_a_heater_that_cannot_be_switched_off_does_not_go_unnoticed(control: Control) -> None:
    """To a cooler it is as if it had lost its strength, or the door stood open."""
    change = Change(BROKEN_AT, wrong=heating_on)
    samples = replace(KEPT, control=control, changes=[change]).samples()
    for every in RHYTHMS:
        occurred = watched(samples, every, PROBES)[1]
        assert occurred[0].what in {"cooler_dead", "duty_saturated", "door_left_open"}
        assert 0.0 < occurred[0].at - MORNING - BROKEN_AT <= 15 * MINUTE


@pytest.mark.parametrize("every", RHYTHMS)
@pytest.mark.parametrize("reports", [BARE, ALL], ids=["seen", "reported"])
def test_a_door_that_is_left_open_is_found_and_well_again_when_it_is_shut(
    reports: frozenset[str], every: int
) -> None:
    minutes = 5.0 if reports == BARE else 6.0
    door = opened(BROKEN_AT, minutes * MINUTE)
    box = Box(hours=1.25, start=5.0, kilograms=2.0, changes=door)
    started, ended = watched(box.samples(), every, reports)[1]
    assert (started.what, ended.what) == ("door_left_open", "door_left_open")
    assert 3.0 * MINUTE <= started.at - MORNING - BROKEN_AT <= minutes * MINUTE
    shut = BROKEN_AT + minutes * MINUTE
    assert 0.0 <= ended.at - MORNING - shut <= 2.0 * MINUTE


def test_a_room_too_hot_to_hold_the_setpoint_is_no_dead_cooler() -> None:
    box = Box(hours=2.5, ambient=43.0)
    assert told(box.samples(), 10, "probes") == ["fault_started: duty_saturated"]
