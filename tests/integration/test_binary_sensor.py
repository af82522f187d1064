"""What is on or off, well or not."""

import pytest
from homeassistant.core import HomeAssistant

from integration.house import META, STATE, Clock, FakeLink, House


def values(house: House, key: str) -> list[str | None]:
    """The states of all parts of a kind."""
    return [house.value(key, index=index) for index in range(len(house.entity_ids(key)))]


async def test_each_part_shows_whether_it_runs(carrier: FakeLink, house: House) -> None:
    assert values(house, "heater") == ["off"]
    assert values(house, "cooler") == ["on", "on"]
    assert values(house, "fan") == ["on", "off"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (True, "on"),
        (False, "off"),
        ("on", "on"),
        ("OFF", "off"),
        (0.1, "on"),
        (0, "off"),
        ("x", "unknown"),
    ],
)
async def test_a_part_is_read_as_the_contract_says(
    carrier: FakeLink, house: House, raw: object, shown: str
) -> None:
    carrier.sample(heaters=[raw])
    assert values(house, "heater") == [shown]


async def test_a_single_part_has_its_kind_s_name_and_several_their_own(
    carrier: FakeLink, house: House
) -> None:
    assert house.names("heater") == ["Heater"]
    assert house.names("cooler") == ["Cooler 1", "Cooler 2"]


async def test_nameless_parts_are_counted(link: FakeLink, house: House, clock: Clock) -> None:
    link.deliver(STATE, {"temperature": 1.0, "fans": [1, 2, 3]})
    await clock.advance(3)
    assert house.names("fan") == ["Fan 1", "Fan 2", "Fan 3"]


async def test_fewer_parts_in_a_new_description_remove(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    carrier.describe(coolers=["Only"], fans=[])
    await hass.async_block_till_done()
    assert len(house.entity_ids("cooler")) == 1
    assert house.entity_ids("fan") == []


async def test_another_order_renames(carrier: FakeLink, house: House, hass: HomeAssistant) -> None:
    carrier.describe(coolers=["Cooler 2", "Cooler 1"])
    await hass.async_block_till_done()
    assert house.names("cooler") == ["Cooler 2", "Cooler 1"]


async def test_a_further_part_appears_without_reload(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    carrier.describe(heaters=["Floor", "Lid"])
    carrier.sample(heaters=[10, 0])
    await hass.async_block_till_done()
    assert values(house, "heater") == ["on", "off"]
    assert house.names("heater") == ["Floor", "Lid"]


async def test_the_door_is_shown_where_it_is_reported(
    carrier: FakeLink, house: House, clock: Clock
) -> None:
    assert house.value("door") == "off"
    carrier.deliver("chamber/v1/pi/plain/state", {"temperature": 1.0})
    await clock.advance(3)
    assert house.entity_ids("door", device="pi/plain") == []


async def test_a_fault_names_its_reasons(carrier: FakeLink, house: House) -> None:
    assert house.value("fault") == "off"
    carrier.sample(temperature=None, action="fault", reason="sensor_fault")
    assert house.value("fault") == "on"
    assert house.attribute("fault", "reasons") == ["temperature: missing", "action: sensor_fault"]


async def test_a_judged_probe_that_says_null_is_a_fault_and_named(
    carrier: FakeLink, house: House
) -> None:
    carrier.sample(probes={"product": None})
    await house.judged()
    assert house.value("fault") == "on"
    assert house.attribute("fault", "reasons") == ["product: missing"]
    carrier.sample()
    await house.judged()
    assert house.value("fault") == "off"


async def test_a_fault_is_unknown_where_nothing_is_known(
    carrier: FakeLink, house: House, clock: Clock
) -> None:
    await clock.advance(31)
    assert house.value("fault") == "unknown"


async def test_the_link_tells_why_it_is_down(carrier: FakeLink, house: House) -> None:
    assert house.value("connected", device="") == "on"
    carrier.down()
    assert house.value("connected", device="") == "off"
    assert house.attribute("connected", "cause", device="") == "lost"


async def test_a_gateway_that_says_nothing_is_unknown(
    link: FakeLink, house: House, hass: HomeAssistant
) -> None:
    link.deliver(META, {"name": "Box"})
    link.deliver(STATE, {"temperature": 1.0})
    await hass.async_block_till_done()
    assert house.value("online", device="pi") == "unknown"
