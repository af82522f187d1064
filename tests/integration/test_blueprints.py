"""The blueprints: as files, and at work with real samples, phones and people."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.importer import _get_github_import_url
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.chamber_ws.chamber.analysis.findings import Happened
from integration.automating import Chamber
from integration.blueprints import FOLDER, Phone, Phones, asked, use
from integration.house import EVENT, REPLY, STATE, STATUS, Clock, FakeLink, House

NAMES = (
    "chamber_lost",
    "daily_report",
    "door_left_open",
    "excursion",
    "fault",
    "setpoint_schedule",
)

lasting = pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (37, "less than a minute"),
        (60, "1 minute"),
        (300, "5 minutes"),
        (7140, "119 minutes"),
        (7200, "2 hours"),
        (9000, "2.5 hours"),
    ],
)


@pytest.fixture
def chamber(clock: Clock, carrier: FakeLink, house: House) -> Chamber:
    """A chamber that is well, and seldom says so."""
    carrier.describe(heartbeat=3600)
    return Chamber(carrier, house)


@pytest.fixture(autouse=True)
async def _end(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Automations that are on wait for their time."""
    yield
    if "chamber" in request.fixturenames:
        hass: HomeAssistant = request.getfixturevalue("hass")
        target = {"entity_id": "all"}
        await hass.services.async_call("automation", "turn_off", target, blocking=True)


@pytest.fixture
def phones(hass: HomeAssistant) -> Phones:
    """Everybody's phones."""
    return Phones(hass)


@pytest.fixture
def ada(phones: Phones) -> Phone:
    """The phone of who is called first."""
    return phones.add("Ada's phone")


@pytest.fixture
def bob(phones: Phones) -> Phone:
    """The phone of who is called when nobody cares."""
    return phones.add("Bob")


@pytest.fixture
def mail(hass: HomeAssistant) -> list[ServiceCall]:
    """What goes to notification entities."""
    return async_mock_service(hass, "notify", "send_message")


def here(chamber: Chamber) -> dict[str, list[str]]:
    """The chamber, as a target."""
    return {"device_id": [chamber.device_id]}


async def another(hass: HomeAssistant, chamber: Chamber) -> None:
    """There is another chamber of its name, in another gateway."""
    chamber.link.introduce("attic/box", "Vaccine carrier")
    await hass.async_block_till_done()


async def pass_minutes(clock: Clock, minutes: float) -> None:
    for _half in range(round(2 * minutes)):
        await clock.advance(30)


# As files


def test_there_are_six() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_blueprint_can_be_imported_from_where_it_is(name: str) -> None:
    data = parse_yaml((FOLDER / f"{name}.yaml").read_text())
    assert isinstance(data, dict)
    blueprint = Blueprint(data, expected_domain=AUTOMATION, schema=AUTOMATION_BLUEPRINT_SCHEMA)
    metadata = blueprint.metadata
    place = f"blueprints/automation/chamber_ws/{name}.yaml"
    raw = _get_github_import_url(metadata["source_url"])
    assert raw == f"https://raw.githubusercontent.com/chamber-ws/chamber_ws/main/{place}"
    assert metadata["homeassistant"] == {"min_version": "2026.10.0"}
    assert metadata["name"].startswith("Chamber ")
    assert metadata["description"].endswith(".")
    assert blueprint.validate() is None
    assert all(one is None or {"name", "selector"} <= set(one) for one in blueprint.inputs.values())


@pytest.mark.parametrize("name", NAMES)
def test_inputs_that_are_asked_for_are_used(name: str) -> None:
    """Home Assistant refuses one that is used and not asked for; of the contrary it says nothing."""
    text = (FOLDER / f"{name}.yaml").read_text()
    blueprint = Blueprint(parse_yaml(text), schema=AUTOMATION_BLUEPRINT_SCHEMA)  # type: ignore[arg-type]
    assert all(f"!input {key}\n" in text for key in blueprint.inputs)
    assert "integration: chamber_ws" in text


