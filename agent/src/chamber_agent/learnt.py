"""What a thermostat has learnt of its chamber: the output that holds the setpoint, which is the integral of its law.

It outlives a restart in a file of its own, as a target is kept only once somebody asked for it. Without it a chamber
drifts by up to a kelvin after each start, until the integral has grown again.
"""

import asyncio
import logging
from typing import cast

from .errors import StateError
from .loop import Loop
from .state_folder import StateFolder

_LOGGER = logging.getLogger(__name__)
SAVED_EVERY = 300.0
"""So often at most it is saved, s: a power cut costs what was learnt since."""
MOVED = 0.02
"""What has moved by less is not worth a write to an SD card."""


def restore(loop: Loop, folder: StateFolder) -> None:
    """Let a loop begin with what was learnt, as far as that can be believed."""
    integral = folder.load(_name(loop)).get("integral")
    number = isinstance(integral, int | float) and not isinstance(integral, bool)
    if number and -1.0 <= cast("float", integral) <= 1.0:
        loop.integral = float(cast("float", integral))


def save(loop: Loop, folder: StateFolder) -> None:
    """Save what a loop has learnt, if it controls; it blocks. A disk that takes nothing is only told of."""
    if not loop.chamber.controlled:
        return
    try:
        folder.save(_name(loop), {"integral": loop.integral})
    except StateError as error:
        _LOGGER.warning("%s", error)


async def keep(loop: Loop, folder: StateFolder) -> None:
    """Save now and then what has moved, until cancelled."""
    saved = loop.integral
    while True:
        await asyncio.sleep(SAVED_EVERY)
        if abs(loop.integral - saved) >= MOVED:
            saved = loop.integral
            await asyncio.to_thread(save, loop, folder)


def _name(loop: Loop) -> str:
    return f"{loop.chamber.id}.learnt"
