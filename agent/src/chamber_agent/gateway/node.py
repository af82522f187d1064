"""What is known of one node, and what may be said of it. Pure: time is an argument, in s of a clock that nobody sets.

Rule 1: a temperature is believed for as long as it is young; an older one is `stale`, which nobody shows.
Rule 2: what a node was told or switched (setpoint, mode, parts, door) holds for as long as the node speaks at all.
Rule 3: of what the broker had kept from before (retained), only what was told is believed: nobody knows how old it is.
Rule 4: a node that is silent, or that the broker calls offline, has no values: it is `missing`.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..chamber.judgement import CONTROL
from ..chamber.model import Action, Kind, Meta, Mode, Parts, Probe, Quality, Sample, frozen
from .settings import NodeConfig

TOLD = frozenset({"setpoint", "mode", "availability"})
SILENT, OFFLINE = "node_silent", "node_offline"
_ALWAYS = {
    (True, False): (Mode.HEAT,),
    (False, True): (Mode.COOL,),
    (True, True): (Mode.HEAT_COOL,),
}
"""What a thermostat that cannot be told otherwise does, by whether it has heaters and coolers."""


class Value(NamedTuple):
    """What was said last of one thing (None: that there is no value), and when; what was retained, long ago."""

    said: Any
    at: float


@dataclass(slots=True)
class Node:
    """One node: `id` is the chamber's, `name` the level of its topics. Values go by the keys of its table."""

    id: str
    name: str
    config: NodeConfig
    heard_at: float | None = None
    made: bool = False
    """Whether something was heard that makes a chamber."""
    values: dict[str, Value] = field(default_factory=dict)

    def hear(self, key: str, said: Any, now: float, *, retained: bool) -> bool:
        """Take in a value, and tell whether it is believed."""
        if retained and key not in TOLD:
            return False
        self.values[key] = Value(said, float("-inf") if retained and key != "availability" else now)
        if not retained and (key != "availability" or said):
            self.heard_at = now
            self.made = self.made or self.config.makes(key)
        return True

    def absence(self, now: float) -> str | None:
        """Return why the node has no values; None where it speaks. What it says after its will disproves that."""
        available = self.values.get("availability")
        heard_at = float("-inf") if self.heard_at is None else self.heard_at
        if available is not None and available.said is False and available.at >= heard_at:
            return OFFLINE
        return SILENT if now - heard_at > self.config.silent else None

    def sample(self, now: float) -> Sample:
        """Return what can be said now, without number and time."""
        if absence := self.absence(now):
            return self._missing(absence)
        qualities = {name: self._quality(key, now) for name, key in self._probes()}
        setpoint = self._said("setpoint")
        return Sample(
            temperature=self._said(CONTROL),
            setpoint=setpoint,
            effective_setpoint=setpoint,
            mode=self._said("mode"),
            heaters=self._parts(Kind.HEATER),
            coolers=self._parts(Kind.COOLER),
            fans=self._parts(Kind.FAN),
            probes=frozen({name: self._said(f"probes.{name}") for name in self.config.probes}),
            quality=frozen({name: one for name, one in qualities.items() if one is not Quality.OK}),
            door=self._said("door"),
            power=self._said("power") if self._young("power", now) else None,
        )

    def shows(self, wanted: float | None, mode: Mode | None, since: float) -> bool:
        """Tell whether the node said after `since` what was asked, to within half a step."""
        if mode is not None and not self._said_since("mode", since, mode):
            return False
        if wanted is None:
            return mode is not None
        shown = self.values.get("setpoint")
        half = self.config.limits.step / 2 + 1e-9
        return (
            shown is not None
            and shown.at >= since
            and shown.said is not None
            and abs(shown.said - wanted) <= half
        )

    def meta(self, software: str) -> Meta:
        """Return the chamber's description."""
        config = self.config
        probes = {name: Probe(one.role, one.name) for name, one in config.probes.items()}
        return Meta(
            name=config.name.replace("{id}", self.name),
            manufacturer=config.manufacturer,
            model=config.model,
            software=software,
            limits=config.limits,
            modes=config.modes or self._fixed_mode(),
            heaters=tuple(part.name for part in config.heaters),
            coolers=tuple(part.name for part in config.coolers),
            fans=tuple(part.name for part in config.fans),
            probes=frozen(probes),
            door=config.door is not None,
            power=config.power is not None,
            replies=True,
            history=True,
            heartbeat=config.heartbeat,
        )

    def _fixed_mode(self) -> tuple[Mode, ...] | None:
        """A node that neither says a mode nor takes one does always all that its parts can."""
        if self.config.mode or self.config.commands.mode:
            return None
        able = bool(self.config.heaters), bool(self.config.coolers)
        return _ALWAYS.get(able)

    def _missing(self, absence: str) -> Sample:
        return Sample(
            temperature=None,
            action=Action.FAULT,
            reason=absence,
            heaters=(None,) * len(self.config.heaters) or None,
            coolers=(None,) * len(self.config.coolers) or None,
            fans=(None,) * len(self.config.fans) or None,
            probes=frozen(dict.fromkeys(self.config.probes)),
            quality=frozen({name: Quality.MISSING for name, _ in self._probes()}),
        )

    def _probes(self) -> list[tuple[str, str]]:
        return [(CONTROL, CONTROL), *((name, f"probes.{name}") for name in self.config.probes)]

    def _quality(self, key: str, now: float) -> Quality:
        value = self.values.get(key)
        if value is None or value.said is None:
            return Quality.MISSING
        return Quality.OK if self._young(key, now) else Quality.STALE

    def _young(self, key: str, now: float) -> bool:
        value = self.values.get(key)
        return value is not None and now - value.at <= self.config.stale

    def _said(self, key: str) -> Any:
        value = self.values.get(key)
        return None if value is None else value.said

    def _said_since(self, key: str, since: float, wanted: object) -> bool:
        value = self.values.get(key)
        return value is not None and value.at >= since and value.said == wanted

    def _parts(self, kind: Kind) -> Parts | None:
        count = len(self.config.parts(kind))
        return tuple(self._said(f"{kind}s[{index}]") for index in range(count)) or None
