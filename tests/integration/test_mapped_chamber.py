"""A chamber that speaks plain topics is a chamber like any other, once it is mapped."""

import asyncio
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.chamber_ws import async_remove_config_entry_device
from custom_components.chamber_ws.chamber.model import Quality
from custom_components.chamber_ws.link.link import Link
from custom_components.chamber_ws.mapping.table import address_of
from integration.dashboard import Dashboard
from integration.house import Clock, FakeLink, House

SUBENTRY = "01JDMAPPED0000000000000000"
LECTURE: dict[str, Any] = {
    "name": "Lecture",
    "temperature": {"topic": "actual"},
    "setpoint": {"topic": "desired", "command_topic": "desired"},
    "actuators": {"heaters": [{"topic": "heater"}], "coolers": [{"topic": "cooler"}]},
    "behaviour": {"heartbeat": 10, "min": 0, "max": 60, "step": 0.1, "confirm_within": 0.2},
}


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    """What comes goes on without waiting for more."""
    with (
        patch("custom_components.chamber_ws.record.clerk.GATHER", 0.0),
        patch("custom_components.chamber_ws.mapping.desk.GATHER", 0.0),
    ):
        yield


def mapped(data: dict[str, Any], subentry_id: str = SUBENTRY) -> ConfigSubentry:
    return ConfigSubentry(
        data=MappingProxyType(data),
        subentry_id=subentry_id,
        subentry_type="chamber",
        title=data["name"],
        unique_id=data["temperature"]["topic"],
    )


def put(hass: HomeAssistant, entry: MockConfigEntry, data: dict[str, Any]) -> None:
    hass.config_entries.async_add_subentry(entry, mapped(data))


@pytest.fixture
async def lecture(hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink) -> FakeLink:
    """The link of an entry with the lecture's chamber, which has not said anything yet."""
    put(hass, entry, LECTURE)
    await hass.async_block_till_done()
    return link


async def tell(link: FakeLink, retained: bool = False, **said: str) -> None:
    """Plain payloads come; two underlines in a name stand for a slash."""
    for topic, payload in said.items():
        link.deliver(topic.replace("__", "/"), payload.encode(), retained=retained)
    for _turn in range(3):
        await asyncio.sleep(0)


async def say(hass: HomeAssistant, link: FakeLink, retained: bool = False, **said: str) -> None:
    await tell(link, retained, **said)
    await hass.async_block_till_done()


async def speak(hass: HomeAssistant, link: FakeLink) -> None:
    await say(hass, link, actual="30.05", desired="30", heater="0", cooler="1")


async def test_it_shows_what_it_says(hass: HomeAssistant, lecture: FakeLink, house: House) -> None:
    assert house.value("online", SUBENTRY) == "off"
    await speak(hass, lecture)
    assert house.value("temperature", SUBENTRY) == "30.05"
    assert house.value("setpoint", SUBENTRY) == "30.0"
    assert house.value("heater", SUBENTRY) == "off"
    assert house.value("cooler", SUBENTRY) == "on"
    assert house.value("online", SUBENTRY) == "on"
    assert house.value("chamber", SUBENTRY) == "heat_cool"
    assert house.attribute("chamber", "hvac_action", SUBENTRY) == "cooling"
    assert house.attribute("chamber", "max_temp", SUBENTRY) == 60


async def test_its_identifiers_are_those_of_the_subentry(
    hass: HomeAssistant, entry: MockConfigEntry, lecture: FakeLink, house: House
) -> None:
    await speak(hass, lecture)
    device = house.device(SUBENTRY)
    assert isinstance(device, dr.DeviceEntry)
    assert (device.config_subentry_id, device.name) == (SUBENTRY, "Lecture")
    link = house.device("")
    assert link is not None
    assert device.via_device_id == link.id
    entities = er.async_entries_for_device(er.async_get(hass), device.id)
    assert {one.config_subentry_id for one in entities} == {SUBENTRY}
    ids = {one.unique_id.removeprefix(f"{entry.entry_id}/{SUBENTRY}/") for one in entities}
    assert {"temperature", "chamber", "heater/0", "cooler/0", "alarm", "excursion"} <= ids
    assert house.device(f"{SUBENTRY}/_mapped") is None


