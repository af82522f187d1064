"""Which way the surroundings pull a chamber, and between which temperatures all that is in it must be.

A probe of the ambient tells it, where there is one. Without one the chamber tells by what it needs: one that has to be
cooled to stay at its setpoint has warmer surroundings.
"""

from __future__ import annotations

from typing import NamedTuple

from .blocks import Block

CLEAR = 1.0
"""How far the ambient must be from the temperature to tell, K."""
NEED = 5.0
"""A mean duty that is a need, %."""
REMEMBERED = 3600.0
"""For how long a need tells of the surroundings, s."""
FORGOTTEN = 12 * 3600.0
"""The time constant of goods that are forgotten, s: 5 kg of water have one of 4 h."""


class Surroundings(NamedTuple):
    """`pull` 1: they warm the chamber, -1: they cool it, 0: unknown; as of `at`.

    `low`, `high`: nothing in the chamber is colder or warmer, in °C; goods that were are forgotten slowly.
    """

    at: float
    pull: int
    low: float
    high: float
    seen: float


def surroundings_after(before: Surroundings | None, block: Block) -> Surroundings:
    """The surroundings with another block."""
    value, at = block.value, block.at
    low = high = value
    if before is not None:
        kept = FORGOTTEN / (FORGOTTEN + at - before.seen)
        if before.low < value:
            low = value + (before.low - value) * kept
        if before.high > value:
            high = value + (before.high - value) * kept
    pull = _pull(block)
    if pull is not None:
        return Surroundings(at, pull, low, high, at)
    if before is None or at - before.at > REMEMBERED:
        return Surroundings(at, 0, low, high, at)
    return Surroundings(before.at, before.pull, low, high, at)


def _pull(block: Block) -> int | None:
    if block.ambient is not None:
        above = block.ambient - block.value
        return 0 if abs(above) <= CLEAR else 1 if above > 0.0 else -1
    heat, cool = block.heat or 0.0, block.cool or 0.0
    if not block.at_setpoint or (heat and cool) or max(heat, cool) < NEED:
        return None
    return 1 if cool else -1
