"""Without our own card everything works: what tiles, thermostats, history and statistics need is there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from homeassistant.components.climate import ClimateEntityFeature
from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.sensor.recorder import list_statistic_ids
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

import custom_components.chamber_ws
from custom_components.chamber_ws.entity import JudgedEntity, TellingEntity
from integration.house import FakeLink, House

CONFIG, DIAGNOSTIC = EntityCategory.CONFIG, EntityCategory.DIAGNOSTIC
ICONS: dict[str, Any] = json.loads(
    Path(custom_components.chamber_ws.__file__).with_name("icons.json").read_text()
)["entity"]


class Row(NamedTuple):
    """What frontends know of an entity; `precision` is in decimals."""

    names: tuple[str | None, ...]
    device_class: str | None = None
    unit: str | None = None
    state_class: str | None = None
    precision: int | None = None
    category: EntityCategory | None = None
    on_by_default: bool = True


def celsius(name: str, state_class: str | None = None) -> Row:
    """A temperature, in hundredths."""
    return Row((name,), "temperature", "°C", state_class, 2)


def seconds(name: str) -> Row:
    """A duration, in whole seconds."""
    return Row((name,), "duration", "s", None, 0)


MEASURED = "measurement"
CHAMBER: dict[tuple[str, str], Row] = {
    ("climate", "chamber"): Row((None,)),
    ("sensor", "temperature"): celsius("Temperature", MEASURED),
    ("sensor", "setpoint"): celsius("Setpoint", MEASURED),
    ("sensor", "probe"): celsius("Product", MEASURED),
    ("sensor", "heater_duty"): Row(
        ("Heater duty",), None, "%", MEASURED, 0, DIAGNOSTIC, on_by_default=False
    ),
    ("sensor", "cooler_duty"): Row(
        ("Cooler duty",), None, "%", MEASURED, 0, DIAGNOSTIC, on_by_default=False
    ),
    ("sensor", "power"): Row(("Power",), "power", "W", MEASURED, 1),
    ("sensor", "energy"): Row(("Energy",), "energy", "kWh", "total_increasing", 3),
    ("sensor", "profile_step"): Row(("Profile step",)),
    ("sensor", "profile_remaining"): seconds("Profile remaining"),
    ("sensor", "last_sample"): Row(
        ("Last sample",), "timestamp", category=DIAGNOSTIC, on_by_default=False
    ),
    ("sensor", "minimum"): celsius("Minimum"),
    ("sensor", "maximum"): celsius("Maximum"),
    ("sensor", "mean_kinetic_temperature"): celsius("Mean kinetic temperature"),
    ("sensor", "time_in_range"): Row(("Time in range",), None, "%", None, 2),
    ("sensor", "time_out_of_range"): seconds("Time out of range"),
    ("sensor", "time_to_breach"): seconds("Time to breach"),
    ("binary_sensor", "heater"): Row(("Heater",), "running"),
    ("binary_sensor", "cooler"): Row(("Cooler 1", "Cooler 2"), "running"),
    ("binary_sensor", "fan"): Row(("Fan 1", "Fan 2"), "running"),
    ("binary_sensor", "door"): Row(("Door",), "door"),
    ("binary_sensor", "online"): Row(("Online",), "connectivity"),
    ("binary_sensor", "excursion"): Row(("Excursion",), "problem"),
    ("binary_sensor", "fault"): Row(("Fault",), "problem"),
    ("event", "alarm"): Row(("Alarm",)),
    ("select", "alarm_profile"): Row(("Alarm profile",), category=CONFIG),
    ("number", "limit_low"): Row(("Lower limit",), "temperature", "°C", category=CONFIG),
    ("number", "limit_high"): Row(("Upper limit",), "temperature", "°C", category=CONFIG),
    ("number", "delay_low"): Row(("Delay below lower limit",), "duration", "min", category=CONFIG),
    ("number", "delay_high"): Row(("Delay above upper limit",), "duration", "min", category=CONFIG),
    ("button", "acknowledge"): Row(("Acknowledge alarm",)),
    ("button", "reset_extremes"): Row(("Reset minimum and maximum",), category=CONFIG),
}
GATEWAY = {("binary_sensor", "online"): Row(("Online",), "connectivity")}
LINK = {
    ("binary_sensor", "connected"): Row(("Connected",), "connectivity", category=DIAGNOSTIC),
    ("sensor", "round_trip"): Row(
        ("Round trip",), "duration", "ms", MEASURED, 1, DIAGNOSTIC, on_by_default=False
    ),
    ("sensor", "message_rate"): Row(
        ("Message rate",), None, "1/s", MEASURED, 1, DIAGNOSTIC, on_by_default=False
    ),
}
DEVICES = {"pi/box": CHAMBER, "pi": GATEWAY, "": LINK}
STATISTICS = {key for (_platform, key), row in CHAMBER.items() if row.state_class is not None}


@pytest.fixture
def all_on() -> Iterator[None]:
    """Entities that are off by default are on: what they show is known of living ones only."""
    on = "entity_registry_enabled_default"
    with patch.object(TellingEntity, on, True), patch.object(JudgedEntity, on, True):
        yield


def entries(
    hass: HomeAssistant, house: House, device: str
) -> dict[tuple[str, str], list[er.RegistryEntry]]:
    """All entities of a device, by platform and key."""
    found = house.device(device)
    assert found is not None
    by_key: dict[tuple[str, str], list[er.RegistryEntry]] = {}
    registry = er.async_get(hass)
    for one in er.async_entries_for_device(registry, found.id, include_disabled_entities=True):
        by_key.setdefault((one.domain, str(one.translation_key)), []).append(one)
    return by_key


def shown(hass: HomeAssistant, found: list[er.RegistryEntry]) -> Row:
    """What frontends know of an entity that is on."""
    one = found[0]
    state = hass.states.get(one.entity_id)
    assert state is not None
    attributes = state.attributes
    kept: Any = one.options.get(one.domain, {})
    return Row(
        names=tuple(sorted(each.original_name for each in found if each.original_name)) or (None,),
        device_class=attributes.get("device_class"),
        unit=attributes.get("unit_of_measurement"),
        state_class=attributes.get("state_class"),
        precision=kept.get("suggested_display_precision"),
        category=one.entity_category,
    )


@pytest.mark.parametrize("device", DEVICES)
async def test_frontends_know_of_each_entity_what_the_table_says(
    all_on: None, carrier: FakeLink, house: House, hass: HomeAssistant, device: str
) -> None:
    found = entries(hass, house, device)
    expected = {key: row._replace(on_by_default=True) for key, row in DEVICES[device].items()}
    assert {key: shown(hass, entities) for key, entities in found.items()} == expected


@pytest.mark.parametrize("device", DEVICES)
async def test_only_noisy_ones_are_off_by_default(
    carrier: FakeLink, house: House, hass: HomeAssistant, device: str
) -> None:
    found = entries(hass, house, device)
    on = {key: all(one.disabled_by is None for one in entities) for key, entities in found.items()}
    assert on == {key: row.on_by_default for key, row in DEVICES[device].items()}


@pytest.mark.parametrize("device", DEVICES)
def test_each_has_an_icon_of_its_own_or_that_of_its_device_class(device: str) -> None:
    for (platform, key), row in DEVICES[device].items():
        assert row.device_class or key in ICONS[platform], (platform, key)


def test_temperatures_have_one_or_two_decimals() -> None:
    precisions = {
        row.precision
        for (platform, _key), row in CHAMBER.items()
        if platform == "sensor" and row.device_class == "temperature"
    }
    assert precisions <= {1, 2}


async def test_a_thermostat_card_has_all_it_needs(carrier: FakeLink, house: House) -> None:
    wanted = ClimateEntityFeature.TARGET_TEMPERATURE
    wanted |= ClimateEntityFeature.TURN_ON | ClimateEntityFeature.TURN_OFF
    attributes = house.state("chamber").attributes
    needed = {
        "supported_features": wanted,
        "hvac_modes": ["off", "heat", "cool", "heat_cool"],
        "hvac_action": "cooling",
        "temperature": 30.0,
        "current_temperature": 30.1,
        "min_temp": -5.0,
        "max_temp": 45.0,
        "target_temp_step": 0.1,
        "friendly_name": "Vaccine carrier",
    }
    assert {name: attributes.get(name) for name in needed} == needed


@pytest.mark.parametrize(
    ("key", "least", "most", "step"),
    [
        ("limit_low", -273.0, 2000.0, 0.1),
        ("limit_high", -273.0, 2000.0, 0.1),
        ("delay_low", 0.0, 7 * 24 * 60, 1.0),
        ("delay_high", 0.0, 7 * 24 * 60, 1.0),
    ],
)
async def test_a_number_has_bounds_and_a_step(
    carrier: FakeLink, house: House, key: str, least: float, most: float, step: float
) -> None:
    attributes = house.state(key).attributes
    assert [attributes[name] for name in ("min", "max", "step")] == [least, most, step]


async def test_what_is_measured_has_statistics(
    recorder_mock: Any, all_on: None, carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    known = await hass.async_add_executor_job(list_statistic_ids, hass)
    ids = {house.entity_ids(key)[0]: key for key in STATISTICS}
    of_chamber = {ids[one]: metadata for one, metadata in known.items() if one in ids}
    assert of_chamber.keys() == STATISTICS
    sums = {key for key, metadata in of_chamber.items() if metadata["has_sum"]}
    means = {
        key
        for key, metadata in of_chamber.items()
        if metadata["mean_type"] is StatisticMeanType.ARITHMETIC
    }
    assert sums == {"energy"}
    assert means == STATISTICS - sums
    units = {key: metadata["unit_of_measurement"] for key, metadata in of_chamber.items()}
    assert units == {key: CHAMBER["sensor", key].unit for key in STATISTICS}
