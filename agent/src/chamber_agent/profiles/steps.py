"""The steps of a profile: read from the wire's objects, judged against a chamber's limits, and spelt again.

    {"setpoint": 60, "rate": 0.5}    ramp at 0.5 K/min; "seconds" instead takes that long; without either at once
    {"soak": 3600, "band": 0.5}      keep the setpoint for an hour, which begins within 0.5 K of it
    {"hold": true}                   keep it until somebody resumes
    {"jump": 1, "times": 3}          back to step 1, three times

Temperatures in degrees Celsius, durations in seconds, rates in kelvin per minute. Steps count from 1.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from ..chamber.errors import Code, NotPermitted
from ..chamber.fields import MOST_STEPS
from ..chamber.model import Limits

MOST_TURNS = 10_000
"""So many steps a profile may take in all, jumps counted as often as they are taken."""
LONGEST = 30 * 86_400.0
SLOWEST, FASTEST = 0.001, 1000.0
WIDEST = 50.0
_KEYS = {
    "setpoint": {"setpoint", "seconds", "rate"},
    "soak": {"soak", "band"},
    "hold": {"hold"},
    "jump": {"jump", "times"},
}


@dataclass(frozen=True, slots=True)
class Ramp:
    """Go to a setpoint: within some seconds, at a rate, or at once."""

    setpoint: float
    seconds: float | None = None
    rate: float | None = None

    def lasts(self, origin: float) -> float:
        """How long it takes from a setpoint, s."""
        if self.rate is not None:
            return abs(self.setpoint - origin) / self.rate * 60
        return self.seconds or 0.0


@dataclass(frozen=True, slots=True)
class Soak:
    """Keep the setpoint for some seconds, which begin once the temperature is within `band` of it."""

    soak: float
    band: float | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep the setpoint until somebody resumes."""


@dataclass(frozen=True, slots=True)
class Jump:
    """Go back to an earlier step, so many times."""

    jump: int
    times: int = 1


Step = Ramp | Soak | Hold | Jump


class End(StrEnum):
    """What comes after the last step: keep the last setpoint, switch off, or the setpoint from before."""

    HOLD = "hold"
    OFF = "off"
    PREVIOUS = "previous"


class Resume(StrEnum):
    """What becomes of a profile that a power cut interrupts."""

    CONTINUE = "continue"
    RESTART_STEP = "restart_step"
    HOLD = "hold"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Profile:
    """A whole profile."""

    name: str
    steps: tuple[Step, ...]
    end: End = End.HOLD
    resume: Resume = Resume.CONTINUE


def read_steps(raw: Sequence[Mapping[str, Any]], limits: Limits) -> tuple[Step, ...]:
    """The steps that `raw` describes. Raises `NotPermitted`, naming the step, its cause and the remedy."""
    if not 1 <= len(raw) <= MOST_STEPS:
        raise _bad(f"a profile has 1 to {MOST_STEPS} steps, this one has {len(raw)}")
    steps = tuple(_step(number, one, limits) for number, one in enumerate(raw, 1))
    if next(islice(_turns(steps), MOST_TURNS, None), None) is not None:
        raise _bad(f"with its jumps the profile has more than {MOST_TURNS} steps: jump fewer times")
    return steps


def sequence(steps: Sequence[Step]) -> tuple[int, ...]:
    """The indexes of the steps in the order in which they are taken, jumps resolved."""
    turns = islice(_turns(steps), MOST_TURNS)
    return tuple(index for index in turns if not isinstance(steps[index], Jump))


def _turns(steps: Sequence[Step]) -> Iterator[int]:
    """Walk the steps, jumps included. A jump within what another one repeats counts anew each time."""
    left: dict[int, int] = {}
    index = 0
    while index < len(steps):
        yield index
        step = steps[index]
        if isinstance(step, Jump) and left.setdefault(index, step.times):
            left[index] -= 1
            index = step.jump - 1
        else:
            left.pop(index, None)
            index += 1


def spelt(step: Step) -> dict[str, object]:
    """A step as the wire has it."""
    match step:
        case Ramp(setpoint, seconds, rate):
            values: dict[str, object] = {"setpoint": setpoint, "seconds": seconds, "rate": rate}
        case Soak(soak, band):
            values = {"soak": soak, "band": band}
        case Hold():
            values = {"hold": True}
        case Jump(jump, times):
            values = {"jump": jump, "times": times}
    return {key: value for key, value in values.items() if value is not None}


def _step(number: int, raw: Mapping[str, Any], limits: Limits) -> Step:
    given = {key: value for key, value in raw.items() if value is not None}
    kinds = [kind for kind in _KEYS if kind in given]
    if len(kinds) != 1:
        raise _bad(f"step {number}: expected one of setpoint, soak, hold and jump")
    (kind,) = kinds
    if unknown := sorted(given.keys() - _KEYS[kind]):
        raise _bad(f"step {number}: {', '.join(unknown)} does not go with {kind}")
    match kind:
        case "setpoint":
            return _ramp(number, given, limits)
        case "soak":
            soak = _number(number, given, "soak", 0.0, LONGEST)
            return Soak(soak, _optional(number, given, "band", 0.01, WIDEST))
        case "jump":
            return _jump(number, given)
    if given["hold"] is not True:
        raise _bad(f"step {number}: hold is {given['hold']!r}, expected true")
    return Hold()


def _ramp(number: int, given: Mapping[str, Any], limits: Limits) -> Ramp:
    setpoint = _number(number, given, "setpoint", -math.inf, math.inf)
    if not limits.min <= setpoint <= limits.max:
        raise NotPermitted(
            Code.OUT_OF_RANGE,
            f"step {number}: {setpoint:g} °C is outside this chamber's limits, "
            f"{limits.min:g} to {limits.max:g} °C",
        )
    if "seconds" in given and "rate" in given:
        raise _bad(f"step {number}: a ramp has seconds or a rate, not both")
    seconds = _optional(number, given, "seconds", 0.0, LONGEST)
    return Ramp(setpoint, seconds, _optional(number, given, "rate", SLOWEST, FASTEST))


def _jump(number: int, given: Mapping[str, Any]) -> Jump:
    step = _number(number, given, "jump", 1, max(1, number - 1))
    times = _optional(number, given, "times", 1, MOST_TURNS) or 1
    if number == 1 or step != int(step) or times != int(times):
        raise _bad(f"step {number}: a jump goes back to the number of an earlier step, times over")
    return Jump(int(step), int(times))


def _optional(
    number: int, given: Mapping[str, Any], key: str, low: float, high: float
) -> float | None:
    return _number(number, given, key, low, high) if key in given else None


def _number(number: int, given: Mapping[str, Any], key: str, low: float, high: float) -> float:
    value = given[key]
    if type(value) not in (int, float) or not math.isfinite(value) or not low <= value <= high:
        raise _bad(
            f"step {number}: {key} is {str(value)[:40]}, expected a number from {low:g} to {high:g}"
        )
    return float(value)


def _bad(message: str) -> NotPermitted:
    return NotPermitted(Code.BAD_VALUE, message)
