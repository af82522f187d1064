"""One thermoelectric module between a cold and a hot sink.

The three compendium equations (Meerstetter TEC compendium) with Kubov's TEC1-12706 figures, and a
thermal contact resistance on either side.
"""

from dataclasses import dataclass
from typing import Annotated

from ..settings.bounds import Between

KELVIN = 273.15
"""0 °C in kelvin."""

_CONTACT_PASSES = 3
"""The contact drop changes the faces by some 7 % of itself per pass: three leave less than 1 mK."""


@dataclass(frozen=True, slots=True)
class Peltier:
    """What a module is, and how hard its driver may push it.

    The bounds are those of real modules of this size; within them the equations converge.
    """

    seebeck: Annotated[float, Between(0.01, 0.06)] = 0.048
    """Seebeck coefficient, V/K."""
    resistance: Annotated[float, Between(1, 20)] = 2.0
    """Electrical resistance at 25 °C, ohm."""
    resistance_rise: Annotated[float, Between(0, 0.005)] = 0.003
    """Relative rise of the resistance, 1/K."""
    conductance: Annotated[float, Between(0.1, 1.5)] = 0.58
    """Heat that leaks through it, W/K: switched off it is a thermal bridge."""
    contact: Annotated[float, Between(0, 0.2)] = 0.10
    """Thermal resistance between either face and its sink, K/W."""
    supply: Annotated[float, Between(1, 24)] = 12.0
    """Voltage of the supply, V."""
    ceiling: Annotated[float, Between(0.05, 1)] = 0.75
    """Part of the supply that a duty of 1 applies: modules live long at 25-80 % of their maximum."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What a module moves at one moment, in watts."""

    absorbed: float
    """Heat taken from the cold sink, W (negative: it leaks in)."""
    released: float
    """Heat given to the hot sink, W."""
    electrical: float
    """Power drawn from the driver, W."""


def flow(module: Peltier, duty: float, cold: float, hot: float) -> Flow:
    """Return what a module at `duty` (0..1) moves between sinks at `cold` and `hot` (°C)."""
    voltage = module.supply * module.ceiling * duty
    cold_face, hot_face = cold, hot
    absorbed = released = current = 0.0
    for _ in range(_CONTACT_PASSES):
        current = _current(module, voltage, cold_face, hot_face)
        resistance = _resistance(module, cold_face, hot_face)
        leak = module.conductance * (hot_face - cold_face)
        joule = current * current * resistance / 2
        absorbed = module.seebeck * current * (cold_face + KELVIN) - joule - leak
        released = module.seebeck * current * (hot_face + KELVIN) + joule - leak
        cold_face = cold - module.contact * absorbed
        hot_face = hot + module.contact * released
    return Flow(absorbed, released, voltage * current)


def _resistance(module: Peltier, cold: float, hot: float) -> float:
    return module.resistance * (1 + module.resistance_rise * ((cold + hot) / 2 - 25.0))


def _current(module: Peltier, voltage: float, cold: float, hot: float) -> float:
    """Return the current in A; the driver never takes current back, and opens at duty 0."""
    if voltage <= 0:
        return 0.0
    back = module.seebeck * (hot - cold)
    return max(0.0, (voltage - back) / _resistance(module, cold, hot))
