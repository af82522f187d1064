"""The physics of a simulated chamber: a lumped thermal model, pure and explicit.

Heat flows between the nodes air, liner, load, cold sink and hot sink; probes lag behind the air.
Parameters describe a believable 15 L box with two TEC1-12706 modules; they were fitted to no real
box. Temperatures in °C, heat in W, capacities in J/K, conductances in W/K, times in s.
"""

import math
from dataclasses import dataclass, field
from typing import Annotated

from .settings.bounds import Between
from .simulation.peltier import Peltier, flow

Conductance = Annotated[float, Between(0.01, 100)]
Capacity = Annotated[float, Between(10, 10_000_000)]
Watts = Annotated[float, Between(0, 10_000)]
Lag = Annotated[float, Between(0.1, 86_400)]

LIGHTEST = 10.0
"""Goods that hold less heat follow the air, J/K."""
LONGEST_STEP = 0.5
"""Longest explicit step, s: the air, the fastest node, has a time constant of about 3 s."""


@dataclass(frozen=True, slots=True)
class Plant:
    """What a box is made of."""

    wall: Conductance = 0.60
    """Liner to ambient: 0.3 is a good polyurethane carrier, 1.0 expanded polystyrene."""
    air: Capacity = 60.0
    liner: Capacity = 900.0
    load: Annotated[float, Between(0, 100_000_000)] = 0.0
    """Heat capacity of the goods: 8370 is 2 kg of water; less than `LIGHTEST` is an empty box."""
    air_liner: Conductance = 4.0
    still_air: Annotated[float, Between(0, 1)] = 0.35
    """Part of `air_liner` that is left without the inside fan."""
    air_load: Conductance = 1.5
    cold_sink: Capacity = 450.0
    cold_sink_fan: Conductance = 8.0
    cold_sink_still: Conductance = 2.0
    hot_sink: Capacity = 900.0
    hot_sink_fan: Conductance = 8.0
    hot_sink_still: Conductance = 1.6
    heater: Watts = 40.0
    """Power of one heater."""
    heater_lag: Lag = 20.0
    inside_fan: Watts = 1.0
    """Power of the inside fan; all of it warms the air."""
    outside_fan: Watts = 3.0
    door_air: Conductance = 6.0
    """Added between air and ambient while the door is open."""
    door_liner: Conductance = 0.8
    probe_lag: Lag = 12.0
    product_lag: Lag = 600.0
    """Lag of a buffered probe (a bottle of glycol)."""
    module: Peltier = field(default_factory=Peltier)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What acts on the box: duties 0..1 of every part, and the world around it."""

    heaters: tuple[float, ...] = ()
    coolers: tuple[float, ...] = ()
    inside_fan: float = 0.0
    outside_fan: float = 0.0
    ambient: float = 25.0
    door: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Temperatures of the nodes and of the two probes (°C), and the heat of the heaters (W)."""

    air: float
    liner: float
    load: float
    cold: float
    hot: float
    probe: float
    product: float
    heat: float = 0.0


def resting(temperature: float) -> State:
    """Return a box that has been switched off at `temperature` for a long time."""
    return State(*[temperature] * 7)


def advance(plant: Plant, state: State, inputs: Inputs, seconds: float) -> State:
    """Return the box `seconds` later; the inputs hold all the while.

    The time is cut into equal steps no longer than `LONGEST_STEP` and than the fastest node allows,
    so that any duration stays stable.
    """
    if seconds <= 0:
        return state
    count = math.ceil(seconds / _stable_step(plant, len(inputs.coolers)))
    step = seconds / count
    for _ in range(count):
        state = _step(plant, state, inputs, step)
    return state


def power(plant: Plant, state: State, inputs: Inputs) -> float:
    """Return the electrical power that heaters, modules and fans draw, in W."""
    modules = sum(
        flow(plant.module, duty, state.cold, state.hot).electrical for duty in inputs.coolers
    )
    fans = plant.inside_fan * inputs.inside_fan + plant.outside_fan * inputs.outside_fan
    return modules + plant.heater * sum(inputs.heaters) + fans