async def test_its_topics_are_subscribed_now_and_on_every_connection(
    hass: HomeAssistant, lecture: FakeLink
) -> None:
    topics = {"actual", "desired", "heater", "cooler"}
    assert topics <= set(lecture.subscribed)
    assert topics <= {one.filter for one in lecture.greet().subscriptions}


async def test_nothing_of_it_is_asked_for_on_topics_of_the_contract(
    hass: HomeAssistant, clock: Clock, lecture: FakeLink
) -> None:
    await speak(hass, lecture)
    await clock.advance(5)
    assert not [one for one in lecture.subscribed if "_mapped" in one]


async def test_a_refused_topic_is_told_as_a_repair_issue(
    hass: HomeAssistant, lecture: FakeLink, house: House
) -> None:
    lecture.up(refused=("actual",))
    await hass.async_block_till_done()
    assert "subscription_refused" in house.issues()


async def test_a_setpoint_is_sent_and_confirmed_by_its_echo(
    hass: HomeAssistant, lecture: FakeLink, house: House
) -> None:
    await speak(hass, lecture)
    asked = asyncio.ensure_future(_set(hass, house, 35.5))
    await asyncio.sleep(0.01)
    (sent,) = [one for one in lecture.published if one.topic == "desired"]
    assert (sent.payload, sent.retain) == (b"35.5", False)
    await tell(lecture, actual="30.1")
    assert not asked.done()
    await tell(lecture, desired="35.5")
    await asked
    await hass.async_block_till_done()
    assert house.value("setpoint", SUBENTRY) == "35.5"


async def test_what_was_said_before_is_no_echo(
    hass: HomeAssistant, lecture: FakeLink, house: House
) -> None:
    """The setpoint is what it is asked to be already; that something else is said confirms nothing."""
    await speak(hass, lecture)
    asked = asyncio.ensure_future(_set(hass, house, 30.0))
    await asyncio.sleep(0.01)
    await tell(lecture, actual="30.1", heater="1")
    with pytest.raises(HomeAssistantError) as error:
        await asked
    assert error.value.translation_key == "unconfirmed"


async def test_a_setpoint_out_of_its_limits_is_not_sent(
    hass: HomeAssistant, lecture: FakeLink, house: House
) -> None:
    await speak(hass, lecture)
    with pytest.raises(ServiceValidationError):
        await _set(hass, house, 61)
    assert not [one for one in lecture.published if one.topic == "desired"]


async def test_a_mode_without_a_topic_is_refused(
    hass: HomeAssistant, lecture: FakeLink, house: House
) -> None:
    await speak(hass, lecture)
    (climate,) = house.entity_ids("chamber", SUBENTRY)
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            "climate",
            "set_hvac_mode",
            {"entity_id": climate, "hvac_mode": "heat_cool"},
            blocking=True,
        )
    assert error.value.translation_key == "refused_not_supported"


async def test_what_cannot_be_read_is_set_aside_and_counted(
    hass: HomeAssistant, lecture: FakeLink, house: House
) -> None:
    await speak(hass, lecture)
    await say(hass, lecture, actual="30,5", heater="perhaps")
    assert house.value("temperature", SUBENTRY) == "30.05"
    aside = dict(house.coordinator.census.set_aside(address_of(SUBENTRY)))
    assert aside == {"temperature": 1, "heaters[0]": 1}


async def test_what_was_retained_shows_nothing(
    hass: HomeAssistant, lecture: FakeLink, house: House
) -> None:
    await say(hass, lecture, retained=True, actual="30.05", desired="30", heater="0", cooler="1")
    assert house.value("temperature", SUBENTRY) == "unavailable"
    assert house.value("online", SUBENTRY) == "off"
    await say(hass, lecture, actual="31")
    assert house.value("temperature", SUBENTRY) == "31.0"
    assert house.value("setpoint", SUBENTRY) == "30.0"
    assert house.value("heater", SUBENTRY) == "unknown"


