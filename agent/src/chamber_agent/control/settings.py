"""How a chamber is controlled, what cuts its actuators off, and what is safe for it.

Numbers: PID and hold times from this project's model of a Peltier box; minimum times in the manner of
BrewPi's. Temperatures in °C, durations in s.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from ..chamber.fields import ID
from ..chamber.model import ABSOLUTE_ZERO, HOTTEST, Limits
from ..settings.bounds import Between, Matching

Seconds = Annotated[float, Between(0, 86_400)]
Share = Annotated[float, Between(0, 1)]

MARGIN = 10.0
"""A cut-out that is told no thresholds trips this far beyond the chamber's limits, K."""


class Strategy(StrEnum):
    """The law that turns an error into an output."""

    PID = "pid"
    HYSTERESIS = "hysteresis"


@dataclass(frozen=True, slots=True)
class Control:
    """How a chamber is controlled."""

    strategy: Strategy = Strategy.PID
    gain: Annotated[float, Between(0, 100)] = 0.25
    """Output per kelvin."""
    integral_time: Annotated[float, Between(1, 86_400)] = 400.0
    derivative_time: Seconds = 20.0
    dead_band: Share = 0.02
    """Outputs smaller than this are 0."""
    hysteresis: Annotated[float, Between(0, 50)] = 0.5
    """Distance from the setpoint at which the hysteresis law switches on, K; off at the setpoint."""
    minimum_on: Seconds = 0.0
    """A heater or cooler once on stays so this long (for relays and compressors)."""
    minimum_off: Seconds = 0.0
    polarity_hold: Seconds = 120.0
    """Time at zero between heating and cooling."""
    fan_overrun: Seconds = 120.0
    heating_cap: Share = 1.0
    """The highest output that heats."""
    cooling_cap: Share = 1.0
    hot_sink_limit: Annotated[float, Between(0, 200)] = 70.0
    """The coolers are off while the hot sink's probe is above this, °C."""


@dataclass(frozen=True, slots=True)
class Cutout:
    """What takes the heaters or the coolers away whatever the control loop wants, until it is released."""

    probe: Annotated[str, Matching(ID.pattern, "the id of one of the chamber's probes")] | None = (
        None
    )
    """The probe that is watched; without it the control probe."""
    high: Annotated[float, Between(ABSOLUTE_ZERO, HOTTEST)] | None = None
    """The heaters are off from here on; without it `MARGIN` above the chamber's limits."""
    low: Annotated[float, Between(ABSOLUTE_ZERO, HOTTEST)] | None = None
    """The coolers are off from here on; without it `MARGIN` below the chamber's limits."""
    hysteresis: Annotated[float, Between(0, 100)] = 2.0
    """So far back the temperature must come before they may run again, K."""

    def within(self, limits: Limits) -> "Cutout":
        """Return this with the thresholds that a chamber with these limits has."""
        high = limits.max + MARGIN if self.high is None else self.high
        low = limits.min - MARGIN if self.low is None else self.low
        return Cutout(self.probe, high, low, self.hysteresis)


@dataclass(frozen=True, slots=True)
class Safe:
    """What every actuator does where nothing can be known or decided: duties 0..1.

    Off is not safe for everything: a vaccine would rather be cooled blindly than not at all.
    """

    heaters: Share = 0.0
    coolers: Share = 0.0
    fans: Share = 0.0
