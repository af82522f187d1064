"""Which entities speak for the chambers of a target, and whose chamber that is.

A device, an area, a floor or a label means the chambers whose voice is in it, as everywhere in Home Assistant. An
entity that is named itself means its chamber, whichever entity of the chamber it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import voluptuous as vol
from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR
from homeassistant.components.event import DOMAIN as EVENT
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import TargetSelection
from homeassistant.helpers.typing import ConfigType

from .. import devices
from ..chamber import judgement
from ..chamber.analysis.findings import Findings
from ..chamber.analysis.watch import VIRTUAL_VIAL
from ..chamber.model import Address
from ..const import DOMAIN
from ..runtime import ChamberConfigEntry


@dataclass(frozen=True, slots=True)
class Voice:
    """Which entity of a chamber tells something: by its platform and its translation key."""

    platform: str
    key: str

    def speaks(self, entry: er.RegistryEntry | None) -> bool:
        """Whether it is this entity of any of our devices."""
        return (
            entry is not None
            and entry.platform == DOMAIN
            and entry.domain == self.platform
            and entry.translation_key == self.key
        )


ALARM = Voice(EVENT, "alarm")
EXCURSION = Voice(BINARY_SENSOR, "excursion")
ONLINE = Voice(BINARY_SENSOR, "online")


def voices(
    hass: HomeAssistant, target: Mapping[str, Any], entities: set[str], voice: Voice
) -> set[str]:
    """The entities that speak for the chambers of a target, of which `entities` are left when it is resolved."""
    registry = er.async_get(hass)
    named = entities.intersection(target.get(ATTR_ENTITY_ID, ()))
    found: set[str] = set()
    for entity_id in entities:
        entry = registry.async_get(entity_id)
        if entry is None or entry.platform != DOMAIN or entry.device_id is None:
            continue
        if entity_id not in named and not voice.speaks(entry):
            continue
        siblings = er.async_entries_for_device(
            registry, entry.device_id, include_disabled_entities=True
        )
        if any(ALARM.speaks(one) for one in siblings):
            found |= {one.entity_id for one in siblings if voice.speaks(one)}
    return found


def has_target(config: ConfigType) -> ConfigType:
    """The configuration, if its target names anything at all."""
    if not TargetSelection(config[CONF_TARGET]).has_any_target:
        raise vol.Invalid(
            "the target is empty: name chambers by device, entity, area, floor or label",
            path=[CONF_TARGET],
        )
    return config


def device_of(hass: HomeAssistant, entity_id: str) -> dr.DeviceEntry | None:
    """The chamber's device that an entity belongs to."""
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None or entry.device_id is None:
        return None
    device = dr.async_get(hass).async_get(entry.device_id)
    return device if isinstance(device, dr.DeviceEntry) else None


def about(hass: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """Whom an automation is told of: `chamber` is what people call it, told apart from others of that name."""
    device = device_of(hass, entity_id)
    return {
        "chamber": device and devices.distinct_name_of(hass, device),
        "device_id": device and device.id,
    }


def findings(hass: HomeAssistant, entity_id: str) -> Findings | None:
    """What is found now of the chamber that an entity belongs to; None while nobody can know."""
    if (known := _chamber_of(hass, entity_id)) is None:
        return None
    entry, address = known
    return entry.runtime_data.coordinator.clerk.findings(address)


def judged_value(hass: HomeAssistant, entity_id: str, found: Findings) -> float | None:
    """The temperature (°C) that limits are held against, of the newest sample: what is found may be a minute old."""
    if (known := _chamber_of(hass, entity_id)) is None:
        return None
    entry, address = known
    coordinator = entry.runtime_data.coordinator
    if not coordinator.fresh(address):
        return None
    if found.value is None or found.judged_on == VIRTUAL_VIAL:
        return found.value
    return judgement.temperature(coordinator.census.chambers[address].sample, found.judged_on)


def _chamber_of(hass: HomeAssistant, entity_id: str) -> tuple[ChamberConfigEntry, Address] | None:
    """The entry and the address of the chamber that an entity belongs to; None while it is not loaded."""
    registered = er.async_get(hass).async_get(entity_id)
    device = device_of(hass, entity_id)
    if registered is None or registered.config_entry_id is None or device is None:
        return None
    entry: ChamberConfigEntry | None = hass.config_entries.async_get_entry(
        registered.config_entry_id
    )
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    address = devices.address_of(entry, device)
    return None if address is None else (entry, address)
