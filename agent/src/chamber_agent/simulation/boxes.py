"""Simulated boxes outlive the end of their agent, as real ones do: they are found as they were left."""

import logging
import math
from collections.abc import Iterable
from dataclasses import asdict, fields

from ..config import ChamberConfig
from ..errors import StateError
from ..hardware import Rig
from ..hardware.simulated import Box, Role, Simulated, build
from ..plant import State, resting
from ..state_folder import StateFolder

_LOGGER = logging.getLogger(__name__)
NAME = ".boxes"
"""Where they are saved: no chamber is called so."""
COLDEST, HOTTEST = -100.0, 300.0
"""What a saved node is believed to have at most, °C."""


class Boxes:
    """The boxes of simulated chambers, and what is wired to them."""

    def __init__(self, chambers: Iterable[ChamberConfig], folder: StateFolder) -> None:
        """Build them; those that were saved are as they were then."""
        self._folder = folder
        self._built = {chamber.id: _built(chamber) for chamber in chambers}
        saved = folder.load(NAME)
        self._known = set[str]()
        for chamber in self._built:
            if (found := state(saved.get(chamber))) is not None:
                self._known.add(chamber)
                self.box(chamber).state = found

    def box(self, chamber: str) -> Box:
        """Return a chamber's box."""
        return self._built[chamber][0]

    def rig(self, chamber: str) -> Rig:
        """Return what is wired to it."""
        return self._built[chamber][1]

    def was_last(self, chamber: str, temperature: float) -> None:
        """Let a box of which no more was saved rest at the last temperature that is known, °C."""
        if chamber not in self._known:
            self.box(chamber).state = resting(temperature)

    def save(self) -> None:
        """Save them as they are; it blocks. A disk that takes nothing is only told of."""
        states = {chamber: asdict(box.state) for chamber, (box, _rig) in self._built.items()}
        try:
            self._folder.save(NAME, states)
        except StateError as error:
            _LOGGER.warning("%s", error)


def state(saved: object) -> State | None:
    """Return the state of a box that was saved; None where it cannot be believed."""
    if not isinstance(saved, dict):
        return None
    nodes = {field.name: saved.get(field.name) for field in fields(State)}
    numbers = {
        name: float(value)
        for name, value in nodes.items()
        if isinstance(value, int | float)
        and math.isfinite(value)
        and (name == "heat" or COLDEST <= value <= HOTTEST)
    }
    return State(**numbers) if numbers.keys() == nodes.keys() else None


def _built(chamber: ChamberConfig) -> tuple[Box, Rig]:
    assert isinstance(chamber.hardware, Simulated)
    roles = {name: Role(probe.role or "") for name, probe in chamber.probes.items()}
    return build(chamber.hardware, roles, door=chamber.door, meter=chamber.power)
