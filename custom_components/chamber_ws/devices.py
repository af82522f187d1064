"""The three kinds of device: the link, each gateway under it, each chamber under its gateway."""

from collections.abc import Iterator

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.typing import UNDEFINED

from .chamber.model import Address, Chamber, Gateway
from .const import DOMAIN
from .mapping.table import address_of as mapped_address
from .mapping.table import is_mapped

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
    return (DOMAIN, path_of(entry, address))


def path_of(entry: ConfigEntry, address: Address) -> str:
    """What a chamber's identifiers begin with: entry, gateway and chamber, or entry and subentry."""
    return "/".join((entry.entry_id, *(address[:1] if is_mapped(address) else address)))


def place_of(registered: er.RegistryEntry) -> tuple[Address, str, str | None] | None:
    """Which chamber an entity is of, its key, and its part where there are several; None where it is of none."""
    match registered.config_subentry_id, registered.unique_id.split("/"):
        case None, [_entry, gateway, chamber, key, *part]:
            return Address(gateway, chamber), key, next(iter(part), None)
        case str(subentry), [_entry, _subentry, key, *part]:
            return mapped_address(subentry), key, next(iter(part), None)
    return None


def address_of(entry: ConfigEntry, device: dr.DeviceEntry) -> Address | None:
    """Which chamber a device is; None for the link and the gateways."""
    if device.config_subentry_id is not None:
        return mapped_address(device.config_subentry_id)
    for _domain, identifier in device.identifiers:
        match identifier.split("/"):
            case [entry_id, gateway, chamber] if entry_id == entry.entry_id:
                return Address(gateway, chamber)
    return None


def gateway_of(entry: ConfigEntry, device: dr.DeviceEntry) -> str | None:
    """Which gateway a device is; None for the link and the chambers."""
    if device.config_subentry_id is not None:
        return None
    for _domain, identifier in device.identifiers:
        match identifier.split("/"):
            case [entry_id, gateway] if entry_id == entry.entry_id:
                return gateway
    return None


def subentry_of(address: Address) -> str | None:
    """The subentry that maps a chamber; None where it speaks the contract."""
    return address.gateway if is_mapped(address) else None


def name_of(device: dr.AnyDeviceEntry) -> str | None:
    """What people call a device: the name they gave it, else its own."""
    return device.name_by_user or device.name


def distinct_name_of(hass: HomeAssistant, device: dr.DeviceEntry) -> str | None:
    """What people call a chamber, with what tells it apart where others have the same name."""
    name = name_of(device)
    alike = dict(_marked(hass, name))
    own = alike.pop(device.id, ())
    told = []
    for place, mark in enumerate(own):
        left = {one: marks for one, marks in alike.items() if marks[place] == mark}
        if len(left) < len(alike):
            told.append(mark)
        alike = left
    return f"{name} ({' · '.join(told)})" if told else name


def _marked(hass: HomeAssistant, name: str | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The chambers of a name with what may tell them apart, the plainest first; nobody knows a mapped one's gateway."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
            if name_of(device) == name and (address := address_of(entry, device)) is not None:
                gateway = entry.title if is_mapped(address) else address.gateway
                yield device.id, (gateway, entry.title, address.chamber)


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
    hass: HomeAssistant, entry: ConfigEntry, chamber: Chamber, via: dr.DeviceEntry
) -> dr.DeviceEntry:
    """Make a chamber's device, or bring it up to date with its description; `via` is its gateway, or the link."""
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
        config_subentry_id=subentry_of(chamber.address),
        identifiers=identifiers,
        via_device_id=via.id,
        **given,  # type: ignore[arg-type]
    )
