"""`chamber-agent safe`: every actuator of every chamber into its safe state, and nothing else.

It runs when the agent ended, however that was, and before it starts: so it needs no broker, no
sensor and no clock, and may run any number of times.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from . import kept
from .config import ChamberConfig
from .control import Decision, Memory, rest
from .hardware import Rig, rigs
from .loop import driven
from .sensing import ANSWER_WITHIN
from .state_folder import StateFolder

_LOGGER = logging.getLogger(__name__)


async def secure(
    chambers: Sequence[ChamberConfig],
    folder: StateFolder,
    wire_up: Callable[[ChamberConfig], Rig] = rigs.acting,
) -> list[str]:
    """Try every chamber that has actuators at once; returns the ids of those whose do not answer."""
    acting = [chamber for chamber in chambers if chamber.controlled]
    ends = await asyncio.gather(*(_secured(one, folder, wire_up) for one in acting))
    return [chamber.id for chamber, secured in zip(acting, ends, strict=True) if not secured]


async def _secured(
    chamber: ChamberConfig, folder: StateFolder, wire_up: Callable[[ChamberConfig], Rig]
) -> bool:
    try:
        decision = at_rest(chamber, folder)
        rig = wire_up(chamber)
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await rig.actuators.drive(driven(chamber, decision))
        finally:
            await rig.close()
    except Exception as error:  # noqa: BLE001 - whatever fails here, the other chambers are tried
        _LOGGER.error("%s: the actuators do not answer: %s", chamber.id, str(error) or repr(error))  # noqa: TRY400
        return False
    shown = f"heaters {decision.heat:.0%}, coolers {decision.cool:.0%}, fans {decision.fans:.0%}"
    _LOGGER.info("%s: %s", chamber.id, shown)
    return True


def at_rest(chamber: ChamberConfig, folder: StateFolder) -> Decision:
    """Return what a chamber's actuators do while nobody controls it."""
    safe = chamber.safe_in(kept.recalled(chamber, folder).target.mode)
    return rest(chamber.control, Memory(), 0.0, safe)[1]