async def test_a_silent_one_is_unavailable(
    hass: HomeAssistant, clock: Clock, lecture: FakeLink, house: House
) -> None:
    await speak(hass, lecture)
    await clock.advance(0.1)
    await clock.advance(29)
    assert house.value("temperature", SUBENTRY) == "30.05"
    await clock.advance(2)
    assert house.value("temperature", SUBENTRY) == "unavailable"


async def test_a_temperature_that_is_not_renewed_is_not_shown_though_the_heater_speaks(
    hass: HomeAssistant, clock: Clock, lecture: FakeLink, house: House
) -> None:
    await speak(hass, lecture)
    for _ in range(4):
        await clock.advance(10)
        await say(hass, lecture, heater="1")
    sample = house.coordinator.census.chambers[address_of(SUBENTRY)].sample
    assert sample is not None
    assert sample.quality["temperature"] is Quality.STALE
    assert house.value("temperature", SUBENTRY) == "unknown"
    assert house.value("heater", SUBENTRY) == "on"


async def test_a_restart_forgets_nothing_that_exists(
    hass: HomeAssistant, lecture: FakeLink, links: list[FakeLink], house: House
) -> None:
    await speak(hass, lecture)
    before = house.translation_keys(SUBENTRY)
    await house.reload()
    assert house.translation_keys(SUBENTRY) == before
    assert house.value("temperature", SUBENTRY) == "unavailable"
    links[-1].up()
    await speak(hass, links[-1])
    assert house.value("temperature", SUBENTRY) == "30.05"


async def test_it_is_mapped_anew_without_a_new_connection(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    lecture: FakeLink,
    links: list[FakeLink],
    house: House,
) -> None:
    await speak(hass, lecture)
    data = {**LECTURE, "temperature": {"topic": "core", "unit": "°F"}, "actuators": {}}
    hass.config_entries.async_update_subentry(
        entry, entry.subentries[SUBENTRY], data=data, title="Renamed"
    )
    await hass.async_block_till_done()
    assert lecture.unsubscribed == ["actual", "cooler", "heater"]
    await say(hass, lecture, core="86")
    assert house.value("temperature", SUBENTRY) == "30.0"
    assert house.registered("heater", SUBENTRY) == []
    device = house.device(SUBENTRY)
    assert device is not None
    assert device.name == "Renamed"
    assert len(links) == 1


async def test_it_goes_with_its_mapping(
    hass: HomeAssistant, entry: MockConfigEntry, lecture: FakeLink, house: House
) -> None:
    await speak(hass, lecture)
    hass.config_entries.async_remove_subentry(entry, SUBENTRY)
    await hass.async_block_till_done()
    assert house.device(SUBENTRY) is None
    assert sorted(lecture.unsubscribed) == ["actual", "cooler", "desired", "heater"]
    await speak(hass, lecture)
    assert house.device(SUBENTRY) is None
    assert entry.data.get("dismissed", []) == []


async def test_its_will_makes_it_unavailable_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink, house: House
) -> None:
    put(hass, entry, {**LECTURE, "availability": {"topic": "box/status"}})
    await hass.async_block_till_done()
    await speak(hass, link)
    await say(hass, link, box__status="offline")
    assert house.value("temperature", SUBENTRY) == "unavailable"
    await say(hass, link, actual="29")
    assert house.value("temperature", SUBENTRY) == "29.0"


