"""The thermostat: from a temperature to one signed output, and why it is what it is.

    situation ─ law (pid, hysteresis) ─► wish ─ guards (limit, minimum times, interlock) ─► decision

The output runs from -1 (cool) over 0 to +1 (heat): one number cannot heat and cool together. What the
thermostat remembers is a frozen value, passed in and handed back; time is an argument, in seconds of
any monotonic clock. Numbers: PID and hold times from this project's model of a Peltier box; guards in
the manner of BrewPi's minimum times.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, NamedTuple

from .chamber.model import Action, Mode
from .settings.bounds import Between

Seconds = Annotated[float, Between(0, 86_400)]
Share = Annotated[float, Between(0, 1)]

LONGEST_STEP = 60.0
"""The integral grows by at most so many seconds at once: a suspended machine must not jump."""
HOT_SINK_RELEASE = 5.0
"""The coolers may run again when the hot sink is this much below its limit, K."""


class Strategy(StrEnum):
    """The law that turns an error into an output."""

    PID = "pid"
    HYSTERESIS = "hysteresis"


class Reason(StrEnum):
    """Why the output is what it is."""

    OFF = "off"
    PID = "pid"
    HYSTERESIS = "hysteresis"
    MINIMUM_OFF_TIME = "minimum_off_time"
    MINIMUM_ON_TIME = "minimum_on_time"
    INTERLOCK = "interlock"
    LIMIT = "limit"
    SENSOR_FAULT = "sensor_fault"
    ACTUATOR_FAULT = "actuator_fault"


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
    cutout_high: Annotated[float, Between(-100, 500)] = 150.0
    """The heaters are off above this temperature, °C."""
    cutout_low: Annotated[float, Between(-273, 500)] = -100.0
    """The coolers are off below this temperature, °C."""
    hot_sink_limit: Annotated[float, Between(0, 200)] = 70.0
    """The coolers are off while the hot sink's probe is above this, °C."""
    fault_cooling: Share = 0.0
    """Cooling that goes on while the control probe is at fault; heating never does."""


