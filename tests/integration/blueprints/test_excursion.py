"""Who is told of an excursion, and cares."""

import pytest
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import (
    async_mock_service,
)

from integration.automating import Chamber, pass_minutes
from integration.blueprints.given import Phone, Phones, asked, here, lasting, use
from integration.house import Clock


async def test_an_excursion_calls_and_is_acknowledged_from_the_phone(
    hass: HomeAssistant, chamber: Chamber, phones: Phones, ada: Phone, mail: list[ServiceCall]
) -> None:
    acknowledged = asked(hass, "acknowledge")
    hass.states.async_set("person.ada", "home", {"user_id": "ada", "friendly_name": "Ada"})
    await chamber.watch()
    inputs = {"phones": [ada.device_id], "notifiers": ["notify.mail"], "dashboard": "/chambers"}
    await use(hass, "excursion", chambers=here(chamber), **inputs)
    await chamber.holds(5.0)
    assert ada.sent == []
    await chamber.holds(9.0)
    assert ada.titles == ["Vaccine carrier: too warm"]
    message = ada.sent[0].data["message"]
    assert message.startswith("9.0 °C, above the limit of 8.0 °C since ")
    assert [(call.data["entity_id"], call.data["message"]) for call in mail] == [
        (["notify.mail"], f"Vaccine carrier: too warm. {message}")
    ]
    data = ada.sent[0].data["data"]
    assert data["push"]["sound"]["critical"] == 1
    assert data["channel"] == "alarm_stream"
    assert data["url"] == data["clickAction"] == "/chambers"
    assert ada.action("Open dashboard")["uri"] == "/chambers"
    phones.tap(ada.action("Acknowledge with a remark"), "ada", reply_text="I close the lid")
    await chamber.house.judged()
    assert acknowledged == [
        {"device_id": chamber.device_id, "comment": "I close the lid", "on_behalf_of": "Ada"}
    ]
    findings = chamber.house.coordinator.clerk.findings(chamber.house.address)
    assert findings is not None
    assert findings.last_excursion is not None
    assert findings.last_excursion.acknowledged_by == "Ada"
    assert findings.last_excursion.comment == "I close the lid"
    assert ada.shown == {}
    await chamber.holds(5.0)
    assert ada.titles[-1] == "Vaccine carrier: excursion over"
    assert mail[-1].data["title"] == "Vaccine carrier: excursion over"
    message = (
        "Within its limits again, after less than a minute above the limit of 8.0 °C. "
        "It reached 9.0 °C."
    )
    assert ada.sent[-1].data["message"] == message
    assert mail[-1].data["message"] == f"Vaccine carrier: excursion over. {message}"