# Excursion


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
    assert bob.sent[0].data["message"].startswith("Nobody acknowledged this for 10 minutes. 9.0 °C")
    assert mail[-1].data["entity_id"] == ["notify.mail", "notify.boss"]
    assert mail[-1].data["message"] == f"Vaccine carrier: too warm. {bob.sent[0].data['message']}"
    assert bob.action("Acknowledge")
    await pass_minutes(clock, 40)
    assert (len(ada.sent), len(bob.sent), len(mail)) == (3, 2, 3)
    assert len(ada.shown) == len(bob.shown) == 1
    await chamber.acknowledge()
    assert ada.shown == bob.shown == {}


@lasting
async def test_how_long_nobody_acknowledged_is_told_in_words(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, seconds: int, words: str
) -> None:
    await chamber.watch()
    inputs = {"phones": [ada.device_id], "escalate_after": {"seconds": seconds}}
    await use(hass, "excursion", chambers=here(chamber), **inputs)
    await chamber.holds(9.0)
    await clock.advance(5)
    await clock.advance(seconds)
    assert ada.sent[-1].data["message"].startswith(f"Nobody acknowledged this for {words}. ")


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


# Loss


async def test_a_chamber_that_stays_away_is_told_and_so_is_its_return(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, mail: list[ServiceCall]
) -> None:
    inputs = {"phones": [ada.device_id], "notifiers": ["notify.mail"], "delay": {"minutes": 10}}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await chamber.house.judged()
    await pass_minutes(clock, 9)
    assert ada.sent == []
    await pass_minutes(clock, 2)
    assert ada.titles == ["Vaccine carrier: lost"]
    assert ada.sent[0].data["message"].startswith("Nothing has been heard of it for 10 minutes.")
    await pass_minutes(clock, 20)
    await chamber.holds(5.0)
    assert ada.titles == ["Vaccine carrier: lost", "clear_notification", "Vaccine carrier: back"]
    assert ada.sent[-1].data["message"] == "It is heard again, after 31 minutes."
    assert [call.data["title"] for call in mail] == [
        "Vaccine carrier: lost",
        "Vaccine carrier: back",
    ]
    assert mail[0].data["message"].startswith("Vaccine carrier: lost. Nothing has been heard of it")
    assert mail[1].data["message"] == (
        "Vaccine carrier: back. It is heard again, after 31 minutes."
    )


@lasting
async def test_how_long_a_chamber_was_away_is_told_in_words(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, seconds: int, words: str
) -> None:
    inputs = {"phones": [ada.device_id], "delay": {"seconds": seconds}}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await chamber.house.judged()
    await clock.advance(5)
    await clock.advance(seconds)
    unheard = f"Nothing has been heard of it for {words}. "
    brief = "Nothing is heard of it any more. "
    assert ada.sent[0].data["message"].startswith(unheard if seconds >= 60 else brief)
    await chamber.holds(5.0)
    assert ada.sent[-1].data["message"] == f"It is heard again, after {words}."


async def test_a_short_loss_is_not_told_and_nor_is_the_return_from_it(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, mail: list[ServiceCall]
) -> None:
    inputs = {"phones": [ada.device_id], "notifiers": ["notify.mail"], "delay": {"minutes": 10}}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await pass_minutes(clock, 5)
    await chamber.holds(5.0)
    await pass_minutes(clock, 15)
    assert set(ada.titles) <= {"clear_notification"}
    assert mail == []


@pytest.mark.parametrize("minutes", [5, 12])
async def test_a_return_is_judged_by_the_loss_though_everything_was_restarted(
    hass: HomeAssistant,
    chamber: Chamber,
    clock: Clock,
    mail: list[ServiceCall],
    links: list[FakeLink],
    minutes: int,
) -> None:
    inputs = {"notifiers": ["notify.mail"], "delay": {"minutes": 10}}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await pass_minutes(clock, minutes)
    mail.clear()
    await chamber.house.reload()
    links[-1].up()
    links[-1].deliver(EVENT, {"type": "restarted"})
    await chamber.house.judged()
    links[-1].sample()
    await chamber.house.judged()
    back = f"Vaccine carrier: back. It is heard again, after {minutes} minutes."
    assert [call.data["message"] for call in mail] == ([back] if minutes > 10 else [])


