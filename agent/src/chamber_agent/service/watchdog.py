"""The sign of life: given only while every chamber's loop turns in time.

Where it stays away, systemd kills the agent, and what the unit runs after any end makes everything safe.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from . import notify

_LOGGER = logging.getLogger(__name__)
LOOK = 1.0
"""Longest time between two looks at the loops, s."""


class Turning(Protocol):
    """One chamber's loop."""

    @property
    def name(self) -> str:
        """The chamber's id."""

    def late(self, now: float) -> bool | None:
        """Tell whether its turn is overdue; None before its first one."""


async def attend(
    loops: Sequence[Turning],
    stop: asyncio.Event,
    tell: Callable[..., None] = notify.tell,
    within: float | None = None,
) -> None:
    """Tell the service manager how the loops do until `stop` is set; `within` is the watchdog's time, s."""
    pause = min(LOOK, within / 3) if within else LOOK
    ready, before = False, None
    while not stop.is_set():
        late = {loop.name: loop.late(asyncio.get_running_loop().time()) for loop in loops}
        if not ready and None not in late.values():
            ready = True
            tell("READY=1")
        behind = ", ".join(name for name, is_late in late.items() if is_late)
        if not behind:
            tell("WATCHDOG=1")
        if ready and behind != before:
            _say(behind, len(loops), tell)
            before = behind
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
    tell("STOPPING=1", "STATUS=stopping: every chamber goes into its safe state")


def _say(behind: str, count: int, tell: Callable[..., None]) -> None:
    if behind:
        _LOGGER.critical("stalled: %s", behind)
    tell(f"STATUS=stalled: {behind}" if behind else f"STATUS={count} chamber(s) attended to")
