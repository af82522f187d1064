"""docs/automations.md: it names everything that there is, and its examples do what it says."""

import re
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import label_registry as lr
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.chamber_ws.condition import CONDITIONS
from custom_components.chamber_ws.trigger import TRIGGERS
from integration.automating import Chamber, automate
from integration.blueprints.given import FOLDER
from integration.house import STATUS, Clock, FakeLink, House
from source import ROOT

TEXT = (ROOT / "docs" / "automations.md").read_text()
EXAMPLES: dict[str, Any] = {
    example["alias"]: example
    for example in map(parse_yaml, re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL))
    if isinstance(example, dict)
}
SPARE = "chamber/v1/pi/spare"


@pytest.fixture
async def chamber(hass: HomeAssistant, clock: Clock, carrier: FakeLink, house: House) -> Chamber:
    """The chamber of the examples, in the laboratory, beside the spare one; its limits are set."""
    carrier.describe(heartbeat=3600)
    carrier.deliver(f"{SPARE}/meta", {"name": "Spare box", "heartbeat": 3600}, retained=True)
    carrier.deliver(f"{SPARE}/state", {"temperature": 5.0, "setpoint": 30.0})
    await house.judged()
    chamber = Chamber(carrier, house)
    area = ar.async_get(hass).async_create("laboratory")
    label = lr.async_get(hass).async_create("vaccines")
    dr.async_get(hass).async_update_device(
        chamber.device_id, area_id=area.id, labels={label.label_id}
    )
    await chamber.watch()
    return chamber


def test_it_names_every_trigger_and_every_condition() -> None:
    named = set(re.findall(r"`(\w+)`", TEXT))
    assert set(TRIGGERS) | set(CONDITIONS) <= named


def test_every_blueprint_has_its_badge() -> None:
    links = re.findall(
        r"\((https://my\.home-assistant\.io/redirect/blueprint_import/[^)]*)\)", TEXT
    )
    urls = [parse_qs(urlparse(link).query)["blueprint_url"][0] for link in links]
    place = "https://github.com/chamber-ws/chamber_ws/blob/main/blueprints/automation/chamber_ws"
    assert sorted(urls) == sorted(f"{place}/{path.name}" for path in FOLDER.iterdir())


async def test_an_excursion_in_the_laboratory_is_mailed(
    hass: HomeAssistant, chamber: Chamber
) -> None:
    mail = async_mock_service(hass, "notify", "send_message")
    await automate(hass, EXAMPLES["Laboratory excursion"])
    await chamber.holds(9.04)
    assert mail[0].data["title"] == "Vaccine carrier"
    assert mail[0].data["message"] == "9.0 °C, limit 8.0 °C"


@pytest.mark.parametrize(("fresh", "asked"), [(True, 1), (False, 0)])
async def test_the_spare_box_takes_over_if_it_is_well(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, fresh: bool, asked: int
) -> None:
    calls = async_mock_service(hass, "climate", "set_temperature")
    await automate(hass, EXAMPLES["Spare box"])
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await chamber.house.judged()
    if fresh:
        chamber.link.deliver(f"{SPARE}/state", {"temperature": 5.0, "setpoint": 30.0})
    for _minute in range(12):
        await clock.advance(60)
    assert [call.data["entity_id"] for call in calls] == [["climate.spare_box"]] * asked


async def test_the_bell_rings_until_somebody_cares_six_times_at_most(
    hass: HomeAssistant, chamber: Chamber, clock: Clock
) -> None:
    rung = async_mock_service(hass, "siren", "turn_on")
    await automate(hass, EXAMPLES["Bell"])
    await chamber.holds(9.0)
    for _minute in range(60):
        await clock.advance(60)
    assert len(rung) == 6


async def test_who_cares_and_what_was_not_taken_is_logged(
    hass: HomeAssistant, chamber: Chamber
) -> None:
    log = async_mock_service(hass, "notify", "send_message")
    await automate(hass, EXAMPLES["Chamber log"])
    await chamber.holds(9.0)
    await chamber.acknowledge()
    chamber.link.down()
    target = {"entity_id": chamber.entity_id("chamber")}
    await hass.services.async_call("climate", "set_temperature", {**target, "temperature": 20.0})
    await chamber.house.judged()
    assert [call.data["message"] for call in log] == [
        "Vaccine carrier: acknowledged by somebody",
        "Vaccine carrier: rejected, lost",
    ]
