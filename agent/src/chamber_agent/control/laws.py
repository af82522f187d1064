"""The laws that turn an error into a wish."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from .model import Memory, Reason, Task, Wish
from .settings import Control, Strategy


def pid(control: Control, memory: Memory, task: Task) -> tuple[Memory, Wish]:
    """PID with the derivative on the smoothed measurement and conditional integration."""
    smoothed = _smoothed(control, memory.smoothed, task)
    # On a ramp, temperature - smoothed = slope * smoothing time, which is Td / 2: hence the 2.
    damped = control.gain * (task.error - 2 * (task.temperature - smoothed))
    grown = memory.integral + control.gain * task.error * task.elapsed / control.integral_time
    integral = _wound(memory.integral, grown, damped, task)
    output = min(task.high, max(task.low, damped + integral))
    wish = Wish(output if abs(output) >= control.dead_band else 0.0, Reason.PID)
    return replace(memory, integral=integral, smoothed=smoothed), wish


def hysteresis(control: Control, memory: Memory, task: Task) -> tuple[Memory, Wish]:
    """Switch on beyond the band, off at the setpoint."""
    calling = memory.calling if memory.calling * task.error > 0 else 0.0
    if abs(task.error) > control.hysteresis:
        calling = math.copysign(1.0, task.error)
    output = min(task.high, max(task.low, calling))
    return replace(memory, calling=calling), Wish(output, Reason.HYSTERESIS)


def _smoothed(control: Control, before: float | None, task: Task) -> float:
    tau = control.derivative_time / 2
    if before is None or tau <= 0:
        return task.temperature
    return before + (task.temperature - before) * (1 - math.exp(-task.elapsed / tau))


def _wound(before: float, grown: float, damped: float, task: Task) -> float:
    """Return the integral: it grows only while that takes the output no further beyond a bound."""
    output = damped + grown
    beyond = output > task.high if grown > before else output < task.low
    return min(1.0, max(-1.0, before if beyond else grown))


Law = Callable[[Control, Memory, Task], tuple[Memory, Wish]]
LAWS: Mapping[Strategy, Law] = MappingProxyType(
    {Strategy.PID: pid, Strategy.HYSTERESIS: hysteresis}
)
