"""What the agent is told: one TOML file, read into frozen values, with every problem named at once.

The names of the keys are the names of the fields below; `config.example.toml` shows them in use.
Temperatures in °C, durations in s. Relative paths are relative to the file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from .chamber.fields import DATE, ID, LONGEST_TEXT, MOST_PARTS
from .chamber.model import ABSOLUTE_ZERO, HOTTEST, STATE_FIELDS, Kind, Limits, Meta, Mode, Probe
from .chamber.topics import DEFAULT_PREFIX, PREFIX
from .control import Control, Cutout, Safe, Strategy
from .hardware import claims
from .hardware.simulated import Role, Simulated
from .hardware.wiring import Wired
from .profiles.files import ProfileTold, refusals
from .settings.bounds import Beside, Between, Matching
from .settings.file import content, understood

Id = Annotated[
    str, Matching(ID.pattern, "an id of a-z, 0-9, _ and -, beginning with a letter or a digit")
]
Text = Annotated[
    str, Matching(rf".{{1,{LONGEST_TEXT}}}", f"one line of 1 to {LONGEST_TEXT} characters")
]
Temperature = Annotated[float, Between(ABSOLUTE_ZERO, HOTTEST)]
Url = Annotated[
    str,
    Matching(
        r"wss?://[^\s@/?#]+([/?][^\s#]*)?",
        'a URL such as "wss://broker.example/mqtt", without user and password',
    ),
]
Names = tuple[Text, ...]
_FOR = ("heaters", "coolers")
ACTING, NEEDED = Beside(_FOR), Beside(_FOR, needed=True)
"""What only a chamber that acts is told, and what it has to be told."""
HEARTBEAT = 10.0
"""Longest time between two samples of a chamber unless told otherwise, s."""
HISTORY_DAYS = 30.0
Configured = TypeVar("Configured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is, and who the agent is to it."""

    url: Url
    username: Text | None = None
    password_file: Path | None = None
    """A file that holds the password alone; readable for the agent only."""
    ca_file: Path | None = None
    """Certificates (PEM) to trust instead of the system's."""
    client_certificate_file: Path | None = None
    client_key_file: Path | None = None
    protocol: Annotated[str, Matching(r"auto|5|3\.1\.1", '"auto", "5" or "3.1.1"')] = "auto"
    keepalive: Annotated[int, Between(5, 1160)] = 30
    alternate_urls: tuple[Url, ...] = ()
    """Further addresses of the same broker, such as a cluster's nodes; taken when the one before fails."""

    @property
    def urls(self) -> tuple[str, ...]:
        """All addresses, the preferred one first."""
        return (self.url, *self.alternate_urls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Who the agent is to Home Assistant, and how often it speaks."""

    id: Id
    prefix: Annotated[
        str, Matching(PREFIX.pattern, "one to three levels of letters, digits, _ and -")
    ] = DEFAULT_PREFIX
    interval: Annotated[float, Between(0.05, 3600)] = 1.0
    """Time between two readings."""
    heartbeat: Annotated[float, Between(0.1, 86_400)] = HEARTBEAT
    """Longest time between two samples of a chamber, changed or not."""
    state_folder: Path | None = None
    """Where setpoints, obeyed commands and samples outlive a restart."""
    history_days: Annotated[float, Between(0.01, 3650)] = HISTORY_DAYS
    """For how long samples are kept to be asked for."""
    history_megabytes: Annotated[float, Between(1, 100_000)] = 200.0
    """How much room they may take on the disk, in 10⁶ bytes; the oldest go first."""
    commit_interval: Annotated[float, Between(0.1, 3600)] = 30.0
    """So often samples are written to the disk; where something happens, at once."""
    advertise: bool = False
    """Whether the broker is announced by multicast DNS, so that Home Assistant offers it."""
    advertise_on: tuple[
        Annotated[str, Matching(r"[0-9a-fA-F:.]+", "an address of this machine")], ...
    ] = ()
    """On which of this machine's addresses; on all without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChamberConfig:
    """One chamber: what it is, how it is controlled, and what it is wired to.

    Without heaters and coolers it is only measured: then nobody looks at how it is controlled, or hears of it.
    """

    id: Id
    name: Text
    setpoint: Annotated[Temperature, NEEDED] = 0.0
    """The setpoint until the first command."""
    mode: Mode = Mode.OFF
    """The mode until the first command."""
    limits: Annotated[Limits, NEEDED] = field(default_factory=Limits)
    modes: Annotated[tuple[Mode, ...], ACTING] = ()
    """The modes offered; without them all that the parts allow."""
    heaters: Names = ()
    coolers: Names = ()
    fans: Annotated[Names, ACTING] = ()
    """They blow while heaters or coolers run, and for a while after."""
    probes: Mapping[Id, Probe] = field(default_factory=lambda: MappingProxyType({}))
    door: bool = False
    power: bool = False
    manufacturer: Text | None = None
    model: Text | None = None
    serial: Text | None = None
    hardware_revision: Text | None = None
    calibration_due: (
        Annotated[str, Matching(DATE.pattern, 'a date such as "2027-05-01"')] | None
    ) = None
    control: Annotated[Control, ACTING] = field(default_factory=Control)
    cutout: Annotated[Cutout, ACTING] = field(default_factory=Cutout)
    safe: Annotated[Safe, ACTING] = field(default_factory=Safe)
    hardware: Simulated | Wired

    @property
    def controlled(self) -> bool:
        """Whether there is something to control by."""
        return bool(self.heaters or self.coolers)

    @property
    def bounds(self) -> Limits | None:
        """The limits of what may be asked; None where nothing may."""
        return self.limits if self.controlled else None

    @property
    def offered(self) -> tuple[Mode, ...]:
        """The modes that a command may ask for."""
        if self.modes:
            return self.modes
        heats, cools = bool(self.heaters), bool(self.coolers)
        able = {Mode.OFF: True, Mode.HEAT: heats, Mode.COOL: cools, Mode.HEAT_COOL: heats and cools}
        return tuple(mode for mode, possible in able.items() if possible)

    def safe_in(self, mode: Mode) -> Safe:
        """Return what is safe in a mode: what was switched off stays off."""
        return Safe() if mode is Mode.OFF else self.safe

    def meta(self, heartbeat: float, software: str) -> Meta:
        """Return the chamber's description for Home Assistant."""
        return Meta(
            name=self.name,
            manufacturer=self.manufacturer,
            model=self.model,
            serial=self.serial,
            software=software,
            hardware=self.hardware_revision,
            limits=self.bounds,
            modes=self.offered if self.controlled else None,
            heaters=self.heaters,
            coolers=self.coolers,
            fans=self.fans,
            probes=self.probes,
            door=self.door,
            power=self.power,
            replies=True,
            history=True,
            heartbeat=heartbeat,
            calibration_due=self.calibration_due,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConfig:
    """The whole file."""

    broker: Broker
    gateway: Gateway
    chambers: tuple[ChamberConfig, ...]
    profiles: tuple[ProfileTold, ...] = ()


def load(path: Path) -> AgentConfig:
    """Read the file at `path`. Raises `ConfigError` with every problem in it."""
    return parse(content(path), path.parent)


def parse(text: str, folder: Path) -> AgentConfig:
    """Read a configuration; its relative paths start at `folder`. Raises `ConfigError`."""
    config = understood(AgentConfig, text, contradictions)
    return replace(
        config,
        broker=anchored(config.broker, folder),
        gateway=anchored(config.gateway, folder),
    )


def contradictions(config: AgentConfig) -> Iterator[str]:
    """Yield what is wrong with the values together, though each alone is right."""
    gateway = config.gateway
    yield from broker_contradictions(config.broker)
    if gateway.heartbeat < gateway.interval:
        yield (
            f"gateway.heartbeat: {gateway.heartbeat:g} s is shorter than gateway.interval, "
            f"expected at least {gateway.interval:g} s"
        )
    if not config.chambers:
        yield "chambers: the list is empty, expected at least one [[chambers]]"
    ids = [chamber.id for chamber in config.chambers]
    for index, chamber in enumerate(config.chambers):
        if chamber.id in ids[:index]:
            yield f'chambers[{index}].id: "{chamber.id}" is another chamber\'s id already'
        for problem in _chamber_contradictions(chamber, gateway.interval):
            yield f"chambers[{index}].{problem}"
    yield from claims.shared(
        (f"chambers[{index}].hardware", chamber.id, chamber.hardware)
        for index, chamber in enumerate(config.chambers)
    )
    yield from _profile_contradictions(config)


def _profile_contradictions(config: AgentConfig) -> Iterator[str]:
    """Yield what no chamber can follow; one that only some can is refused by the others."""
    limits = {chamber.id: chamber.bounds for chamber in config.chambers}
    names = [profile.name for profile in config.profiles]
    for index, profile in enumerate(config.profiles):
        if profile.name in names[:index]:
            yield f'profiles[{index}].name: "{profile.name}" is another profile\'s name already'
        refused = list(refusals(profile, limits))
        if refused and len(refused) == len(limits):
            yield f"profiles[{index}]: {refused[0]}"


def broker_contradictions(broker: Broker) -> Iterator[str]:
    """Yield what is wrong with how the broker is reached."""
    if broker.client_key_file and not broker.client_certificate_file:
        yield "broker.client_key_file: needs broker.client_certificate_file beside it"
    if broker.password_file and not broker.username:
        yield "broker.password_file: needs broker.username beside it"
    yield from _url_contradictions(broker)


def _url_contradictions(broker: Broker) -> Iterator[str]:
    further = {f"broker.alternate_urls[{i}]": url for i, url in enumerate(broker.alternate_urls)}
    for key, url in {"broker.url": broker.url, **further}.items():
        try:
            address = urlsplit(url)
            if not address.hostname or address.port == 0:
                yield f"{key}: {url} names no host, or port 0"
        except ValueError as error:
            yield f"{key}: {error}"
    if not any(url.startswith("wss:") for url in broker.urls):
        for key in ("ca_file", "client_certificate_file", "client_key_file"):
            if getattr(broker, key):
                yield f'broker.{key}: is for "wss" alone, and broker.url is "ws"'


def _chamber_contradictions(chamber: ChamberConfig, interval: float) -> Iterator[str]:
    limits = chamber.limits
    if limits.min >= limits.max:
        yield f"limits.min: {limits.min:g} °C is not below limits.max, {limits.max:g} °C"
    elif not limits.min <= chamber.setpoint <= limits.max:
        yield (
            f"setpoint: {chamber.setpoint:g} °C is outside limits, "
            f"expected {limits.min:g} to {limits.max:g} °C"
        )
    if limits.step <= 0:
        yield f"limits.step: {limits.step:g} K, expected more than 0"
    yield from _mode_contradictions(chamber)
    yield from _safety_contradictions(chamber)
    for kind in Kind:
        parts = getattr(chamber, f"{kind}s")
        if len(parts) > MOST_PARTS:
            yield f"{kind}s: {len(parts)} parts, expected at most {MOST_PARTS}"
    for name, probe in chamber.probes.items():
        if name in STATE_FIELDS:
            yield f"probes.{name}: this is the name of a field of every sample, expected another"
        if probe.role not in set(Role):
            roles = ", ".join(f'"{role}"' for role in Role)
            yield f'probes.{name}.role: found "{probe.role}", expected one of {roles}'

    if isinstance(chamber.hardware, Wired):
        wanted = claims.Wanted(
            heaters=chamber.heaters,
            coolers=chamber.coolers,
            fans=chamber.fans,
            probes=tuple(chamber.probes),
            door=chamber.door,
            power=chamber.power,
            switches=chamber.control.strategy is Strategy.HYSTERESIS,
            interval=interval,
            safe=asdict(chamber.safe),
        )
        yield from claims.mismatches(chamber.hardware, wanted)


def _mode_contradictions(chamber: ChamberConfig) -> Iterator[str]:
    needs = {
        Mode.HEAT: ("heaters",),
        Mode.COOL: ("coolers",),
        Mode.HEAT_COOL: ("heaters", "coolers"),
    }
    told = [*(("modes", mode) for mode in chamber.modes), ("mode", chamber.mode)]
    for key, mode in told:
        for kind in needs.get(mode, ()):
            if not getattr(chamber, kind):
                yield f'{key}: "{mode}" needs {kind}, and the chamber has none'
    if chamber.mode not in chamber.offered:
        offered = ", ".join(f'"{mode}"' for mode in chamber.offered)
        yield f'mode: "{chamber.mode}" is not offered, expected one of {offered}'


def _safety_contradictions(chamber: ChamberConfig) -> Iterator[str]:
    safe, limits = chamber.safe, chamber.limits
    cutout = chamber.cutout.within(limits)
    if safe.heaters and safe.coolers:
        yield "safe.heaters: they and the coolers never run together, expected one of them to be 0"
    if safe.heaters and not cutout.probe:
        yield "safe.heaters: heating blindly needs a probe of its own that stops it, cutout.probe"
    if (safe.heaters or safe.coolers) and chamber.fans and not safe.fans:
        yield "safe.fans: 0 while heaters or coolers run, expected more than 0"
    if cutout.probe is not None and cutout.probe not in chamber.probes:
        known = ", ".join(f'"{probe}"' for probe in chamber.probes) or "none"
        yield f'cutout.probe: "{cutout.probe}" is none of the chamber\'s probes ({known})'
    if cutout.high is not None and cutout.high < limits.max:
        yield f"cutout.high: {cutout.high:g} °C is below limits.max, {limits.max:g} °C"
    if cutout.low is not None and cutout.low > limits.min:
        yield f"cutout.low: {cutout.low:g} °C is above limits.min, {limits.min:g} °C"


def anchored(part: Configured, folder: Path) -> Configured:
    """Return `part` with its relative paths made absolute."""
    paths = {
        field.name: folder / value
        for field in fields(part)  # type: ignore[arg-type]
        if isinstance(value := getattr(part, field.name), Path)
    }
    return replace(part, **paths)  # type: ignore[type-var]