@pytest.mark.parametrize("retained", [True, False])
async def test_what_falls_silent_while_nobody_listens_was_silent_since_its_last_sample(
    hass: HomeAssistant,
    chamber: Chamber,
    clock: Clock,
    mail: list[ServiceCall],
    links: list[FakeLink],
    retained: bool,
) -> None:
    inputs = {"notifiers": ["notify.mail"], "delay": {"minutes": 5}}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs)
    last = {"temperature": 5.0, "seq": 7, "epoch": "e", "time": clock.utc, "clock": "ntp"}
    chamber.link.deliver(STATE, last)
    await chamber.house.judged()
    await pass_minutes(clock, 4)
    await chamber.house.reload()
    link = links[-1]
    link.up()
    link.describe()
    if retained:
        link.deliver(STATE, last, retained=True)
    await pass_minutes(clock, 6.5)
    assert "Nothing has been heard of it for 10 minutes." in mail[0].data["message"]
    link.deliver(STATE, {**last, "seq": 8, "time": clock.utc})
    await chamber.house.judged()
    assert mail[1].data["message"].endswith("It is heard again, after 10 minutes.")


async def test_without_patience_a_loss_is_told_at_once(
    hass: HomeAssistant, chamber: Chamber, ada: Phone
) -> None:
    inputs = {"phones": [ada.device_id], "delay": {"minutes": 0}, "critical": True}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs, tell_return=False)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await chamber.house.judged()
    assert ada.titles == ["Vaccine carrier: lost"]
    assert ada.sent[0].data["message"].startswith("Nothing is heard of it any more. Look at")
    assert ada.sent[0].data["data"]["channel"] == "alarm_stream"
    await chamber.holds(5.0)
    assert ada.titles == ["Vaccine carrier: lost", "clear_notification"]


# Faults


async def test_a_fault_is_told_until_it_is_over(
    hass: HomeAssistant, chamber: Chamber, ada: Phone, mail: list[ServiceCall]
) -> None:
    inputs = {
        "phones": [ada.device_id],
        "notifiers": ["notify.mail"],
        "ignored": ["door_left_open"],
    }
    await use(hass, "fault", chambers=here(chamber), **inputs, tell_end=True)
    chamber.tell(Happened.FAULT_STARTED, what="door_left_open")
    chamber.tell(Happened.FAULT_STARTED, what="cooler_dead", reasons=["cooler: 100 %"])
    await chamber.house.judged()
    assert ada.titles == ["Vaccine carrier: fault"]
    assert ada.sent[0].data["message"].startswith("Cooler dead, since ")
    assert mail[0].data["message"].startswith("Vaccine carrier: fault. Cooler dead, since ")
    assert mail[0].data["message"].endswith(" cooler: 100 %")
    chamber.tell(Happened.FAULT_ENDED, what="cooler_dead")
    await chamber.house.judged()
    assert ada.titles[1:] == ["clear_notification", "Vaccine carrier: fault over"]
    assert mail[-1].data["message"] == "Vaccine carrier: fault over. Cooler dead."


async def test_the_end_of_a_fault_is_silent_unless_wished(
    hass: HomeAssistant, chamber: Chamber, ada: Phone
) -> None:
    await use(hass, "fault", chambers=here(chamber), phones=[ada.device_id])
    chamber.tell(Happened.FAULT_STARTED, what="cooler_dead")
    chamber.tell(Happened.FAULT_ENDED, what="cooler_dead")
    await chamber.house.judged()
    assert ada.titles == ["Vaccine carrier: fault", "clear_notification"]


# Door


