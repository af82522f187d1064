"""The table of faults: by what evidence each is found, and how long that must hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from .. import judgement
from ..model import NOTHING
from .physics.drive import is_certain
from .physics.effort import (
    ASKED,
    COOLING,
    GOODS,
    GOODS_IN,
    HEATING,
    REACHED,
    SIDES,
    Side,
    holds,
    runs_away,
)
from .physics.likeness import APART, TOGETHER
from .physics.rest import SPANS, UNDISTURBED, drift, is_driven
from .physics.scene import Scene

Verdict = float | Literal[False] | None
"""Since when the evidence holds; False: it speaks against a fault; None: nobody can tell."""
NO: Literal[False] = False
Details = Mapping[str, Any]
MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A fault: its evidence must hold for `delay` before it starts, and be gone for `release` before it ends, in s.

    The fault's key is the name up to a slash: several rules may find the same.
    """

    name: str
    evidence: Callable[[Scene], Verdict]
    details: Callable[[Scene], Details] = lambda _scene: NOTHING
    delay: float = 0.0
    release: float = 0.0

    @property
    def key(self) -> str:
        """The fault's name for people and translations."""
        return self.name.partition("/")[0]


# What a sample says by itself


def _reported(scene: Scene) -> Verdict:
    return scene.at if judgement.faults(scene.sample) else NO


def _impossible(scene: Scene) -> Verdict:
    return scene.at if any(not doubt.jumped for doubt in scene.doubts) else NO


def _jumped(scene: Scene) -> Verdict:
    return scene.at if any(doubt.jumped for doubt in scene.doubts) else NO


def _together(scene: Scene) -> Verdict:
    if scene.drive.heat and scene.drive.cool:
        return scene.at
    return NO if is_certain(scene.sample) else None


def _door_open(scene: Scene) -> Verdict:
    door = scene.sample.door
    return scene.at if door else door


def _door_seems_open(scene: Scene) -> Verdict:
    swing = scene.door.swing
    return NO if swing is None or scene.sample.door is not None else swing.since


def _cycling(scene: Scene) -> Verdict:
    return scene.at if scene.at < scene.starts.until else NO


# What shows in minutes


def _dead(side: Side, scene: Scene) -> Verdict:
    block, effort = scene.block, scene.efforts[SIDES.index(side)]
    if block is None or block.setpoint is None or side.duty(block) is None or scene.disturbed:
        return None
    if effort is None or effort.answered or side.error(block) <= ASKED:
        return NO
    calm = scene.door.calm(block.at)
    if not effort.owed or calm < GOODS_IN:
        return None
    if runs_away(side, block, scene.blocks):
        return effort.since if calm >= GOODS else block.at
    return None if calm < GOODS or holds(side, block, scene.ambience) else effort.since


def _saturated(scene: Scene) -> Verdict:
    block = scene.block
    if block is None or block.setpoint is None or scene.disturbed:
        return None
    if scene.door.calm(block.at) < GOODS:
        return None
    for side, strain in zip(SIDES, scene.strains, strict=True):
        if strain is not None and strain.since < block.began and side.error(block) > REACHED:
            return strain.since
    return NO


def _stuck(side: Side, scene: Scene) -> Verdict:
    block = scene.block
    if block is None or side.duty(block) is None:
        return None
    if scene.idle_since is None:
        return NO if block.at_setpoint else None
    surroundings = scene.surroundings
    calm = min(block.at - scene.begun, scene.door.calm(block.at))
    if surroundings is None or calm < UNDISTURBED:
        return None
    moved = drift(scene.blocks, block.at, scene.idle_since)
    if moved is None:
        return None
    if side.sign * moved.by < 0.0:
        return NO
    return moved.since if is_driven(side, block.value, surroundings) else None


def _flat(scene: Scene) -> Verdict:
    block = scene.block
    if block is None or (block.heat is None and block.cool is None):
        return None
    if scene.flat.is_dull(block):
        return block.at
    return NO if scene.flat.since > block.began else None


def _apart(scene: Scene) -> Verdict:
    likeness = scene.likeness
    if likeness is None or likeness.at != scene.at:
        return None
    if abs(likeness.difference) <= TOGETHER:
        return NO
    apart = abs(likeness.difference) > APART and likeness.steady and likeness.comparable
    return likeness.at if apart else None


# What is told of it


def _reasons(scene: Scene) -> Details:
    return {"reasons": list(judgement.faults(scene.sample))}


def _doubted(scene: Scene, *, jumped: bool) -> Details:
    doubt = next(doubt for doubt in scene.doubts if doubt.jumped is jumped)
    return {"probe": doubt.probe, "value": doubt.value, "before": doubt.before}


def _cycled(scene: Scene) -> Details:
    return {"part": scene.starts.part}


def _shown(scene: Scene) -> Details:
    block = scene.block
    if block is None:
        return NOTHING
    told = {"value": round(block.value, 2), "setpoint": block.setpoint, "ambient": scene.ambience}
    return {name: value for name, value in told.items() if value is not None}


def _difference(scene: Scene) -> Details:
    likeness = scene.likeness
    return {} if likeness is None else {"difference": round(likeness.difference, 2)}


CALM = 10 * MINUTE
"""After so long without another one, a doubtful value was the last one: so that it is not said of each anew."""

AT_ONCE: tuple[Rule, ...] = (
    Rule(name="reported", evidence=_reported, details=_reasons),
    Rule(
        name="sensor_impossible",
        evidence=_impossible,
        details=partial(_doubted, jumped=False),
        release=CALM,
    ),
    Rule(
        name="sensor_jump", evidence=_jumped, details=partial(_doubted, jumped=True), release=CALM
    ),
    Rule(name="interlock_violated", evidence=_together, delay=5.0, release=MINUTE),
    Rule(name="door_left_open", evidence=_door_open, delay=5 * MINUTE),
    Rule(name="door_left_open/seen", evidence=_door_seems_open, details=_shown, delay=4 * MINUTE),
    Rule(name="short_cycling", evidence=_cycling, details=_cycled),
)
BY_INERTIA: tuple[Rule, ...] = (
    Rule(
        name="heater_dead",
        evidence=partial(_dead, HEATING),
        details=_shown,
        delay=10 * MINUTE,
        release=5 * MINUTE,
    ),
    Rule(
        name="cooler_dead",
        evidence=partial(_dead, COOLING),
        details=_shown,
        delay=10 * MINUTE,
        release=5 * MINUTE,
    ),
    Rule(
        name="duty_saturated",
        evidence=_saturated,
        details=_shown,
        delay=15 * MINUTE,
        release=5 * MINUTE,
    ),
    Rule(
        name="heater_stuck",
        evidence=partial(_stuck, HEATING),
        details=_shown,
        delay=SPANS[0],
        release=10 * MINUTE,
    ),
    Rule(
        name="cooler_stuck",
        evidence=partial(_stuck, COOLING),
        details=_shown,
        delay=SPANS[0],
        release=10 * MINUTE,
    ),
    Rule(name="sensor_flat", evidence=_flat, details=_shown, delay=10 * MINUTE),
    Rule(name="probes_disagree", evidence=_apart, details=_difference, delay=15 * MINUTE),
)
