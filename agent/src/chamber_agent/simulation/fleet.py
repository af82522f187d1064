"""The chambers of `chamber-agent simulate`: the box of docs/lecture38.md, a vaccine carrier, and variations."""

import itertools
import re
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ..chamber.model import Limits, Mode, Probe
from ..config import (
    HEARTBEAT,
    HISTORY_DAYS,
    AgentConfig,
    Broker,
    ChamberConfig,
    Gateway,
    contradictions,
)
from ..errors import ConfigError
from ..hardware.simulated import Role, Simulated
from ..plant import Plant
from ..settings.reader import Problems, read

PRODUCT = {"product": Probe(role=Role.PRODUCT)}
AMBIENT = {"ambient": Probe(role=Role.AMBIENT)}
MOST_CHAMBERS = 2000
WATER = 4186.0
"""Heat capacity of a kilogram of water, J/K."""
DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of chamber to simulate; temperatures in °C."""

    id: str
    name: str
    setpoint: float
    low: float = -5.0
    high: float = 60.0
    wall: float = 0.60
    kilograms: float = 0.0
    """The goods, as water."""
    ambient: float = 25.0
    start: float | None = None
    coolers: tuple[str, ...] = ("Cooler 1", "Cooler 2")
    fans: tuple[str, ...] = ("Fan 1", "Fan 2")
    probes: Mapping[str, Probe] = field(default_factory=lambda: MappingProxyType({}))
    sensors: bool = False
    """Whether it has a door contact and a power meter."""


FIRST = (
    Kind(id="lecture-box", name="Lecture box", setpoint=30.0),
    Kind(
        id="vaccine-carrier",
        name="Vaccine carrier",
        setpoint=5.0,
        high=45.0,
        wall=0.30,
        kilograms=2.0,
        start=8.0,
        probes=PRODUCT | AMBIENT,
        sensors=True,
    ),
)
VARIATIONS = (
    Kind(id="incubator", name="Incubator", setpoint=37.0, coolers=(), fans=("Fan",)),
    Kind(id="fermenter", name="Fermenter", setpoint=18.0, kilograms=5.0, probes=PRODUCT),
    Kind(id="wine-cabinet", name="Wine cabinet", setpoint=12.0, kilograms=8.0, sensors=True),
    Kind(id="stability", name="Stability chamber", setpoint=25.0, ambient=21.0, probes=AMBIENT),
    Kind(id="cheese-cave", name="Cheese cave", setpoint=11.0, wall=0.45, sensors=True),
    Kind(id="reagent-box", name="Reagent box", setpoint=6.0, wall=0.30, probes=AMBIENT),
)


def simulation(options: Namespace) -> AgentConfig:
    """Return the configuration that the options of `simulate` stand for. Raises `ConfigError`."""
    problems = Problems()
    secrets = ("url", "username", "password_file", "ca_file")
    broker = read(Broker, _given(options, *secrets), "broker", problems)
    days = max(HISTORY_DAYS, 2 * (options.since or 0.0) / DAY)
    spoken = {
        "id": options.gateway,
        "heartbeat": max(HEARTBEAT, options.interval),
        "history_days": days,
    }
    gateway = read(Gateway, _given(options, "prefix", "interval") | spoken, "gateway", problems)
    world = read(Simulated, _given(options, "speed", "seed"), "hardware", problems)
    if not 1 <= options.chambers <= MOST_CHAMBERS:
        expected = f"a whole number from 1 to {MOST_CHAMBERS}"
        problems.note("--chambers", f"found {options.chambers}", expected)
    problems.extend(_plc(options))
    if broker is None or gateway is None or world is None or problems:
        raise ConfigError(problems)
    chambers = fleet(options.chambers, world)
    told = AgentConfig(broker=broker, gateway=gateway, chambers=chambers)
    if contradicting := list(contradictions(told)):
        raise ConfigError(contradicting)
    return told


def _plc(options: Namespace) -> Iterator[str]:
    """Yield why there can be no simulated PLC, which lives in real time."""
    if options.plc is None:
        return
    if not 1 <= options.plc <= 65_535:
        yield f"--plc: found {options.plc}, expected a port from 1 to 65535"
    if options.speed != 1.0:
        yield "--plc: a PLC lives in real time, expected no --speed beside it"


def _given(options: Namespace, *names: str) -> dict[str, object]:
    """Return the options that were given, by the names of the configuration's keys."""
    values = {name: getattr(options, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def as_options(problems: Iterable[str]) -> Iterator[str]:
    """Yield the problems with keys named as the options that stand for them."""
    for problem in problems:
        yield _KEY.sub(lambda key: _OPTIONS[key[0]], problem)


_OPTIONS = {
    "broker.url": "--url",
    "broker.username": "--username",
    "broker.password_file": "--password-file",
    "broker.ca_file": "--ca-file",
    "gateway.id": "--gateway",
    "gateway.prefix": "--prefix",
    "gateway.interval": "--interval",
    "gateway.heartbeat": "--interval",
    "gateway.history_days": "--since",
    "hardware.speed": "--speed",
    "hardware.seed": "--seed",
}
_KEY = re.compile("|".join(map(re.escape, _OPTIONS)))


def fleet(count: int, world: Simulated) -> tuple[ChamberConfig, ...]:
    """Return `count` simulated chambers in worlds like `world`, each with noise of its own."""
    return tuple(
        _chamber(kind, replace(world, seed=None if world.seed is None else world.seed + index))
        for index, kind in enumerate(itertools.islice(_kinds(), count))
    )


def _kinds() -> Iterator[Kind]:
    yield from FIRST
    for number in itertools.count(1):
        for kind in VARIATIONS:
            yield replace(kind, id=f"{kind.id}-{number}", name=f"{kind.name} {number}")


def _chamber(kind: Kind, world: Simulated) -> ChamberConfig:
    return ChamberConfig(
        id=kind.id,
        name=kind.name,
        manufacturer="chamber_ws",
        model="Simulated 15 L box",
        setpoint=kind.setpoint,
        mode=Mode.HEAT_COOL if kind.coolers else Mode.HEAT,
        limits=Limits(kind.low, kind.high, 0.1),
        heaters=("Heater",),
        coolers=kind.coolers,
        fans=kind.fans,
        probes=kind.probes,
        door=kind.sensors,
        power=kind.sensors,
        hardware=replace(
            world,
            plant=Plant(wall=kind.wall, load=kind.kilograms * WATER),
            ambient=kind.ambient,
            start=kind.start,
        ),
    )
