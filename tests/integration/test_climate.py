"""The thermostat: shows what the chamber reports, and a change succeeds only when the chamber confirms it."""

import asyncio
import logging
from typing import Any

import pytest
from homeassistant.components.climate import HVACMode
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events

from custom_components.chamber_ws.link.errors import Cause, Failure
from integration.house import META, REPLY, STATE, Clock, FakeLink, House


@pytest.fixture
async def minimal(hass: HomeAssistant, link: FakeLink, clock: Clock) -> FakeLink:
    """A chamber that knows nothing of replies."""
    link.deliver(STATE, {"temperature": 30.05, "setpoint": 30.0, "heater": False, "cooler": True})
    await clock.advance(3)
    return link


def ask(
    hass: HomeAssistant,
    house: House,
    service: str = "set_temperature",
    *,
    context: Context | None = None,
    **data: Any,
) -> asyncio.Task[Any]:
    """Call a service of the thermostat, as users do, and let it wait."""
    (entity_id,) = house.entity_ids("chamber")
    call = hass.services.async_call(
        "climate",
        service,
        {"entity_id": entity_id, **data},
        blocking=True,
        context=context,
    )
    return hass.async_create_task(call, eager_start=True)


async def asked(hass: HomeAssistant, link: FakeLink, call: asyncio.Task[Any]) -> dict[str, Any]:
    """The command that went out."""
    for _ in range(20):
        if link.wishes or call.done():
            break
        await asyncio.sleep(0)
    if call.done():
        await call
    return link.wishes[-1]


async def interrupt(link: FakeLink, call: asyncio.Task[Any]) -> None:
    """End a call that waits for its answer."""
    link.down()
    with pytest.raises(HomeAssistantError):
        await call


async def test_it_shows_what_the_chamber_reports(carrier: FakeLink, house: House) -> None:
    state = house.state("chamber")
    assert state.state == "heat_cool"
    shown = {
        "temperature": 30.0,
        "current_temperature": 30.1,
        "hvac_action": "cooling",
        "reason": "pid",
    }
    assert {name: state.attributes[name] for name in shown} == shown
    limits = {"min_temp": -5.0, "max_temp": 45.0, "target_temp_step": 0.1}
    assert {name: state.attributes[name] for name in limits} == limits
    assert state.attributes["hvac_modes"] == ["off", "heat", "cool", "heat_cool"]


