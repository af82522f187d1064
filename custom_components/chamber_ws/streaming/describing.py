"""What a chamber is and has, and by which entities Home Assistant shows it."""

from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from ..chamber.model import Address, Chamber, Kind
from ..const import DOMAIN
from ..coordinator import Coordinator
from ..devices import name_of, place_of

PROBE = "probe"
PARTS = frozenset(kind.value for kind in Kind)


@callback
def described(
    hass: HomeAssistant, device: dr.DeviceEntry, coordinator: Coordinator, address: Address
) -> dict[str, Any]:
    """A chamber's description, but for what depends on who asks."""
    chamber = coordinator.census.chambers.get(address) or Chamber(address=address)
    meta, limits = chamber.meta, chamber.limits
    return {
        "device_id": device.id,
        "name": name_of(device) or address.chamber,
        "gateway": address.gateway,
        "chamber": address.chamber,
        "entry": coordinator.entry.title,
        "area_id": device.area_id,
        "limits": {"min": limits.min, "max": limits.max, "step": limits.step},
        "modes": [mode.value for mode in chamber.modes],
        **{f"{kind}s": list(chamber.names(kind)) for kind in Kind},
        "probes": {
            name: {"name": probe.name, "role": probe.role} for name, probe in chamber.probes.items()
        },
        "door": "door" in chamber.learned.fields or bool(meta and meta.door),
        "power": "power" in chamber.learned.fields or bool(meta and meta.power),
        "heartbeat": coordinator.census.heartbeat(chamber),
        **_entities(hass, device.id, chamber),
    }


def _entities(hass: HomeAssistant, device_id: str, chamber: Chamber) -> dict[str, Any]:
    """The enabled entities of a chamber by what they show: their unique ids end with key and part."""
    single: dict[str, str] = {}
    probes: dict[str, str] = {}
    parts: dict[str, list[str | None]] = {
        kind.value: [None] * len(chamber.names(kind)) for kind in Kind
    }
    for entry in er.async_entries_for_device(er.async_get(hass), device_id):
        if entry.platform != DOMAIN:
            continue
        match place_of(entry):
            case _, key, None:
                single[key] = entry.entity_id
            case _, key, probe if key == PROBE:
                probes[probe] = entry.entity_id
            case _, key, index if key in PARTS:
                if int(index) < len(parts[key]):
                    parts[key][int(index)] = entry.entity_id
    return {"entities": single, "parts": parts, "probe_entities": probes}
