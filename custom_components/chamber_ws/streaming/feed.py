"""Brings to the sheets what an entry's coordinator hears. Of a chamber that nobody follows it costs one look."""

import orjson
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..census import Change
from ..chamber.model import Address
from ..coordinator import LINK, Coordinator
from ..devices import address_of
from .describing import described
from .sheet import Section, Sheet


class Feed:
    """One entry that is loaded."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, coordinator: Coordinator) -> None:
        self._hass = hass
        self._entry = entry
        self.coordinator = coordinator
        self._sheets: dict[Address, Sheet] = {}
        self._was_connected = coordinator.connected
        self._stop: CALLBACK_TYPE = coordinator.herald.listen(LINK, self._link_changed)
        coordinator.watchers.append(self)
        coordinator.freshness_watchers.append(self._freshness_changed)

    @callback
    def close(self) -> None:
        """The entry is not loaded any more; who follows its chambers is told."""
        self._stop()
        self.coordinator.watchers.remove(self)
        self.coordinator.freshness_watchers.remove(self._freshness_changed)
        sheets, self._sheets = self._sheets, {}
        for sheet in sheets.values():
            sheet.detach()

    # Sheets

    def devices(self) -> list[dr.DeviceEntry]:
        """The chambers' devices."""
        found = dr.async_entries_for_config_entry(dr.async_get(self._hass), self._entry.entry_id)
        return [device for device in found if self.address_of(device) is not None]

    def address_of(self, device: dr.DeviceEntry) -> Address | None:
        """Which chamber a device is; None where it is something else, or disabled."""
        return None if device.disabled_by is not None else address_of(self._entry, device)

    @callback
    def follow(self, sheet: Sheet, address: Address) -> None:
        """Feed a sheet from now on."""
        self._sheets[address] = sheet
        self.coordinator.followed.add(address)

        def describe() -> bytes | None:
            device = dr.async_get(self._hass).async_get(sheet.device_id)
            if not isinstance(device, dr.DeviceEntry):
                return None
            return orjson.dumps(described(self._hass, device, self.coordinator, address))

        def leave() -> None:
            self._sheets.pop(address, None)
            self.coordinator.followed.discard(address)

        sheet.attach(self.coordinator, address, describe, leave)

    # What is heard

    @callback
    def chamber_changed(self, change: Change) -> None:
        """A chamber said something."""
        after = change.after
        sheet = self._sheets.get(after.address)
        if sheet is None:
            return
        before = change.before
        if before is None or before.meta is not after.meta or before.learned is not after.learned:
            sheet.touch(Section.DESCRIBED)
        if before is None or before.sample is not after.sample:
            sheet.sampled()

    @callback
    def gateway_changed(self, gateway: str) -> None:
        """What a gateway says of itself is told through its chambers."""
        for address in self.coordinator.census.of_gateway(gateway):
            if (sheet := self._sheets.get(address)) is not None:
                sheet.touch(Section.DESCRIBED)

    @callback
    def _freshness_changed(self, address: Address, _fresh: bool) -> None:
        if (sheet := self._sheets.get(address)) is not None:
            sheet.touch(Section.FRESH)

    @callback
    def _link_changed(self) -> None:
        """Whether there is a connection is told at once, how fast it is with what comes next."""
        connected = self.coordinator.connected
        told, self._was_connected = connected is not self._was_connected, connected
        for sheet in self._sheets.values():
            if told:
                sheet.touch(Section.LINK)
            else:
                sheet.outdate(Section.LINK)