async def test_of_doors_of_chambers_of_one_name_it_is_told_which(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    await another(hass, chamber)
    inputs = {"notifiers": ["notify.mail"], "patience": {"minutes": 1}}
    await use(hass, "door_left_open", chambers=here(chamber), **inputs)
    await chamber.holds(5.0, door=True)
    await pass_minutes(clock, 2)
    assert [call.data["title"] for call in mail] == ["Vaccine carrier (pi): door open"]


async def test_a_door_that_stays_open_is_told_until_it_is_closed(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, mail: list[ServiceCall]
) -> None:
    inputs = {"phones": [ada.device_id], "notifiers": ["notify.mail"], "patience": {"minutes": 3}}
    await use(hass, "door_left_open", chambers=here(chamber), **inputs)
    await chamber.holds(5.0, door=True)
    await pass_minutes(clock, 2)
    await chamber.holds(5.0, door=False)
    await pass_minutes(clock, 5)
    assert mail == []
    await chamber.holds(5.0, door=True)
    await pass_minutes(clock, 3.5)
    assert [call.data["title"] for call in mail] == ["Vaccine carrier: door open"]
    (shown,) = ada.shown.values()
    assert shown["message"] == "It has been open for 3 minutes."
    assert mail[0].data["message"] == f"Vaccine carrier: door open. {shown['message']}"
    chamber.tell(Happened.FAULT_STARTED, what="door_left_open")
    await chamber.holds(5.0, door=False)
    assert len(mail) == 1
    assert ada.shown == {}


@lasting
async def test_how_long_a_door_has_been_open_is_told_in_words(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, seconds: int, words: str
) -> None:
    inputs = {"phones": [ada.device_id], "patience": {"seconds": seconds}}
    await use(hass, "door_left_open", chambers=here(chamber), **inputs)
    await chamber.holds(5.0, door=True)
    await clock.advance(seconds + 1)
    assert ada.sent[-1].data["message"] == f"It has been open for {words}."


async def test_other_doors_of_an_area_may_stay_open(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    area = ar.async_get(hass).async_create("Lab")
    dr.async_get(hass).async_update_device(chamber.device_id, area_id=area.id)
    registry = er.async_get(hass)
    door = registry.async_get_or_create("binary_sensor", "other", "door").entity_id
    registry.async_update_entity(door, area_id=area.id)
    hass.states.async_set(door, "off", {"device_class": "door"})
    inputs = {"notifiers": ["notify.mail"], "patience": {"minutes": 3}}
    await use(hass, "door_left_open", chambers={"area_id": [area.id]}, **inputs)
    hass.states.async_set(door, "on", {"device_class": "door"})
    await pass_minutes(clock, 5)
    assert mail == []
    await chamber.holds(5.0, door=True)
    await pass_minutes(clock, 5)
    assert len(mail) == 1


async def test_a_chamber_without_a_switch_is_betrayed_by_its_temperature(
    hass: HomeAssistant, chamber: Chamber, ada: Phone
) -> None:
    await use(hass, "door_left_open", chambers=here(chamber), phones=[ada.device_id])
    er.async_get(hass).async_remove(chamber.entity_id("door"))
    chamber.tell(Happened.FAULT_STARTED, what="cooler_dead")
    await chamber.house.judged()
    assert ada.sent == []
    chamber.tell(Happened.FAULT_STARTED, what="door_left_open")
    await chamber.house.judged()
    assert ada.titles == ["Vaccine carrier: door open"]
    chamber.tell(Happened.FAULT_ENDED, what="door_left_open")
    await chamber.house.judged()
    assert ada.shown == {}


# Setpoints


class Schedule:
    """A schedule at work; it waits for the chamber, so nobody may wait for it to end."""

    def __init__(self, hass: HomeAssistant, chamber: Chamber, clock: Clock) -> None:
        self.hass, self.chamber, self.clock = hass, chamber, clock

    def at(self, minutes: int, setpoint: float, **more: Any) -> dict[str, Any]:
        """A step that is due in so many minutes."""
        then = dt_util.now() + timedelta(minutes=minutes)
        return {"time": then.strftime("%H:%M:00"), "setpoint": setpoint, **more}

    async def use(self, *steps: dict[str, Any], **inputs: Any) -> None:
        """Set it up for the chamber."""
        thermostat = self.chamber.entity_id("chamber")
        await use(
            self.hass, "setpoint_schedule", thermostat=thermostat, steps=list(steps), **inputs
        )

    async def settle(self) -> None:
        """Let everybody do what can be done now."""
        for _turn in range(500):
            await asyncio.sleep(0)

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.freezer.tick(timedelta(seconds=seconds))
        async_fire_time_changed(self.hass)
        await self.settle()

    async def until(self, told: Callable[[], object]) -> None:
        """Wait until what goes through the record's thread has come back."""
        for _turn in range(1000):
            if told():
                return
            await self.chamber.house.judged()

    async def answer(self, **reply: Any) -> None:
        """The chamber replies to the newest command."""
        command = self.chamber.link.wishes[-1]
        self.chamber.link.deliver(REPLY, {"id": command["id"], **reply})
        await self.settle()

    async def obey(self, minutes: int) -> None:
        """Let minutes pass, in which the chamber does what it is asked for."""
        for _minute in range(minutes):
            before = len(self.wished)
            await self.wait(60)
            if len(self.wished) > before:
                await self.answer(status="applied")
                self.chamber.link.sample(setpoint=self.wished[-1])
                await self.settle()

    def sleep(self, minutes: int) -> None:
        """Let minutes pass in which Home Assistant does nothing."""
        self.clock.freezer.tick(timedelta(minutes=minutes))

    async def begin(self, zone: str, local: str) -> None:
        """Begin at a time of a place."""
        await self.hass.config.async_set_time_zone(zone)
        at = datetime.fromisoformat(local).replace(tzinfo=dt_util.get_time_zone(zone))
        self.clock.freezer.move_to(at)
        await self.chamber.holds(30.0)

    @property
    def wished(self) -> list[float]:
        """The setpoints that were asked for."""
        return [one["setpoint"] for one in self.chamber.link.wishes]


@pytest.fixture
async def schedule(hass: HomeAssistant, chamber: Chamber, clock: Clock) -> Schedule:
    """A schedule for the chamber, at a noon."""
    noon = dt_util.start_of_local_day() + timedelta(days=1, hours=12)
    await clock.advance((noon - dt_util.now()).total_seconds() + 1)
    await chamber.holds(30.0)
    return Schedule(hass, chamber, clock)


@pytest.mark.parametrize("tell_success", [True, False])
async def test_a_setpoint_is_asked_for_at_its_time_and_its_confirmation_told_if_wished(
    schedule: Schedule, mail: list[ServiceCall], tell_success: bool
) -> None:
    steps = [schedule.at(2, 4.0), schedule.at(60, 37.0)]
    await schedule.use(*steps, notifiers=["notify.mail"], tell_success=tell_success)
    await schedule.wait(60)
    assert schedule.wished == []
    await schedule.wait(60)
    assert schedule.wished == [4.0]
    await schedule.answer(status="applied", setpoint=4.0)
    schedule.chamber.link.sample(setpoint=4.0)
    await schedule.settle()
    told = [(call.data["title"], call.data["message"]) for call in mail]
    title = "Vaccine carrier: new setpoint"
    confirmed = (title, f"{title}. It confirmed 4.0.")
    assert told == ([confirmed] if tell_success else [])
    await schedule.wait(60)
    assert schedule.wished == [4.0]


async def test_of_setpoints_of_chambers_of_one_name_it_is_told_which(
    hass: HomeAssistant, schedule: Schedule, ada: Phone
) -> None:
    await another(hass, schedule.chamber)
    await schedule.use(schedule.at(1, 4.0), phones=[ada.device_id])
    await schedule.wait(60)
    await schedule.answer(status="rejected", code="interlock")
    await schedule.until(lambda: ada.titles)
    assert ada.titles == ["Vaccine carrier (pi): setpoint not taken"]


async def test_a_setpoint_that_the_chamber_refuses_is_told_with_the_reason(
    schedule: Schedule, ada: Phone
) -> None:
    await schedule.use(schedule.at(1, 4.0), phones=[ada.device_id])
    await schedule.wait(60)
    await schedule.answer(status="rejected", code="interlock", message="the lid is open")
    await schedule.until(lambda: ada.titles)
    assert ada.titles == ["Vaccine carrier: setpoint not taken"]
    assert ada.sent[0].data["message"] == "It did not take 4.0: interlock. In force is 30.0."


async def test_a_setpoint_that_cannot_even_be_asked_for_is_told(
    schedule: Schedule, mail: list[ServiceCall]
) -> None:
    """Home Assistant itself refuses what is out of range, and skips a thermostat that is unavailable without a word."""
    await schedule.use(schedule.at(1, 99.0), schedule.at(4, 4.0), notifiers=["notify.mail"])
    await schedule.wait(60)
    assert schedule.wished == []
    await schedule.wait(61)
    title = "Vaccine carrier: setpoint not taken"
    message = f"{title}. It did not take 99.0. In force is 30.0."
    assert [call.data["message"] for call in mail] == [message]
    schedule.chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await schedule.wait(60)
    await schedule.wait(60)
    assert schedule.wished == []
    await schedule.wait(61)
    message = f"{title}. It did not take 4.0. Nobody knows what is in force."
    assert mail[-1].data["message"] == message


async def test_a_step_is_due_on_its_days_only(schedule: Schedule) -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    today = days[dt_util.now().weekday()]
    others = [day for day in days if day != today]
    await schedule.use(
        schedule.at(1, 4.0, weekdays=others),
        schedule.at(3, 5.0, weekdays=[today]),
        schedule.at(6, 6.0, weekdays=[]),
    )
    await schedule.obey(7)
    assert schedule.wished == [5.0, 6.0]


async def test_steps_of_minutes_in_succession_are_all_sent(schedule: Schedule) -> None:
    await schedule.use(schedule.at(2, 4.0), schedule.at(3, 37.0), schedule.at(4, 5.0))
    await schedule.obey(6)
    assert schedule.wished == [4.0, 37.0, 5.0]


async def test_of_several_that_are_due_the_latest_counts(schedule: Schedule) -> None:
    steps = [schedule.at(4, 5.0), schedule.at(4, 6.0), schedule.at(2, 4.0)]
    await schedule.use(*steps)
    schedule.sleep(minutes=6)
    await schedule.obey(3)
    assert schedule.wished == [6.0]


@pytest.mark.parametrize(("minutes", "wished"), [(8, [4.0]), (14, [])])
async def test_what_was_missed_is_made_up_for_within_ten_minutes_only(
    schedule: Schedule, minutes: int, wished: list[float]
) -> None:
    await schedule.use(schedule.at(1, 4.0))
    schedule.sleep(minutes=minutes)
    await schedule.obey(3)
    assert schedule.wished == wished


async def test_a_new_schedule_begins_with_what_comes(schedule: Schedule) -> None:
    past, next_one = schedule.at(0, 4.0), schedule.at(5, 5.0)
    await schedule.wait(120)
    await schedule.use(past, next_one)
    await schedule.obey(7)
    assert schedule.wished == [5.0]


async def test_what_is_due_at_midnight_is_due_on_the_day_that_begins(schedule: Schedule) -> None:
    await schedule.begin("UTC", "2027-03-27 23:57:01")
    sunday, saturday = ["sun"], ["sat"]
    await schedule.use(
        schedule.at(3, 4.0, weekdays=sunday),
        schedule.at(3, 5.0, weekdays=saturday),
        schedule.at(2, 6.0, weekdays=saturday),
    )
    await schedule.obey(5)
    assert schedule.wished == [6.0, 4.0]


async def test_what_the_clock_skips_in_spring_is_sent_as_soon_as_it_is_past(
    schedule: Schedule,
) -> None:
    await schedule.begin("Europe/Berlin", "2027-03-28 01:57:01")
    await schedule.use({"time": "02:30:00", "setpoint": 4.0})
    await schedule.obey(2)
    assert schedule.wished == []
    await schedule.obey(1)
    assert dt_util.now().strftime("%H:%M") == "03:00"
    assert schedule.wished == [4.0]
    await schedule.obey(60)
    assert schedule.wished == [4.0]


async def test_what_the_clock_shows_twice_in_autumn_is_sent_once(schedule: Schedule) -> None:
    await schedule.begin("Europe/Berlin", "2027-10-31 01:57:01")
    await schedule.use({"time": "02:05:00", "setpoint": 4.0}, {"time": "02:58:00", "setpoint": 5.0})
    await schedule.obey(140)
    assert dt_util.now().strftime("%H:%M") == "03:17"
    assert schedule.wished == [4.0, 5.0]


# Report

SUMMARY = {
    "unit_of_measurement": "°C",
    "minimum": 5.0,
    "maximum": 9.0,
    "mean": 7.0,
    "mean_kinetic_temperature": 7.2,
    "coverage": 99.5,
    "seconds_above": 120,
    "seconds_below": 0,
    "excursions": 1,
}


def reported(chamber: Chamber, **summary: Any) -> dict[str, Any]:
    """What the export answers, as far as a report needs it."""
    told: Any = {"error": None, "summary": {**SUMMARY, **summary}, "files": []}
    return {"chambers": [{"device_id": chamber.device_id, "name": "Vaccine carrier", **told}]}


async def report(hass: HomeAssistant, clock: Clock, chamber: Chamber, **inputs: Any) -> None:
    """Use the blueprint, and let it be time."""
    then = dt_util.now() + timedelta(minutes=1)
    at = then.strftime("%H:%M:%S")
    await use(hass, "daily_report", chambers=here(chamber), time=at, **inputs)
    await clock.advance(61)


async def test_a_report_tells_what_matters_of_the_last_day(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, mail: list[ServiceCall]
) -> None:
    exported = asked(hass, "export_record")
    await chamber.watch()
    for temperature in (5.0, 9.0, 9.0, 5.0):
        await clock.advance(60)
        await chamber.holds(temperature, time=clock.utc, clock="ntp")
    await report(hass, clock, chamber, phones=[ada.device_id], notifiers=["notify.mail"])
    assert [one["device_id"] for one in exported] == [[chamber.device_id]]
    start, end = (dt_util.parse_datetime(exported[0][key]) for key in ("start", "end"))
    assert start is not None
    assert end is not None
    assert end - start == timedelta(days=1)
    assert ada.titles == ["Vaccine carrier: look at this"]
    message = mail[0].data["message"]
    assert message == ada.sent[0].data["message"]
    assert message.startswith("! Vaccine carrier: 5.0 to ")
    for fact in ("mean kinetic", "min out of range", "1 excursion,", "% known"):
        assert fact in message


async def test_a_good_day_is_told_as_such_or_not_at_all(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    async_mock_service(
        hass,
        "chamber_ws",
        "export_record",
        response=reported(chamber, excursions=0, seconds_above=0, maximum=7.5),
        supports_response="only",  # type: ignore[arg-type]
    )
    await report(hass, clock, chamber, notifiers=["notify.mail"])
    assert mail[0].data["title"] == "Vaccine carrier: all well"
    assert mail[0].data["message"] == (
        "Vaccine carrier: 5.0 to 7.5 °C, mean kinetic 7.2 °C, 0 min out of range, 0 excursions, 99.5 % known"
    )


@pytest.mark.parametrize(("coverage", "told"), [(94.0, 1), (96.0, 0)])
async def test_only_trouble_can_be_told(
    hass: HomeAssistant,
    chamber: Chamber,
    clock: Clock,
    mail: list[ServiceCall],
    coverage: float,
    told: int,
) -> None:
    async_mock_service(
        hass,
        "chamber_ws",
        "export_record",
        response=reported(chamber, excursions=0, coverage=coverage),
        supports_response="only",  # type: ignore[arg-type]
    )
    await report(hass, clock, chamber, notifiers=["notify.mail"], only_trouble=True)
    assert len(mail) == told


async def test_of_what_nothing_is_known_that_is_told(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    nothing: Any = {"name": "Box", "error": "nothing is recorded", "summary": None, "files": []}
    seconds = ("seconds_above", "seconds_below")
    none = dict.fromkeys(("minimum", "maximum", "mean_kinetic_temperature", *seconds))
    unknown: Any = {"name": "New", "error": None, "summary": {**SUMMARY, **none, "coverage": 0.0}}
    async_mock_service(
        hass,
        "chamber_ws",
        "export_record",
        response={"chambers": [nothing, unknown]},
        supports_response="only",  # type: ignore[arg-type]
    )
    await report(hass, clock, chamber, notifiers=["notify.mail"])
    assert mail[0].data["title"] == "Chambers: look at this"
    first, second = mail[0].data["message"].splitlines()
    assert first == "! Box: nothing is recorded"
    assert second == "! New: no temperature, 1 excursion, 0.0 % known"


async def test_a_report_that_cannot_be_made_is_told(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    async_mock_service(
        hass,
        "chamber_ws",
        "export_record",
        response={},
        supports_response="only",  # type: ignore[arg-type]
        raise_exception=dr.HomeAssistantError("the record cannot be read"),
    )
    await report(hass, clock, chamber, notifiers=["notify.mail"], only_trouble=True)
    assert mail[0].data["message"].startswith("The report on the chambers could not be made.")
