"""Repair issues that can be mended with a click: what the click does, by the key of the issue."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import voluptuous as vol
from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_CLIENT_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir

from . import devices
from .chamber.model import Address
from .connection import is_generated, new_client_id
from .const import CONF_KEEPALIVE, CONF_SPOKEN_PROTOCOL, DOMAIN
from .keeping.room import Room, Unforeseeable, async_room
from .link.packets import Version
from .mapping.table import is_mapped
from .notices.record import FILE, acknowledge
from .runtime import ChamberConfigEntry

AGREE = "agree"
NOTHING = vol.Schema({})
AGREEMENT = vol.Schema({vol.Required(AGREE, default=False): bool})

IssueData = Mapping[str, str | int | float | None]
Foresee = Callable[[HomeAssistant, ChamberConfigEntry], Awaitable[dict[str, str]]]
Mend = Callable[[HomeAssistant, ChamberConfigEntry, IssueData], Awaitable[None]]


async def make_room(hass: HomeAssistant, entry: ChamberConfigEntry, _issue: IssueData) -> None:
    """Remove what gives no sign of life; those of the surplus that do will be admitted with their next sample."""
    coordinator, roster = entry.runtime_data.coordinator, entry.runtime_data.roster
    registry, known = dr.async_get(hass), _chambers(hass, entry)
    for address in (await _room(hass, entry)).going:
        if not coordinator.fresh(address):
            roster.dismiss(address)
            registry.async_remove_device(known[address])
            await asyncio.sleep(0)
    coordinator.census.surplus.clear()


async def foresee_room(hass: HomeAssistant, entry: ChamberConfigEntry) -> dict[str, str]:
    """How many chambers will go, and how many silent ones will not."""
    room = await _room(hass, entry)
    return {"going": str(len(room.going)), "stay": str(room.stay)}


async def _room(hass: HomeAssistant, entry: ChamberConfigEntry) -> Room:
    try:
        return await async_room(entry.runtime_data.coordinator, _chambers(hass, entry))
    except Unforeseeable as error:
        raise AbortFlow(error.reason) from error


def _chambers(hass: HomeAssistant, entry: ChamberConfigEntry) -> dict[Address, str]:
    """The chambers of an entry by their devices' ids, without those that go with their mapping alone."""
    return {
        address: device.id
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if (address := devices.address_of(entry, device)) and not is_mapped(address)
    }


async def take_new_client_id(
    hass: HomeAssistant, entry: ChamberConfigEntry, _issue: IssueData
) -> None:
    """Connect under an id that no other client has."""
    await _change(hass, entry, {CONF_CLIENT_ID: new_client_id()})


async def shorten_keepalive(
    hass: HomeAssistant, entry: ChamberConfigEntry, issue: IssueData
) -> None:
    """Speak often enough that no connection is idle for long."""
    await _change(hass, entry, {CONF_KEEPALIVE: int(issue[CONF_KEEPALIVE] or 0)})


async def accept_older_protocol(
    hass: HomeAssistant, entry: ChamberConfigEntry, _issue: IssueData
) -> None:
    """Forget that this broker ever spoke more than it does now."""
    await _change(hass, entry, {CONF_SPOKEN_PROTOCOL: Version.V311.value})


async def acknowledge_set_aside(
    hass: HomeAssistant, entry: ChamberConfigEntry, issue: IssueData
) -> None:
    """Somebody knows that a damaged file was set aside; it stays where it is."""
    acknowledge(hass, entry, str(issue[FILE]))


def has_chosen_client_id(entry: ChamberConfigEntry) -> bool:
    """Whether somebody chose the client id: the broker's rules may name it, so a new one needs their consent."""
    client_id = entry.data.get(CONF_CLIENT_ID)
    return client_id is not None and not is_generated(client_id)


async def nothing_else(_hass: HomeAssistant, _entry: ChamberConfigEntry) -> dict[str, str]:
    """What the text says already."""
    return {}


@dataclass(frozen=True, slots=True)
class Repair:
    """What mends an issue, for which entries that needs an explicit consent, and what is to be said of it before."""

    mend: Mend
    needs_consent: Callable[[ChamberConfigEntry], bool] = lambda _entry: False
    foresee: Foresee = nothing_else


NEW_CLIENT_ID = Repair(take_new_client_id, has_chosen_client_id)
REPAIRS = {
    "too_many_chambers": Repair(make_room, foresee=foresee_room),
    "client_id_fight": NEW_CLIENT_ID,
    "connection_unstable": NEW_CLIENT_ID,
    "idle_cut": Repair(shorten_keepalive),
    "protocol_downgraded": Repair(accept_older_protocol),
    "record_set_aside": Repair(acknowledge_set_aside),
}


class ConfirmedRepair(RepairsFlow):
    """Say what will be done, then do it."""

    def __init__(self, repair: Repair, issue: IssueData) -> None:
        self._repair = repair
        self._issue = issue
        self._said: dict[str, str] | None = None

    async def async_step_init(self, _issue: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask first."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Say what will be done; where something of the user's is given up, a tick says that they know.

        Where what was said is not true any more, it is said again.
        """
        entry: ChamberConfigEntry | None = self.hass.config_entries.async_get_entry(
            str(self._issue.get("entry_id", ""))
        )
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        needs_consent = self._repair.needs_consent(entry)
        foreseen = await self._repair.foresee(self.hass, entry)
        disagreed = user_input is not None and needs_consent and not user_input.get(AGREE)
        if user_input is None or disagreed or foreseen != self._said:
            self._said = foreseen
            return self.async_show_form(
                step_id="confirm",
                data_schema=AGREEMENT if needs_consent else NOTHING,
                errors={AGREE: "not_agreed"} if disagreed else {},
                description_placeholders=self._placeholders() | foreseen,
            )
        await self._repair.mend(self.hass, entry, self._issue)
        return self.async_create_entry(data={})

    def _placeholders(self) -> dict[str, str]:
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return dict((issue and issue.translation_placeholders) or {})


async def async_create_fix_flow(
    _hass: HomeAssistant, _issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """The flow that mends an issue of ours."""
    issue = data or {}
    return ConfirmedRepair(REPAIRS[str(issue["key"])], issue)


async def _change(hass: HomeAssistant, entry: ChamberConfigEntry, fields: dict[str, Any]) -> None:
    """Change fields of the entry, and connect with them."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, **fields})
    await hass.config_entries.async_reload(entry.entry_id)
