"""The physics, held against the reference results of the model (domain notes, simulator parameters)."""

from __future__ import annotations

import math
import random
from dataclasses import fields, replace
from statistics import stdev
from typing import get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chamber_agent.plant import (
    Inputs,
    Plant,
    State,
    advance,
    power,
    quantised,
    resting,
    wander,
)
from chamber_agent.settings.bounds import Between
from chamber_agent.simulation.peltier import Peltier, flow
from patience import examples

LONG = 8_000.0
"""Long enough for an empty box to settle, s."""


def cooled(duty: float, ambient: float = 25.0) -> Inputs:
    return Inputs(coolers=(duty, duty), inside_fan=1.0, outside_fan=1.0, ambient=ambient)


def heated(watts: float, ambient: float = 25.0) -> Inputs:
    return Inputs(
        heaters=(watts / 40.0,),
        coolers=(0.0, 0.0),
        inside_fan=1.0,
        outside_fan=1.0,
        ambient=ambient,
    )


def settled(inputs: Inputs, plant: Plant | None = None) -> State:
    return advance(plant or Plant(), resting(inputs.ambient), inputs, LONG)


def slope(inputs: Inputs, seconds: float) -> float:
    """Mean change of the air from rest, K/min."""
    return (advance(Plant(), resting(25.0), inputs, seconds).air - 25.0) / seconds * 60


@pytest.mark.lasting
@pytest.mark.parametrize(("ambient", "air"), [(25.0, -2.7), (32.0, 3.8), (43.0, 14.0)])
def test_full_cooling_settles_where_the_model_says(ambient: float, air: float) -> None:
    assert settled(cooled(1.0, ambient)).air == pytest.approx(air, abs=0.15)


def test_sixty_percent_cooling_settles_near_four_degrees() -> None:
    assert settled(cooled(0.6)).air == pytest.approx(3.8, abs=0.15)


@pytest.mark.parametrize(("duty", "watts", "efficiency"), [(1.0, 67.0, 0.23), (0.5, 19.0, 0.56)])
def test_bang_bang_would_waste_power(duty: float, watts: float, efficiency: float) -> None:
    inputs = cooled(duty)
    state = settled(inputs)
    drawn = power(Plant(), state, inputs)
    pumped = sum(flow(Peltier(), duty, state.cold, state.hot).absorbed for duty in inputs.coolers)
    assert drawn == pytest.approx(watts, abs=1.0)
    assert pumped / drawn == pytest.approx(efficiency, abs=0.02)


def test_heating_settles_near_the_reference() -> None:
    assert settled(heated(20.0)).air - 25.0 == pytest.approx(16.5, rel=0.10)


def test_the_first_minutes_are_as_steep_as_the_reference() -> None:
    assert slope(cooled(0.6), 180.0) == pytest.approx(-2.1, rel=0.10)
    assert slope(heated(20.0), 180.0) == pytest.approx(1.4, rel=0.10)


def sumprod(one: list[float], other: list[float]) -> float:
    return math.fsum(x * y for x, y in zip(one, other, strict=True))


def first_order_fit(plant: Plant, inputs: Inputs, hours: int) -> float:
    """Time constant of the exponential that fits so many hours of the air best, s."""
    state = resting(25.0)
    air: list[float] = []
    for _ in range(12 * hours):
        state = advance(plant, state, inputs, 300.0)
        air.append(state.air - 25.0)

    def misfit(tau: float) -> float:
        shape = [1 - math.exp(-300.0 * (i + 1) / tau) for i in range(len(air))]
        gain = sumprod(shape, air) / sumprod(shape, shape)
        return math.fsum((gain * x - y) ** 2 for x, y in zip(shape, air, strict=True))

    return min(range(200, 15_000, 25), key=misfit)


@pytest.mark.lasting
@pytest.mark.parametrize(("load", "hours", "seconds"), [(0.0, 3, 798.0), (8370.0, 20, 5316.0)])
def test_one_exponential_fits_about_as_slow_as_in_the_reference(
    load: float, hours: int, seconds: float
) -> None:
    """The reference does not say what it fitted over: a box with goods has two time constants."""
    fitted = first_order_fit(Plant(load=load), cooled(0.6), hours)
    assert fitted == pytest.approx(seconds, rel=0.20)


