"""The live stream under strain: clients that are slow, confirm, or are too many; and what it costs without any."""

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.chamber_ws.streaming import hub, sheet
from custom_components.chamber_ws.streaming.hub import hub_of
from custom_components.chamber_ws.streaming.subscriber import Subscriber
from integration.dashboard import Dashboard, id_of
from integration.house import FULL_META, FULL_STATE, FakeLink, House


@pytest.fixture
async def dashboard(
    hass: HomeAssistant, carrier: FakeLink, hass_ws_client: WebSocketGenerator
) -> AsyncIterator[Dashboard]:
    """A browser."""
    made = Dashboard(await hass_ws_client(hass))
    yield made
    await made.client.close()
    await asyncio.sleep(0)


def subscriber(hass: HomeAssistant) -> Subscriber:
    """The only one there is."""
    [found] = hub_of(hass)._subscribers.values()
    return found


async def populate(hass: HomeAssistant, link: FakeLink, count: int) -> None:
    """So many more chambers."""
    for number in range(count):
        place = f"chamber/v1/pi/n{number}"
        link.deliver(f"{place}/meta", {**FULL_META, "name": f"N{number}"}, retained=True)
        link.deliver(f"{place}/state", FULL_STATE)
    await hass.async_block_till_done()


# With a window


async def test_no_more_events_are_under_way_than_the_window_allows(
    dashboard: Dashboard, carrier: FakeLink
) -> None:
    await dashboard.subscribe(window=2)
    carrier.sample(temperature=1.0)
    for step in range(50):
        carrier.sample(temperature=2.0 + step)
    await dashboard.ask("chambers")
    assert len(dashboard.events) == 2


async def test_who_confirms_gets_the_newest(dashboard: Dashboard, carrier: FakeLink) -> None:
    await dashboard.subscribe(window=1)
    await dashboard.event()
    for step in range(50):
        carrier.sample(temperature=10.0 + step)
    await dashboard.confirm(1)
    assert (await dashboard.event())["sample"]["temperature"] == 59.0
    carrier.sample(temperature=0.0)
    await dashboard.ask("chambers")
    assert dashboard.events == []
    await dashboard.confirm(2)
    assert (await dashboard.event())["sample"]["temperature"] == 0.0


async def test_the_longest_waiting_comes_first(
    dashboard: Dashboard, carrier: FakeLink, hass: HomeAssistant
) -> None:
    await populate(hass, carrier, 3)
    await dashboard.subscribe(window=1)
    seen = []
    for count in range(1, 5):
        seen.append((await dashboard.event())["device_id"])
        carrier.sample(temperature=float(count))
        await dashboard.confirm(count)
    assert len(set(seen)) == 4


async def test_the_age_is_that_of_the_moment_of_sending(
    dashboard: Dashboard, carrier: FakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dashboard.subscribe(window=1)
    await dashboard.event()
    carrier.sample(temperature=1.0)
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 7)
    monkeypatch.setattr(sheet, "time", later)
    await dashboard.confirm(1)
    assert 7 <= (await dashboard.event())["sample"]["age"] < 20


async def test_nobody_confirms_what_was_not_sent(dashboard: Dashboard) -> None:
    await dashboard.subscribe(window=5)
    await dashboard.event()
    error = await dashboard.refused("received", subscription=dashboard.subscription, count=2)
    assert error["code"] == "invalid_format"
    await dashboard.confirm(1)
    await dashboard.confirm(0)


async def test_nobody_confirms_for_another_connection(
    dashboard: Dashboard, hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> None:
    await dashboard.subscribe(window=5)
    await dashboard.event()
    other = Dashboard(await hass_ws_client(hass))
    error = await other.refused("received", subscription=dashboard.subscription, count=1)
    assert error["code"] == "not_found"


async def test_a_client_that_confirms_nothing_costs_others_nothing_and_is_bounded(
    dashboard: Dashboard,
    carrier: FakeLink,
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await dashboard.subscribe(window=1)
    await dashboard.event()
    slow = subscriber(hass)
    quick = Dashboard(await hass_ws_client(hass))
    await quick.subscribe(window=1000)
    await quick.event()
    for step in range(500):
        carrier.sample(temperature=float(step))
    await quick.until(lambda event: event.get("sample", {}).get("temperature") == 499.0)
    assert len([one for one in quick.heard if "sample" in one]) == 501
    assert len(slow._waiting) == 1
    await dashboard.ask("chambers")
    assert len(dashboard.heard) == 1


# Without


async def test_without_a_window_a_chamber_has_fifty_events_a_second_and_the_last_one_comes(
    dashboard: Dashboard, carrier: FakeLink
) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    begun = time.monotonic()
    for step in range(200):
        carrier.sample(temperature=float(step))
        await asyncio.sleep(0.0005)
    await dashboard.until(lambda event: event.get("sample", {}).get("temperature") == 199.0)
    most = 2 + (time.monotonic() - begun) * 50
    assert 2 <= len(dashboard.heard) - 1 <= most


# What it costs


async def test_where_nobody_follows_nothing_is_written(
    hass: HomeAssistant, carrier: FakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_chamber: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(sheet, "sampled", never)
    carrier.sample(temperature=1.0)
    await hass.async_block_till_done()
    assert hub_of(hass)._sheets == {}
    assert hub_of(hass)._stops == []


async def test_when_the_last_one_leaves_nothing_is_left(
    dashboard: Dashboard, carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    clerk = house.coordinator.clerk
    before = {address: len(told) for address, told in clerk._listeners.items()}
    await dashboard.subscribe()
    await dashboard.subscribe(window=3)
    await dashboard.unsubscribe()
    assert len(hub_of(hass)._subscribers) == 1
    await dashboard.client.close()
    async with asyncio.timeout(5):
        while hub_of(hass)._subscribers:
            await asyncio.sleep(0.01)
    assert hub_of(hass)._sheets == {}
    assert hub_of(hass)._stops == []
    assert hub_of(hass)._turn is None
    assert {address: len(told) for address, told in clerk._listeners.items()} == before


async def test_many_chambers_are_told_in_slices_of_the_loop(
    dashboard: Dashboard, carrier: FakeLink, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await populate(hass, carrier, 20)
    turns: list[object] = []
    take = hub.Hub._take_turn

    def counted(self: hub.Hub) -> None:
        turns.append(self)
        take(self)

    monkeypatch.setattr(hub.Hub, "_take_turn", counted)
    monkeypatch.setattr(hub, "SLICE", 1e-9)
    await dashboard.subscribe(window=100)
    for _chamber in range(21):
        await dashboard.event()
    assert len({event["device_id"] for event in dashboard.heard}) == 21
    assert len(turns) > 10


async def test_a_second_follower_does_not_have_all_described_again(
    dashboard: Dashboard, house: House, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dashboard.subscribe(device_id=id_of(house))
    await dashboard.event()
    monkeypatch.setattr(
        "custom_components.chamber_ws.streaming.feed.described",
        lambda *_args: pytest.fail("described again"),
    )
    await dashboard.subscribe(device_id=id_of(house))
    assert "described" in await dashboard.event()


async def test_changes_of_other_devices_are_nobodys_business(
    dashboard: Dashboard, house: House, hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    gateway = house.device("pi")
    assert gateway is not None
    dr.async_get(hass).async_update_device(gateway.id, name_by_user="Cellar")
    dr.async_get(hass).async_update_device(id_of(house), name_by_user="Box")
    event = await dashboard.event()
    assert event["described"]["name"] == "Box"
    assert len(hub_of(hass)._sheets) == 1
