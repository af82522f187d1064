"""docs/comparison.md: what it says of Home Assistant's own parts is asked of those themselves."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import homeassistant
import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import (
    async_fire_mqtt_message,
    async_fire_time_changed,
)

from source import ROOT

DOCS = ROOT / "docs"
CLEARLY = 1.5
"""A factor that the machine of the benchmarks can be trusted to tell."""
COMPONENTS = Path(homeassistant.__file__).parent / "components"
CLIMATE = {
    "name": "box",
    "current_temperature_topic": "box/actual",
    "temperature_state_topic": "box/desired",
    "temperature_command_topic": "box/wanted",
    "min_temp": 2,
    "max_temp": 45,
    "modes": ["off", "heat_cool"],
}
SENSOR = {
    "name": "box",
    "state_topic": "box/actual",
    "device_class": "temperature",
    "unit_of_measurement": "°C",
    "expire_after": 30,
}


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Its client looks after itself by a timer for as long as there is one."""
    return True


@pytest.fixture
async def mqtt(hass: HomeAssistant, tmp_path: Path, mqtt_mock_entry: Any) -> Any:
    """Home Assistant's own `mqtt`, with a thermostat and a sensor that it discovered."""
    (tmp_path / "configuration.yaml").touch()
    client = await mqtt_mock_entry()
    for platform, described in (("climate", CLIMATE), ("sensor", SENSOR)):
        said = json.dumps({**described, "unique_id": platform})
        async_fire_mqtt_message(hass, f"homeassistant/{platform}/box/config", said)
        await hass.async_block_till_done()
    return client


async def said(hass: HomeAssistant, topic: str, payload: str) -> None:
    async_fire_mqtt_message(hass, topic, payload)
    await hass.async_block_till_done()


async def passed(hass: HomeAssistant, clock: FrozenDateTimeFactory, seconds: float) -> None:
    clock.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


def shown(hass: HomeAssistant, attribute: str) -> Any:
    """An attribute of the thermostat."""
    state = hass.states.get("climate.box")
    assert state is not None
    assert state.state != STATE_UNAVAILABLE
    return state.attributes[attribute]


async def test_its_thermostat_shows_a_temperature_of_yesterday(
    hass: HomeAssistant, mqtt: Any, freezer: FrozenDateTimeFactory
) -> None:
    await said(hass, "box/actual", "20.0")
    await passed(hass, freezer, 86_400)
    assert shown(hass, "current_temperature") == 20.0


async def test_its_sensor_expires_if_told_to(
    hass: HomeAssistant, mqtt: Any, freezer: FrozenDateTimeFactory
) -> None:
    await said(hass, "box/actual", "20.0")
    await passed(hass, freezer, 31)
    assert hass.states.is_state("sensor.box", STATE_UNAVAILABLE)


async def test_what_cannot_be_read_keeps_its_sensor_alive(
    hass: HomeAssistant, mqtt: Any, freezer: FrozenDateTimeFactory
) -> None:
    await said(hass, "box/actual", "20.0")
    for _ in range(10):
        await passed(hass, freezer, 20)
        await said(hass, "box/actual", "nan")
    assert hass.states.is_state("sensor.box", "20.0")


async def test_setting_a_temperature_succeeds_although_nobody_answers(
    hass: HomeAssistant, mqtt: Any
) -> None:
    wanted = {"entity_id": "climate.box", "temperature": 30.0}
    await hass.services.async_call("climate", "set_temperature", wanted, blocking=True)
    [published] = mqtt.async_publish.call_args_list
    assert published.args[:2] == ("box/wanted", "30.0")


def test_there_can_be_one_broker() -> None:
    manifest = json.loads((COMPONENTS / "mqtt" / "manifest.json").read_text())
    assert manifest["single_config_entry"] is True
    assert manifest["quality_scale"] == "platinum"


def test_it_asks_the_broker_to_keep_nothing_for_it() -> None:
    """A clean session with MQTT 3.1.1, a clean start and no expiry with MQTT 5."""
    source = (COMPONENTS / "mqtt" / "client.py").read_text()
    assert set(re.findall(r"clean_session = (\w+)$", source, re.MULTILINE)) == {"True"}
    assert "clean_start=True if self.is_mqttv5 else" in source
    assert "SessionExpiry" not in source


def test_generic_thermostat_is_frozen_and_passes_over_a_sensor_that_is_gone() -> None:
    source = (COMPONENTS / "generic_thermostat" / "climate.py").read_text()
    assert "DEVELOPMENT OF THE GENERIC THERMOSTAT INTEGRATION IS FROZEN" in source
    heard = source.partition("async def _async_sensor_changed")[2].partition("    async def ")[0]
    assert re.search(r"in \(STATE_UNAVAILABLE, STATE_UNKNOWN\):\n +return", heard)


def ahead(cells: list[str]) -> str:
    """Who is better in a row of the benchmarks: the goal, rival, ours, the rival's, ratio, bound."""
    ours, theirs = float(cells[2]), float(cells[3])
    better = theirs / ours if cells[5].startswith("≤") else ours / theirs
    return "this" if better >= CLEARLY else "`mqtt`" if better <= 1 / CLEARLY else "neither"


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table."""
    found = re.findall(r"^\| (.+) \|$", text, re.MULTILINE)
    return [[cell.strip() for cell in row.split(" |")] for row in found]


def test_who_is_ahead_is_what_the_newest_figures_say() -> None:
    newest = (DOCS / "benchmarks.md").read_text().partition("\n## One whole run before")[0]
    measured = [cells for cells in rows(newest) if cells[1:2] == ["mqtt"] and len(cells) > 5]
    table = (DOCS / "comparison.md").read_text().partition("\n| figure | ahead |\n")[2]
    told = rows(table.partition("\n\n")[0])
    assert len(told) > 5
    assert told == [[cells[0], ahead(cells)] for cells in measured]
