"""A chamber that exists only as physics: `plant.py` behind the hardware's ports.

Time in the box passes `speed` times as fast as real time, cut into control steps of a few seconds, so
that the thermostat is the same at any speed.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from ..plant import Inputs, Plant, State, advance, power, quantised, resting, wander
from ..settings.bounds import Between
from . import Drive, Rig

LONGEST_CONTROL_STEP = 5.0
"""Longest time between two decisions of the thermostat in the box's own time, s."""
FASTEST = 3600.0
"""The highest speed: an hour of the box in a second."""


class Role(StrEnum):
    """What a simulated probe measures."""

    AMBIENT = "ambient"
    AIR = "air"
    PRODUCT = "product"
    LOAD = "load"
    LINER = "liner"
    HOT_SINK = "hot_sink"
    COLD_SINK = "cold_sink"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A simulated chamber's world."""

    kind: Literal["simulated"] = "simulated"
    plant: Plant = field(default_factory=Plant)
    ambient: Annotated[float, Between(-60, 80)] = 25.0
    start: Annotated[float, Between(-100, 200)] | None = None
    """Temperature of the whole box at the start, °C; without it the ambient's."""
    noise: Annotated[float, Between(0, 5)] = 0.08
    """Standard deviation of the probes' noise, K."""
    noise_time: Annotated[float, Between(0.1, 3600)] = 30.0
    """Correlation time of the noise, s."""
    quantum: Annotated[float, Between(0, 5)] = 0.0625
    """Step of the probes, K: 0.0625 is a DS18B20, 0.03125 a PT100 with a MAX31865."""
    speed: Annotated[float, Between(0.01, FASTEST)] = 1.0
    seed: int | None = None


Node = Callable[[State, Inputs], float]

_NODES: Mapping[Role, Node] = MappingProxyType(
    {
        Role.AMBIENT: lambda _, inputs: inputs.ambient,
        Role.AIR: lambda state, _: state.air,
        Role.PRODUCT: lambda state, _: state.product,
        Role.LOAD: lambda state, _: state.load,
        Role.LINER: lambda state, _: state.liner,
        Role.HOT_SINK: lambda state, _: state.hot,
        Role.COLD_SINK: lambda state, _: state.cold,
    }
)


def node(role: Role) -> Node:
    """Return where a probe of this role measures."""
    return _NODES[role]


class Box:
    """A simulated chamber: the plant's state, what acts on it, and the probes in it."""

    def __init__(self, world: Simulated) -> None:
        """Start with everything off at the start temperature."""
        self.world = world
        self.state = resting(world.ambient if world.start is None else world.start)
        self.inputs = Inputs(ambient=world.ambient)
        self._probes: list[_Probe] = []
        self._random = random.Random(world.seed)  # noqa: S311 - noise, not a secret

    def pace(self, elapsed: float) -> Iterator[float]:
        """Live through `elapsed` seconds of real time, in control steps of the box's own time."""
        yield from self.steps(elapsed * self.world.speed)

    def steps(self, seconds: float) -> Iterator[float]:
        """Live through some seconds of the box's own time, in control steps."""
        count = max(1, math.ceil(seconds / LONGEST_CONTROL_STEP))
        for _ in range(count):
            self._live(seconds / count)
            yield seconds / count

    def probe(self, place: Node) -> "_Probe":
        """Return a new probe on one node."""
        self._probes.append(_Probe(self, place))
        return self._probes[-1]

    async def drive(self, drive: Drive) -> None:
        """Apply the duties; the first fan blows inside, the last one over the hot sink."""
        self.inputs = replace(
            self.inputs,
            heaters=drive.heaters,
            coolers=drive.coolers,
            inside_fan=drive.fans[0] if drive.fans else 0.0,
            outside_fan=drive.fans[-1] if drive.fans else 0.0,
        )

    async def is_open(self) -> bool:
        """Tell whether the door is open."""
        return self.inputs.door

    async def power(self) -> float:
        """Return the electrical power in W."""
        return power(self.world.plant, self.state, self.inputs)

    def open_door(self, door: bool = True) -> None:
        """Open the door, or close it."""
        self.inputs = replace(self.inputs, door=door)

    def _live(self, seconds: float) -> None:
        self.state = advance(self.world.plant, self.state, self.inputs, seconds)
        for probe in self._probes:
            probe.wander(seconds, self._random.gauss(0.0, 1.0))


class _Probe:
    """A noisy, quantised probe on one node."""

    def __init__(self, box: Box, node: Node) -> None:
        self._box = box
        self._node = node
        self._noise = 0.0

    def wander(self, seconds: float, draw: float) -> None:
        """Move the noise on; `draw` is a standard normal number."""
        world = self._box.world
        self._noise = wander(self._noise, world.noise, world.noise_time, seconds, draw)

    async def temperature(self) -> float:
        """Return what the probe shows, °C."""
        box = self._box
        return quantised(self._node(box.state, box.inputs) + self._noise, box.world.quantum)


def build(
    world: Simulated, roles: Mapping[str, Role], *, door: bool = True, meter: bool = True
) -> tuple[Box, Rig]:
    """Return a simulated chamber and what is wired to it; `roles` says what each probe measures."""
    box = Box(world)
    rig = Rig(
        thermometer=box.probe(lambda state, _: state.probe),
        actuators=box,
        probes=MappingProxyType({name: box.probe(node(role)) for name, role in roles.items()}),
        door=box if door else None,
        meter=box if meter else None,
        pace=box.pace,
        rested=True,
    )
    return box, rig
