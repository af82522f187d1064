"""What is done to the chambers while Home Assistant is not there, entered into its journal.

Limits are set days ago, before any chamber was heard of: so everything that they lived through since is judged, as
after an absence of days.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.model import Address

from ..demo.prelude import enter
from .chambers import CHAMBERS, GATEWAY

_ADA = Signature(name="Ada")


def set_limits(record: Path, at: float) -> None:
    """Set all chambers' limits at a Unix time."""
    for one in CHAMBERS:
        _enter(record, one.id, Act.SETTINGS, at, {"profile": "custom", **one.limits})


def acknowledge(record: Path, chamber: str, at: float) -> None:
    """Acknowledge what there is."""
    _enter(record, chamber, Act.ACKNOWLEDGE, at)


def shelve(record: Path, chamber: str, at: float, seconds: float) -> None:
    """Silence a chamber's alarm for a while."""
    _enter(record, chamber, Act.SHELVE, at, {"until": at + seconds})


def _enter(
    record: Path, chamber: str, act: Act, at: float, new: Mapping[str, Any] | None = None
) -> None:
    enter(record, Address(GATEWAY, chamber), [Deed(act=act, at=at, by=_ADA, new=dict(new or {}))])
