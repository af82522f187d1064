"""The record of one entry, opened: who writes it, who asks for what is missing, who completes statistics with it.

coordinator ─ chronicle ─► clerk ─► keeper (SQLite) ─► findings, occurrences ─► entities
                             └─ gaps ─► backfill ─► chambers
"""

from dataclasses import dataclass
from functools import partial

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..chamber.messages import Command
from ..chamber.model import Address
from ..coordinator import Coordinator
from ..record.backfill import Backfill
from ..record.clerk import Clerk
from ..record.inputs import Fetched, Nobodys
from ..record.statistics import Book, Completion, Hour, Mean
from ..record.store import Store
from .chronicle import Chronicle


@dataclass(frozen=True, slots=True)
class Books:
    """What belongs together around the record of an entry."""

    _clerk: Clerk
    _chronicle: Chronicle
    _backfill: Backfill
    _completion: Completion

    def start(self) -> None:
        """Begin to follow."""
        self._chronicle.start()
        self._completion.start()

    async def close(self) -> None:
        """Ask nothing more, take in what waits, and close the file."""
        self._completion.close()
        self._chronicle.close()
        self._backfill.close()
        await self._clerk.stop()


async def async_open(hass: HomeAssistant, entry: ConfigEntry, coordinator: Coordinator) -> Books:
    """Open the record and put it at its place in the coordinator."""
    clerk = coordinator.clerk

    def send(address: Address, command: Command) -> None:
        coordinator.commander.send(address, command)

    backfill = Backfill(
        hass,
        send=send,
        hand_over=lambda *batch: clerk.take(Fetched(*batch)),
        give_up=lambda *numbers: clerk.take(Nobodys(*numbers)),
        tally=coordinator.census.tally,
    )
    clerk.asker = backfill
    chronicle = Chronicle(hass, coordinator.census, clerk, backfill)
    coordinator.archive = backfill
    coordinator.watchers.append(chronicle)
    coordinator.link_watchers.append(chronicle)
    coordinator.freshness_watchers.append(chronicle.freshness_changed)
    coordinator.forgetting.append(chronicle.forgotten)
    coordinator.commander.ended.append(chronicle.asked)
    await clerk.start()
    return Books(clerk, chronicle, backfill, Completion(hass, entry, _book(clerk)))


def _book(clerk: Clerk) -> Book:
    """The record as those see it who complete statistics: chambers by address rather than by number."""

    async def dirty_hours(before: float) -> list[Hour]:
        return await clerk.run(partial(_dirty_hours, before=before))

    async def hourly(address: Address, probe: str, hour: float) -> Mean | None:
        def read(store: Store) -> Mean | None:
            number = store.addresses().get(address)
            return None if number is None else store.hourly(number, probe, hour)

        return await clerk.run(read)

    async def settled(hours: list[Hour]) -> None:
        await clerk.run(partial(_settle_hours, hours=hours))

    return Book(dirty_hours, hourly, settled)


def _dirty_hours(store: Store, before: float) -> list[Hour]:
    addresses = {number: address for address, number in store.addresses().items()}
    return [(addresses[number], hour) for number, hour in store.dirty_hours(before)]


def _settle_hours(store: Store, hours: list[Hour]) -> None:
    numbers = store.addresses()
    store.settle_hours([(numbers[address], hour) for address, hour in hours if address in numbers])
