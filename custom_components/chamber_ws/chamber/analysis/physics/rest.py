"""What goes on though heaters and coolers are off: something that cannot be switched off.

The air follows what is in the chamber, too: warm air falls to cold goods. So nothing is said soon after they went off,
or after something may have been put in, or while it is no colder or warmer than the goods may be. What power is drawn
proves nothing: lamps, fans and defrosting draw it as well.
"""

from __future__ import annotations

from typing import NamedTuple

from .blocks import Blocks
from .effort import Side
from .surroundings import Surroundings

SETTLED = 300.0
"""A cold sink of 450 J/K is back within this, s."""
UNDISTURBED = 1800.0
SPANS = (300.0, 600.0)
MOVED = 0.5
"""0.1 K/min over five minutes, or half as fast for ten: goods make it slow, K."""
EDGE = 0.1
"""As near to the coldest or warmest, K, that it is the coldest or warmest itself."""


class Drift(NamedTuple):
    """The temperature moved by so much since then (K)."""

    since: float
    by: float


def drift(blocks: Blocks, at: float, idle_since: float) -> Drift | None:
    """How the temperature moved, once all has settled; None: not clearly."""
    for span in SPANS:
        earliest = max(at - span, idle_since + SETTLED)
        seen = list(blocks.since(earliest - 1.0))
        if len(seen) < 2 or at - seen[-1].at < span - 30.0:
            return None
        moved = seen[0].value - seen[-1].value
        if abs(moved) > MOVED:
            return Drift(seen[-1].at, moved)
    return None


def is_driven(side: Side, value: float, surroundings: Surroundings) -> bool:
    """Whether a temperature that moves this side's way has no other cause."""
    if surroundings.pull != -side.sign:
        return False
    if side.sign > 0:
        return value >= surroundings.high - EDGE
    return value <= surroundings.low + EDGE
