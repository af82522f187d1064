"""What a chamber remembers across restarts: its target, and what it answered to recent commands."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from .chamber.commands import REMEMBERED
from .chamber.model import Limits, Mode
from .config import ChamberConfig
from .state_folder import StateFolder

_LOGGER = logging.getLogger(__name__)
MOST_ANSWERS = 1000
"""More commands than this within the remembered time are refused: none may be forgotten early."""


class Target(NamedTuple):
    """What was asked of a chamber: a setpoint in °C and a mode."""

    setpoint: float
    mode: Mode


class Answer(NamedTuple):
    """What was answered to a command (the reply's payload), and when (Unix time)."""

    at: float
    payload: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The target in force, the answers given, by the commands' ids, and the profile under way, as JSON.

    Without `asked` the target is nobody's wish, and is not saved: it must not be taken for one later.
    """

    target: Target
    answers: Mapping[str, Answer] = field(default_factory=lambda: MappingProxyType({}))
    profile: Mapping[str, Any] | None = None
    asked: bool = True

    def answered(self, command: str, payload: str, at: float) -> "Kept":
        """Return this with one more answer; those older than the contract asks for are forgotten."""
        young = {
            known: answer
            for known, answer in self.answers.items()
            if abs(at - answer.at) <= REMEMBERED
        }
        return replace(self, answers=MappingProxyType({**young, command: Answer(at, payload)}))

    def full(self, at: float) -> bool:
        """Tell whether no further answer can be remembered for as long as promised."""
        young = sum(abs(at - answer.at) <= REMEMBERED for answer in self.answers.values())
        return young >= MOST_ANSWERS

    def as_json(self) -> dict[str, Any]:
        """Return what is saved."""
        setpoint, mode = self.target
        return {
            **({"setpoint": setpoint, "mode": mode.value} if self.asked else {}),
            "answers": {command: list(answer) for command, answer in self.answers.items()},
            "profile": self.profile,
        }


def recalled(chamber: ChamberConfig, folder: StateFolder) -> Kept:
    """Return what a chamber remembers; one that is only measured, what it answered and no more."""
    saved, default = folder.load(chamber.id), Target(chamber.setpoint, chamber.mode)
    if chamber.controlled:
        return restored(saved, default, chamber.limits, chamber.offered)
    return Kept(default, MappingProxyType(_answers(saved.get("answers"))), asked=False)


def restored(
    saved: Mapping[str, Any], default: Target, limits: Limits, modes: tuple[Mode, ...]
) -> Kept:
    """Return what was saved, as far as it can be believed and the chamber still allows it."""
    setpoint, mode = saved.get("setpoint"), saved.get("mode")
    believed = _within(setpoint, limits), mode in modes
    if saved.keys() & {"setpoint", "mode"} and not all(believed):
        _LOGGER.warning(
            "the saved setpoint %r or mode %r is not possible here any more: the default is used",
            setpoint,
            mode,
        )
    target = Target(
        float(saved["setpoint"]) if believed[0] else default.setpoint,
        Mode(saved["mode"]) if believed[1] else default.mode,
    )
    profile = saved.get("profile")
    answers = MappingProxyType(_answers(saved.get("answers")))
    return Kept(target, answers, profile if isinstance(profile, dict) else None)


def _within(setpoint: object, limits: Limits) -> bool:
    number = isinstance(setpoint, int | float) and not isinstance(setpoint, bool)
    return number and limits.min <= cast("float", setpoint) <= limits.max


def _answers(saved: object) -> dict[str, Answer]:
    known: dict[str, Answer] = {}
    for command, entry in saved.items() if isinstance(saved, dict) else ():
        match entry:
            case [int() | float() as at, str() as payload] if math.isfinite(at):
                known[command] = Answer(float(at), payload)
    return known
