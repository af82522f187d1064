"""What *System information* tells at a glance: versions, links, chambers; no names, no addresses."""

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_integration

from .const import DOMAIN
from .coordinator import Coordinator
from .runtime import ChamberConfigEntry


@callback
def async_register(_hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Home Assistant asks whenever somebody looks."""
    register.async_register_info(async_info)


async def async_info(hass: HomeAssistant) -> dict[str, Any]:
    """How many of the entries are connected and with which MQTT, how many of the chambers say something true."""
    entries: list[ChamberConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    coordinators = [
        entry.runtime_data.coordinator
        for entry in entries
        if entry.state is ConfigEntryState.LOADED
    ]
    chambers = [(one, address) for one in coordinators for address in one.census.chambers]
    fresh = sum(one.fresh(address) for one, address in chambers)
    return {
        "version": str((await async_get_integration(hass, DOMAIN)).version),
        "entries_connected": f"{sum(one.connected for one in coordinators)} / {len(entries)}",
        "mqtt_versions": ", ".join(sorted(_versions(coordinators))),
        "gateways": sum(len(one.census.gateways) for one in coordinators),
        "chambers_fresh": f"{fresh} / {len(chambers)}",
    }


def _versions(coordinators: list[Coordinator]) -> set[str]:
    return {one.version.value for one in coordinators if one.connected and one.version}
