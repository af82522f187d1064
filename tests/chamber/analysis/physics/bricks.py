"""Blocks by the minute, for machines that are fed with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chamber_agent.chamber.analysis.physics.blocks import Block, Blocks

MINUTE = 60.0
START = 6000.0
"""A whole minute."""


def block(minute: float, value: float = 5.0, **fields: Any) -> Block:
    """The block that ended so many minutes after the start; told is an idle cooler, nothing of heaters."""
    at = START + minute * MINUTE
    known: dict[str, Any] = {
        "began": at - MINUTE,
        "heat": None,
        "cool": 0.0,
        "idle": False,
        "setpoint": 5.0,
    }
    return Block(at=at, value=value, **{**known, **fields})


def wall(values: Iterable[float], **fields: Any) -> Blocks:
    """Blocks of these temperatures, the last of which ended at the start."""
    blocks = Blocks()
    shown = list(values)
    blocks.closed.extend(
        block(index + 1 - len(shown), value, **fields) for index, value in enumerate(shown)
    )
    return blocks
