"""All that a fully described chamber becomes, against what it became before: a change here is one that users see.

What is meant to change is written anew with `scripts/test tests/integration/test_snapshots.py -- --snapshot-update`.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from custom_components.chamber_ws import diagnostics
from custom_components.chamber_ws.const import DOMAIN, PLATFORMS
from integration.house import STATE, URL, FakeLink, House

MOMENT = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
REGISTERED = (
    "entity_id", "original_name", "translation_key", "original_device_class", "entity_category", "hidden_by",
    "unit_of_measurement", "supported_features",
)  # fmt: skip
DESCRIBED = ("name", "manufacturer", "model", "serial_number", "sw_version", "entry_type")
SHOWN_ELSEWHERE = {"friendly_name", "device_class", "supported_features", "unit_of_measurement"}
MEASURED_HERE = props("age", "bytes", "file", "round_trip_ms", "committed", "clock_skew")


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """An entry whose id is always the same."""
    made = MockConfigEntry(
        domain=DOMAIN,
        entry_id="entry",
        title="broker",
        data={"url": URL, "prefix": "chamber", "client_id": "chamber0123", "keepalive": 30},
        options={"record_days": 14},
    )
    made.add_to_hass(hass)
    return made


@pytest.fixture
async def carrier(hass: HomeAssistant, freezer: Any, link: FakeLink) -> FakeLink:
    """A chamber that says all there is to say."""
    freezer.move_to(MOMENT)
    link.deliver("chamber/v1/pi/status", {"state": "online", "agent": "1.0", "session": "s"})
    link.describe(serial="A-17", manufacturer="Maker", model="Carrier 2")
    link.sample(seq=1, epoch="e", time=MOMENT.timestamp(), clock="ntp")
    await hass.async_block_till_done()
    return link


@pytest.fixture
def all_on() -> Iterator[None]:
    """What is off by default is on."""
    with patch.object(Entity, "entity_registry_enabled_default", True):
        yield


def _plain(value: Any) -> Any:
    """As JSON has it: what users' tools get, and no names of Home Assistant's classes."""
    return json.loads(json.dumps(value, default=str))


def _facts(hass: HomeAssistant, registered: er.RegistryEntry) -> dict[str, Any]:
    """What tools and people see of an entity, without what is nothing."""
    facts = {name: getattr(registered, name) for name in REGISTERED}
    facts["options"] = {name: dict(value) for name, value in registered.options.items()}
    state = hass.states.get(registered.entity_id)
    assert state is not None
    facts["state"] = state.state
    facts["attributes"] = {
        name: value for name, value in state.attributes.items() if name not in SHOWN_ELSEWHERE
    }
    return {name: value for name, value in facts.items() if value not in (None, {}, 0)}


def _registered(hass: HomeAssistant, entry: MockConfigEntry) -> list[er.RegistryEntry]:
    return er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_entities(
    all_on: None,
    hass: HomeAssistant,
    carrier: FakeLink,
    entry: MockConfigEntry,
    snapshot: SnapshotAssertion,
    platform: str,
) -> None:
    found = {
        one.unique_id: _facts(hass, one)
        for one in _registered(hass, entry)
        if one.domain == platform
    }
    assert _plain(found) == snapshot


async def test_entities_that_are_off_by_default(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    off = [one.unique_id for one in _registered(hass, entry) if one.disabled_by is not None]
    assert sorted(off) == snapshot


async def test_devices(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    found = {
        "".join(identifier for _domain, identifier in one.identifiers): {
            name: getattr(one, name) for name in DESCRIBED if getattr(one, name) is not None
        }
        for one in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    }
    assert _plain(found) == snapshot


async def test_diagnostics(
    hass: HomeAssistant,
    carrier: FakeLink,
    entry: MockConfigEntry,
    house: House,
    snapshot: SnapshotAssertion,
) -> None:
    carrier.deliver(STATE, b"{")
    await house.judged()
    made = await diagnostics.async_get_config_entry_diagnostics(hass, entry)
    assert _plain(made) == snapshot(exclude=MEASURED_HERE)


async def test_diagnostics_of_a_device_are_its_part_of_the_entrys(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry, house: House
) -> None:
    device = house.device()
    assert device is not None
    whole = await diagnostics.async_get_config_entry_diagnostics(hass, entry)
    part = await diagnostics.async_get_device_diagnostics(hass, entry, device)
    assert {**part, "age": None} == {**whole["chambers"]["pi/box"], "age": None}
