"""What `chamber-agent simulate` simulates: boxes, perhaps with a past, and perhaps a PLC between them and the agent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

from ..agent import retention
from ..clock import Clocks
from ..config import AgentConfig, ChamberConfig
from ..hardware import Rig, rigs
from ..hardware.simulated import Simulated
from ..hardware.wired import Bench
from ..state_folder import StateFolder
from .boxes import Boxes
from .past import Period, live_through
from .plc import switched


class Set(NamedTuple):
    """A configuration, and who gives a chamber's hardware."""

    told: AgentConfig
    wire_up: Callable[[ChamberConfig], Rig]


@dataclass(frozen=True, slots=True)
class Scene:
    """Simulated chambers; `since` is how long ago their past begins, s, `plc` the port of a PLC for the first one."""

    told: AgentConfig
    folder: StateFolder
    clocks: Clocks
    since: float | None = None
    plc: int | None = None

    @asynccontextmanager
    async def played(self, stopped: Callable[[], bool]) -> AsyncIterator[Set]:
        """Live through the past, then have the chambers ready; in the end the boxes are saved.

        Raises `StateError` where the past cannot be written, `HardwareError` where the PLC cannot listen.
        """
        boxes = Boxes(self.told.chambers, self.folder)
        try:
            if self.since is not None:
                await self._past(self.since, boxes, stopped)
            if self.plc is None:
                yield Set(self.told, lambda chamber: boxes.rig(chamber.id))
            else:
                told, plc = switched(self.told, self.plc, boxes)
                bench = Bench()
                async with plc:
                    yield Set(told, lambda chamber: _wired(chamber, boxes, bench))
        finally:
            await asyncio.to_thread(boxes.save)

    async def _past(self, since: float, boxes: Boxes, stopped: Callable[[], bool]) -> None:
        gateway, now = self.told.gateway, self.clocks.utc()
        period = Period(now - since, now, max(gateway.interval, gateway.heartbeat))
        await live_through(self.told, self.folder, period, retention(gateway), boxes, stopped)


def _wired(chamber: ChamberConfig, boxes: Boxes, bench: Bench) -> Rig:
    if isinstance(chamber.hardware, Simulated):
        return boxes.rig(chamber.id)
    return rigs.build(chamber, bench)