@lasting
async def test_the_length_of_an_excursion_that_is_over_is_told_in_words(
    hass: HomeAssistant,
    chamber: Chamber,
    clock: Clock,
    mail: list[ServiceCall],
    seconds: int,
    words: str,
) -> None:
    await chamber.watch()
    await use(hass, "excursion", chambers=here(chamber), notifiers=["notify.mail"])
    await chamber.holds(9.0, time=clock.utc, clock="ntp")
    for step in [60] * (seconds // 60) + [seconds % 60] * (seconds % 60 > 0):
        await clock.advance(step)
        await chamber.holds(9.0, time=clock.utc, clock="ntp")
    await chamber.holds(5.0, time=clock.utc + 0.1, clock="ntp")
    assert mail[-1].data["message"] == (
        "Vaccine carrier: excursion over. Within its limits again, "
        f"after {words} above the limit of 8.0 °C. It reached 9.0 °C."
    )


async def test_the_end_of_an_excursion_of_unknown_length_is_told_without_it(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    await chamber.watch()
    await use(hass, "excursion", chambers=here(chamber), notifiers=["notify.mail"])
    await chamber.holds(9.0)
    await clock.advance(600)
    await chamber.holds(5.0)
    assert mail[-1].data["message"] == (
        "Vaccine carrier: excursion over. Within its limits again. It reached 9.0 °C."
    )


async def test_a_tap_without_a_word_or_a_name_acknowledges_as_well_even_after_a_restart(
    hass: HomeAssistant, chamber: Chamber, phones: Phones, ada: Phone
) -> None:
    acknowledged = asked(hass, "acknowledge")
    await chamber.watch()
    await use(hass, "excursion", chambers=here(chamber), phones=[ada.device_id])
    await chamber.holds(1.0)
    assert ada.titles == ["Vaccine carrier: too cold"]
    action = ada.action("Acknowledge")
    await chamber.house.reload()
    phones.tap(action)
    await chamber.house.judged()
    assert [one["device_id"] for one in acknowledged] == [chamber.device_id]
    assert acknowledged[0]["on_behalf_of"] == "somebody with a phone"


async def test_what_is_tapped_elsewhere_is_none_of_its_business(
    hass: HomeAssistant, chamber: Chamber, phones: Phones, ada: Phone
) -> None:
    acknowledged = asked(hass, "acknowledge")
    await use(hass, "excursion", chambers=here(chamber), phones=[ada.device_id])
    mine = f"CHAMBER_WS_ACKNOWLEDGE_automation.other.{chamber.device_id}"
    for action in ({"action": "OPEN"}, {"action": mine}, {"action": None}):
        phones.tap(action)
    hass.bus.async_fire("mobile_app_notification_action", {})
    await hass.async_block_till_done()
    assert acknowledged == []
    assert ada.sent == []


async def test_what_is_tapped_for_one_of_a_longer_name_is_none_of_its_business(
    hass: HomeAssistant, chamber: Chamber, phones: Phones, ada: Phone
) -> None:
    acknowledged = asked(hass, "acknowledge")
    await chamber.watch()
    target = {"chambers": here(chamber), "phones": [ada.device_id]}
    await use(hass, "excursion", **target)
    await chamber.holds(9.0)
    for title in ("Acknowledge", "Acknowledge with a remark"):
        action = ada.action(title)["action"]
        assert "automation.test" in action
        phones.tap({"action": action.replace("automation.test", "automation.test_b")})
    await chamber.house.judged()
    assert acknowledged == []
    assert ada.titles == ["Vaccine carrier: too warm"]


async def test_while_nobody_acknowledges_everybody_is_called_again(
    hass: HomeAssistant,
    chamber: Chamber,
    clock: Clock,
    ada: Phone,
    bob: Phone,
    mail: list[ServiceCall],
) -> None:
    await chamber.watch()
    first = {"phones": [ada.device_id], "notifiers": ["notify.mail"]}
    then = {"more_phones": [bob.device_id], "more_notifiers": ["notify.boss"]}
    after = {"escalate_after": {"minutes": 10}, "escalations": 2}
    await use(hass, "excursion", chambers=here(chamber), **first, **then, **after)
    await chamber.holds(9.0)
    await pass_minutes(clock, 9)
    assert (len(ada.sent), len(bob.sent), len(mail)) == (1, 0, 1)
    await pass_minutes(clock, 1.5)
    assert (len(ada.sent), len(bob.sent), len(mail)) == (2, 1, 2)
    assert bob.sent[0].data["message"].startswith("Nobody has acknowledged this yet. 9.0 °C")
    assert mail[-1].data["entity_id"] == ["notify.mail", "notify.boss"]
    assert mail[-1].data["message"] == f"Vaccine carrier: too warm. {bob.sent[0].data['message']}"
    assert bob.action("Acknowledge")
    await pass_minutes(clock, 40)
    assert (len(ada.sent), len(bob.sent), len(mail)) == (3, 2, 3)
    assert len(ada.shown) == len(bob.shown) == 1
    await chamber.acknowledge()
    assert ada.shown == bob.shown == {}


async def test_who_was_not_called_is_not_told_of_the_end(
    hass: HomeAssistant, chamber: Chamber, ada: Phone, bob: Phone, mail: list[ServiceCall]
) -> None:
    await chamber.watch()
    then = {"more_phones": [bob.device_id], "more_notifiers": ["notify.boss"]}
    await use(hass, "excursion", chambers=here(chamber), phones=[ada.device_id], **then)
    await chamber.holds(9.0)
    await chamber.holds(5.0)
    assert list(ada.shown) == [f"chamber_ws_excursion_{chamber.device_id}_over"]
    assert set(bob.titles) <= {"clear_notification"}
    assert mail == []


async def test_the_end_can_be_silent(hass: HomeAssistant, chamber: Chamber, ada: Phone) -> None:
    await chamber.watch()
    await use(hass, "excursion", chambers=here(chamber), phones=[ada.device_id], tell_end=False)
    await chamber.holds(9.0)
    await chamber.holds(5.0)
    assert ada.titles == ["Vaccine carrier: too warm", "clear_notification"]


async def test_what_is_latched_can_still_be_acknowledged(
    hass: HomeAssistant, chamber: Chamber, ada: Phone
) -> None:
    await chamber.watch(latch=True)
    await use(hass, "excursion", chambers=here(chamber), phones=[ada.device_id])
    await chamber.holds(9.0)
    await chamber.holds(5.0)
    (shown,) = ada.shown.values()
    assert shown["title"] == "Vaccine carrier: not acknowledged"
    assert shown["message"] == (
        "It is within its limits again, but nobody acknowledged it. It reached 9.0 °C."
    )
    assert ada.action("Acknowledge")
    await chamber.acknowledge()
    assert ada.shown == {}


async def test_an_acknowledged_excursion_that_goes_on_calls_again(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone
) -> None:
    await chamber.watch(realarm=600.0)
    await use(hass, "excursion", chambers=here(chamber), phones=[ada.device_id])
    await chamber.holds(9.0)
    await chamber.acknowledge()
    await clock.advance(620)
    await chamber.holds(9.0)
    assert ada.sent[-1].data["message"].startswith("It still goes on. 9.0 °C, above")


@pytest.mark.parametrize("warnings", [True, False])
async def test_early_warnings_are_told_quietly_or_not_at_all(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, warnings: bool
) -> None:
    await chamber.watch(warning=60.0, delay_high=3600.0)
    more = {"phones": [ada.device_id], "warnings": warnings}
    await use(hass, "excursion", chambers=here(chamber), **more)
    await chamber.holds(9.0)
    await clock.advance(70)
    await chamber.holds(9.0)
    assert ada.titles == (["Vaccine carrier: early warning"] if warnings else [])
    for call in ada.sent:
        assert "channel" not in call.data["data"]
        assert [one["title"] for one in call.data["data"]["actions"]] == ["Open dashboard"]


async def test_a_quiet_call_rings_as_others_do(
    hass: HomeAssistant, chamber: Chamber, ada: Phone
) -> None:
    await chamber.watch()
    await use(hass, "excursion", chambers=here(chamber), phones=[ada.device_id], critical=False)
    await chamber.holds(9.0)
    data = ada.sent[0].data["data"]
    assert data["push"] == {"interruption-level": "time-sensitive"}
    assert "channel" not in data


async def test_a_phone_that_is_gone_or_broken_keeps_nobody_from_being_called(
    hass: HomeAssistant, chamber: Chamber, ada: Phone, bob: Phone, mail: list[ServiceCall]
) -> None:
    async_mock_service(
        hass, "notify", "mobile_app_bob", raise_exception=dr.HomeAssistantError("no network")
    )
    await chamber.watch()
    called = ["no-such-device", bob.device_id, ada.device_id]
    inputs = {"phones": called, "notifiers": ["notify.mail"]}
    await use(hass, "excursion", chambers=here(chamber), **inputs)
    await chamber.holds(9.0)
    assert ada.titles == ["Vaccine carrier: too warm"]
    assert len(mail) == 1
