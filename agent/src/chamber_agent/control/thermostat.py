"""From a situation to a decision, and what is done where none can be made."""

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ..chamber.model import Action, Mode
from . import cutout, guards
from .laws import LAWS
from .model import Decision, Memory, Reason, Situation, Task, Wish
from .settings import Control, Safe

LONGEST_STEP = 60.0
"""The integral grows by at most so many seconds at once: a suspended machine must not jump."""
ALL_OFF = Safe()


def decide(
    control: Control, memory: Memory, situation: Situation, safe: Safe = ALL_OFF
) -> tuple[Memory, Decision]:
    """Return what to do now, and what to remember."""
    memory = replace(memory, overheated=guards.overheated(control, memory, situation))
    lawful, wish = _law(control, memory, situation, safe)
    granted = wish
    for guard in guards.GUARDS:
        granted = guard(control, memory, situation, granted)
    granted = cutout.applied(memory.trip, granted)
    # A wish that was not granted must not wind the integral up.
    kept = lawful if granted.output == wish.output else replace(lawful, integral=memory.integral)
    after = _noted(kept, granted.output, situation.now)
    return after, _decision(control, after, situation, granted, safe)


def rest(control: Control, memory: Memory, now: float, safe: Safe) -> tuple[Memory, Decision]:
    """Return the safe state, decided without a look at anything but the cut-outs."""
    output = cutout.cut(memory.trip, blind(control, safe))
    after = _noted(replace(memory, smoothed=None, calling=0.0), output, now)
    return after, Decision(output, safe.fans, Action.OFF, Reason.OFF)


def blind(control: Control, safe: Safe) -> float:
    """Return the safe state as an output; the caps hold there, too."""
    return min(control.heating_cap, safe.heaters) - min(control.cooling_cap, safe.coolers)


def failed(before: Memory, after: Memory) -> Memory:
    """Return what to remember where the actuators did not answer: whatever may run counts as running."""
    heat = before.heat if before.heat.on else after.heat
    cool = before.cool if before.cool.on else after.cool
    return replace(after, heat=heat, cool=cool)


def _law(control: Control, memory: Memory, situation: Situation, safe: Safe) -> tuple[Memory, Wish]:
    task = _task(control, memory, situation)
    if task is None:
        output = 0.0 if situation.mode is Mode.OFF else blind(control, safe)
        forgotten = replace(memory, smoothed=None, calling=0.0)
        return forgotten, Wish(output, Reason.SENSOR_FAULT, urgent=True)
    if situation.mode is Mode.OFF:
        forgotten = replace(memory, integral=0.0, smoothed=None, calling=0.0)
        return forgotten, Wish(0.0, Reason.OFF, urgent=True)
    lawful, wish = LAWS[control.strategy](control, memory, task)
    if not math.isfinite(wish.output + lawful.integral + (lawful.smoothed or 0.0)):
        forgotten = replace(memory, integral=0.0, smoothed=None, calling=0.0)
        return forgotten, Wish(0.0, wish.reason, urgent=True)
    return lawful, wish


def _task(control: Control, memory: Memory, situation: Situation) -> Task | None:
    """Return what there is to work on; None if temperature or setpoint is no number."""
    if situation.temperature is None:
        return None
    error = situation.setpoint - situation.temperature
    elapsed = _elapsed(memory, situation.now)
    task = Task(situation.temperature, error, elapsed, *_bounds(control, situation.mode))
    return task if math.isfinite(error) else None


def _bounds(control: Control, mode: Mode) -> tuple[float, float]:
    """Return the lowest and highest output that `mode` allows."""
    low = -control.cooling_cap if mode in (Mode.COOL, Mode.HEAT_COOL) else 0.0
    high = control.heating_cap if mode in (Mode.HEAT, Mode.HEAT_COOL) else 0.0
    return low, high


def _elapsed(memory: Memory, now: float) -> float:
    return 0.0 if memory.at is None else min(LONGEST_STEP, max(0.0, now - memory.at))


def _noted(memory: Memory, output: float, now: float) -> Memory:
    return replace(
        memory,
        at=now,
        output=output,
        heat=memory.heat.switched(output > 0, now),
        cool=memory.cool.switched(output < 0, now),
    )


def _decision(
    control: Control, after: Memory, situation: Situation, granted: Wish, safe: Safe
) -> Decision:
    stopped = max(after.heat.since, after.cool.since)
    running = after.output != 0 or situation.now - stopped < control.fan_overrun
    blindly = granted.reason is Reason.SENSOR_FAULT and situation.mode is not Mode.OFF
    fans = max(float(running), safe.fans if blindly else 0.0)
    return Decision(after.output, fans, _action(situation, granted), granted.reason)


def _action(situation: Situation, granted: Wish) -> Action:
    if granted.reason is Reason.SENSOR_FAULT:
        return Action.FAULT
    if granted.output:
        return Action.HEATING if granted.output > 0 else Action.COOLING
    return _IDLE.get(situation.mode, Action.IDLE)


_IDLE: Mapping[Mode, Action] = MappingProxyType({Mode.OFF: Action.OFF})
