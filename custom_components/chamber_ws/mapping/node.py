"""What a mapped chamber said last, value by value, and the sample that this makes. Pure: `now` is in monotonic s.

Rule 1: what is measured is believed while it is young; an old value is `stale`, which nobody shows, and of what the
        broker had retained nobody knows how old it is.
Rule 2: what was set or switched holds for as long as the chamber speaks at all; a retained setpoint or mode counts.
Rule 3: a sample is live where something in it came live, and none is before the temperature did.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..chamber.commands import echoed
from ..chamber.freshness import HEARTBEATS_MISSED
from ..chamber.judgement import CONTROL
from ..chamber.messages import Command
from ..chamber.model import Kind, Limits, Parts, Quality, Sample, frozen
from .payloads import part
from .table import Table

AVAILABILITY = "availability"
TOLD = frozenset({"setpoint", "mode"})


class Value(NamedTuple):
    """What was said last of one thing, and when."""

    said: Any
    at: float


@dataclass(slots=True)
class Node:
    """One mapped chamber; `since_asked` are the values that came live since it was last asked for something.

    It speaks since `began`; what it has not said yet is missing only after some time.
    """

    table: Table
    values: dict[str, Value] = field(default_factory=dict)
    since_asked: set[str] = field(default_factory=set)
    began: float | None = None

    def hear(self, key: str, said: Any, now: float, *, retained: bool) -> None:
        """Take in a value."""
        if not retained:
            self.since_asked.add(key)
            self.began = now if self.began is None else self.began
        elif key not in TOLD:
            return
        self.values[key] = Value(said, now)

    @property
    def measures(self) -> bool:
        """Whether the temperature was ever heard live."""
        return CONTROL in self.values

    def asked(self) -> None:
        """Something is asked of the chamber: only what it says from now on can confirm it."""
        self.since_asked.clear()

    def shows(self, sample: Sample, command: Command, limits: Limits) -> bool:
        """Whether the chamber said, since it was asked, what was asked for."""
        asked = (("setpoint", command.setpoint), ("mode", command.mode))
        wanted = {key for key, wish in asked if wish is not None}
        return wanted <= self.since_asked and echoed(sample, command, limits)

    def sample(self, now: float, heartbeat: float) -> Sample:
        """What can be said now; `heartbeat` is how often a measurement is renewed."""
        young = HEARTBEATS_MISSED * heartbeat
        probes = self.table.probes
        keys = {CONTROL: CONTROL, **probes}
        quality = {probe: self._quality(key, now, young) for probe, key in keys.items()}
        power = self.values.get("power")
        return Sample(
            temperature=self._said(CONTROL),
            setpoint=self._said("setpoint"),
            mode=self._said("mode"),
            heaters=self._parts(Kind.HEATER),
            coolers=self._parts(Kind.COOLER),
            fans=self._parts(Kind.FAN),
            probes=frozen({probe: self._said(key) for probe, key in probes.items()}),
            quality=frozen({probe: one for probe, one in quality.items() if one is not Quality.OK}),
            door=self._said("door"),
            power=power.said if power and now - power.at <= young else None,
        )

    def _quality(self, key: str, now: float, young: float) -> Quality:
        value = self.values.get(key)
        if value is None:
            awaited = self.began is None or now - self.began <= young
            return Quality.OK if awaited and key != CONTROL else Quality.MISSING
        if value.said is None:
            return Quality.MISSING
        return Quality.OK if now - value.at <= young else Quality.STALE

    def _said(self, key: str) -> Any:
        value = self.values.get(key)
        return None if value is None else value.said

    def _parts(self, kind: Kind) -> Parts | None:
        return tuple(part(self._said(key)) for key in self.table.parts(kind)) or None
