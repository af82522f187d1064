"""What the thermostat sees, remembers and decides; all frozen."""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ..chamber.model import Action, Mode


class Reason(StrEnum):
    """Why the output is what it is."""

    OFF = "off"
    PID = "pid"
    HYSTERESIS = "hysteresis"
    MINIMUM_OFF_TIME = "minimum_off_time"
    MINIMUM_ON_TIME = "minimum_on_time"
    INTERLOCK = "interlock"
    LIMIT = "limit"
    OVER_TEMPERATURE = "over_temperature"
    UNDER_TEMPERATURE = "under_temperature"
    SENSOR_FAULT = "sensor_fault"
    ACTUATOR_FAULT = "actuator_fault"


class Situation(NamedTuple):
    """What the thermostat sees: temperatures in °C, None where the probe gives no valid value."""

    now: float
    temperature: float | None
    setpoint: float
    mode: Mode
    hot_sink: float | None = None


class Trip(NamedTuple):
    """Which cut-outs have tripped: `hot` takes the heaters, `cold` the coolers."""

    hot: bool = False
    cold: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """The heaters, or the coolers: on or off, and since when."""

    on: bool = False
    since: float = -math.inf

    def switched(self, on: bool, now: float) -> "Side":
        """Return this side on or off; it stays as it is where that is nothing new."""
        return self if self.on == on else Side(on, now)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the thermostat remembers. The default knows that everything has rested for long."""

    at: float | None = None
    output: float = 0.0
    integral: float = 0.0
    smoothed: float | None = None
    calling: float = 0.0
    overheated: bool = False
    heat: Side = field(default_factory=Side)
    cool: Side = field(default_factory=Side)
    trip: Trip = Trip()

    @classmethod
    def unknown(cls, now: float) -> "Memory":
        """Remember nothing: whatever ran until now must rest before it, or its opposite, starts."""
        return cls(heat=Side(since=now), cool=Side(since=now))

    def side(self, output: float) -> Side:
        """Return the side that an output drives; the coolers for 0."""
        return self.heat if output > 0 else self.cool


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: `output` from -1 (cool) to +1 (heat), and the fans from 0 to 1."""

    output: float
    fans: float
    action: Action
    reason: Reason

    @property
    def heat(self) -> float:
        """Duty of the heaters, 0..1."""
        return max(0.0, self.output)

    @property
    def cool(self) -> float:
        """Duty of the coolers, 0..1."""
        return max(0.0, -self.output)


class Wish(NamedTuple):
    """What a law or a guard asks for; `urgent` overrules the minimum on time."""

    output: float
    reason: Reason
    urgent: bool = False

    def refused(self, reason: Reason) -> "Wish":
        """Return this at zero for `reason`, unless a fault is the better answer."""
        kept = self.reason if self.reason is Reason.SENSOR_FAULT else reason
        return self._replace(output=0.0, reason=kept)


class Task(NamedTuple):
    """What a law works on: the temperature, its error (K), the time passed (s), the outputs allowed."""

    temperature: float
    error: float
    elapsed: float
    low: float
    high: float
