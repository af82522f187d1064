"""What stands at the agent's ports in tests: a chamber's hardware, a link, a machine's clocks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chamber_agent.chamber.model import Limits, Mode, Sample
from chamber_agent.clock import Clocks, Moment
from chamber_agent.config import ChamberConfig
from chamber_agent.errors import HardwareError
from chamber_agent.hardware import Drive, Rig
from chamber_agent.hardware.simulated import Simulated
from chamber_agent.link.errors import Cause, Failure, NotConnected
from chamber_agent.link.packets import Publication
from chamber_agent.samples import Happening

NOON = 1_764_000_000.0


def box(**changes: Any) -> ChamberConfig:
    """A chamber with one heater, two coolers and a fan."""
    told = {
        "id": "box",
        "name": "Box",
        "setpoint": 20.0,
        "mode": Mode.HEAT_COOL,
        "limits": Limits(0.0, 40.0, 0.1),
        "heaters": ("Heater",),
        "coolers": ("Cooler 1", "Cooler 2"),
        "fans": ("Fan",),
        "hardware": Simulated(),
    }
    return ChamberConfig(**{**told, **changes})


def fridge(**changes: Any) -> ChamberConfig:
    """A chamber that is only measured."""
    told = {"id": "fridge", "name": "Fridge", "hardware": Simulated(start=5.0)}
    return ChamberConfig(**{**told, **changes})


@dataclass
class Probe:
    """A thermometer that shows what it is told to; None does not answer."""

    shows: float | None = 20.0
    reading: Callable[[], Any] | None = None

    async def temperature(self) -> float:
        """Show it."""
        if self.reading:
            await self.reading()
        if self.shows is None:
            raise HardwareError("the probe does not answer")
        return self.shows


@dataclass
class Relays:
    """Actuators that note what they were told; `broken` ones do not answer."""

    drives: list[Drive] = field(default_factory=list)
    broken: bool = False

    async def drive(self, drive: Drive) -> None:
        """Note it."""
        if self.broken:
            raise HardwareError("the relays do not answer")
        self.drives.append(drive)


@dataclass
class Door:
    """A door contact."""

    opened: bool = False

    async def is_open(self) -> bool:
        """Tell."""
        return self.opened


@dataclass
class Rack:
    """One chamber's hardware, all of it at hand."""

    probe: Probe = field(default_factory=Probe)
    product: Probe = field(default_factory=lambda: Probe(21.0))
    relays: Relays = field(default_factory=Relays)
    door: Door = field(default_factory=Door)

    def rig(self, **changes: Any) -> Rig:
        """Wire it up."""
        wired = {"thermometer": self.probe, "actuators": self.relays, "rested": True}
        return Rig(**{**wired, **changes})

    @property
    def drive(self) -> Drive:
        """What the actuators do now."""
        return self.relays.drives[-1]


@dataclass
class Machine:
    """A machine's clocks, set by hand."""

    utc: float = NOON
    uptime: float = 1000.0
    synchronised: bool = True

    def clocks(self) -> Clocks:
        """The clocks as the agent reads them."""
        return Clocks(lambda: self.synchronised, lambda: self.utc, lambda: self.uptime, "b0075")

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.utc += seconds
        self.uptime += seconds

    @property
    def moment(self) -> Moment:
        """Now."""
        return self.clocks().now()


@dataclass
class Audience:
    """Notes what a loop tells."""

    samples: list[Sample] = field(default_factory=list)
    events: list[Happening] = field(default_factory=list)

    def sampled(self, chamber: str, sample: Sample) -> None:
        """Note it."""
        self.samples.append(sample)

    def happened(self, chamber: str, happening: Happening, sample: Sample) -> None:
        """Note it."""
        self.events.append(happening)


@dataclass
class Wire:
    """A link that notes what is published; `refuses` says why it takes nothing."""

    sent: list[Publication] = field(default_factory=list)
    refuses: Cause | None = None

    def publish(self, publication: Publication) -> int:
        """Note it."""
        if self.refuses:
            raise NotConnected(Failure(self.refuses))
        self.sent.append(publication)
        return len(self.sent)

    def on(self, topic: str) -> list[Any]:
        """What was published on a topic, as JSON."""
        return [json.loads(one.payload) for one in self.sent if one.topic == topic]

    @property
    def topics(self) -> list[str]:
        """Where something was published, in order."""
        return [one.topic for one in self.sent]
