"""The actions on profiles: asked of the gateway, confirmed by its reply, entered with who and when."""

import asyncio
import json
import re
from typing import Any

import pytest
import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.chamber_ws.actions import schema
from custom_components.chamber_ws.chamber.analysis.deeds import Act
from custom_components.chamber_ws.const import DOMAIN
from integration.house import REPLY, FakeLink, House, act
from source import ROOT

STEPS = [{"setpoint": 12, "rate": 0.5}, {"soak": "00:30:00", "band": 1}, {"hold": True}]


@pytest.fixture
def box(carrier: FakeLink, house: House) -> dict[str, Any]:
    """The carrier as a target."""
    device = house.device()
    assert device is not None
    return {"device_id": device.id}


async def wish(
    hass: HomeAssistant, link: FakeLink, action: str, box: dict[str, Any], **data: Any
) -> tuple[asyncio.Task[Any], dict[str, Any]]:
    """Call an action and let it wait; the command that went out."""
    call = hass.async_create_task(act(hass, action, box, silently=True, **data), eager_start=True)
    for _ in range(50):
        if link.wishes or call.done():
            break
        await asyncio.sleep(0)
    if call.done():
        await call
    return call, link.wishes[-1]


def answer(link: FakeLink, command: dict[str, Any], **reply: Any) -> None:
    link.deliver(REPLY, {"id": command["id"], "status": "applied", **reply})


async def test_a_profile_is_started_with_its_steps_and_entered(
    hass: HomeAssistant, carrier: FakeLink, house: House, box: dict[str, Any]
) -> None:
    call, command = await wish(
        hass, carrier, "start_profile", box, name="dry", steps=STEPS, end=False, resume="hold"
    )
    told = {key: command[key] for key in ("do", "action", "name", "steps", "end", "resume")}
    assert told == {
        "do": "profile",
        "action": "start",
        "name": "dry",
        "steps": [{"setpoint": 12, "rate": 0.5}, {"soak": 1800, "band": 1}, {"hold": True}],
        "end": "off",
        "resume": "hold",
    }
    assert not call.done()
    answer(carrier, command)
    await call
    deed = (await house.journal())[-1].deed
    assert (deed.act, deed.old) == (Act.PROFILE, {"profile": "bake"})
    assert deed.new == {"profile": "start dry", "outcome": "applied"}


@pytest.mark.parametrize("action", ["pause", "resume", "stop"])
async def test_a_profile_is_paused_resumed_and_stopped(
    hass: HomeAssistant, carrier: FakeLink, box: dict[str, Any], action: str
) -> None:
    call, command = await wish(hass, carrier, f"{action}_profile", box)
    assert (command["do"], command["action"]) == ("profile", action)
    assert "steps" not in command
    answer(carrier, command)
    await call


async def test_a_response_says_which_chamber(
    hass: HomeAssistant, carrier: FakeLink, box: dict[str, Any]
) -> None:
    call = hass.async_create_task(act(hass, "stop_profile", box), eager_start=True)
    while not carrier.wishes:
        await asyncio.sleep(0)
    answer(carrier, carrier.wishes[-1])
    [chamber] = await call
    assert chamber == {**box, "name": "Vaccine carrier", "gateway": "pi", "chamber": "box"}


async def test_the_gateways_refusal_is_told_with_its_reason(
    hass: HomeAssistant, carrier: FakeLink, house: House, box: dict[str, Any]
) -> None:
    call, command = await wish(hass, carrier, "start_profile", box, name="bake")
    reason = "step 1: 60 °C is outside this chamber's limits"
    answer(carrier, command, status="rejected", code="out_of_range", message=reason)
    with pytest.raises(ServiceValidationError, match="step 1: 60 °C"):
        await call
    assert (await house.journal())[-1].deed.new["outcome"] == "out_of_range"


async def test_degrees_fahrenheit_are_converted_and_so_are_differences(
    hass: HomeAssistant, carrier: FakeLink, box: dict[str, Any]
) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    steps = [{"setpoint": 50, "rate": 0.9}, {"soak": 60, "band": 1.8}]
    call, command = await wish(hass, carrier, "start_profile", box, steps=steps)
    assert command["steps"] == [{"setpoint": 10, "rate": 0.5}, {"soak": 60, "band": 1}]
    answer(carrier, command)
    await call


async def test_a_chamber_without_replies_cannot_confirm_and_is_not_asked(
    hass: HomeAssistant, carrier: FakeLink, box: dict[str, Any]
) -> None:
    carrier.describe(replies=False)
    await hass.async_block_till_done()
    with pytest.raises(ServiceValidationError, match="a gateway that replies"):
        await act(hass, "stop_profile", box, silently=True)
    assert carrier.wishes == []


async def test_who_may_not_control_the_chamber_may_not_start_a_profile(
    hass: HomeAssistant, carrier: FakeLink, box: dict[str, Any]
) -> None:
    user = MockUser().add_to_hass(hass)
    user.mock_policy({"entities": {"all": {"read": True}}})
    with pytest.raises(Unauthorized):
        await act(hass, "start_profile", box, user=user, silently=True, name="bake")
    assert carrier.wishes == []


async def test_a_lost_connection_is_told(
    hass: HomeAssistant, carrier: FakeLink, box: dict[str, Any]
) -> None:
    call, _ = await wish(hass, carrier, "start_profile", box, name="bake")
    carrier.down()
    with pytest.raises(HomeAssistantError):
        await call


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"steps": []},
        {"name": ""},
        {"steps": [{}]},
        {"steps": [{"setpoint": 3, "soak": 4}]},
        {"steps": [{"setpoint": True}]},
        {"steps": [{"setpoint": "nan"}]},
        {"steps": [{"setpoint": 3, "rate": float("inf")}]},
        {"steps": [{"soak": "long"}]},
        {"steps": [{"soak": float("nan")}]},
        {"steps": [{"hold": False}]},
        {"steps": [{"jump": 0}]},
        {"steps": [{"temperature": 3}]},
        {"steps": [{"soak": 1}] * 101},
        {"name": "p", "end": "burn"},
        {"name": "p", "resume": "never"},
    ],
    ids=str,
)
async def test_what_is_no_profile_is_neither_sent_nor_entered(
    hass: HomeAssistant, carrier: FakeLink, house: House, box: dict[str, Any], data: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await act(hass, "start_profile", box, silently=True, **data)
    assert carrier.wishes == []
    assert await house.journal() == []


def test_the_example_in_the_document_is_one() -> None:
    text = (ROOT / "docs" / "profiles.md").read_text()
    examples: list[Any] = [
        parse_yaml(one) for one in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    ]
    [example] = examples
    [action] = cv.SCRIPT_SCHEMA([example])
    assert action["action"] == f"{DOMAIN}.start_profile"
    told = schema.START_PROFILE({**example["data"], **example["target"]})
    assert json.loads(json.dumps(told["steps"]))[1] == {"soak": 1800.0, "band": 1.0}
