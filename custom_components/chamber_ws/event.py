"""What happens to a chamber, as events for automations and the logbook."""

from collections.abc import Iterator
from typing import Any

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.start import async_at_started

from .chamber.analysis.findings import Happened, Occurrence
from .chamber.messages import Event
from .chamber.model import Chamber
from .coordinator import Coordinator
from .entity import ChamberEntity, JudgedEntity, Shown, moment
from .runtime import ChamberConfigEntry

PARALLEL_UPDATES = 0
JUDGED = [happened.value for happened in Happened]
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
MOMENTS = frozenset({"time", "since", "ended", "until", "lost_at"})
SAYS_ALL = frozenset(
    {Happened.LOST, Happened.RECOVERED, Happened.UNSHELVED, Happened.WARNING_ENDED, *REPORTED}
)
"""Types that say all there is to say, as the entity's own line in the logbook does; others are told in words, too."""
ALARM = EventEntityDescription(key="alarm", event_types=[*JUDGED, *REPORTED, OTHER])


async def async_setup_entry(
    _hass: HomeAssistant, entry: ChamberConfigEntry, add: AddConfigEntryEntitiesCallback
) -> None:
    """Add event entities as chambers appear."""
    entry.runtime_data.roster.join(add, _events)


def _events(coordinator: Coordinator, chamber: Chamber) -> Iterator[ChamberEntity]:
    yield ChamberEvent(coordinator, chamber.address, ALARM)


class ChamberEvent(JudgedEntity, EventEntity):
    """Events that the chamber reports, and those that are judged here. Always available: an alarm must not go dark."""

    dispensable = False

    def look(self) -> Shown:
        """An event entity shows nothing but its events."""
        return Shown(available=True)

    async def async_added_to_hass(self) -> None:
        """Listen for what occurs and for what the chamber reports."""
        await super().async_added_to_hass()
        herald = self.coordinator.herald
        self.async_on_remove(herald.listen_for_events(self.address, self._reported))
        self.async_on_remove(async_at_started(self.hass, self._follow))

    @callback
    def _follow(self, hass: HomeAssistant) -> None:
        """What occurred before automations listen is told then, and after the first state: else it looks restored."""
        self.async_on_remove(hass.loop.call_soon(self._follow_now).cancel)

    @callback
    def _follow_now(self) -> None:
        self.async_on_remove(self.coordinator.clerk.follow(self.address, self._occurred))

    @callback
    def _reported(self, event: Event) -> None:
        known = event.type in REPORTED
        details: dict[str, Any] = {"message": event.message, "time": event.time}
        if not known:
            details["type"] = event.type
        self._happened(
            event.type if known else OTHER, {key: value for key, value in details.items() if value}
        )

    @callback
    def _occurred(self, occurrence: Occurrence) -> None:
        """What is silent was shelved: it is in the record, and nobody is to be called."""
        if not occurrence.silent:
            details = {"what": occurrence.what, "time": occurrence.at, **occurrence.details}
            self._happened(occurrence.happened.value, details)

    def _happened(self, event_type: str, details: dict[str, Any]) -> None:
        """Both lines in the logbook have one context, so that the entity's is explained by the other."""
        self.async_set_context(Context())
        if event_type not in SAYS_ALL or "message" in details:
            self.tell(event_type, details)
        shown = {
            name: moment(value) if name in MOMENTS else value for name, value in details.items()
        }
        self._trigger_event(event_type, shown)
        self.async_write_ha_state()
