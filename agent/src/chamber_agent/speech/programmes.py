"""The command `profile`: start, pause, resume or stop a ramp and soak profile."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from ..chamber import commands
from ..chamber.errors import Code, NotPermitted
from ..chamber.messages import Command, CommandMessage, Reply
from ..chamber.model import Mode, Sample
from ..loop import Loop
from ..profiles.files import ProfileTold
from ..profiles.steps import End, Profile, Resume, read_steps

UNNAMED = "profile"
Word = TypeVar("Word", bound=StrEnum)


def refusal(message: CommandMessage) -> Reply | None:
    """Return why it cannot be told what shall become of a profile; None where it can."""
    command = message.command
    if command.do != "profile":
        return None
    if unfit := [key for key in ("name", "steps", "end", "resume") if key in message.set_aside]:
        return _bad(command, f"{unfit[0]} of the profile cannot be read")
    if command.action not in _ACTIONS:
        return _bad(command, f"profile needs an action, one of {', '.join(_ACTIONS)}")
    return None


async def obey(loop: Loop, command: Command, known: Sequence[ProfileTold]) -> Reply:
    """Do it, or say why not; `known` are the gateway's own profiles."""
    try:
        return applied(command, await _ACTIONS[command.action or ""](loop, command, known))
    except NotPermitted as error:
        return commands.rejected(command, error.code, error.message)


def applied(command: Command, sample: Sample) -> Reply:
    """Return the reply that shows what is in force now."""
    return Reply(
        id=command.id,
        status="applied",
        setpoint=sample.setpoint,
        effective_setpoint=sample.effective_setpoint,
        mode=sample.mode,
        seq=sample.seq,
        epoch=sample.epoch,
    )


async def _start(loop: Loop, command: Command, known: Sequence[ProfileTold]) -> Sample:
    """Ramp from where the temperature is, as far as the limits allow."""
    if running := loop.course.active:
        message = f"the profile {running.profile.name} is under way: stop it first"
        raise NotPermitted(Code.BUSY, message)
    if loop.target.mode is Mode.OFF:
        raise NotPermitted(Code.BAD_MODE, "the chamber is off: a profile needs another mode")
    profile, limits = _profile(loop, command, known), loop.chamber.limits
    now = loop.target.setpoint if loop.temperature is None else loop.temperature
    origin = min(limits.max, max(limits.min, now))
    return await _shown(loop, lambda: loop.course.start(profile, origin, loop.target.setpoint))


async def _pause(loop: Loop, _command: Command, _known: Sequence[ProfileTold]) -> Sample:
    _check_running(loop)
    return await _shown(loop, loop.course.pause)


async def _resume(loop: Loop, _command: Command, _known: Sequence[ProfileTold]) -> Sample:
    _check_running(loop)
    return await _shown(loop, loop.course.resume)


async def _stop(loop: Loop, _command: Command, _known: Sequence[ProfileTold]) -> Sample:
    _check_running(loop)
    return await loop.halt()


async def _shown(loop: Loop, change: Callable[[], None]) -> Sample:
    sample = await loop.attempt(change)
    loop.progressed.set()
    return sample


def _profile(loop: Loop, command: Command, known: Sequence[ProfileTold]) -> Profile:
    """Return what shall be followed: the steps that are sent, else the profile of that name."""
    limits = loop.chamber.limits
    if command.steps is not None:
        end = _word(End, "end", command.end) or End.HOLD
        resume = _word(Resume, "resume", command.resume) or Resume.CONTINUE
        return Profile(command.name or UNNAMED, read_steps(command.steps, limits), end, resume)
    for one in known:
        if one.name == command.name:
            return one.profile(limits)
    if command.name is None:
        message = "a profile is started by its name, or with its steps"
    else:
        names = ", ".join(one.name for one in known) or "none"
        message = f"there is no profile {command.name}; this gateway has: {names}"
    raise NotPermitted(Code.BAD_VALUE, message)


def _word(words: type[Word], key: str, raw: str | None) -> Word | None:
    if raw is None:
        return None
    if raw not in set(words):
        raise NotPermitted(Code.BAD_VALUE, f"{key} is {raw}, expected one of {', '.join(words)}")
    return words(raw)


def _check_running(loop: Loop) -> None:
    if loop.course.active is None:
        raise NotPermitted(Code.BAD_VALUE, "no profile is under way")


def _bad(command: Command, message: str) -> Reply:
    return commands.rejected(command, Code.BAD_VALUE, message)


_ACTIONS: Mapping[str, Callable[[Loop, Command, Sequence[ProfileTold]], Awaitable[Sample]]] = {
    "start": _start,
    "pause": _pause,
    "resume": _resume,
    "stop": _stop,
}
