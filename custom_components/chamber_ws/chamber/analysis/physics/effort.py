"""What comes of it when heaters or coolers do all they can: an answer, none, or the end of their strength.

Goods make a chamber slow: at full duty it may come nearer by 0.01 K/min for hours. So an answer is looked for from the
moment the effort began, and is taken back only where the temperature runs away again. Goods that were put in through an
open door keep a chamber busy for an hour: meanwhile only a temperature that still runs away is none of their doing.
A `way` is a temperature with such a sign that the actuators at work make it less.
"""

from __future__ import annotations

from typing import NamedTuple

from ...model import Kind
from .blocks import Block, Blocks

HARD, FULL = 80.0, 98.0
"""Duties from which actuators try hard, and can do no more, %."""
SPAN = 600.0
ANSWER = 0.5
"""0.05 K/min over the span, K."""
LOSS = 1.0
"""0.1 K/min over the span, K: the surroundings alone change more slowly."""
ASKED = 1.0
"""An error to the setpoint that asks for an answer, K."""
REACHED = 0.5
"""As near as usual probes can tell, K: WHO and CDC ask loggers for no more."""
HELD = 3.0
"""What nothing without strength holds against the surroundings, K."""
GOODS, GOODS_IN = 3600.0, 1200.0
"""How long goods keep a chamber busy, and how long they may make it run away, s."""
SMOOTH = 300.0
NEARER, NEARER_BY_FAR = 0.05, 0.1
"""Coming nearer than ever, and nearer than a span ago: more than the noise of five minutes' mean, K."""


class Side(NamedTuple):
    """The heaters (`sign` 1) or the coolers (-1)."""

    kind: Kind
    sign: int

    def duty(self, block: Block) -> float | None:
        """Its mean duty in a block, %."""
        return block.heat if self.sign > 0 else block.cool

    def way(self, value: float) -> float:
        """The way of a temperature."""
        return -self.sign * value

    def error(self, block: Block) -> float:
        """How far it is to the setpoint, K; negative beyond it, and where there is none."""
        return -1.0 if block.setpoint is None else self.sign * (block.setpoint - block.value)


HEATING, COOLING = Side(Kind.HEATER, 1), Side(Kind.COOLER, -1)
SIDES = (HEATING, COOLING)


class Effort(NamedTuple):
    """A side tries hard, since `began`, and since `since` with or without an answer.

    `turn` is the extreme of the way since then: the nearest where it is answered, else the farthest. `owed`: an answer
    must come, as the setpoint was off when it began, or as the temperature runs away.
    """

    began: float
    since: float
    turn: float
    owed: bool
    answered: bool = False


def effort_after(effort: Effort | None, side: Side, block: Block, blocks: Blocks) -> Effort | None:
    """The effort with another block; None: there is none."""
    duty = side.duty(block)
    if duty is None or duty < HARD:
        return None
    way = side.way(block.value)
    if effort is None:
        return Effort(block.began, block.began, way, side.error(block) > ASKED)
    began, since, turn, owed, answered = effort
    if answered:
        if way < turn + LOSS:
            return effort if way >= turn else Effort(began, since, way, owed, answered)
        since, turn, owed = block.at, way, False
    elif way <= turn - ANSWER:
        return Effort(began, block.at, way, owed=False, answered=True)
    if way < turn:
        return effort
    if not owed and way - nearest(side, blocks, max(block.at - SPAN, began)) >= LOSS:
        return Effort(began, block.at, way, owed=True)
    return Effort(began, since, way, owed)


def nearest(side: Side, blocks: Blocks, since: float) -> float:
    """The least way of the blocks that ended then or later."""
    return min(side.way(block.value) for block in blocks.since(since))


def runs_away(side: Side, block: Block, blocks: Blocks) -> bool:
    """Whether the way becomes longer, by 0.05 K/min or more."""
    return side.way(block.value) - nearest(side, blocks, block.at - SPAN) >= ANSWER


def holds(side: Side, block: Block, ambient: float | None) -> bool:
    """Whether the temperature is where only a working side can hold it."""
    return ambient is not None and side.sign * (block.value - ambient) >= HELD


class Strain(NamedTuple):
    """A side can do no more at this setpoint, and has come no nearer since `since`.

    `near` is the way's mean that came nearest, None before there is one.
    """

    setpoint: float
    since: float
    near: float | None = None


def strain_after(strain: Strain | None, side: Side, block: Block, blocks: Blocks) -> Strain | None:
    """The strain with another block; None: there is none."""
    duty, setpoint, at = side.duty(block), block.setpoint, block.at
    if duty is None or duty < FULL or setpoint is None:
        return None
    if strain is None or abs(strain.setpoint - setpoint) > NEARER:
        return Strain(setpoint, block.began)
    if strain.near is None and at - strain.since < SMOOTH:
        return Strain(setpoint, strain.since)
    mean = blocks.mean(at - SMOOTH, at)
    assert mean is not None
    way = side.way(mean)
    if strain.near is None:
        return Strain(setpoint, strain.since, way)
    if way <= strain.near - NEARER:
        return Strain(setpoint, at, way)
    before = blocks.mean(at - SPAN - SMOOTH, at - SPAN)
    if before is not None and way <= side.way(before) - NEARER_BY_FAR:
        return Strain(setpoint, at, strain.near)
    return Strain(setpoint, strain.since, strain.near)
