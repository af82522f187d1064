"""What is measured."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from integration.house import STATE, Clock, FakeLink, House

OFF_BY_DEFAULT = {"heater_duty", "cooler_duty", "last_sample"}


async def enable(house: House, clock: Clock, key: str, device: str = "pi/box") -> None:
    """Turn an entity on that is off by default; Home Assistant then reloads the entry by itself."""
    er.async_get(house.hass).async_update_entity(house.entity_ids(key, device)[0], disabled_by=None)
    await clock.advance(31)


@pytest.mark.parametrize(
    ("key", "value", "unit"),
    [
        ("temperature", "30.05", "°C"),
        ("setpoint", "29.5", "°C"),
        ("probe", "30.01", "°C"),
        ("power", "23.8", "W"),
        ("energy", "1.25", "kWh"),
        ("profile_step", "2", None),
        ("profile_remaining", "1800.0", "s"),
    ],
)
async def test_each_value_is_shown_with_its_unit(
    carrier: FakeLink, house: House, key: str, value: str, unit: str | None
) -> None:
    assert house.value(key) == value
    assert house.attribute(key, "unit_of_measurement") == unit


async def test_the_setpoint_in_force_is_shown_with_the_final_one(
    carrier: FakeLink, house: House
) -> None:
    assert house.attribute("setpoint", "final_setpoint") == 30.0


async def test_what_was_not_reported_does_not_exist(
    link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(STATE, {"temperature": 1.0})
    await clock.advance(3)
    absent = {"setpoint", "probe", "power", "energy", "profile_step", "heater_duty"}
    assert house.translation_keys().isdisjoint(absent)


async def test_what_appears_later_is_added_without_reload(
    link: FakeLink, house: House, clock: Clock, hass: HomeAssistant
) -> None:
    link.deliver(STATE, {"temperature": 1.0})
    await clock.advance(3)
    link.deliver(STATE, {"temperature": 1.0, "power": 5, "probes": {"lid_1": 3.5}})
    await hass.async_block_till_done()
    assert house.value("power") == "5.0"
    assert house.names("probe") == ["Lid 1"]


async def test_noisy_ones_are_off_by_default(carrier: FakeLink, house: House) -> None:
    entries = {key: house.registered(key)[0].disabled_by for key in OFF_BY_DEFAULT}
    assert set(entries.values()) == {er.RegistryEntryDisabler.INTEGRATION}


@pytest.mark.parametrize("quality", ["fault", "stale", "missing"])
async def test_an_untrusted_probe_is_unknown(carrier: FakeLink, house: House, quality: str) -> None:
    carrier.sample(quality={"product": quality, "temperature": quality})
    assert house.value("probe") == STATE_UNKNOWN
    assert house.value("temperature") == STATE_UNKNOWN
    assert house.attribute("probe", "quality") == quality


async def test_a_suspect_probe_is_shown_with_its_quality(carrier: FakeLink, house: House) -> None:
    carrier.sample(quality={"product": "suspect"})
    assert house.value("probe") == "30.01"
    assert house.attribute("probe", "quality") == "suspect"


async def test_the_duty_is_the_mean_of_its_kind(
    carrier: FakeLink, house: House, links: list[FakeLink], clock: Clock, hass: HomeAssistant
) -> None:
    await enable(house, clock, "cooler_duty")
    links[-1].sample(coolers=[55, 46])
    await hass.async_block_till_done()
    assert house.value("cooler_duty") == "50.5"


async def test_the_last_sample_has_its_own_time(
    carrier: FakeLink, house: House, links: list[FakeLink], clock: Clock, hass: HomeAssistant
) -> None:
    await enable(house, clock, "last_sample")
    links[-1].sample(time=clock.utc - 7, clock="ntp")
    await hass.async_block_till_done()
    taken = datetime.fromisoformat(str(house.value("last_sample")))
    assert abs(taken - (datetime.fromtimestamp(clock.utc, UTC) - timedelta(seconds=7))) < timedelta(
        seconds=1
    )


@pytest.mark.parametrize("key", ["round_trip", "message_rate"])
async def test_the_link_measures_itself(
    carrier: FakeLink, house: House, links: list[FakeLink], clock: Clock, key: str
) -> None:
    await enable(house, clock, key, device="")
    links[-1].up()
    clock.freezer.tick(0.02)
    links[-1].acknowledge(1)
    for _ in range(60):
        links[-1].sample()
    await clock.advance(31)
    measured: Any = house.value(key, device="")
    assert float(measured) == pytest.approx({"round_trip": 20.0, "message_rate": 2.0}[key], rel=0.1)
