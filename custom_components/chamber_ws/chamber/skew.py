"""How far a gateway's clock is from Home Assistant's, learned from live samples.

An old sample and a slow clock look alike in one sample. They differ over several: a backlog arrives faster than it was
sampled, so its offset shrinks, while a wrong clock keeps a constant one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

TOLERATED = 30.0
CONFIRMED_AFTER = 3
JITTER = 2.0
JITTER_PER_SECOND = 0.25


@dataclass(frozen=True, slots=True)
class Skew:
    """`offset`: seconds by which the gateway's clock is behind (negative: ahead); 0 while it is within `TOLERATED`.

    `run` counts the samples in a row whose offset stayed that of the first of them.
    """

    offset: float = 0.0
    run: int = 0
    first_offset: float = 0.0
    first_time: float = 0.0
    last_time: float = 0.0


NONE = Skew()


def observe(skew: Skew, time: float, utc: float) -> Skew:
    """Take in a live, new sample of `time` that was received at `utc`."""
    offset = utc - time
    if abs(offset) <= TOLERATED:
        return NONE
    disproved = offset < skew.offset - TOLERATED
    in_force = 0.0 if disproved else skew.offset
    drift = abs(offset - skew.first_offset)
    if not skew.run or time <= skew.last_time or drift > JITTER:
        return Skew(offset=in_force, run=1, first_offset=offset, first_time=time, last_time=time)
    run = skew.run + 1
    confirmed = run >= CONFIRMED_AFTER and not _catches_up(drift, time - skew.first_time)
    return replace(skew, offset=offset if confirmed else in_force, run=run, last_time=time)


def _catches_up(drift: float, sampled: float) -> bool:
    """A backlog drifts by much of the time in which it was sampled, a network's jitter by little of it."""
    return drift > JITTER_PER_SECOND * sampled
