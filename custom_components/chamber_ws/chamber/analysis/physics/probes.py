"""What no probe can have measured: jumps that no air can make, and the values by which sensors say that they failed.

A DS18B20 shows 85.0 °C before its first conversion and 127.94 °C without enough power (Linux w1_therm); -127 °C is a
common library's word for "no sensor". A true 85.0 °C looks the same: it is doubted only where the probe showed another
one just before. Jumps: a probe with a time constant of 12 s makes at most 13 K/min, so 1 K/s is none of the air's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ... import judgement
from ...model import Sample
from ..conditions import LONGEST_STEP

NEAR = 5.0
"""What a sensor shows as a word for a failure is believed this near to what it showed before, K."""
POWER_UP = 85.0
FAILED = (127.94, -127.0)
ROUNDING = 0.01
FREE, RATE = 2.0, 1.0
"""A change beyond 2 K and 1 K/s is no temperature."""
RANGES: Mapping[str, tuple[float, float]] = {"ambient": (-60.0, 80.0), "hot_sink": (-60.0, 150.0)}
"""What can be measured where, by the probe's role in °C: people's surroundings, and solder that has not molten yet."""
ANYTHING = (float("-inf"), float("inf"))
LOWEST, HIGHEST = -60.0, 80.0
"""What can be measured anywhere."""


Seen = tuple[float, float]
"""When a probe last answered (Unix s), and what it last showed that can be a temperature (°C)."""


class Doubt(NamedTuple):
    """What a probe showed, and what before; `certain`: it is the word for a failure and no temperature at all."""

    probe: str
    value: float
    before: float | None
    certain: bool = False
    jumped: bool = False


class Probes:
    """All probes of one chamber, each against what it showed before."""

    __slots__ = ("_bounds", "_seen")

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}
        self._bounds: dict[str, tuple[float, float]] = {}

    def describe(self, roles: Mapping[str, str]) -> None:
        """Take in what the probes are for."""
        self._bounds = {probe: RANGES[role] for probe, role in roles.items() if role in RANGES}

    def look(self, at: float, sample: Sample) -> list[Doubt]:
        """What cannot be, of what a sample shows."""
        doubts: list[Doubt] = []
        seen, plain = self._seen, not sample.quality
        for probe, value in ((judgement.CONTROL, sample.temperature), *sample.probes.items()):
            if value is None:
                continue
            before = seen.get(probe)
            if (
                before is not None
                and plain
                and -FREE <= value - before[1] <= FREE
                and LOWEST <= value <= HIGHEST
            ):
                seen[probe] = (at, value)
            elif sample.quality.get(probe) not in judgement.UNTRUSTED:
                self._examine(at, probe, value, before, doubts)
        if len(seen) > len(sample.probes) + 1:
            self._seen = {name: one for name, one in seen.items() if at - one[0] <= LONGEST_STEP}
        return doubts

    def _examine(
        self, at: float, probe: str, value: float, before: Seen | None, doubts: list[Doubt]
    ) -> None:
        doubt = _doubt(probe, at, value, before) or self._out_of_bounds(probe, value)
        if doubt is not None:
            doubts.append(doubt)
        if doubt is None or not doubt.certain:
            self._seen[probe] = (at, value)
        elif before is not None:
            self._seen[probe] = (at, before[1])

    def _out_of_bounds(self, probe: str, value: float) -> Doubt | None:
        low, high = self._bounds.get(probe, ANYTHING)
        return None if low <= value <= high else Doubt(probe, value, None)

    def move(self, seconds: float) -> None:
        """The clock was set by so much."""
        self._seen = {probe: (at + seconds, value) for probe, (at, value) in self._seen.items()}

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {probe: list(one) for probe, one in self._seen.items()}

    def restore(self, raw: Mapping[str, Any]) -> None:
        """Go on with a snapshot."""
        self._seen = {probe: (at, value) for probe, (at, value) in raw.items()}


def _doubt(probe: str, at: float, value: float, before: Seen | None) -> Doubt | None:
    if before is not None and at - before[0] > LONGEST_STEP:
        before = None
    shown = None if before is None else before[1]
    near = shown is not None and abs(value - shown) <= NEAR
    if not near and any(abs(value - word) < ROUNDING for word in FAILED):
        return Doubt(probe, value, shown, certain=True)
    if before is None or shown is None:
        return None
    if value == POWER_UP and not near:
        return Doubt(probe, value, shown, certain=True)
    if abs(value - shown) > FREE + RATE * (at - before[0]):
        return Doubt(probe, value, shown, jumped=True)
    return None
