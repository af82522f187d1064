"""When a sample was taken, and how that is known.

Rule 1: a clock that can be relied on is believed.
Rule 2: a sample of a clock that knows no time is placed by its boot's uptime, once a sample of the same boot is dated.
Rule 3: a chamber that tells nothing of time is placed by the time of receipt, which is said, and only live.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ..model import Sample


class Placed(StrEnum):
    """How the time of a sample is known; `UNKNOWN` ones are kept, marked, and left out of metrics."""

    OWN = "own"
    BOOT = "boot"
    ESTIMATED = "estimated"
    RECEIPT = "receipt"
    UNKNOWN = "unknown"


class Place(NamedTuple):
    """A time in Unix s UTC, None where it is unknown, and how it is known."""

    at: float | None
    placed: Placed


class Anchor(NamedTuple):
    """A dated sample of a boot: what was when."""

    boot: str
    uptime: float
    at: float


def place(sample: Sample, received: float | None, anchor: Anchor | None = None) -> Place:
    """Where a sample belongs. `received` is Home Assistant's UTC for one that came live, else None."""
    if sample.trusted_time is not None:
        return Place(sample.trusted_time, Placed.OWN)
    if sample.boot is not None and sample.uptime is not None and sample.clock is not None:
        if anchor is not None and anchor.boot == sample.boot:
            return Place(anchor.at - (anchor.uptime - sample.uptime), Placed.BOOT)
        if sample.time is None:
            return Place(None, Placed.UNKNOWN)
    if sample.time is not None:
        return Place(sample.time, Placed.ESTIMATED)
    return Place(received, Placed.RECEIPT) if received is not None else Place(None, Placed.UNKNOWN)


def anchor_of(sample: Sample) -> Anchor | None:
    """What a dated sample tells of its boot."""
    if sample.trusted_time is None or sample.boot is None or sample.uptime is None:
        return None
    return Anchor(sample.boot, sample.uptime, sample.trusted_time)


def awaits_anchor(sample: Sample) -> bool:
    """Whether a later sample of the same boot may still tell when this one was taken."""
    return (
        sample.trusted_time is None
        and sample.time is None
        and sample.clock is not None
        and sample.boot is not None
        and sample.uptime is not None
    )
