"""Devices that users delete: what may be deleted, what stays away, what comes back and under which name."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from custom_components.chamber_ws import async_remove_config_entry_device
from integration.house import FULL_META, META, MINIMAL, STATE, STATUS, Clock, FakeLink, House


async def with_a_chamber(hass: HomeAssistant, link: FakeLink) -> None:
    link.describe()
    link.sample()
    await hass.async_block_till_done()


async def delete(hass: HomeAssistant, house: House, name: str) -> bool:
    """Delete a device as the user interface does; whether that was allowed."""
    device = house.device(name)
    assert device is not None
    allowed = await async_remove_config_entry_device(hass, house.entry, device)
    if allowed:
        dr.async_get(hass).async_remove_device(device.id)
    await hass.async_block_till_done()
    return allowed


@pytest.fixture
async def stale(hass: HomeAssistant, link: FakeLink, house: House, clock: Clock) -> FakeLink:
    """The link of a chamber that has not been heard of for long."""
    await with_a_chamber(hass, link)
    await clock.advance(31)
    assert house.value("online") == "off"
    return link


async def test_a_chamber_that_lives_cannot_be_deleted(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    await with_a_chamber(hass, link)
    assert not await delete(hass, house, "pi/box")


async def test_neither_the_link_nor_a_gateway_with_chambers_can_be_deleted(
    hass: HomeAssistant, stale: FakeLink, house: House
) -> None:
    assert not await delete(hass, house, "")
    assert not await delete(hass, house, "pi")


async def test_a_stale_chamber_can_be_deleted_and_then_its_gateway(
    hass: HomeAssistant, stale: FakeLink, house: House
) -> None:
    assert await delete(hass, house, "pi/box")
    assert await delete(hass, house, "pi")
    assert (house.device("pi/box"), house.device("pi")) == (None, None)


async def test_a_deleted_chamber_stays_away_while_only_retained_samples_come(
    hass: HomeAssistant, stale: FakeLink, links: list[FakeLink], house: House
) -> None:
    assert await delete(hass, house, "pi/box")
    stale.deliver(STATE, MINIMAL, retained=True)
    await house.reload()
    links[-1].up()
    links[-1].describe()
    links[-1].deliver(STATE, MINIMAL, retained=True)
    await hass.async_block_till_done()
    assert house.device("pi/box") is None


async def test_a_deleted_chamber_and_its_gateway_come_back_with_a_live_sample(
    hass: HomeAssistant, stale: FakeLink, house: House
) -> None:
    assert await delete(hass, house, "pi/box")
    assert await delete(hass, house, "pi")
    stale.describe()
    stale.sample()
    await hass.async_block_till_done()
    assert house.value("temperature") == "30.05"
    assert house.value("online", "pi") == "unknown"
    assert house.entry.data["dismissed"] == []


async def test_a_deleted_chamber_comes_back_under_its_name(
    hass: HomeAssistant, stale: FakeLink, house: House
) -> None:
    """The broker says its description only once."""
    assert await delete(hass, house, "pi/box")
    stale.sample()
    await hass.async_block_till_done()
    device = house.device("pi/box")
    assert device is not None
    assert device.name == FULL_META["name"]


async def test_a_chamber_that_speaks_in_the_moment_it_is_deleted_is_there_in_the_end(
    hass: HomeAssistant, stale: FakeLink, house: House
) -> None:
    device = house.device("pi/box")
    assert device is not None
    assert await async_remove_config_entry_device(hass, house.entry, device)
    dr.async_get(hass).async_remove_device(device.id)
    stale.sample(temperature=2)
    await hass.async_block_till_done()
    stale.sample(temperature=3)
    await hass.async_block_till_done()
    assert house.value("temperature") == "3.0"


async def test_nothing_can_be_deleted_while_nobody_knows_who_lives(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    await with_a_chamber(hass, link)
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    assert not await delete(hass, house, "pi/box")


async def test_a_chamber_that_says_it_is_gone_can_be_deleted_at_once(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    await with_a_chamber(hass, link)
    link.deliver(META, b"", retained=True)
    link.deliver(STATE, b"", retained=True)
    await hass.async_block_till_done()
    assert house.value("temperature") == "unavailable"
    assert await delete(hass, house, "pi/box")


async def test_a_gateway_that_only_greets_gets_no_device(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    link.deliver(STATUS, {"state": "online", "session": "a"}, retained=True)
    link.describe()
    await hass.async_block_till_done()
    assert (house.device("pi"), house.device("pi/box")) == (None, None)
