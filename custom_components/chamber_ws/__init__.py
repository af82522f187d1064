"""Temperature chambers over MQTT in WebSocket: one config entry is one broker link.

broker ═ websocket_link ─ link ─ wire ─ census (fold) ─ coordinator ─ entity ─ Home Assistant
"""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.typing import ConfigType

from . import devices, frontend, memory, notices, services, websocket_api
from .connection import async_end_session, async_prepare
from .const import DOMAIN, PLATFORMS
from .coordinator import Coordinator
from .errors import InvalidSettings
from .keeping.books import async_open
from .keeping.removal import async_remove_record
from .mapping.directory import Directory
from .roster import Roster
from .runtime import ChamberConfigEntry, Runtime
from .streaming.hub import hub_of

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register what there is once, for all entries."""
    services.async_register(hass)
    await frontend.async_serve(hass)
    websocket_api.async_register(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ChamberConfigEntry) -> bool:
    """Make link and coordinator, recall what the registries know, open the record, forward the platforms, connect.

    The entry loads whether or not the broker answers: what must never go dark is there from the start.
    """
    await frontend.async_show(hass)
    try:
        connection = await async_prepare(hass, entry.data)
    except InvalidSettings as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="invalid_entry",
            translation_placeholders={"detail": type(error).__name__},
        ) from error
    entry.async_on_unload(connection.close)
    coordinator = Coordinator(hass, entry, connection)
    coordinator.census.dismissed |= memory.dismissed(entry)
    for chamber in memory.recall(hass, entry):
        coordinator.census.restore(chamber)
    roster = Roster(hass, entry, coordinator)
    coordinator.watchers.append(roster)
    await notices.async_follow(hass, entry, coordinator)
    for address in coordinator.census.chambers:
        roster.admit(address)
    directory = Directory(hass, entry, coordinator, roster)
    directory.follow()
    books = await async_open(hass, entry, coordinator)
    entry.runtime_data = Runtime(coordinator, roster, books, directory, dict(entry.options))
    runtime = entry.runtime_data
    try:
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    except BaseException:
        await runtime.async_close()
        raise
    entry.async_on_unload(hub_of(hass).join(entry, coordinator))
    books.start()
    coordinator.start()
    entry.async_on_unload(entry.add_update_listener(_async_changed))

    async def take_leave(_event: Event) -> None:
        await runtime.async_close()
        connection.close()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, take_leave))
    return True


async def _async_changed(hass: HomeAssistant, entry: ChamberConfigEntry) -> None:
    """Options take a new start; chambers are mapped, and mapped no more, on the living link."""
    if dict(entry.options) != entry.runtime_data.options:
        hass.config_entries.async_schedule_reload(entry.entry_id)
    else:
        entry.runtime_data.directory.follow()


async def async_unload_entry(hass: HomeAssistant, entry: ChamberConfigEntry) -> bool:
    """Take leave of the broker, then take the entities down."""
    await entry.runtime_data.async_close()
    frontend.async_hide(hass)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: ChamberConfigEntry) -> None:
    """Leave nothing behind, neither at the broker nor here."""
    frontend.async_hide(hass)
    await async_remove_record(hass, entry.entry_id)
    await async_end_session(hass, entry.data)


async def async_migrate_entry(_hass: HomeAssistant, entry: ChamberConfigEntry) -> bool:
    """There is one version so far; an entry of a later one is not ours to read."""
    return entry.version == 1


async def async_remove_config_entry_device(
    _hass: HomeAssistant, entry: ChamberConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let a chamber be deleted that gives no sign of life, and a gateway without chambers.

    A live sample brings both back. Who lives is known only while the entry is loaded. A mapped chamber goes with its
    mapping.
    """
    if entry.state is not ConfigEntryState.LOADED or device.config_subentry_id is not None:
        return False
    coordinator, roster = entry.runtime_data.coordinator, entry.runtime_data.roster
    if (address := devices.address_of(entry, device)) is not None:
        if coordinator.fresh(address):
            return False
        roster.dismiss(address)
        return True
    gateway = devices.gateway_of(entry, device)
    if gateway is None or roster.has_gateway(gateway):
        return False
    roster.forget_gateway(gateway)
    return True
