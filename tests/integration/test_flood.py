"""Somebody floods the broker: memory stays bounded, the user is told, and mends it with a click."""

import pytest
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from integration.house import META, STATE, STATUS, Clock, FakeLink, House

MOST = 20


@pytest.fixture
def entry(entry: MockConfigEntry, hass: HomeAssistant) -> MockConfigEntry:
    """An entry that admits few chambers."""
    hass.config_entries.async_update_entry(entry, options={"most_chambers": MOST, "heartbeat": 60})
    return entry


@pytest.fixture
async def flooded(link: FakeLink, clock: Clock) -> FakeLink:
    """Ten thousand chambers announced themselves."""
    for number in range(10_000):
        link.deliver(f"chamber/v1/pi/box{number}/state", {"temperature": 1.0})
    await clock.advance(3)
    return link


async def test_ten_thousand_chambers_are_capped_and_reported(
    flooded: FakeLink, house: House
) -> None:
    census = house.coordinator.census
    assert len(census.chambers) == MOST
    assert len(census.surplus) == 10_000 - MOST
    assert house.issues() == {"too_many_chambers"}
    assert house.device("pi/box0") is not None
    assert house.device(f"pi/box{MOST}") is None


async def test_those_who_were_first_go_on(flooded: FakeLink, house: House) -> None:
    flooded.deliver("chamber/v1/pi/box3/state", {"temperature": 2.0})
    assert house.value("temperature", device="pi/box3") == "2.0"


async def test_the_surplus_is_removed_with_a_click(
    hass: HomeAssistant,
    flooded: FakeLink,
    house: House,
    entry: MockConfigEntry,
    clock: Clock,
) -> None:
    assert await async_setup_component(hass, REPAIRS, {})
    await clock.advance(181)
    flooded.deliver("chamber/v1/pi/box3/state", {"temperature": 2.0})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    issue_id = f"too_many_chambers_{entry.entry_id}"
    form = await manager.async_init(DOMAIN, context={"issue_id": issue_id})
    assert form["step_id"] == "confirm"
    assert (form["description_placeholders"] or {})["most"] == str(MOST)
    done = await manager.async_configure(form["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await clock.advance(2)
    assert house.issues() == set()
    assert house.device("pi/box3") is not None
    assert house.device("pi/box4") is None
    flooded.deliver("chamber/v1/pi/mine/state", {"temperature": 3.0})
    await clock.advance(3)
    assert house.value("temperature", device="pi/mine") == "3.0"


async def test_a_flood_of_descriptions_blocks_nobody(
    link: FakeLink, house: House, clock: Clock
) -> None:
    for number in range(10_000):
        link.deliver(META.replace("box", f"box{number}"), {"name": "x"})
        link.deliver(STATUS.replace("pi", f"pi{number}"), b"online")
    link.deliver(STATE, {"temperature": 3.0})
    await clock.advance(3)
    assert house.value("temperature") == "3.0"
    assert len(house.coordinator.census.gateways) <= MOST


async def test_a_flood_of_garbage_makes_no_chamber(
    link: FakeLink, house: House, clock: Clock
) -> None:
    for number in range(1_000):
        link.deliver(STATE.replace("box", f"box{number}"), {"temperature": "warm"})
        link.deliver(STATE.replace("box", f"box{number}"), b"")
        link.deliver(f"chamber/v1/pi/box{number}/reply", {"id": "x", "status": "applied"})
        link.deliver(f"chamber/v1/pi/box{number}/event", {"type": "restarted"})
    await clock.advance(3)
    assert house.coordinator.census.chambers == {}
    assert house.issues() == set()