async def test_a_chamber_that_is_only_measured_has_no_thermostat(
    link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(
        META, {"name": "Fridge", "heaters": [], "coolers": [], "fans": [], "replies": True}
    )
    link.deliver(STATE, {"temperature": 5.0, "door": False, "power": 60.0})
    await clock.advance(3)
    assert house.entity_ids("chamber") == []
    assert house.state("temperature").state == "5.0"
    link.deliver(
        STATE,
        {"temperature": None, "reason": "sensor_fault", "quality": {"temperature": "missing"}},
    )
    await clock.advance(3)
    assert house.entity_ids("chamber") == []


async def test_a_minimal_chamber_does_all_its_actuators_can(
    minimal: FakeLink, house: House
) -> None:
    state = house.state("chamber")
    assert state.state == "heat_cool"
    assert state.attributes["hvac_action"] == "cooling"
    assert state.attributes["min_temp"] == -80.0


async def test_a_change_is_confirmed_by_the_reply(
    carrier: FakeLink, house: House, hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    context = Context(user_id=hass_admin_user.id)
    call = ask(hass, house, context=context, temperature=4.0, hvac_mode="cool")
    command = await asked(hass, carrier, call)
    assert command["do"] == "set"
    assert (command["setpoint"], command["mode"]) == (4, "cool")
    assert command["by"] == f"user:{hass_admin_user.id}"
    assert command["ttl"] == 15
    publication = carrier.commands[-1]
    assert (publication.qos, publication.retain, publication.expiry) == (1, False, 15)
    carrier.deliver(REPLY, {"id": command["id"], "status": "accepted"})
    await asyncio.sleep(0)
    assert not call.done()
    carrier.deliver(REPLY, {"id": command["id"], "status": "applied", "setpoint": 4.0})
    await call


async def test_the_wish_is_never_shown(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    call = ask(hass, house, temperature=4.0)
    command = await asked(hass, carrier, call)
    assert house.attribute("chamber", "temperature") == 30.0
    carrier.deliver(REPLY, {"id": command["id"], "status": "applied", "setpoint": 4.0})
    await call
    assert house.attribute("chamber", "temperature") == 30.0
    carrier.sample(setpoint=4.0, effective_setpoint=4.0)
    await hass.async_block_till_done()
    assert house.attribute("chamber", "temperature") == 4.0


async def test_a_change_is_confirmed_by_its_echo(
    minimal: FakeLink, house: House, hass: HomeAssistant
) -> None:
    call = ask(hass, house, temperature=31.0)
    await asked(hass, minimal, call)
    minimal.deliver(STATE, {"temperature": 30.05, "setpoint": 30.9})
    await asyncio.sleep(0)
    assert not call.done()
    minimal.deliver(STATE, {"temperature": 30.05, "setpoint": 31.04})
    await call


async def test_a_retained_echo_confirms_nothing(
    minimal: FakeLink, house: House, hass: HomeAssistant, clock: Clock
) -> None:
    call = ask(hass, house, temperature=31.0)
    await asked(hass, minimal, call)
    dated = {"temperature": 30.0, "setpoint": 31.0, "time": clock.utc + 1, "clock": "ntp"}
    minimal.deliver(STATE, dated, retained=True)
    await asyncio.sleep(0)
    assert not call.done()
    await interrupt(minimal, call)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("out_of_range", ServiceValidationError),
        ("not_supported", ServiceValidationError),
        ("bad_value", ServiceValidationError),
        ("bad_mode", ServiceValidationError),
        ("interlock", HomeAssistantError),
        ("busy", HomeAssistantError),
        ("unknown_command", HomeAssistantError),
        ("clock", HomeAssistantError),
        ("strange", HomeAssistantError),
    ],
)
async def test_a_refusal_names_its_reason(
    carrier: FakeLink, house: House, hass: HomeAssistant, code: str, kind: type[Exception]
) -> None:
    call = ask(hass, house, temperature=4.0)
    command = await asked(hass, carrier, call)
    reply = {"id": command["id"], "status": "rejected", "code": code, "message": "the door is open"}
    carrier.deliver(REPLY, reply)
    with pytest.raises(kind, match=r"Vaccine carrier refused.*the door is open"):
        await call


async def test_a_reply_to_somebody_else_confirms_nothing(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    call = ask(hass, house, temperature=4.0)
    command = await asked(hass, carrier, call)
    carrier.deliver(REPLY, {"id": "another", "status": "applied"})
    carrier.deliver("chamber/v1/pi/other/reply", {"id": command["id"], "status": "applied"})
    await asyncio.sleep(0)
    assert not call.done()
    assert house.coordinator.census.tally["foreign_reply"] == 2
    carrier.deliver(REPLY, {"id": command["id"], "status": "applied"})
    await call


async def test_silence_is_an_error_after_the_time_to_live(
    carrier: FakeLink, house: House, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.chamber_ws.commander.DEFAULT_TTL", 0.05)
    with pytest.raises(HomeAssistantError, match="did not confirm"):
        await ask(hass, house, temperature=4.0)
    assert house.attribute("chamber", "temperature") == 30.0


async def test_a_refused_wish_is_taken_back_in_frontends(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    """They show the wish until they hear of the thermostat again."""
    heard = async_capture_events(hass, EVENT_STATE_CHANGED)
    call = ask(hass, house, temperature=4.0)
    command = await asked(hass, carrier, call)
    carrier.deliver(REPLY, {"id": command["id"], "status": "rejected", "code": "interlock"})
    with pytest.raises(HomeAssistantError):
        await call
    await hass.async_block_till_done()
    (entity_id,) = house.entity_ids("chamber")
    told = [event.data["new_state"] for event in heard if event.data["entity_id"] == entity_id]
    assert [state.attributes["temperature"] for state in told if state] == [30.0]


async def test_a_lost_connection_is_an_error_at_once(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    call = ask(hass, house, temperature=4.0)
    await asked(hass, carrier, call)
    carrier.down()
    with pytest.raises(HomeAssistantError, match="connection was lost"):
        await call


async def test_nothing_is_sent_without_a_connection(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    carrier.down()
    with pytest.raises(HomeAssistantError, match="Nothing was sent"):
        await ask(hass, house, temperature=4.0)
    carrier.up()
    assert carrier.wishes == []


async def test_a_broker_that_refuses_the_command_is_an_error(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    call = ask(hass, house, temperature=4.0)
    await asked(hass, carrier, call)
    carrier.acknowledge(len(carrier.published), Failure(Cause.NOT_AUTHORIZED, "Not authorized"))
    with pytest.raises(HomeAssistantError, match="Not authorized"):
        await call


async def test_the_setpoint_is_rounded_to_the_chamber_s_step(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    call = ask(hass, house, temperature=4.04)
    command = await asked(hass, carrier, call)
    assert command["setpoint"] == 4
    await interrupt(carrier, call)


async def test_fahrenheit_is_converted_and_rounded(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    carrier.sample(temperature=20.0)
    await hass.async_block_till_done()
    call = ask(hass, house, temperature=71.0)
    command = await asked(hass, carrier, call)
    assert command["setpoint"] == 21.7
    await interrupt(carrier, call)


async def test_outside_the_limits_nothing_is_sent(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    with pytest.raises(ServiceValidationError):
        await ask(hass, house, temperature=45.1)
    assert carrier.wishes == []


@pytest.mark.parametrize("nonsense", ["nan", float("nan")])
async def test_what_is_no_temperature_is_neither_sent_nor_entered(
    carrier: FakeLink,
    house: House,
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    nonsense: float | str,
) -> None:
    # Home Assistant's own debug line cannot spell it.
    caplog.set_level(logging.INFO, "homeassistant.components.climate")
    with pytest.raises(ServiceValidationError, match="not a temperature"):
        await ask(hass, house, temperature=nonsense)
    await house.judged()
    assert carrier.wishes == []
    assert await house.journal() == []
    assert "could not take in" not in caplog.text


@pytest.mark.parametrize("mode", ["dry", "heat"])
async def test_a_mode_that_the_chamber_does_not_offer_is_refused(
    carrier: FakeLink, house: House, hass: HomeAssistant, mode: str
) -> None:
    carrier.describe(modes=["off", "cool"])
    await hass.async_block_till_done()
    with pytest.raises(ServiceValidationError, match=f"does not offer the mode {mode}"):
        await ask(hass, house, temperature=4.0, hvac_mode=mode)
    assert carrier.wishes == []


@pytest.mark.parametrize(
    ("service", "data", "mode"),
    [
        ("set_hvac_mode", {"hvac_mode": HVACMode.COOL}, "cool"),
        ("turn_off", {}, "off"),
        ("turn_on", {}, "heat_cool"),
    ],
)
async def test_modes_are_asked_for(
    carrier: FakeLink,
    house: House,
    hass: HomeAssistant,
    service: str,
    data: dict[str, Any],
    mode: str,
) -> None:
    call = ask(hass, house, service, **data)
    command = await asked(hass, carrier, call)
    assert command["mode"] == mode
    assert "setpoint" not in command
    carrier.deliver(REPLY, {"id": command["id"], "status": "applied"})
    await call


async def test_the_temperature_is_written_rarely_and_everything_else_at_once(
    carrier: FakeLink, house: House, clock: Clock, hass: HomeAssistant
) -> None:
    await clock.advance(6)
    carrier.sample(temperature=31.0)
    assert house.attribute("chamber", "current_temperature") == 31.0
    await clock.advance(1)
    carrier.sample(temperature=32.0)
    assert house.attribute("chamber", "current_temperature") == 31.0
    assert house.value("temperature") == "32.0"
    carrier.sample(temperature=33.0, setpoint=12.0)
    assert house.attribute("chamber", "temperature") == 12.0
    assert house.attribute("chamber", "current_temperature") == 33.0


async def test_a_temperature_that_was_held_back_is_written_though_it_rests(
    carrier: FakeLink, house: House, clock: Clock
) -> None:
    await clock.advance(6)
    carrier.sample(temperature=31.0)
    await clock.advance(1)
    carrier.sample(temperature=38.0)
    assert house.attribute("chamber", "current_temperature") == 31.0
    await clock.advance(3.9)
    assert house.attribute("chamber", "current_temperature") == 31.0
    await clock.advance(0.2)
    assert house.attribute("chamber", "current_temperature") == 38.0


async def test_a_temperature_that_came_back_is_waited_for_no_more(
    carrier: FakeLink, house: House, clock: Clock, hass: HomeAssistant
) -> None:
    await clock.advance(6)
    carrier.sample(temperature=31.0)
    heard = async_capture_events(hass, EVENT_STATE_CHANGED)
    for temperature in (38.0, 31.0):
        await clock.advance(1)
        carrier.sample(temperature=temperature)
    await clock.advance(6)
    (entity_id,) = house.entity_ids("chamber")
    assert [event for event in heard if event.data["entity_id"] == entity_id] == []


async def test_a_temperature_that_was_held_back_is_forgotten_with_its_thermostat(
    carrier: FakeLink, house: House, clock: Clock, hass: HomeAssistant
) -> None:
    await clock.advance(6)
    carrier.sample(temperature=31.0)
    carrier.sample(temperature=38.0)
    (entity_id,) = house.entity_ids("chamber")
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    await clock.advance(60)
    state = hass.states.get(entity_id)
    assert state is None or state.state == STATE_UNAVAILABLE


async def test_a_fault_has_no_action(carrier: FakeLink, house: House, hass: HomeAssistant) -> None:
    carrier.sample(action="fault", temperature=None)
    await hass.async_block_till_done()
    assert house.attribute("chamber", "hvac_action") is None
    assert house.attribute("chamber", "current_temperature") is None


async def test_a_chamber_without_setpoint_and_modes_has_none(
    link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(STATE, {"temperature": 1.0, "heater": True})
    await clock.advance(3)
    assert "chamber" not in house.translation_keys()
    link.deliver(META, {"modes": ["off", "heat"]})
    await clock.advance(1)
    assert "chamber" in house.translation_keys()
