"""Repair issues that can be mended with a click."""

import asyncio

import voluptuous as vol
from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir

from . import devices
from .const import DOMAIN
from .runtime import ChamberConfigEntry


class TooManyChambersFlow(RepairsFlow):
    """Remove the devices of chambers that give no sign of life, and forget the surplus."""

    def __init__(self, entry_id: str) -> None:
        self._entry_id = entry_id

    async def async_step_init(self, _issue: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask first."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Say what will be done, then do it."""
        entry: ChamberConfigEntry | None = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        if user_input is None:
            issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
            placeholders = issue.translation_placeholders if issue else None
            return self.async_show_form(
                step_id="confirm", data_schema=vol.Schema({}), description_placeholders=placeholders
            )
        await make_room(self.hass, entry)
        return self.async_create_entry(data={})


async def make_room(hass: HomeAssistant, entry: ChamberConfigEntry) -> None:
    """Remove what gives no sign of life; those of the surplus that do will be admitted with their next sample."""
    coordinator, roster = entry.runtime_data.coordinator, entry.runtime_data.roster
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        address = devices.address_of(entry, device)
        if address is not None and not coordinator.fresh(address):
            roster.dismiss(address)
            registry.async_remove_device(device.id)
            await asyncio.sleep(0)
    coordinator.census.surplus.clear()


async def async_create_fix_flow(
    _hass: HomeAssistant, _issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """The flow that mends an issue of ours."""
    return TooManyChambersFlow(str((data or {}).get("entry_id", "")))
