"""How far a gateway's clock is from Home Assistant's, learned from live samples.

An old sample and a slow clock look alike in one sample. They differ over several: a backlog arrives faster than it was
sampled, so its offset shrinks, while a wrong clock keeps a constant one.
"""

from __future__ import annotations

from dataclasses import dataclass

TOLERATED = 30.0
CONFIRMED_AFTER = 3
JITTER = 2.0


@dataclass(frozen=True, slots=True)
class Skew:
    """`offset`: seconds by which the gateway's clock is behind (negative: ahead); 0 while it is within `TOLERATED`."""

    offset: float = 0.0
    run: int = 0
    last_offset: float = 0.0
    last_time: float = 0.0


def observe(skew: Skew, time: float, utc: float) -> Skew:
    """Take in a live, new sample of `time` that was received at `utc`."""
    offset = utc - time
    if abs(offset) <= TOLERATED:
        return Skew()
    constant = skew.run > 0 and _constant(offset - skew.last_offset, time - skew.last_time)
    run = skew.run + 1 if constant else 1
    in_force = offset if run >= CONFIRMED_AFTER else skew.offset
    return Skew(offset=in_force, run=run, last_offset=offset, last_time=time)


def _constant(drift: float, elapsed: float) -> bool:
    """A backlog drifts by as much as was sampled meanwhile, a network's jitter by far less."""
    return abs(drift) <= min(JITTER, 0.5 * abs(elapsed) + 0.05)
