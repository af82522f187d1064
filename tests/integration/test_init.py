"""An entry loads whatever the broker does, and leaves nothing behind."""

import asyncio
import logging
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.keeping import removal
from custom_components.chamber_ws.link.packets import Version
from custom_components.chamber_ws.record.errors import RecordError
from custom_components.chamber_ws.record.store import Store
from integration.flows import connected, living, until
from integration.house import FakeLink, House
from integration.listeners import V5, V311, Broker, Manner, saying, serving


@pytest.mark.parametrize(
    "broken", [{"url": "http://x"}, {"headers": "{"}, {"url": "wss://x", "client_key": "no PEM"}]
)
async def test_settings_that_cannot_work_are_named(
    hass: HomeAssistant, entry: MockConfigEntry, links: list[FakeLink], broken: dict[str, Any]
) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, **broken})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "invalid_entry"
    assert links == []


async def test_a_setup_that_fails_closes_the_record(
    hass: HomeAssistant, entry: MockConfigEntry, links: list[FakeLink]
) -> None:
    with patch.object(
        hass.config_entries, "async_forward_entry_setups", side_effect=ImportError("no platform")
    ):
        assert not await hass.config_entries.async_setup(entry.entry_id)
    clerk = entry.runtime_data.coordinator.clerk
    with pytest.raises(RecordError, match="closed"):
        await clerk.run(Store.size)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED


async def test_it_announces_itself_after_each_connect(link: FakeLink) -> None:
    link.down()
    link.up()
    announces = [one for one in link.published if one.topic == "chamber/v1/announce"]
    assert [(one.payload, one.qos, one.retain) for one in announces] == [(b"{}", 1, False)] * 2


async def test_it_subscribes_to_wildcards_and_has_no_will(carrier: FakeLink) -> None:
    filters = [one.filter for one in carrier.greet().subscriptions]
    assert {"chamber/v1/+/status", "chamber/v1/+/+/state", "chamber/v1/+/+/reply"} <= set(filters)
    assert carrier.greet().will is None
    assert not [one for one in filters if "command" in one or "#" in one]


async def test_the_version_that_worked_is_remembered_without_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, links: list[FakeLink]
) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    links[-1].up(Version.V311)
    await hass.async_block_till_done()
    assert entry.data["spoken_protocol"] == "3.1.1"
    assert len(links) == 1


async def test_unloading_fails_what_waits(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry, house: House
) -> None:
    call = hass.async_create_task(
        hass.services.async_call(
            "climate",
            "set_temperature",
            {"entity_id": house.entity_ids("chamber")[0], "temperature": 4.0},
            blocking=True,
        ),
        eager_start=True,
    )
    while not carrier.wishes:
        await asyncio.sleep(0)
    assert await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(Exception, match="connection was lost"):
        await call


async def test_a_renamed_chamber_keeps_its_name(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    device = house.device()
    assert device is not None
    assert device.name == "Vaccine carrier"
    dr.async_get(hass).async_update_device(device.id, name_by_user="Mine")
    carrier.describe(name="Theirs")
    await hass.async_block_till_done()
    renamed = house.device()
    assert renamed is not None
    assert (renamed.name, renamed.name_by_user) == ("Theirs", "Mine")


async def test_devices_stand_under_each_other(carrier: FakeLink, house: House) -> None:
    chamber, gateway, link = house.device(), house.device("pi"), house.device("")
    assert chamber is not None
    assert gateway is not None
    assert link is not None
    assert (chamber.via_device_id, gateway.via_device_id) == (gateway.id, link.id)


# What the broker keeps


@pytest.mark.usefixtures("socket_enabled")
async def test_a_removed_entry_leaves_no_session_at_the_broker(hass: HomeAssistant) -> None:
    broker = Broker()
    async with serving(broker) as address, living(hass, f"ws://{address}/mqtt") as entry:
        await until(hass, lambda: connected(entry))
        await hass.config_entries.async_remove(entry.entry_id)
        assert await broker.all_left()
    kept, ended = broker.logins
    assert (kept.client_id, kept.clean) == (entry.data["client_id"], False)
    assert (ended.client_id, ended.clean) == (kept.client_id, True)
    assert broker.farewells == 2


@pytest.mark.usefixtures("socket_enabled")
async def test_a_session_is_ended_in_the_version_that_the_broker_speaks(
    hass: HomeAssistant,
) -> None:
    """A farewell has no time to try another first."""
    broker = Broker(connack={V5: Manner.SILENT, V311: 0})
    async with (
        serving(broker) as address,
        living(hass, f"ws://{address}/mqtt", spoken_protocol="3.1.1") as entry,
    ):
        await until(hass, lambda: connected(entry))
        await hass.config_entries.async_remove(entry.entry_id)
    assert [(login.level, login.clean) for login in broker.logins] == [(V311, False), (V311, True)]


@pytest.mark.usefixtures("socket_enabled")
async def test_where_nothing_is_kept_there_is_nothing_to_end(hass: HomeAssistant) -> None:
    broker = Broker()
    url = "ws://{}/mqtt"
    async with (
        serving(broker) as address,
        living(hass, url.format(address), session_expiry=0) as entry,
    ):
        await until(hass, lambda: connected(entry))
        await hass.config_entries.async_remove(entry.entry_id)
    assert [login.clean for login in broker.logins] == [True]


@pytest.mark.usefixtures("socket_enabled")
async def test_an_entry_is_removed_whether_or_not_its_broker_answers(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    with patch("custom_components.chamber_ws.connection.FAREWELL_WITHIN", 0.1):
        for listener in (saying(None), serving(Broker(connack={V5: Manner.SILENT}))):
            async with listener as address, living(hass, f"ws://{address}/mqtt") as entry:
                caplog.clear()
                await hass.config_entries.async_remove(entry.entry_id)
                assert hass.config_entries.async_get_entry(entry.entry_id) is None
                warnings = [one for one in caplog.records if one.levelno >= logging.WARNING]
                assert [one.name for one in warnings] == [removal.__name__]


async def test_an_entry_that_cannot_work_can_be_removed(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, "url": "http://x"})
    await hass.config_entries.async_remove(entry.entry_id)
    assert "Error calling entry remove callback" not in caplog.text
