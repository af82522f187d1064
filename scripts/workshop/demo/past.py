"""Writes the past of the demo's chambers into the agent's state folder: `python -m workshop.demo.past FOLDER UNTIL`.

Runs by itself, in the agent's environment, while Home Assistant starts. UNTIL is Unix time, s.
"""

import asyncio
import logging
import sys
from pathlib import Path

from chamber_agent.agent import retention
from chamber_agent.config import AgentConfig, Broker, Gateway
from chamber_agent.hardware.simulated import Simulated
from chamber_agent.simulation.boxes import Boxes
from chamber_agent.simulation.fleet import fleet
from chamber_agent.simulation.past import Incident, Period, live_through
from chamber_agent.state_folder import StateFolder

from .stage import CHAMBERS, GATEWAY
from .story import CARRIER, INCIDENTS, SINCE

_SEED = 1
"""The past is the same each time."""


def main(folder: StateFolder, until: float) -> None:
    """Live through it; what is there already stays."""
    gateway = Gateway(id=GATEWAY)
    # Nobody is dialled.
    broker, chambers = Broker(url="ws://localhost/"), fleet(CHAMBERS, Simulated(seed=_SEED))
    told = AgentConfig(broker=broker, gateway=gateway, chambers=chambers)
    period = Period(until - SINCE, until, gateway.heartbeat)
    happened = [Incident(until - one.ago, one.door, one.setpoint) for one in INCIDENTS]
    with folder.held():
        boxes = Boxes(chambers, folder)
        life = live_through(
            told, folder, period, retention(gateway), boxes, incidents={CARRIER: happened}
        )
        asyncio.run(life)
        boxes.save()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main(StateFolder(Path(sys.argv[1])), float(sys.argv[2]))
