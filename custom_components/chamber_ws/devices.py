"""The three kinds of device: the link, each gateway under it, each chamber under its gateway."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.typing import UNDEFINED

from .chamber.model import Address, Chamber, Gateway
from .const import DOMAIN

MANUFACTURER = "chamber_ws"

Identifier = tuple[str, str]


def link_identifier(entry: ConfigEntry) -> Identifier:
    """The link's own device."""
    return (DOMAIN, entry.entry_id)


def gateway_identifier(entry: ConfigEntry, gateway: str) -> Identifier:
    """A gateway's device."""
    return (DOMAIN, f"{entry.entry_id}/{gateway}")


def chamber_identifier(entry: ConfigEntry, address: Address) -> Identifier:
    """A chamber's device."""
    return (DOMAIN, f"{entry.entry_id}/{address.gateway}/{address.chamber}")


def address_of(entry: ConfigEntry, device: dr.DeviceEntry) -> Address | None:
    """Which chamber a device is; None for the link and the gateways."""
    for _domain, identifier in device.identifiers:
        match identifier.split("/"):
            case [entry_id, gateway, chamber] if entry_id == entry.entry_id:
                return Address(gateway, chamber)
    return None


def gateway_of(entry: ConfigEntry, device: dr.DeviceEntry) -> str | None:
    """Which gateway a device is; None for the link and the chambers."""
    for _domain, identifier in device.identifiers:
        match identifier.split("/"):
            case [entry_id, gateway] if entry_id == entry.entry_id:
                return gateway
    return None


def name_of(device: dr.AnyDeviceEntry) -> str | None:
    """What people call a device: the name they gave it, else its own."""
    return device.name_by_user or device.name


def register_link(hass: HomeAssistant, entry: ConfigEntry) -> dr.DeviceEntry:
    """Make the link's device."""
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={link_identifier(entry)},
        name=entry.title,
        manufacturer=MANUFACTURER,
        model="MQTT over WebSocket",
        entry_type=dr.DeviceEntryType.SERVICE,
    )


def register_gateway(
    hass: HomeAssistant,
    entry: ConfigEntry,
    name: str,
    gateway: Gateway | None,
    link: dr.DeviceEntry,
) -> dr.DeviceEntry:
    """Make a gateway's device, or bring it up to date."""
    agent = gateway.status.agent if gateway and gateway.status else None
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={gateway_identifier(entry, name)},
        name=name,
        model="Gateway",
        sw_version=agent or UNDEFINED,
        via_device_id=link.id,
    )


def register_chamber(
    hass: HomeAssistant, entry: ConfigEntry, chamber: Chamber, gateway: dr.DeviceEntry
) -> dr.DeviceEntry:
    """Make a chamber's device, or bring it up to date with its description."""
    meta = chamber.meta
    known = {
        "name": meta and meta.name,
        "manufacturer": meta and meta.manufacturer,
        "model": meta and meta.model,
        "serial_number": meta and meta.serial,
        "sw_version": meta and meta.software,
        "hw_version": meta and meta.hardware,
    }
    registry = dr.async_get(hass)
    identifiers = {chamber_identifier(entry, chamber.address)}
    existing = registry.async_get_device_by_identifier(
        chamber_identifier(entry, chamber.address), entry.entry_id
    )
    given = {key: value for key, value in known.items() if value}
    if existing is None:
        given.setdefault("name", chamber.address.chamber)
    return registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers=identifiers,
        via_device_id=gateway.id,
        **given,  # type: ignore[arg-type]
    )
