"""What a bug report needs to know, with every secret taken out."""

import time
from dataclasses import asdict, replace
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_CLIENT_ID, CONF_HEADERS, CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry

from . import devices, endpoint
from .chamber import freshness
from .chamber.model import Address, Chamber
from .const import (
    CONF_ALTERNATE_URLS,
    CONF_CA_CERTIFICATE,
    CONF_CLIENT_CERTIFICATE,
    CONF_CLIENT_KEY,
)
from .coordinator import Coordinator
from .record.errors import RecordError
from .runtime import ChamberConfigEntry

SECRETS = {
    CONF_PASSWORD,
    CONF_USERNAME,
    CONF_HEADERS,
    CONF_CLIENT_ID,
    CONF_CLIENT_KEY,
    CONF_CLIENT_CERTIFICATE,
    CONF_CA_CERTIFICATE,
    "serial",
}
MOST_CHAMBERS = 100


async def async_get_config_entry_diagnostics(
    _hass: HomeAssistant, entry: ChamberConfigEntry
) -> dict[str, Any]:
    """The settings; of a loaded entry also the link, its counters, and its chambers."""
    shown = {
        **entry.data,
        CONF_URL: _url(entry.data.get(CONF_URL, "")),
        CONF_ALTERNATE_URLS: [_url(text) for text in entry.data.get(CONF_ALTERNATE_URLS, ())],
    }
    settings = {
        "entry": async_redact_data(shown, SECRETS),
        "options": dict(entry.options),
        "mapped": {one.subentry_id: dict(one.data) for one in entry.subentries.values()},
        "state": entry.state.value,
    }
    if entry.state is not ConfigEntryState.LOADED:
        return settings
    coordinator = entry.runtime_data.coordinator
    census = coordinator.census
    return {
        **settings,
        "link": {
            "connected": coordinator.connected,
            "failure": str(coordinator.failure) if coordinator.failure else None,
            "protocol": coordinator.version.value if coordinator.version else None,
            "round_trip_ms": coordinator.round_trip,
            "refused_filters": list(coordinator.refused),
        },
        "tally": dict(census.tally),
        "record": await _record(coordinator),
        "surplus_chambers": len(census.surplus),
        "gateways": {name: _plain(asdict(gateway)) for name, gateway in census.gateways.items()},
        "chambers": {
            "/".join(address): _chamber(coordinator, census.chambers[address])
            for address in sorted(census.chambers)[:MOST_CHAMBERS]
        },
    }


async def async_get_device_diagnostics(
    _hass: HomeAssistant, entry: ChamberConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """One chamber; of the link and the gateways there is nothing but what the entry's diagnostics tell."""
    if entry.state is not ConfigEntryState.LOADED:
        return {}
    coordinator = entry.runtime_data.coordinator
    address = devices.address_of(entry, device)
    chamber = coordinator.census.chambers.get(address) if address else None
    return {} if chamber is None else _chamber(coordinator, chamber)


def _url(text: str) -> str:
    """The url without its query; one that cannot be read is not shown, since who knows what is in it."""
    try:
        return endpoint.shown(endpoint.parse(text))
    except endpoint.InvalidUrl:
        return REDACTED


async def _record(coordinator: Coordinator) -> dict[str, Any]:
    """How the record stands; of a flood of chambers as many as are shown elsewhere."""
    try:
        state = await coordinator.clerk.state()
    except RecordError as error:
        return {"problem": str(error)}
    shown = sorted(state.chambers)[:MOST_CHAMBERS]
    chambers = {"/".join(address): _noun(state.chambers[address]) for address in shown}
    return {**asdict(replace(state, chambers={})), "chambers": chambers}


def _chamber(coordinator: Coordinator, chamber: Chamber) -> dict[str, Any]:
    address: Address = chamber.address
    described = {
        "fresh": coordinator.fresh(address),
        "age": freshness.age(chamber, time.monotonic()),
        "heartbeat": coordinator.census.heartbeat(chamber),
        "lost": chamber.lost,
        "gone": chamber.gone,
        "meta": _noun(chamber.meta),
        "sample": _noun(chamber.sample),
        "learned": _noun(chamber.learned),
        "sequence": _noun(chamber.sequence),
        "clock_skew": chamber.skew.offset,
        "set_aside": dict(coordinator.census.set_aside(address)),
    }
    return async_redact_data(_plain(described), SECRETS)


def _noun(noun: Any) -> dict[str, Any] | None:
    """A frozen noun as a plain dictionary; `asdict` cannot copy read-only mappings."""
    return (
        None if noun is None else {name: getattr(noun, name) for name in noun.__dataclass_fields__}
    )


def _plain(value: Any) -> Any:
    """Anything as JSON."""
    match value:
        case frozenset() | set():
            return sorted(value)
        case tuple() | list():
            return [_plain(entry) for entry in value]
        case None | bool() | int() | float() | str():
            return value
        case _ if hasattr(value, "__dataclass_fields__"):
            return _plain(_noun(value))
        case _:
            return {str(key): _plain(entry) for key, entry in value.items()}
