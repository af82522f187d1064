"""What the links of this process own: their objects, tasks and files, to be counted before and after."""

import asyncio
import gc
import os
from collections import Counter

_OWN = ("custom_components.chamber_ws", "chamber_agent", "paho", "aiohttp", "websockets", "asyncio")
_ELSEWHERE = {"Failure", "Published", "TimerHandle"}
"""Kept by pytest's log, waiting for the next tick, and cancelled but still in the event loop's heap."""


def objects() -> Counter[str]:
    """The objects of the links and of what they stand on, by their types."""
    gc.collect()
    kinds = (type(one) for one in gc.get_objects())
    return Counter(
        f"{kind.__module__}.{kind.__qualname__}"
        for kind in kinds
        if str(kind.__module__).lstrip("_").startswith(_OWN) and kind.__name__ not in _ELSEWHERE
    )


def grown(before: Counter[str], more_than: int) -> dict[str, int]:
    """The types of which there are so many more."""
    return {kind: count for kind, count in (objects() - before).items() if count > more_than}


def tasks() -> int:
    """How many tasks run."""
    return len(asyncio.all_tasks())


def files() -> int:
    """How many files and sockets are open."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208
