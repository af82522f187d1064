"""What outlives a restart without a file of our own: the registries know which chambers had which entities."""

from collections import defaultdict
from collections.abc import Iterator

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from . import devices
from .chamber.model import Address, Chamber, Kind, Learned, Meta, Probe, frozen
from .const import CONF_DISMISSED
from .mapping.table import is_mapped

FIELD_OF_KEY = {
    "setpoint": "setpoint",
    "door": "door",
    "power": "power",
    "energy": "energy",
    "heater_duty": "heater_duty",
    "cooler_duty": "cooler_duty",
    "profile_step": "profile",
}
KINDS = frozenset(kind.value for kind in Kind)

Parts = dict[str, dict[int, str | None]]


@callback
def recall(hass: HomeAssistant, entry: ConfigEntry) -> Iterator[Chamber]:
    """The chambers that had entities when Home Assistant last ran, without a sample: nothing of them is fresh.

    Of mapped ones their mappings know more.
    """
    known: dict[Address, list[tuple[str, str | None, str | None]]] = defaultdict(list)
    for registered in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if (place := devices.place_of(registered)) is not None and not is_mapped(place[0]):
            address, key, part = place
            known[address].append((key, part, registered.original_name))
    for address, entities in known.items():
        yield _recalled(address, entities)


def _recalled(address: Address, entities: list[tuple[str, str | None, str | None]]) -> Chamber:
    parts: Parts = defaultdict(dict)
    for key, part, name in entities:
        if key in KINDS and part is not None and part.isdecimal():
            parts[key][int(part)] = name
    fields = {FIELD_OF_KEY[key] for key, _part, _name in entities if key in FIELD_OF_KEY}
    if "setpoint" not in fields and any(key == "chamber" for key, _part, _name in entities):
        fields.add("mode")
    probes = {part: name for key, part, name in entities if key == "probe" and part}
    learned = Learned(
        heaters=_count(parts, Kind.HEATER),
        coolers=_count(parts, Kind.COOLER),
        fans=_count(parts, Kind.FAN),
        probes=frozenset(probes),
        fields=frozenset(fields),
    )
    named = Meta(
        heaters=_names(parts, Kind.HEATER),
        coolers=_names(parts, Kind.COOLER),
        fans=_names(parts, Kind.FAN),
        probes=frozen({probe: Probe(name=name) for probe, name in probes.items()}),
    )
    return Chamber(address=address, learned=learned, meta=named)


def _count(parts: Parts, kind: Kind) -> int:
    return max(parts[kind.value], default=-1) + 1


def _names(parts: Parts, kind: Kind) -> tuple[str | None, ...] | None:
    count = _count(parts, kind)
    return tuple(parts[kind.value].get(index) for index in range(count)) if count > 1 else None


def dismissed(entry: ConfigEntry) -> frozenset[Address]:
    """The chambers whose devices the user deleted, and that gave no live sign since."""
    return frozenset(Address(*name.split("/", 1)) for name in entry.data.get(CONF_DISMISSED, ()))


@callback
def remember_dismissed(
    hass: HomeAssistant, entry: ConfigEntry, addresses: frozenset[Address]
) -> None:
    """Keep which chambers stay away until a live sample comes."""
    names = sorted("/".join(address) for address in addresses)
    if names != entry.data.get(CONF_DISMISSED, []):
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_DISMISSED: names})
