"""What may be asked of a chamber, what a chamber must obey, and when a wish counts as fulfilled.

Home Assistant asks `permitted` before it sends; the gateway asks `refusal` before it obeys and is the authority.
Nobody clamps: a setpoint outside the limits is refused.
"""

from __future__ import annotations

import math

from .errors import Code, NotPermitted
from .messages import Command, Reply
from .model import Limits, Mode, Sample

DEFAULT_TTL = 15.0
UNDATED_TTL = 30.0
"""From receipt, where a command names no time to live, s."""
FURTHEST_AHEAD = 30.0
REMEMBERED = 600.0
DATED = frozenset({"set", "profile"})
FINAL = frozenset({"applied", "rejected", "expired", "failed"})
_DECIMALS = 9
_FLOAT_NOISE = 1e-9


def rounded(setpoint: float, limits: Limits) -> float:
    """The setpoint on the chamber's grid, which starts at its lower limit.

    One that is outside the limits by more than a step, or is no number, is left as it is.
    """
    if not limits.min - limits.step <= setpoint <= limits.max + limits.step:
        return setpoint
    steps = round((setpoint - limits.min) / limits.step)
    if setpoint <= limits.max:
        steps = min(steps, math.floor((limits.max - limits.min) / limits.step + _FLOAT_NOISE))
    return round(limits.min + steps * limits.step, _DECIMALS)


def permitted(
    limits: Limits, modes: tuple[Mode, ...], setpoint: float | None, mode: Mode | None
) -> None:
    """Raise `NotPermitted` where the chamber says that it does not do this."""
    if mode is not None and mode not in modes:
        known = ", ".join(modes) or "none"
        raise NotPermitted(
            Code.BAD_MODE,
            f"mode {mode} is not one of this chamber's: {known}",
            {"mode": mode.value, "modes": known},
        )
    if setpoint is None:
        return
    if not math.isfinite(setpoint):
        raise NotPermitted(
            Code.BAD_VALUE, f"{setpoint} is not a temperature", {"setpoint": str(setpoint)}
        )
    if not limits.min - _FLOAT_NOISE <= setpoint <= limits.max + _FLOAT_NOISE:
        below = setpoint < limits.min
        bound = limits.min if below else limits.max
        raise NotPermitted(
            Code.OUT_OF_RANGE,
            f"{setpoint:g} °C is {'below' if below else 'above'} this chamber's limit of {bound:g} °C",
            {"setpoint": f"{setpoint:g}", "min": f"{limits.min:g}", "max": f"{limits.max:g}"},
        )


def echoed(sample: Sample, command: Command, limits: Limits) -> bool:
    """Whether a sample that was received after the command shows what it asked for, within half a step."""
    if command.mode is not None and sample.mode is not command.mode:
        return False
    if command.setpoint is None:
        return command.mode is not None
    shown = sample.setpoint
    return shown is not None and abs(shown - command.setpoint) <= limits.step / 2 + _FLOAT_NOISE


def refusal(
    command: Command,
    set_aside: tuple[str, ...],
    limits: Limits,
    modes: tuple[Mode, ...],
    utc: float | None,
    waited: float = 0.0,
) -> Reply | None:
    """Why the gateway must not obey a command that arrived live; None where it must.

    `utc` is the gateway's time, None while its clock is not synchronised: then what arrives live is
    obeyed, whatever its date. `waited` is how long ago it arrived, in s, by a clock that nobody sets.
    """
    if late := _untimely(command, utc, waited):
        return late
    if command.do not in {"set", "profile", "identify", "history"}:
        return rejected(
            command, Code.UNKNOWN_COMMAND, f"this chamber does not know the command {command.do!r}"
        )
    if command.do == "history":
        return _unanswerable(command)
    if command.do != "set":
        return None
    if "mode" in set_aside:
        return rejected(command, Code.BAD_MODE, "the mode is not a word of the contract")
    if "setpoint" in set_aside or (command.setpoint is None and command.mode is None):
        return rejected(
            command,
            Code.BAD_VALUE,
            "a set command needs a setpoint in degrees Celsius, a mode, or both",
        )
    try:
        permitted(limits, modes, command.setpoint, command.mode)
    except NotPermitted as error:
        return rejected(command, error.code, error.message)
    return None


def _unanswerable(command: Command) -> Reply | None:
    """Why a question for the past cannot be answered; None where it can."""
    if command.epoch is None or command.first is None or command.last is None:
        return rejected(command, Code.BAD_RANGE, "history needs an epoch, and numbers from and to")
    if command.first > command.last:
        return rejected(
            command, Code.BAD_RANGE, f"history from {command.first} to {command.last} holds nothing"
        )
    return None


def rejected(command: Command, code: Code, message: str) -> Reply:
    """The reply that refuses a command."""
    return Reply(id=command.id, status="rejected", code=code.value, message=message)


def _untimely(command: Command, utc: float | None, waited: float) -> Reply | None:
    if command.do in DATED and (command.time is None or command.ttl is None):
        return rejected(
            command, Code.BAD_VALUE, f"{command.do} needs a time and a ttl from 1 to 300 seconds"
        )
    age = waited
    if utc is not None and command.time is not None:
        if command.time - utc > FURTHEST_AHEAD:
            return rejected(
                command,
                Code.CLOCK,
                "the command is dated in this gateway's future: check both clocks",
            )
        if command.ttl is not None:
            age = max(age, utc - command.time)
    ttl = UNDATED_TTL if command.ttl is None else command.ttl
    if age <= ttl:
        return None
    return Reply(
        id=command.id,
        status="expired",
        code=Code.EXPIRED.value,
        message=f"the command is {age:.0f} s old, its time to live was {ttl:g} s",
    )
