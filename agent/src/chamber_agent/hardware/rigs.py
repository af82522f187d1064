"""From a chamber's configuration to its rig: the one place that knows every kind of hardware."""

from ..config import ChamberConfig
from . import Rig
from .simulated import Role
from .simulated import build as build_simulated


def build(chamber: ChamberConfig) -> Rig:
    """Return everything wired to a chamber; what it is said not to have is left out."""
    roles = {name: Role(probe.role or "") for name, probe in chamber.probes.items()}
    _, rig = build_simulated(chamber.hardware, roles, door=chamber.door, meter=chamber.power)
    return rig