def test_an_idle_module_is_a_thermal_bridge() -> None:
    heating = heated(40.0)
    bridged, sealed = settled(heating), settled(replace(heating, coolers=()))
    assert sealed.air - bridged.air > 20.0


def test_an_open_door_warms_the_air_faster_than_a_dead_cooler() -> None:
    cold = settled(cooled(0.6))
    opened = advance(Plant(), cold, replace(cooled(0.6), door=True), 60.0)
    dead = advance(Plant(), cold, cooled(0.0), 60.0)
    assert opened.probe - cold.probe > 2 * (dead.probe - cold.probe) > 0


def test_the_buffered_probe_lags_behind_the_bare_one() -> None:
    state = advance(Plant(), resting(25.0), cooled(1.0), 120.0)
    assert state.air < state.probe < state.product < 25.0


def test_nothing_changes_at_rest() -> None:
    still = Inputs(coolers=(0.0, 0.0), ambient=25.0)
    assert advance(Plant(), resting(25.0), still, LONG).air == pytest.approx(25.0, abs=1e-6)
    assert power(Plant(), resting(25.0), still) == 0.0


def test_no_time_is_no_change() -> None:
    assert advance(Plant(), resting(25.0), cooled(1.0), 0.0) == resting(25.0)


@given(st.floats(0.1, 1000.0), st.integers(1, 7))
@settings(max_examples=examples(15), deadline=None)
def test_time_may_be_cut_anyhow(seconds: float, cuts: int) -> None:
    at_once = advance(Plant(), resting(25.0), cooled(0.8), seconds)
    state = resting(25.0)
    for _ in range(cuts):
        state = advance(Plant(), state, cooled(0.8), seconds / cuts)
    assert state.air == pytest.approx(at_once.air, abs=0.05)


def plants() -> st.SearchStrategy[Plant]:
    """Any plant that a configuration admits."""
    hints = get_type_hints(Plant, include_extras=True)
    bounds = {name: _bound(hint) for name, hint in hints.items() if name != "module"}
    numbers = {name: st.floats(bound.low, bound.high) for name, bound in bounds.items()}
    return st.builds(Plant, module=modules(), **numbers)


def modules() -> st.SearchStrategy[Peltier]:
    hints = get_type_hints(Peltier, include_extras=True)
    bounds = {field.name: _bound(hints[field.name]) for field in fields(Peltier)}
    return st.builds(Peltier, **{n: st.floats(b.low, b.high) for n, b in bounds.items()})


MOST_DRAWN = 24.0**2
"""24 V across 1 ohm, W."""
MOST_PUMPED = 0.06 * 24 * 400
"""The strongest admitted module at 400 K, W."""


def _bound(hint: object) -> Between:
    return next(arg for arg in get_args(hint) if isinstance(arg, Between))


@given(plants(), st.floats(0.0, 1.0), st.booleans())
@settings(max_examples=examples(60), deadline=None)
def test_whatever_the_configuration_admits_stays_stable(
    plant: Plant, duty: float, door: bool
) -> None:
    inputs = Inputs((duty,), (duty, 1.0), duty, 1.0, 25.0, door)
    state = advance(plant, resting(25.0), inputs, 10.0)
    # Every joule that is drawn, or pumped up from the cold side, into the smallest of the nodes.
    watts = plant.heater + plant.inside_fan + 2 * (MOST_DRAWN + MOST_PUMPED)
    hottest = 25.0 + 10.0 * watts / min(plant.air, plant.liner, plant.cold_sink, plant.hot_sink)
    assert all(-274.0 < getattr(state, f.name) < hottest for f in fields(State) if f.name != "heat")


def test_the_noise_has_the_deviation_it_was_asked_for() -> None:
    draw = random.Random(1)
    noise, seen = 0.0, []
    for _ in range(20_000):
        noise = wander(noise, 0.08, 30.0, 10.0, draw.gauss(0, 1))
        seen.append(noise)
    assert stdev(seen) == pytest.approx(0.08, rel=0.05)


def test_a_sensor_shows_steps() -> None:
    assert quantised(4.95, 0.0625) == 4.9375
    assert quantised(4.95, 0.0) == 4.95
