"""What happens to a chamber, as events for automations and the logbook."""

from collections.abc import Iterator
from typing import Any

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .chamber import judgement
from .chamber.messages import Event
from .chamber.model import Address, Chamber
from .coordinator import Coordinator
from .entity import ChamberEntity, Shown
from .runtime import ChamberConfigEntry

PARALLEL_UPDATES = 0
JUDGED = [
    "excursion_started",
    "excursion_ended",
    "acknowledged",
    "shelved",
    "fault_started",
    "fault_ended",
    "lost",
    "recovered",
]
REPORTED = [
    "door_opened",
    "door_closed",
    "power_cut",
    "power_back",
    "clock_step",
    "interlock",
    "sensor_fault",
    "actuator_fault",
    "restarted",
]
OTHER = "other"
ALARM = EventEntityDescription(key="alarm", event_types=[*JUDGED, *REPORTED, OTHER])


async def async_setup_entry(
    _hass: HomeAssistant, entry: ChamberConfigEntry, add: AddConfigEntryEntitiesCallback
) -> None:
    """Add event entities as chambers appear."""
    entry.runtime_data.roster.join(add, _events)


def _events(coordinator: Coordinator, chamber: Chamber) -> Iterator[ChamberEntity]:
    yield ChamberEvent(coordinator, chamber.address, ALARM)


class ChamberEvent(ChamberEntity, EventEntity):
    """Events that the chamber reports, and those that are judged here. Always available: an alarm must not go dark."""

    reads = frozenset()

    def __init__(
        self, coordinator: Coordinator, address: Address, description: EventEntityDescription
    ) -> None:
        super().__init__(coordinator, address, description)
        self._was_fresh: bool | None = None
        self._was_faulty = False

    def look(self) -> Shown:
        """An event entity shows nothing but its events."""
        return Shown(available=True)

    async def async_added_to_hass(self) -> None:
        """Listen for what the chamber reports, too."""
        await super().async_added_to_hass()
        herald = self.coordinator.herald
        self.async_on_remove(herald.listen_for_events(self.address, self._reported))
        self.async_on_remove(herald.follow(self.address, self._judge))
        self._judge(silently=True)

    @callback
    def _reported(self, event: Event) -> None:
        known = event.type in REPORTED
        details: dict[str, Any] = {"message": event.message, "time": event.time}
        if not known:
            details["type"] = event.type
        self._happened(
            event.type if known else OTHER, {key: value for key, value in details.items() if value}
        )

    def _judge(self, *, silently: bool = False) -> None:
        """Compare with what was last seen: availability, then faults, which are known only of a fresh sample."""
        fresh = self.is_fresh
        if not silently and self._was_fresh is not None and fresh != self._was_fresh:
            self._happened("recovered" if fresh else "lost", {})
        self._was_fresh = fresh if fresh or self._was_fresh is not None else None
        sample = self.chamber.sample
        if not fresh or sample is None:
            return
        faults = judgement.faults(sample)
        if bool(faults) != self._was_faulty:
            self._was_faulty = bool(faults)
            if not silently:
                self._happened(
                    "fault_started" if faults else "fault_ended", {"reasons": list(faults)}
                )

    def _happened(self, event_type: str, details: dict[str, Any]) -> None:
        self._trigger_event(event_type, details)
        self.async_write_ha_state()