async def test_json_templates_modes_and_probes(
    hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink, house: House
) -> None:
    data = {
        "name": "Box",
        "temperature": {"topic": "box/tele", "read": "$.t[0]", "unit": "K"},
        "setpoint": {
            "topic": "box/tele",
            "read": "{{ value_json.want / 10 }}",
            "unit": "°F",
            "command_topic": "box/set",
            "command_template": '{"want": {{ (value * 10) | int }}}',
        },
        "mode": {
            "topic": "box/mode",
            "words": ["off=0", "heat=H"],
            "command_topic": "box/set",
            "command_template": "mode {{ value }}",
        },
        "further": {"probes": [{"name": "Product", "topic": "box/tele", "read": "$.t[1]"}]},
        "power": {"topic": "box/tele", "read": "$.w"},
        "door": {"topic": "box/door", "on": ["ajar"]},
        "behaviour": {"confirm_within": 1},
    }
    put(hass, entry, data)
    await hass.async_block_till_done()
    link.deliver("box/tele", {"t": [303.15, 4], "want": 860, "w": 12.5})
    await say(hass, link, box__mode="h", box__door="AJAR")
    assert house.value("temperature", SUBENTRY) == "30.0"
    assert house.value("setpoint", SUBENTRY) == "30.0"
    assert house.value("chamber", SUBENTRY) == "heat"
    assert house.value("probe", SUBENTRY) == "4.0"
    assert house.value("power", SUBENTRY) == "12.5"
    assert house.value("door", SUBENTRY) == "on"
    assert house.registered("probe", SUBENTRY)[0].original_name == "Product"
    asked = asyncio.ensure_future(_set(hass, house, 31, hvac_mode="off"))
    await asyncio.sleep(0.01)
    assert [one.payload for one in link.published if one.topic == "box/set"] == [
        b'{"want": 878}',
        b"mode 0",
    ]
    link.deliver("box/tele", {"t": [303.15, 4], "want": 878, "w": 12.5})
    await tell(link, box__mode="0")
    await asked


async def test_a_mapping_never_takes_a_message_from_a_chamber_of_the_contract(
    hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink, house: House
) -> None:
    put(hass, entry, {**LECTURE, "temperature": {"topic": "chamber/v1/pi/box/state"}})
    await hass.async_block_till_done()
    link.describe()
    link.sample()
    await hass.async_block_till_done()
    assert house.device(SUBENTRY) is None
    assert house.value("temperature") == "30.05"


def test_the_link_has_what_hearing_needs() -> None:
    assert all(hasattr(Link, name) for name in ("subscribe", "unsubscribe", "connected"))


async def _set(hass: HomeAssistant, house: House, setpoint: float, **more: Any) -> None:
    (climate,) = house.entity_ids("chamber", SUBENTRY)
    await hass.services.async_call(
        "climate",
        "set_temperature",
        {"entity_id": climate, "temperature": setpoint, **more},
        blocking=True,
    )


async def test_an_alarm_is_raised_of_it(
    hass: HomeAssistant, lecture: FakeLink, house: House
) -> None:
    await speak(hass, lecture)
    (profile,) = house.entity_ids("alarm_profile", SUBENTRY)
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": profile, "option": "vaccine_2_8"},
        blocking=True,
    )
    (delay,) = house.entity_ids("delay_high", SUBENTRY)
    await hass.services.async_call(
        "number", "set_value", {"entity_id": delay, "value": 0}, blocking=True
    )
    await say(hass, lecture, actual="31")
    await house.judged()
    assert house.value("excursion", SUBENTRY) == "on"
    assert house.value("maximum", SUBENTRY) == "31.0"


async def test_dashboards_follow_it(
    hass: HomeAssistant, lecture: FakeLink, house: House, hass_ws_client: WebSocketGenerator
) -> None:
    await speak(hass, lecture)
    dashboard = Dashboard(await hass_ws_client(hass))
    (known,) = (await dashboard.ask("chambers"))["chambers"]
    device = house.device(SUBENTRY)
    assert device is not None
    assert (known["device_id"], known["name"]) == (device.id, "Lecture")
    assert known["entities"]["temperature"] == house.entity_ids("temperature", SUBENTRY)[0]
    assert known["parts"]["heater"] == house.entity_ids("heater", SUBENTRY)
    await dashboard.subscribe(device_id=device.id)
    await dashboard.event()
    await say(hass, lecture, actual="31")
    assert (await dashboard.event())["sample"]["temperature"] == 31.0
    await dashboard.client.close()
    await asyncio.sleep(0)


async def test_its_samples_are_recorded(
    hass: HomeAssistant, lecture: FakeLink, house: House
) -> None:
    await speak(hass, lecture)
    await house.judged()
    numbers = await house.coordinator.clerk.run(lambda store: store.addresses())
    assert address_of(SUBENTRY) in numbers


async def test_deleting_its_device_needs_its_mapping_to_go(
    hass: HomeAssistant, entry: MockConfigEntry, lecture: FakeLink, house: House
) -> None:
    device = house.device(SUBENTRY)
    assert device is not None
    assert not await async_remove_config_entry_device(hass, entry, device)
