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


class Need(NamedTuple):
    """What a chamber needed to stay at its setpoint: `pull` 1: cooling, -1: heating; last at `at`."""

    pull: int
    at: float


def need_after(before: Need | None, block: Block) -> Need | None:
    """The need with another block."""
    heat, cool = block.heat or 0.0, block.cool or 0.0
    if (heat and cool) or (heat < NEED and cool < NEED) or not block.at_setpoint:
        return before
    return Need(1 if cool else -1, block.at)


class Surroundings(NamedTuple):
    """As of `at`: the `ambient` where a probe tells it, and how the surroundings pull.

    `pull` 1: they warm the chamber, -1: they cool it, 0: unknown. `low`, `high`: nothing in the chamber is colder or
    warmer, in °C; goods that were are forgotten slowly.
    """

    at: float
    ambient: float | None
    pull: int
    low: float
    high: float


def surroundings_after(
    before: Surroundings | None, block: Block, ambient: float | None, need: Need | None
) -> Surroundings:
    """The surroundings with another block; where the ambient is not known, by the need."""
    value, at = block.value, block.at
    low = high = value
    if before is not None:
        kept = FORGOTTEN / (FORGOTTEN + at - before.at)
        if before.low < value:
            low = value + (before.low - value) * kept
        if before.high > value:
            high = value + (before.high - value) * kept
    return Surroundings(at, ambient, _pull(block, ambient, need), low, high)


def _pull(block: Block, ambient: float | None, need: Need | None) -> int:
    if ambient is not None:
        above = ambient - block.value
        return 0 if abs(above) <= CLEAR else 1 if above > 0.0 else -1
    return 0 if need is None or block.at - need.at > REMEMBERED else need.pull
