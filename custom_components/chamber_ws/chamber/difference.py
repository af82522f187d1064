"""What of a chamber is another than before, by name: only what shows it need look, and what is urgent goes first."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter

from .model import Chamber, Parts, Sample

PLACE_IN_TIME = frozenset({"seq", "epoch", "time", "clock", "boot", "uptime"})
READINGS = tuple(field.name for field in fields(Sample) if field.name not in PLACE_IN_TIME)
PARTS = frozenset({"heaters", "coolers", "fans"})
STEADY = PARTS | {"temperature", "effective_setpoint", "probes", "power", "energy", "profile"}
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


def urgent(before: Chamber, after: Chamber, changed: frozenset[str] | None) -> bool:
    """Whether something switched, rather than that measured values and duties went on as they always do."""
    if changed is None or not changed <= STEADY:
        return True
    was, now = before.sample, after.sample
    assert was is not None
    assert now is not None
    return (was.temperature is None) != (now.temperature is None) or any(
        name in changed and _switched(getattr(was, name), getattr(now, name)) for name in PARTS
    )


def _switched(was: Parts | None, now: Parts | None) -> bool:
    return [part and part.on for part in was or ()] != [part and part.on for part in now or ()]
