"""Entries as the first version stored them still load, and those of a version to come are refused as such."""

from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntries, ConfigEntryState
from homeassistant.core import HomeAssistant

from custom_components.chamber_ws.chamber.model import Address
from custom_components.chamber_ws.config_flow import ChamberConfigFlow
from custom_components.chamber_ws.const import DOMAIN
from integration.house import FakeLink, House

# What commit 9aeffab, the first to have a configuration flow, wrote for a form left as it is, and for a full one.
PLAIN = {
    "url": "ws://127.0.0.1:9001/mqtt",
    "prefix": "chamber",
    "protocol": "auto",
    "keepalive": 30,
    "verify_ssl": True,
    "client_id": "chamber-0123456789abcdef",
    "spoken_protocol": "5",
}
FULL = {
    **PLAIN,
    "url": "wss://broker.example/mqtt",
    "username": "ward",
    "password": "pa ss:wörd",
    "protocol": "3.1.1",
    "keepalive": 60,
    "verify_ssl": False,
    "headers": {"X-Token": "abc"},
    "spoken_protocol": "3.1.1",
    "dismissed": ["pi/old"],
}
OPTIONS = {"heartbeat": 20, "most_chambers": 50}


def stored(version: int = 1, minor_version: int = 1, **fields: Any) -> dict[str, Any]:
    """The file with one entry, as Home Assistant of that time kept it."""
    entry = {
        "entry_id": "01KATEST",
        "version": version,
        "minor_version": minor_version,
        "domain": DOMAIN,
        "title": "broker",
        "data": PLAIN,
        "options": {},
        "subentries": [],
        "source": "user",
        "unique_id": "127.0.0.1:9001/mqtt chamber",
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "disabled_by": None,
        "discovery_keys": {},
        "created_at": "2026-11-23T06:00:00+00:00",
        "modified_at": "2026-11-23T06:00:00+00:00",
        **fields,
    }
    return {
        "version": 1,
        "minor_version": 5,
        "key": "core.config_entries",
        "data": {"entries": [entry]},
    }


async def loaded(hass: HomeAssistant, hass_storage: dict[str, Any], content: Any) -> House:
    """Home Assistant after a start with this file."""
    hass_storage["core.config_entries"] = content
    hass.config_entries = ConfigEntries(hass, {})
    await hass.config_entries.async_initialize()
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return House(hass, entry)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [PLAIN, FULL], ids=["plain", "full"])
async def test_an_entry_of_the_first_version_loads_as_it_is(
    hass: HomeAssistant, hass_storage: dict[str, Any], links: list[FakeLink], data: dict[str, Any]
) -> None:
    house = await loaded(hass, hass_storage, stored(data=data, options=OPTIONS))
    assert house.entry.state is ConfigEntryState.LOADED
    assert (dict(house.entry.data), dict(house.entry.options)) == (data, OPTIONS)
    census = house.coordinator.census
    assert census.most == 50
    assert census.dismissed == ({Address("pi", "old")} if "dismissed" in data else set())
    links[-1].up()
    links[-1].describe(heartbeat=None)
    links[-1].sample()
    await house.judged()
    assert house.value("temperature") == "30.05"
    assert census.heartbeat(census.chambers[house.address]) == 20
    await hass.config_entries.async_unload(house.entry.entry_id)


@pytest.mark.parametrize(
    ("version", "minor_version", "state"),
    [
        (1, 2, ConfigEntryState.LOADED),
        (2, 1, ConfigEntryState.MIGRATION_ERROR),
    ],
    ids=["what was only added is left alone", "what changed is not guessed"],
)
async def test_an_entry_of_a_version_to_come(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    links: list[FakeLink],
    version: int,
    minor_version: int,
    state: ConfigEntryState,
) -> None:
    content = stored(version, minor_version, data={**PLAIN, "new": 1})
    house = await loaded(hass, hass_storage, content)
    assert house.entry.state is state
    assert (house.entry.version, house.entry.minor_version) == (version, minor_version)
    assert house.entry.data["new"] == 1
    assert len(links) == (state is ConfigEntryState.LOADED)
    if links:
        await hass.config_entries.async_unload(house.entry.entry_id)


def test_the_version_of_entries_is_the_one_that_is_proved_here() -> None:
    """Whoever raises it adds an entry of the version before."""
    assert (ChamberConfigFlow.VERSION, ChamberConfigFlow.MINOR_VERSION) == (1, 1)
