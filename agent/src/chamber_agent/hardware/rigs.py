"""From a chamber's configuration to its rig: the one place that knows every kind of hardware."""

from ..config import ChamberConfig
from . import Rig
from .simulated import Role, Simulated
from .simulated import build as build_simulated
from .wired import Bench, actuators_of, sensors


def build(chamber: ChamberConfig, bench: Bench | None = None, *, actuators: bool = True) -> Rig:
    """Return everything wired to a chamber; what it is said not to have is left out.

    Chambers that are given the same `bench` share its buses and lines. Without `actuators` they are
    not touched: an agent may be running. Raises `HardwareError`.
    """
    if not isinstance(chamber.hardware, Simulated):
        wired = chamber.hardware if actuators else sensors(chamber.hardware)
        return (bench or Bench()).rig(wired)
    roles = {name: Role(probe.role or "") for name, probe in chamber.probes.items()}
    _, rig = build_simulated(chamber.hardware, roles, door=chamber.door, meter=chamber.power)
    return rig


def acting(chamber: ChamberConfig, bench: Bench | None = None) -> Rig:
    """Return a chamber's actuators without its sensors; one that cannot be taken fails when it is driven.

    Raises `HardwareError` where a PLC's library is missing.
    """
    if isinstance(chamber.hardware, Simulated):
        return build(chamber)
    return (bench or Bench()).rig(actuators_of(chamber.hardware), partly=True)
