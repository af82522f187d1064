"""What a gateway is told: which topics of which nodes carry which values, and where commands go.

The names of the keys are the names of the fields below; `gateway.example.toml` shows them in use.
Temperatures in °C unless a unit is given, durations in s.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from ..chamber.model import Kind, Limits, Mode
from ..config import Broker, Gateway, Id, Text
from ..settings.bounds import Between, Matching
from .paths import PATH

SLOT = "{id}"
Topic = Annotated[
    str,
    Matching(
        r"(?!\$)(?=.{1,512}\Z)[^+#\x00{}]*(\{id\}[^+#\x00{}]*)?",
        "a topic without wildcards; {id} stands for the level that names the node",
    ),
]
Match = Annotated[
    str,
    Matching(
        r"(?!\$)([^/+#\x00{}]*/)*\+(/[^/+#\x00{}]*)*",
        'a topic with one level "+", which names the node, such as "boxes/+/actual"',
    ),
]
JsonPath = Annotated[
    str, Matching(PATH.pattern, 'a path such as "$.SENSOR.Temperature" or "$.t[0]"')
]
Duration = Annotated[float, Between(0.1, 86_400)]
Factor = Annotated[float, Between(-1e6, 1e6)]
Words = tuple[Text, ...]
ON: Words = ("on", "true", "1", "yes", "open", "online")
OFF: Words = ("off", "false", "0", "no", "closed", "offline")


class Unit(StrEnum):
    """What a temperature is said in."""

    CELSIUS = "°C"
    FAHRENHEIT = "°F"
    KELVIN = "K"


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """The broker beside the gateway, to which the nodes speak over plain TCP."""

    host: Annotated[str, Matching(r"[^\s/@:?#]+|[0-9a-fA-F:]+", "a host's name or address")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Between(1, 65_535)] = 1883
    username: Text | None = None
    password_file: Path | None = None
    protocol: Annotated[str, Matching(r"auto|5|3\.1\.1", '"auto", "5" or "3.1.1"')] = "auto"
    keepalive: Annotated[int, Between(5, 1160)] = 30
    qos: Annotated[int, Between(0, 1)] = 0
    """With which the nodes' topics are subscribed to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value comes from: a topic, and a place in its JSON where the payload is no plain value."""

    topic: Topic
    path: JsonPath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Source):
    """A number: what is said, times `scale`, plus `offset`."""

    scale: Factor = 1.0
    offset: Factor = 0.0
    invalid: tuple[float, ...] = ()
    """What a node says where it has no value, such as the 85 and -127 of a DS18B20."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Degrees(Number):
    """A temperature; scale and offset come before the unit."""

    unit: Unit = Unit.CELSIUS


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSource(Degrees):
    """A further probe."""

    role: Text | None = None
    name: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Source):
    """On or off (a door: open or closed; availability: online or offline), in the node's own words."""

    on: Words = ON
    off: Words = OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSource(Switch):
    """A heater, cooler or fan; with `duty` its topic carries a number that `scale` makes percent."""

    name: Text
    duty: bool = False
    scale: Factor = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSource(Source):
    """The mode; `words` are the node's own for those of the contract."""

    words: Mapping[Text, Mode] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a command goes down; what is named in `payload` is filled in, all else is sent as it is."""

    topic: Topic
    payload: Annotated[str, Matching(r"(?s).{1,4096}", "a text of 1 to 4096 characters")] = ""
    qos: Annotated[int, Between(0, 1)] = 1
    shared: bool = False
    """The node reads its wish from the very topic that shows it: that the broker passed it on then confirms it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetpointOrder(Order):
    """A setpoint for the node; the unit comes first, then `scale` and `offset` as in what it says."""

    payload: str = "{setpoint}"
    unit: Unit = Unit.CELSIUS
    scale: Factor = 1.0
    offset: Factor = 0.0
    decimals: Annotated[int, Between(0, 6)] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeOrder(Order):
    """A mode for the node, in its own words."""

    payload: str = "{mode}"
    words: Mapping[Mode, Text] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What may be asked of a node; the setpoint or mode it says afterwards is the confirmation."""

    setpoint: SetpointOrder | None = None
    mode: ModeOrder | None = None
    confirm_within: Annotated[float, Between(0.1, 60)] = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """One node by its id, or by `match` all that fit, and what their topics mean."""

    id: Id | None = None
    match: Match | None = None
    name: Text = SLOT
    manufacturer: Text | None = None
    model: Text | None = None
    limits: Limits = field(default_factory=Limits)
    modes: tuple[Mode, ...] = ()
    heartbeat: Duration = 10.0
    """The node says something at least this often."""
    stale_after: Duration | None = None
    """A temperature that is older is marked as stale and not shown; two heartbeats by default."""
    silent_after: Duration | None = None
    """A node that says nothing for longer is missing; three heartbeats by default."""
    temperature: Degrees
    setpoint: Degrees | None = None
    mode: ModeSource | None = None
    heaters: tuple[PartSource, ...] = ()
    coolers: tuple[PartSource, ...] = ()
    fans: tuple[PartSource, ...] = ()
    probes: Mapping[Id, ProbeSource] = field(default_factory=lambda: MappingProxyType({}))
    door: Switch | None = None
    power: Number | None = None
    availability: Switch | None = None
    commands: Commands = field(default_factory=Commands)

    def makes(self, key: str) -> bool:
        """Tell whether a live value makes a chamber: any of a node with an id, else what comes from `match`."""
        if self.match is None:
            return True
        return any(
            key == one and source.topic == self.match.replace("+", SLOT)
            for one, source in self.sources()
        )

    @property
    def stale(self) -> float:
        """How old a temperature may be, s."""
        return self.stale_after or 2 * self.heartbeat

    @property
    def silent(self) -> float:
        """How long a node may say nothing, s."""
        return self.silent_after or 3 * self.heartbeat

    def parts(self, kind: Kind) -> tuple[PartSource, ...]:
        """Return the actuators of one kind."""
        found: tuple[PartSource, ...] = getattr(self, f"{kind}s")
        return found

    def sources(self) -> Iterator[tuple[str, Source]]:
        """Yield every value's key, as the configuration spells it, with where it comes from."""
        for name in ("temperature", "setpoint", "mode", "door", "power", "availability"):
            if source := getattr(self, name):
                yield name, source
        for kind in Kind:
            for index, part in enumerate(self.parts(kind)):
                yield f"{kind}s[{index}]", part
        for name, probe in self.probes.items():
            yield f"probes.{name}", probe


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """The whole file."""

    broker: Broker
    local: Local = field(default_factory=Local)
    gateway: Gateway
    nodes: tuple[NodeConfig, ...]
    most_nodes: Annotated[int, Between(1, 2000)] = 2000
    """So many nodes become chambers; Home Assistant takes 2000 from one broker's entry."""
