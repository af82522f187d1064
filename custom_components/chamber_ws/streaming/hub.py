"""Who follows what, for all of Home Assistant: entries come and go, subscriptions go on."""

import time
from asyncio import Handle, Semaphore, TimerHandle
from collections.abc import Iterable, Iterator

from homeassistant.auth import EVENT_USER_UPDATED
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..coordinator import Coordinator
from .feed import Feed
from .sheet import Section, Sheet
from .subscriber import Subscriber

SLICE = 0.003
"""Seconds of the event loop that are taken at once to tell what waits."""
SETTLING = 0.1
"""Seconds after a change of the registries within which others are awaited: a chamber has dozens of entities."""

MOST_READING = 2
"""Pasts that are read at the same time."""

_HUB: HassKey[Hub] = HassKey("chamber_ws_hub")


@callback
def hub_of(hass: HomeAssistant) -> Hub:
    """Home Assistant's only one."""
    if _HUB not in hass.data:
        hass.data[_HUB] = Hub(hass)
    return hass.data[_HUB]


class Hub:
    """The feeds of the entries that are loaded, the sheets that are followed, and who follows.

    Whoever reads the past of a chamber holds `reading`: the threads are not for dashboards alone.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._feeds: dict[str, Feed] = {}
        self._sheets: dict[str, Sheet] = {}
        self._subscribers: dict[tuple[ActiveConnection, int], Subscriber] = {}
        self._hurried: dict[Subscriber, None] = {}
        self._turn: Handle | None = None
        self._later: dict[Subscriber, TimerHandle] = {}
        self._unsettled: set[str | None] = set()
        self._settling: TimerHandle | None = None
        self._stops: list[CALLBACK_TYPE] = []
        self.reading = Semaphore(MOST_READING)

    # Entries

    @callback
    def join(self, entry: ConfigEntry, coordinator: Coordinator) -> CALLBACK_TYPE:
        """An entry is loaded; returns what is to be called when it is not any more."""
        feed = self._feeds[entry.entry_id] = Feed(self._hass, entry, coordinator)
        if self._subscribers:
            self._look_at([device.id for device in feed.devices()])

        @callback
        def leave() -> None:
            del self._feeds[entry.entry_id]
            feed.close()

        return leave

    def feeds(self) -> Iterator[Feed]:
        """Those of all entries that are loaded."""
        return iter(self._feeds.values())

    # Subscriptions

    @callback
    def subscribe(
        self,
        connection: ActiveConnection,
        subscription: int,
        wanted: frozenset[str] | None,
        window: int | None,
    ) -> CALLBACK_TYPE:
        """Follow chambers from now on; returns how to stop that."""
        if not self._subscribers:
            self._follow_registries()
        subscriber = Subscriber(
            self._hass, connection, subscription, wanted, window, self._sheets, self._hurry
        )
        key = (connection, subscription)
        self._subscribers[key] = subscriber
        device_ids = self._device_ids() if wanted is None else wanted
        self._look_at(device_ids)
        for device_id in device_ids:
            if (sheet := self._sheets.get(device_id)) is not None:
                self._introduce(sheet, subscriber)

        @callback
        def stop() -> None:
            if self._subscribers.pop(key, None) is not None:
                self._dismiss(subscriber)

        return stop

    def subscriber(self, connection: ActiveConnection, subscription: int) -> Subscriber | None:
        """The one of a connection and the id of its message."""
        return self._subscribers.get((connection, subscription))

    def _device_ids(self) -> set[str]:
        """All chambers that can be followed."""
        loaded = (device.id for feed in self._feeds.values() for device in feed.devices())
        return {*loaded, *self._sheets}

    def _introduce(self, sheet: Sheet, subscriber: Subscriber) -> None:
        if subscriber.wants(sheet.device_id) and subscriber not in sheet.readers:
            sheet.readers[subscriber] = None
            subscriber.changed(sheet)

    def _dismiss(self, subscriber: Subscriber) -> None:
        self._hurried.pop(subscriber, None)
        if (timer := self._later.pop(subscriber, None)) is not None:
            timer.cancel()
        for sheet in tuple(self._sheets.values()):
            sheet.readers.pop(subscriber, None)
            if not sheet.readers:
                self._drop(sheet)
        if not self._subscribers:
            self._rest()

    def _drop(self, sheet: Sheet) -> None:
        del self._sheets[sheet.device_id]
        sheet.detach()

    def _rest(self) -> None:
        """Nobody follows anything any more."""
        for stop in self._stops:
            stop()
        self._stops.clear()
        for handle in (self._turn, self._settling):
            if handle is not None:
                handle.cancel()
        self._turn = self._settling = None
        self._unsettled.clear()

    # Telling

    @callback
    def _hurry(self, subscriber: Subscriber) -> None:
        self._hurried[subscriber] = None
        if self._turn is None:
            self._turn = self._hass.loop.call_soon(self._take_turn)

    @callback
    def _take_turn(self) -> None:
        """Tell what waits, while the slice lasts; who had a turn is the last in the next one."""
        self._turn = None
        until = time.monotonic() + SLICE
        for subscriber in tuple(self._hurried):
            del self._hurried[subscriber]
            more_in = subscriber.flush(until)
            if more_in == 0.0:
                self._hurried[subscriber] = None
            elif more_in is not None:
                self._expect(subscriber, more_in)
            if time.monotonic() >= until:
                break
        if self._hurried and self._turn is None:
            self._turn = self._hass.loop.call_soon(self._take_turn)

    def _expect(self, subscriber: Subscriber, seconds: float) -> None:
        if subscriber in self._later:
            return

        @callback
        def due() -> None:
            self._later.pop(subscriber, None)
            self._hurry(subscriber)

        self._later[subscriber] = self._hass.loop.call_later(seconds, due)

    # Registries and users

    def _follow_registries(self) -> None:
        listen = self._hass.bus.async_listen
        self._stops += [
            listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, self._device_changed),
            listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._entity_changed),
            listen(EVENT_USER_UPDATED, self._user_changed),
        ]

    @callback
    def _device_changed(self, event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        self._await_more(event.data["device_id"])

    @callback
    def _entity_changed(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        entry = er.async_get(self._hass).async_get(event.data["entity_id"])
        if entry is None:
            # What is removed does not tell any more whose it was.
            self._await_more(None)
        elif entry.platform == DOMAIN and entry.device_id is not None:
            self._await_more(entry.device_id)

    @callback
    def _user_changed(self, event: Event[dict[str, str]]) -> None:
        for (connection, _subscription), subscriber in self._subscribers.items():
            if connection.user.id == event.data["user_id"]:
                subscriber.reviewed(None)

    def _await_more(self, device_id: str | None) -> None:
        """Look at a chamber soon; None: at all that are followed."""
        self._unsettled.add(device_id)
        if self._settling is None:
            self._settling = self._hass.loop.call_later(SETTLING, self._settled)

    @callback
    def _settled(self) -> None:
        self._settling = None
        device_ids = {one for one in self._unsettled if one is not None}
        if None in self._unsettled:
            device_ids.update(self._sheets)
        self._unsettled.clear()
        self._look_at(device_ids)
        for device_id in device_ids:
            if (sheet := self._sheets.get(device_id)) is not None:
                sheet.touch(Section.DESCRIBED)
        for subscriber in tuple(self._subscribers.values()):
            subscriber.reviewed(device_ids)

    def _look_at(self, device_ids: Iterable[str]) -> None:
        """Make or drop the sheets of devices, as they are chambers and followed, or not."""
        registry = dr.async_get(self._hass)
        for device_id in device_ids:
            device = registry.async_get(device_id)
            if isinstance(device, dr.DeviceEntry) and device.disabled_by is None:
                self._bring_up_to_date(device)
            elif (sheet := self._sheets.get(device_id)) is not None:
                self._drop(sheet)

    def _bring_up_to_date(self, device: dr.DeviceEntry) -> None:
        feed = self._feeds.get(device.config_entry_id)
        address = None if feed is None else feed.address_of(device)
        if feed is None or address is None:
            return
        followers = [one for one in self._subscribers.values() if one.wants(device.id)]
        if not followers:
            return
        sheet = self._sheets.setdefault(device.id, Sheet(device.id))
        if not sheet.attached:
            feed.follow(sheet, address)
        for subscriber in followers:
            self._introduce(sheet, subscriber)
