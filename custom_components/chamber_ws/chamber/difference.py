"""What of a chamber is another than before, by name, so that only what shows it need look."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter

from .model import Chamber, Sample

PLACE_IN_TIME = frozenset({"seq", "epoch", "time", "clock", "boot", "uptime"})
READINGS = tuple(field.name for field in fields(Sample) if field.name not in PLACE_IN_TIME)
_readings = attrgetter(*READINGS)


def readings(before: Chamber, after: Chamber) -> frozenset[str] | None:
    """The names of the sample's readings that changed; None where more than the sample did, so that all must look."""
    if (
        before.meta is not after.meta
        or before.learned is not after.learned
        or before.sample is None
        or after.sample is None
        or before.gone != after.gone
    ):
        return None
    pairs = zip(READINGS, _readings(before.sample), _readings(after.sample), strict=True)
    return frozenset([name for name, was, now in pairs if was != now])
