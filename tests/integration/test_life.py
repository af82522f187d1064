"""The whole life of an entry: with real sockets, in every situation, with settings that cannot work, beside another."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.coordinator import LINK
from integration.house import MINIMAL, STATE, FakeLink, House
from integration.listeners import Broker, nobody, serving


def entry_of(hass: HomeAssistant, **data: Any) -> MockConfigEntry:
    entry = MockConfigEntry(domain=DOMAIN, title="broker", data={"prefix": "chamber", **data})
    entry.add_to_hass(hass)
    return entry


async def told(house: House, true: Callable[[], bool]) -> None:
    """Wait until the link's news make something true."""
    news = asyncio.Event()
    stop = house.coordinator.herald.listen(LINK, news.set)
    async with asyncio.timeout(5):
        while not true():
            await news.wait()
            news.clear()
    stop()


# With real sockets


@pytest.mark.usefixtures("socket_enabled")
async def test_an_entry_loads_while_its_broker_is_dead(hass: HomeAssistant) -> None:
    entry = entry_of(hass, url=f"ws://{await nobody()}/mqtt", client_id="me")
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    house = House(hass, entry)
    await told(house, lambda: house.coordinator.failure is not None)
    await hass.async_block_till_done()
    assert house.value("connected", "") == "off"
    assert house.attribute("connected", "cause", "") == "connection_refused"
    assert await hass.config_entries.async_unload(entry.entry_id)


@asynccontextmanager
async def connected(hass: HomeAssistant) -> AsyncIterator[tuple[Broker, MockConfigEntry]]:
    """A real broker, and a loaded entry that is connected to it."""
    broker = Broker()
    async with serving(broker) as address:
        entry = entry_of(hass, url=f"ws://{address}/mqtt", client_id="me")
        assert await hass.config_entries.async_setup(entry.entry_id)
        house = House(hass, entry)
        await told(house, lambda: house.coordinator.connected)
        yield broker, entry


@pytest.mark.usefixtures("socket_enabled")
async def test_unloading_takes_leave_of_the_broker(hass: HomeAssistant) -> None:
    async with connected(hass) as (broker, entry):
        assert await hass.config_entries.async_unload(entry.entry_id)
        assert await broker.all_left()
    assert broker.farewells == 1


@pytest.mark.usefixtures("socket_enabled")
async def test_the_stop_of_home_assistant_takes_leave_of_the_broker(hass: HomeAssistant) -> None:
    async with connected(hass) as (broker, entry):
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        assert await broker.all_left()
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert broker.farewells == 1


# With a link at its place


async def never_up(hass: HomeAssistant, link: FakeLink) -> None:
    """Nothing happened yet."""


async def up(hass: HomeAssistant, link: FakeLink) -> None:
    link.up()


async def down_again(hass: HomeAssistant, link: FakeLink) -> None:
    link.up()
    link.down()


async def with_a_chamber(hass: HomeAssistant, link: FakeLink) -> None:
    link.up()
    link.describe()
    link.sample()
    await hass.async_block_till_done()


async def waiting_for_a_description(hass: HomeAssistant, link: FakeLink) -> None:
    link.up()
    link.deliver(STATE, MINIMAL)


SITUATIONS = [never_up, up, down_again, with_a_chamber, waiting_for_a_description]


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("action", ["unload", "reload", "stop"])
async def test_an_entry_ends_cleanly_in_every_situation(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    links: list[FakeLink],
    situation: Callable[[HomeAssistant, FakeLink], Any],
    action: str,
) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await situation(hass, links[0])
    if action == "reload":
        assert await hass.config_entries.async_reload(entry.entry_id)
        assert (len(links), links[1].stopped.is_set()) == (2, False)
    if action == "stop":
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await hass.async_block_till_done()
        assert links[0].stopped.is_set()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert all(link.stopped.is_set() for link in links)


async def test_unloading_makes_every_entity_unavailable(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    await with_a_chamber(hass, link)
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    assert {state.state for state in hass.states.async_all()} == {"unavailable"}


@pytest.mark.parametrize(
    "broken",
    [
        {"url": "http://broker.example"},
        {"url": "ws://user:to-ken@broker.example"},
        {"url": "ws://broker.example", "headers": {"Host": "to-ken"}},
        {"url": "wss://broker.example", "ca_certificate": "to-ken"},
        {"url": "wss://broker.example", "client_key": "to-ken"},
        {},
    ],
    ids=["scheme", "login in url", "header", "authority", "key", "nothing"],
)
async def test_an_entry_that_cannot_be_used_says_so_without_its_secrets(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, broken: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    entry = entry_of(hass, **broken)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "invalid_entry"
    assert "to-ken" not in caplog.text


@pytest.mark.parametrize(("version", "minor"), [(2, 1), (1, 2)])
async def test_only_an_entry_of_this_version_is_read(
    hass: HomeAssistant, links: list[FakeLink], version: int, minor: int
) -> None:
    entry = MockConfigEntry(
        domain=DOMAIN,
        version=version,
        minor_version=minor,
        data={"url": "ws://127.0.0.1", "prefix": "chamber"},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id) == (version == 1)
    expected = ConfigEntryState.LOADED if version == 1 else ConfigEntryState.MIGRATION_ERROR
    assert entry.state is expected


async def test_two_brokers_stay_apart(
    hass: HomeAssistant, link: FakeLink, links: list[FakeLink], house: House
) -> None:
    other = entry_of(hass, url="ws://other.example/mqtt")
    assert await hass.config_entries.async_setup(other.entry_id)
    links[1].up()
    link.describe()
    link.sample(temperature=1)
    links[1].describe(name="Other")
    links[1].sample(temperature=2)
    await hass.async_block_till_done()
    assert (house.value("temperature"), House(hass, other).value("temperature")) == ("1.0", "2.0")
    links[1].down()
    await hass.async_block_till_done()
    assert house.value("connected", "") == "on"
