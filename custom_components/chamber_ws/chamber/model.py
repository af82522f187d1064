"""The nouns, all frozen: a chamber, its samples, its description and its parts.

Temperatures are degrees Celsius, duties percent, power watts, energy kilowatt-hours, durations
seconds, times Unix seconds UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from .sequence import Sequence
from .skew import Skew

Value = TypeVar("Value")

ABSOLUTE_ZERO = -273.15
HOTTEST = 2000.0


class Address(NamedTuple):
    """Which chamber: the gateway's id and the chamber's id on it."""

    gateway: str
    chamber: str


class Mode(StrEnum):
    """What the thermostat may do."""

    OFF = "off"
    HEAT = "heat"
    COOL = "cool"
    HEAT_COOL = "heat_cool"


class Action(StrEnum):
    """What the thermostat does."""

    OFF = "off"
    IDLE = "idle"
    HEATING = "heating"
    COOLING = "cooling"
    FAULT = "fault"


class Clock(StrEnum):
    """Where a sample's time comes from; only `NTP` and `RTC` can be relied on."""

    NTP = "ntp"
    RTC = "rtc"
    ESTIMATED = "estimated"
    NONE = "none"


class Quality(StrEnum):
    """How far a probe's value can be trusted."""

    OK = "ok"
    SUSPECT = "suspect"
    FAULT = "fault"
    STALE = "stale"
    MISSING = "missing"


class Kind(StrEnum):
    """A kind of actuator."""

    HEATER = "heater"
    COOLER = "cooler"
    FAN = "fan"


class Presence(StrEnum):
    """What a gateway's status says of it."""

    ONLINE = "online"
    OFFLINE = "offline"
    LOST = "lost"


def frozen(mapping: Mapping[str, Value]) -> Mapping[str, Value]:
    """A read-only view of a copy of `mapping`."""
    return MappingProxyType(dict(mapping))


NOTHING: Mapping[str, Any] = frozen({})


@dataclass(frozen=True, slots=True)
class Part:
    """What one actuator does; `duty` in percent where the chamber reports numbers."""

    on: bool
    duty: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The setpoints a chamber accepts, in degrees Celsius; the defaults are the contract's."""

    min: float = -80.0
    max: float = 180.0
    step: float = 0.1


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a ramp and soak profile stands; `remaining` in seconds."""

    name: str | None = None
    step: int | None = None
    steps: int | None = None
    remaining: float | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """What a further probe is for."""

    role: str | None = None
    name: str | None = None


Parts = tuple["Part | None", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One reading of a chamber. `temperature` is the control probe's; None is a sign of life without a value."""

    temperature: float | None
    seq: int | None = None
    epoch: str | None = None
    time: float | None = None
    clock: Clock | None = None
    boot: str | None = None
    uptime: float | None = None
    setpoint: float | None = None
    effective_setpoint: float | None = None
    mode: Mode | None = None
    action: Action | None = None
    reason: str | None = None
    heaters: Parts | None = None
    coolers: Parts | None = None
    fans: Parts | None = None
    probes: Mapping[str, float | None] = field(default_factory=lambda: NOTHING)
    quality: Mapping[str, Quality] = field(default_factory=lambda: NOTHING)
    door: bool | None = None
    power: float | None = None
    energy: float | None = None
    profile: Progress | None = None

    @property
    def trusted_time(self) -> float | None:
        """The sample's time where its clock can be relied on."""
        return self.time if self.clock in (Clock.NTP, Clock.RTC) else None

    def parts(self, kind: Kind) -> Parts | None:
        """What this sample says of the actuators of one kind."""
        if kind is Kind.HEATER:
            return self.heaters
        return self.coolers if kind is Kind.COOLER else self.fans