class Situation(NamedTuple):
    """What the thermostat sees: temperatures in °C, None where the probe gives no valid value."""

    now: float
    temperature: float | None
    setpoint: float
    mode: Mode
    hot_sink: float | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """The heaters, or the coolers: on or off, and since when."""

    on: bool = False
    since: float = -math.inf


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

    @classmethod
    def unknown(cls, now: float) -> "Memory":
        """Remember nothing: whatever ran until now must rest before it, or its opposite, starts."""
        return cls(heat=Side(since=now), cool=Side(since=now))


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: `output` from -1 (cool) to +1 (heat), and the fans."""

    output: float
    fans: bool
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


class _Wish(NamedTuple):
    """What a law or a guard asks for; `urgent` overrules the minimum on time."""

    output: float
    reason: Reason
    urgent: bool = False


class _Task(NamedTuple):
    """What a law works on: the temperature, its error (K), the time passed (s), the outputs allowed."""

    temperature: float
    error: float
    elapsed: float
    low: float
    high: float


def decide(control: Control, memory: Memory, situation: Situation) -> tuple[Memory, Decision]:
    """Return what to do now, and what to remember."""
    if situation.temperature is not None and not math.isfinite(situation.temperature):
        situation = situation._replace(temperature=None)
    memory = replace(memory, overheated=_overheated(control, memory, situation))
    lawful, wish = _law(control, memory, situation)
    granted = wish
    for guard in _GUARDS:
        granted = guard(control, memory, situation, granted)
    # A wish that was not granted must not wind the integral up.
    kept = lawful if granted.output == wish.output else replace(lawful, integral=memory.integral)
    after = _noted(kept, granted.output, situation.now)
    return after, _decision(control, after, situation, granted)


def _law(control: Control, memory: Memory, situation: Situation) -> tuple[Memory, _Wish]:
    task = _task(control, memory, situation)
    if task is None:
        low, _ = _bounds(control, situation.mode)
        cooling = max(low, -control.fault_cooling)
        forgotten = replace(memory, smoothed=None, calling=0.0)
        return forgotten, _Wish(cooling, Reason.SENSOR_FAULT, urgent=True)
    if situation.mode is Mode.OFF:
        forgotten = replace(memory, integral=0.0, smoothed=None, calling=0.0)
        return forgotten, _Wish(0.0, Reason.OFF, urgent=True)
    return _LAWS[control.strategy](control, memory, task)


def _pid(control: Control, memory: Memory, task: _Task) -> tuple[Memory, _Wish]:
    """PID with the derivative on the smoothed measurement and conditional integration."""
    smoothed = _smoothed(control, memory.smoothed, task)
    # On a ramp, temperature - smoothed = slope * smoothing time, which is Td / 2: hence the 2.
    damped = control.gain * (task.error - 2 * (task.temperature - smoothed))
    grown = memory.integral + control.gain * task.error * task.elapsed / control.integral_time
    integral = _wound(memory.integral, grown, damped, task)
    output = min(task.high, max(task.low, damped + integral))
    wish = _Wish(output if abs(output) >= control.dead_band else 0.0, Reason.PID)
    return replace(memory, integral=integral, smoothed=smoothed), wish


def _smoothed(control: Control, before: float | None, task: _Task) -> float:
    tau = control.derivative_time / 2
    if before is None or tau <= 0:
        return task.temperature
    return before + (task.temperature - before) * (1 - math.exp(-task.elapsed / tau))


def _wound(before: float, grown: float, damped: float, task: _Task) -> float:
    """Return the integral: it grows only while that takes the output no further beyond a bound."""
    output = damped + grown
    beyond = output > task.high if grown > before else output < task.low
    return min(1.0, max(-1.0, before if beyond else grown))


def _hysteresis(control: Control, memory: Memory, task: _Task) -> tuple[Memory, _Wish]:
    """Switch on beyond the band, off at the setpoint."""
    calling = memory.calling if memory.calling * task.error > 0 else 0.0
    if abs(task.error) > control.hysteresis:
        calling = math.copysign(1.0, task.error)
    output = min(task.high, max(task.low, calling))
    return replace(memory, calling=calling), _Wish(output, Reason.HYSTERESIS)


def _kept_on(control: Control, memory: Memory, situation: Situation, wish: _Wish) -> _Wish:
    """Hold what has been on for less than the minimum, unless the wish is urgent."""
    side = _side(memory, memory.output)
    if wish.urgent or not side.on or wish.output * memory.output > 0:
        return wish
    if situation.now - side.since >= control.minimum_on:
        return wish
    return _Wish(memory.output, Reason.MINIMUM_ON_TIME)


def _limited(control: Control, memory: Memory, situation: Situation, wish: _Wish) -> _Wish:
    """Stop what would drive the temperature, or the hot sink, beyond its cutout."""
    temperature = situation.temperature
    too_hot = temperature is not None and temperature >= control.cutout_high
    too_cold = temperature is not None and temperature <= control.cutout_low
    stopped = too_hot if wish.output > 0 else too_cold or memory.overheated
    if wish.output == 0 or not stopped:
        return wish
    return wish._replace(output=0.0, reason=_or_fault(wish, Reason.LIMIT))


def _kept_off(control: Control, memory: Memory, situation: Situation, wish: _Wish) -> _Wish:
    """Hold what has been off for less than the minimum."""
    side = _side(memory, wish.output)
    if wish.output == 0 or side.on or situation.now - side.since >= control.minimum_off:
        return wish
    return wish._replace(output=0.0, reason=_or_fault(wish, Reason.MINIMUM_OFF_TIME))


def _interlocked(control: Control, memory: Memory, situation: Situation, wish: _Wish) -> _Wish:
    """Hold at zero until the opposite side has rested."""
    opposite = _side(memory, -wish.output)
    rested = not opposite.on and situation.now - opposite.since >= control.polarity_hold
    if wish.output == 0 or rested:
        return wish
    return wish._replace(output=0.0, reason=_or_fault(wish, Reason.INTERLOCK))


def _or_fault(wish: _Wish, reason: Reason) -> Reason:
    """Return `reason`, unless a fault is the better answer."""
    return wish.reason if wish.reason is Reason.SENSOR_FAULT else reason


_Law = Callable[[Control, Memory, _Task], tuple[Memory, _Wish]]
_LAWS: Mapping[Strategy, _Law] = MappingProxyType(
    {Strategy.PID: _pid, Strategy.HYSTERESIS: _hysteresis}
)
_GUARDS = (_kept_on, _limited, _kept_off, _interlocked)
_IDLE = MappingProxyType({Mode.OFF: Action.OFF})


def _task(control: Control, memory: Memory, situation: Situation) -> _Task | None:
    """Return what there is to work on; None if temperature or setpoint is no number."""
    if situation.temperature is None:
        return None
    error = situation.setpoint - situation.temperature
    elapsed = _elapsed(memory, situation.now)
    task = _Task(situation.temperature, error, elapsed, *_bounds(control, situation.mode))
    return task if math.isfinite(error) else None


def _bounds(control: Control, mode: Mode) -> tuple[float, float]:
    """Return the lowest and highest output that `mode` allows."""
    low = -control.cooling_cap if mode in (Mode.COOL, Mode.HEAT_COOL) else 0.0
    high = control.heating_cap if mode in (Mode.HEAT, Mode.HEAT_COOL) else 0.0
    return low, high


def _elapsed(memory: Memory, now: float) -> float:
    return 0.0 if memory.at is None else min(LONGEST_STEP, max(0.0, now - memory.at))


def _overheated(control: Control, memory: Memory, situation: Situation) -> bool:
    if situation.hot_sink is None:
        return False
    release = HOT_SINK_RELEASE if memory.overheated else 0.0
    return situation.hot_sink >= control.hot_sink_limit - release


def _side(memory: Memory, output: float) -> Side:
    return memory.heat if output > 0 else memory.cool


def _noted(memory: Memory, output: float, now: float) -> Memory:
    return replace(
        memory,
        at=now,
        output=output,
        heat=_switched(memory.heat, output > 0, now),
        cool=_switched(memory.cool, output < 0, now),
    )


def _switched(side: Side, on: bool, now: float) -> Side:
    return side if side.on == on else Side(on, now)


def _decision(control: Control, after: Memory, situation: Situation, granted: _Wish) -> Decision:
    stopped = max(after.heat.since, after.cool.since)
    fans = after.output != 0 or situation.now - stopped < control.fan_overrun
    return Decision(after.output, fans, _action(situation, granted), granted.reason)


def _action(situation: Situation, granted: _Wish) -> Action:
    if granted.reason is Reason.SENSOR_FAULT:
        return Action.FAULT
    if granted.output:
        return Action.HEATING if granted.output > 0 else Action.COOLING
    return _IDLE.get(situation.mode, Action.IDLE)