def wander(value: float, sigma: float, tau: float, seconds: float, draw: float) -> float:
    """Return an Ornstein-Uhlenbeck noise `seconds` later; `draw` is a standard normal number.

    `sigma` is the standard deviation in the long run, `tau` the correlation time in s. The step is
    exact for any duration (Gillespie 1996, doi:10.1103/PhysRevE.54.2084).
    """
    decay = math.exp(-seconds / tau)
    return value * decay + sigma * math.sqrt(1 - decay * decay) * draw


def quantised(value: float, quantum: float) -> float:
    """Return `value` as a sensor with steps of `quantum` shows it (0: no steps)."""
    return round(value / quantum) * quantum if quantum > 0 else value


def _stable_step(plant: Plant, modules: int) -> float:
    """Return a step well below the time constant of the fastest node, s."""
    module = plant.module
    current = module.supply * module.ceiling / module.resistance
    pumped = modules * (module.conductance + module.seebeck * current)
    goods = plant.load / plant.air_load if plant.load >= LIGHTEST else math.inf
    sink = max(plant.cold_sink_fan, plant.cold_sink_still)
    air = plant.air_liner + plant.air_load + plant.door_air + sink
    fastest = min(
        plant.air / air,
        plant.liner / (plant.air_liner + plant.wall + plant.door_liner),
        goods,
        plant.cold_sink / (sink + pumped),
        plant.hot_sink / (max(plant.hot_sink_fan, plant.hot_sink_still) + pumped),
        plant.heater_lag,
        plant.probe_lag,
        plant.product_lag,
    )
    return min(LONGEST_STEP, fastest / 4)


def _step(plant: Plant, state: State, inputs: Inputs, dt: float) -> State:
    still = plant.still_air + (1 - plant.still_air) * inputs.inside_fan
    to_liner = plant.air_liner * still * (state.air - state.liner)
    to_load = plant.air_load * (state.air - state.load) if plant.load >= LIGHTEST else 0.0
    to_cold = _sink(plant.cold_sink_still, plant.cold_sink_fan, inputs.inside_fan) * (
        state.air - state.cold
    )
    to_outside = _sink(plant.hot_sink_still, plant.hot_sink_fan, inputs.outside_fan) * (
        state.hot - inputs.ambient
    )
    by_duty = {
        duty: flow(plant.module, duty, state.cold, state.hot) for duty in set(inputs.coolers)
    }
    flows = [by_duty[duty] for duty in inputs.coolers]
    door_air, door_liner = (plant.door_air, plant.door_liner) if inputs.door else (0.0, 0.0)
    warmed = state.heat + plant.inside_fan * inputs.inside_fan
    to_door = door_air * (state.air - inputs.ambient)
    through_wall = (plant.wall + door_liner) * (state.liner - inputs.ambient)
    air = state.air + dt / plant.air * (warmed - to_liner - to_load - to_cold - to_door)
    return State(
        air=air,
        liner=state.liner + dt / plant.liner * (to_liner - through_wall),
        load=state.load + dt / plant.load * to_load if plant.load >= LIGHTEST else air,
        cold=state.cold + dt / plant.cold_sink * (to_cold - sum(f.absorbed for f in flows)),
        hot=state.hot + dt / plant.hot_sink * (sum(f.released for f in flows) - to_outside),
        probe=state.probe + dt / plant.probe_lag * (state.air - state.probe),
        product=state.product + dt / plant.product_lag * (state.air - state.product),
        heat=state.heat + dt / plant.heater_lag * (plant.heater * sum(inputs.heaters) - state.heat),
    )


def _sink(still: float, blown: float, fan: float) -> float:
    return still + (blown - still) * fan
