"""What a mapping says: for each value of a chamber a topic and how to read it, for each command a topic and its words.

Temperatures are degrees Celsius here, whatever unit the chamber speaks; durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..chamber.errors import ChamberError
from ..chamber.model import Address, Kind, Limits, Meta, Mode, Probe, frozen

LOCAL = "_mapped"
"""The chamber's id in a mapped chamber's address: the contract's ids begin with a letter or digit."""
FREEZING = 273.15
DEFAULT_CONFIRM_WITHIN = 5.0
ALWAYS = {
    (True, False): (Mode.HEAT,),
    (False, True): (Mode.COOL,),
    (True, True): (Mode.HEAT_COOL,),
    (False, False): (Mode.HEAT_COOL,),
}
"""What a thermostat does that cannot be told otherwise, by whether it has heaters and coolers.

Whoever holds a setpoint and shows neither does it somehow.
"""


class BadMapping(ChamberError):
    """A mapping that means nothing: `key` names the text that says why, `detail` what is wrong and where."""

    def __init__(self, key: str, detail: str) -> None:
        super().__init__(f"{key}: {detail}")
        self.key = key
        self.detail = detail


class Unit(StrEnum):
    """The units a temperature may be said in."""

    CELSIUS = "°C"
    FAHRENHEIT = "°F"
    KELVIN = "K"

    def to_celsius(self, value: float) -> float:
        """A temperature of this unit in °C."""
        match self:
            case Unit.FAHRENHEIT:
                return (value - 32.0) / 1.8
            case Unit.KELVIN:
                return value - FREEZING
            case _:
                return value

    def from_celsius(self, value: float) -> float:
        """A temperature in °C in this unit."""
        match self:
            case Unit.FAHRENHEIT:
                return value * 1.8 + 32.0
            case Unit.KELVIN:
                return value + FREEZING
            case _:
                return value


class Sort(StrEnum):
    """What a value is."""

    TEMPERATURE = "temperature"
    SWITCH = "switch"
    MODE = "mode"
    POWER = "power"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where one value comes from: `read` is a place in JSON, a template, or empty for the payload as it is.

    `words` are the payloads (in small letters) that mean something: of a switch True and False, of a mode the modes.
    """

    topic: str
    sort: Sort
    read: str = ""
    unit: Unit = Unit.CELSIUS
    words: Mapping[str, bool | Mode] = field(default_factory=lambda: frozen({}))
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Where a command goes: `template` makes the payload of the `value`; without one it is the value itself.

    `words` are the chamber's own for the modes.
    """

    topic: str
    template: str = ""
    unit: Unit = Unit.CELSIUS
    words: Mapping[str, str] = field(default_factory=lambda: frozen({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One chamber's mapping. Sources go by what they are of: `temperature`, `heaters[0]`, `probes.air`."""

    name: str
    sources: Mapping[str, Source]
    setpoint: Order | None = None
    mode: Order | None = None
    modes: tuple[Mode, ...] = ()
    limits: Limits = Limits()
    heartbeat: float | None = None
    confirm_within: float = DEFAULT_CONFIRM_WITHIN

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that are listened to, each once."""
        return tuple(dict.fromkeys(source.topic for source in self.sources.values()))

    def parts(self, kind: Kind) -> tuple[str, ...]:
        """The keys of one kind's actuators, in order."""
        return tuple(key for key in self.sources if key.startswith(f"{kind}s["))

    @property
    def probes(self) -> Mapping[str, str]:
        """The keys of the further probes, by probe."""
        return {
            key.removeprefix("probes."): key for key in self.sources if key.startswith("probes.")
        }

    @property
    def meta(self) -> Meta:
        """What the chamber is, in the contract's words."""
        return Meta(
            name=self.name,
            limits=self.limits,
            modes=self._modes(),
            heaters=self._names(Kind.HEATER),
            coolers=self._names(Kind.COOLER),
            fans=self._names(Kind.FAN),
            probes=frozen(
                {probe: Probe(name=self.sources[key].name) for probe, key in self.probes.items()}
            ),
            door="door" in self.sources,
            power="power" in self.sources,
            heartbeat=self.heartbeat,
        )

    @property
    def fields(self) -> frozenset[str]:
        """The optional fields of a sample that this chamber will show."""
        return frozenset({"setpoint", "mode", "door", "power"} & self.sources.keys())

    def _names(self, kind: Kind) -> tuple[str | None, ...]:
        return tuple(self.sources[key].name for key in self.parts(kind))

    def _modes(self) -> tuple[Mode, ...] | None:
        if self.modes:
            return self.modes
        able = bool(self.parts(Kind.HEATER)), bool(self.parts(Kind.COOLER))
        return ALWAYS[able] if "setpoint" in self.sources else None


def address_of(subentry_id: str) -> Address:
    """The address of a mapped chamber, which nobody has on the wire: the subentry stands for its gateway."""
    return Address(subentry_id, LOCAL)


def is_mapped(address: Address) -> bool:
    """Whether a chamber is a mapped one."""
    return address.chamber == LOCAL