STATE_FIELDS = frozenset(field.name for field in fields(Sample)) | frozenset(Kind)
"""Which names no probe may have (contract, meta): a state's fields, and the kinds, under which a lone part stands."""
Names = tuple["str | None", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What a chamber says it is; every field may be missing."""

    name: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    software: str | None = None
    hardware: str | None = None
    limits: Limits | None = None
    modes: tuple[Mode, ...] | None = None
    heaters: Names | None = None
    coolers: Names | None = None
    fans: Names | None = None
    probes: Mapping[str, Probe] = field(default_factory=lambda: NOTHING)
    door: bool | None = None
    power: bool | None = None
    replies: bool | None = None
    history: bool | None = None
    heartbeat: float | None = None
    calibration_due: str | None = None

    def names(self, kind: Kind) -> Names | None:
        """The actuators of one kind that the chamber names; None where it does not say."""
        return {Kind.HEATER: self.heaters, Kind.COOLER: self.coolers, Kind.FAN: self.fans}[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A gateway's birth, goodbye or will."""

    state: Presence
    session: str | None = None
    agent: str | None = None
    heartbeat: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A Raspberry Pi as its last accepted status shows it; `session` is the one last seen online."""

    id: str
    status: Status | None = None
    session: str | None = None
    greeted: bool = False


class Receipt(NamedTuple):
    """When and how a message arrived: Home Assistant's UTC, its monotonic clock, and the retained flag."""

    utc: float
    monotonic: float
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Learned:
    """What a chamber was seen to have: actuators by kind (how many), probes, and fields of `Sample`."""

    heaters: int = 0
    coolers: int = 0
    fans: int = 0
    probes: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def count(self, kind: Kind) -> int:
        """How many actuators of one kind were seen."""
        return {Kind.HEATER: self.heaters, Kind.COOLER: self.coolers, Kind.FAN: self.fans}[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chamber:
    """All that is known of one chamber.

    `sample` is the newest accepted one, received at `received` (monotonic) with the age `age_at_receipt`.
    `taken_at` is when it was taken, in Unix seconds by Home Assistant's clock, as far as is known.
    `lost` says that its gateway said goodbye, or its will did, and no live sample has come since.
    `live_at` is the monotonic receipt of the newest live sample.
    """

    address: Address
    meta: Meta | None = None
    sample: Sample | None = None
    received: float = 0.0
    age_at_receipt: float = 0.0
    taken_at: float = 0.0
    live_at: float | None = None
    lost: bool = False
    meta_cleared: bool = False
    state_cleared: bool = False
    learned: Learned = Learned()
    sequence: Sequence = Sequence()
    skew: Skew = Skew()

    @property
    def gone(self) -> bool:
        """Whether the gateway cleared both retained topics: the chamber exists no more."""
        return self.meta_cleared and self.state_cleared

    @property
    def limits(self) -> Limits:
        """The setpoints that are accepted, the contract's defaults where the chamber names none."""
        return (self.meta and self.meta.limits) or Limits()

    @property
    def replies(self) -> bool:
        """Whether every command is promised a reply."""
        return bool(self.meta and self.meta.replies)

    def names(self, kind: Kind) -> Names:
        """The actuators of one kind: named by the chamber's meta, else as many as its samples showed."""
        named = self.meta.names(kind) if self.meta else None
        return named if named is not None else (None,) * self.learned.count(kind)

    @property
    def probes(self) -> Mapping[str, Probe]:
        """The further probes, described or seen."""
        described = self.meta.probes if self.meta else {}
        return {
            probe: described.get(probe, Probe())
            for probe in sorted({*described, *self.learned.probes})
        }

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The modes offered: the chamber's own list, else what its actuators allow."""
        if self.meta and self.meta.modes is not None:
            return self.meta.modes
        heats, cools = bool(self.names(Kind.HEATER)), bool(self.names(Kind.COOLER))
        possible = {Mode.HEAT: heats, Mode.COOL: cools, Mode.HEAT_COOL: heats and cools}
        return tuple(mode for mode, able in possible.items() if able)
