"""Which chambers may go to make room for others: with each goes its record, so it must be away for certain."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from ..chamber.errors import ChamberError
from ..chamber.freshness import HEARTBEATS_MISSED
from ..chamber.model import Address
from ..coordinator import Coordinator
from ..record.errors import RecordError
from ..record.store import Store

CONNECTED_FOR = 60.0
"""Seconds without a break after which the broker has told of everybody who is there."""


class Unforeseeable(ChamberError):
    """Who may go cannot be told now; `reason` is the key of why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Room:
    """Who gives no sign of life and may go, and how many such `stay` because somebody has done something to them."""

    going: tuple[Address, ...]
    stay: int


async def async_room(coordinator: Coordinator, addresses: Iterable[Address]) -> Room:
    """Which of these chambers may go. Raises `Unforeseeable` where that cannot be told now."""
    connected = _connected_for(coordinator)
    if connected < CONNECTED_FOR:
        raise Unforeseeable("not_connected")
    silent = [address for address in addresses if _is_silent(coordinator, address, connected)]
    try:
        touched = await coordinator.clerk.read(Store.touched)
    except RecordError as error:
        raise Unforeseeable("record_unreadable") from error
    going = tuple(address for address in silent if address not in touched)
    return Room(going, len(silent) - len(going))


def _connected_for(coordinator: Coordinator) -> float:
    if not coordinator.connected or coordinator.connected_at is None:
        return 0.0
    return time.monotonic() - coordinator.connected_at


def _is_silent(coordinator: Coordinator, address: Address, connected: float) -> bool:
    """Whether a chamber said nothing of late, though it had the time to."""
    if coordinator.fresh(address):
        return False
    chamber = coordinator.census.chambers.get(address)
    return chamber is None or connected > HEARTBEATS_MISSED * coordinator.census.heartbeat(chamber)
