"""docs/actions.md: it names everything that there is, and its examples do what it says."""

import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import label_registry as lr
from homeassistant.helpers.script import Script, async_validate_actions_config
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.chamber_ws import services
from custom_components.chamber_ws.actions import schema
from custom_components.chamber_ws.chamber.analysis.settings import Profile
from custom_components.chamber_ws.const import EVENT
from integration.house import FakeLink, House, act
from source import ROOT

TEXT = (ROOT / "docs" / "actions.md").read_text()
EXAMPLES: list[Any] = [parse_yaml(one) for one in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)]
NAMED = set(re.findall(r"`([\w.]+)`", TEXT))


async def ran(hass: HomeAssistant, house: House, actions: list[Any]) -> None:
    """Run actions as an automation does; the carrier is in the laboratory and has vaccines in it."""
    device = house.device()
    assert device is not None
    area = ar.async_get(hass).async_create("laboratory")
    label = lr.async_get(hass).async_create("vaccines")
    dr.async_get(hass).async_update_device(device.id, area_id=area.id, labels={label.label_id})
    sequence = await async_validate_actions_config(hass, cv.SCRIPT_SCHEMA(actions))
    await Script(hass, sequence, "example", "test").async_run()
    await hass.async_block_till_done()


def test_it_names_every_action_every_field_and_the_event() -> None:
    fields = {*schema.SETTINGS, schema.COMMENT, schema.ON_BEHALF_OF, schema.DURATION}
    fields |= {schema.START, schema.END, schema.FORMAT}
    fields |= {schema.NAME, schema.STEPS, schema.END_ACTION, schema.RESUME}
    assert {f"chamber_ws.{name}" for name in services.ACTIONS} | fields | {EVENT} <= NAMED


async def test_it_names_all_that_responses_say(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    said: set[str] = set()
    for action in ("acknowledge", "unshelve", "export_record"):
        [chamber] = await act(hass, action, {"entity_id": "all"})
        said |= {*chamber, *chamber.get("summary", {})}
    assert said <= NAMED


async def test_an_alarm_is_configured_as_it_says(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    await ran(hass, house, [EXAMPLES[0]])
    found = house.coordinator.clerk.findings(house.address)
    assert found is not None
    assert (found.settings.profile, found.settings.latch) == (Profile.VACCINE, True)
    assert (await house.journal())[-1].deed.why == "As the pharmacist asked"


async def test_a_report_is_sent_as_it_says(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    sent = async_mock_service(hass, "notify", "send_message")
    await ran(hass, house, EXAMPLES[1]["actions"])
    [call] = sent
    assert call.data["message"] == (
        "Vaccine carrier: No limits were set: nothing was judged, 30.01 to 30.01 °C"
    )
