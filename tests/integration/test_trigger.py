"""Triggers of our own: what occurs to chambers and what lasts with them starts automations, and nothing else does."""

from collections.abc import Callable
from typing import Any

import pytest
import voluptuous as vol
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, ServiceCall, State
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import label_registry as lr
from homeassistant.helpers.trigger import async_get_all_descriptions, async_validate_trigger_config
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.chamber_ws.chamber.analysis.findings import Happened
from custom_components.chamber_ws.trigger import TRIGGERS
from integration.automating import Chamber, automate, hearing, pass_minutes
from integration.house import EVENT, META, STATE, STATUS, Clock, FakeLink, House

OCCURRENCES = {
    "acknowledged": Happened.ACKNOWLEDGED,
    "chamber_lost": Happened.LOST,
    "chamber_recovered": Happened.RECOVERED,
    "excursion_ended": Happened.EXCURSION_ENDED,
    "excursion_realarmed": Happened.REALARMED,
    "excursion_started": Happened.EXCURSION_STARTED,
    "fault_ended": Happened.FAULT_ENDED,
    "fault_started": Happened.FAULT_STARTED,
    "setpoint_rejected": Happened.SETPOINT_REJECTED,
    "soak_reached": Happened.SOAK_REACHED,
    "warning_ended": Happened.WARNING_ENDED,
    "warning_started": Happened.WARNING_STARTED,
}
OF_TEMPERATURES = [key for key in OCCURRENCES if not key.startswith("fault")]
"""A probe that jumps as it does in a test is a fault of its own."""


@pytest.fixture
def chamber(clock: Clock, carrier: FakeLink, house: House) -> Chamber:
    """A chamber that is well, and seldom says so."""
    carrier.describe(heartbeat=3600)
    return Chamber(carrier, house)


@pytest.fixture
def heard(hass: HomeAssistant) -> list[ServiceCall]:
    """What automations were told."""
    return hearing(hass)


def on(chamber: Chamber, *keys: str, **more: Any) -> dict[str, Any]:
    """An automation that triggers on what occurs to a chamber's device; its triggers are told by their keys."""
    target = {"device_id": chamber.device_id}
    return {
        "triggers": [
            {"trigger": f"chamber_ws.{key}", "id": key, "target": target, **more} for key in keys
        ]
    }


def told(calls: list[ServiceCall]) -> list[Any]:
    """Which triggers were heard, in order."""
    return [call.data["id"] for call in calls]


async def occur(chamber: Chamber, happened: Happened, **details: Any) -> None:
    """Something occurs, whatever brought it about."""
    chamber.tell(happened, **details)
    await chamber.house.judged()


# What triggers


@pytest.mark.parametrize("key", sorted(OCCURRENCES))
async def test_each_trigger_hears_what_it_is_for_and_nothing_else(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], key: str
) -> None:
    await automate(hass, on(chamber, key))
    for happened in Happened:
        await occur(chamber, happened, note=happened.value)
    assert told(heard) == [key]
    assert chamber.house.attribute("alarm", "note") == list(Happened)[-1]


async def test_an_excursion_s_life_is_told_with_all_that_matters(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await chamber.watch(delay_high=60.0, warning=30.0, realarm=600.0)
    await automate(hass, on(chamber, *OF_TEMPERATURES))
    await chamber.holds(9.0)
    began = clock.utc
    await clock.advance(31)
    await chamber.holds(9.1)
    await clock.advance(31)
    await chamber.holds(9.25)
    assert told(heard) == ["warning_started", "excursion_started"]
    started = heard[-1].data
    assert started["chamber"] == "Vaccine carrier"
    assert started["device_id"] == chamber.device_id
    assert started["entity_id"] == chamber.entity_id("alarm")
    assert (started["what"], started["value"], started["limit"]) == ("high", 9.25, 8.0)
    assert started["since"] == pytest.approx(began, abs=1)
    await chamber.acknowledge()
    await clock.advance(615)
    await chamber.holds(9.0)
    await chamber.holds(5.0)
    assert told(heard)[2:] == [
        "acknowledged",
        "excursion_realarmed",
        "excursion_ended",
        "warning_ended",
    ]


async def test_loss_and_return_trigger(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall]
) -> None:
    await automate(hass, on(chamber, *OCCURRENCES))
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await chamber.house.judged()
    await chamber.holds(30.0)
    assert told(heard) == ["chamber_lost", "chamber_recovered"]


async def test_a_setpoint_that_is_not_taken_triggers(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall]
) -> None:
    await automate(hass, on(chamber, *OCCURRENCES))
    chamber.link.down()
    await hass.services.async_call(
        "climate",
        "set_temperature",
        {"entity_id": chamber.entity_id("chamber"), "temperature": 20.0},
    )
    await chamber.house.judged()
    assert told(heard) == ["setpoint_rejected"]
    assert heard[0].data["what"] == "setpoint"


async def test_a_profile_that_soaks_triggers(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall]
) -> None:
    await automate(hass, on(chamber, *OCCURRENCES))
    await chamber.holds(30.0, profile={"name": "bake", "step": 3, "steps": 5, "state": "soak"})
    assert told(heard) == ["soak_reached"]


async def test_details_do_not_stand_in_the_trigger_s_own_place(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall]
) -> None:
    await automate(hass, on(chamber, "fault_started"))
    await occur(chamber, Happened.FAULT_STARTED, id="f", platform="f", entity_id="f")
    assert told(heard) == ["fault_started"]
    assert heard[0].data["entity_id"] == chamber.entity_id("alarm")


async def test_the_chamber_has_the_name_that_people_gave_it(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall]
) -> None:
    dr.async_get(hass).async_update_device(chamber.device_id, name_by_user="Fridge 3")
    await automate(hass, on(chamber, "excursion_started"))
    await occur(chamber, Happened.EXCURSION_STARTED)
    assert heard[0].data["chamber"] == "Fridge 3"


# What does not


async def test_nothing_that_was_restored_or_is_only_written_again_triggers(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall]
) -> None:
    await chamber.watch()
    await automate(hass, on(chamber, *OF_TEMPERATURES))
    await chamber.holds(9.0)
    assert told(heard) == ["excursion_started"]
    await chamber.house.reload()
    assert chamber.house.attribute("alarm", "event_type") == "excursion_started"
    er.async_get(hass).async_update_entity(chamber.entity_id("alarm"), name="Bell")
    await hass.async_block_till_done()
    assert told(heard) == ["excursion_started"]


async def test_an_event_of_the_last_run_does_not_trigger(
    hass: HomeAssistant, entry: MockConfigEntry, links: list[FakeLink], house: House
) -> None:
    heard = hearing(hass)
    registry = er.async_get(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={("chamber_ws", f"{entry.entry_id}/pi/box")},
        name="box",
    )
    alarm = registry.async_get_or_create(
        "event",
        "chamber_ws",
        f"{entry.entry_id}/pi/box/alarm",
        config_entry=entry,
        device_id=device.id,
        translation_key="alarm",
    )
    last = State(alarm.entity_id, "2026-11-30T01:02:03.000+00:00")
    data = {"last_event_type": "excursion_started", "last_event_attributes": {"what": "high"}}
    mock_restore_cache_with_extra_data(hass, [(last, data)])
    target = {"device_id": device.id}
    await automate(
        hass, {"triggers": {"trigger": "chamber_ws.excursion_started", "target": target}}
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert house.attribute("alarm", "event_type") == "excursion_started"
    assert heard == []


async def test_what_is_shelved_does_not_trigger_until_the_shelf_ends(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await chamber.watch()
    await automate(hass, on(chamber, *OCCURRENCES))
    await chamber.hand.shelve(chamber.house.address, 600.0)
    await chamber.holds(9.0)
    assert told(heard) == []
    await clock.advance(620)
    await chamber.holds(9.0)
    assert told(heard).count("excursion_started") == 1


async def test_what_the_chamber_itself_reports_does_not_trigger(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall]
) -> None:
    await automate(hass, on(chamber, *OCCURRENCES))
    chamber.link.deliver(EVENT, {"type": "excursion_started"})
    await hass.async_block_till_done()
    assert heard == []


# What occurs while nobody listens yet


async def test_what_occurs_while_home_assistant_starts_triggers_once_it_has_started(
    hass: HomeAssistant, entry: MockConfigEntry, links: list[FakeLink], house: House
) -> None:
    heard = hearing(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    links[-1].up()
    links[-1].describe()
    chamber = Chamber(links[-1], house)
    await chamber.holds(5.0)
    await chamber.watch()
    automation = on(chamber, "excursion_started")
    await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.not_running)
    assert await hass.config_entries.async_setup(entry.entry_id)
    links[-1].up()
    chamber = Chamber(links[-1], house)
    await chamber.holds(9.0)
    hass.set_state(CoreState.starting)
    await automate(hass, automation)
    assert heard == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert told(heard) == ["excursion_started"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_occurs_to_a_chamber_before_it_has_its_entities_is_told_then(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    chamber = Chamber(link, house)
    link.deliver(STATE, {"temperature": 5.0})
    await house.judged()
    await chamber.watch()
    link.deliver(STATE, {"temperature": 9.0})
    await house.judged()
    assert house.device() is None
    link.deliver(META, {"name": "Late"}, retained=True)
    await hass.async_block_till_done()
    assert house.attribute("alarm", "event_type") == "excursion_started"


# Targets

Where = Callable[[HomeAssistant, Chamber], dict[str, Any]]


def _area(hass: HomeAssistant, chamber: Chamber) -> str:
    area = ar.async_get(hass).async_create("Lab")
    dr.async_get(hass).async_update_device(chamber.device_id, area_id=area.id)
    return area.id


def _floor(hass: HomeAssistant, chamber: Chamber) -> dict[str, Any]:
    floor = fr.async_get(hass).async_create("Cellar")
    ar.async_get(hass).async_update(_area(hass, chamber), floor_id=floor.floor_id)
    return {"floor_id": floor.floor_id}


def _label(hass: HomeAssistant, chamber: Chamber) -> dict[str, Any]:
    label = lr.async_get(hass).async_create("Vaccines")
    dr.async_get(hass).async_update_device(chamber.device_id, labels={label.label_id})
    return {"label_id": label.label_id}


TARGETS: dict[str, Where] = {
    "the device": lambda _hass, chamber: {"device_id": chamber.device_id},
    "the alarm": lambda _hass, chamber: {"entity_id": chamber.entity_id("alarm")},
    "the thermostat": lambda _hass, chamber: {"entity_id": chamber.entity_id("chamber")},
    "a sensor": lambda _hass, chamber: {"entity_id": [chamber.entity_id("temperature")]},
    "its area": lambda hass, chamber: {"area_id": _area(hass, chamber)},
    "its floor": _floor,
    "a label": _label,
}


@pytest.mark.parametrize("where", TARGETS.values(), ids=TARGETS)
async def test_a_chamber_is_meant_by(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], where: Where
) -> None:
    target = where(hass, chamber)
    await automate(hass, {"triggers": {"trigger": "chamber_ws.fault_started", "target": target}})
    await occur(chamber, Happened.FAULT_STARTED)
    assert len(heard) == 1


NOBODY: dict[str, Where] = {
    "its gateway": lambda _hass, chamber: {"device_id": chamber.house.device("pi").id},  # type: ignore[union-attr]
    "its link": lambda _hass, chamber: {"device_id": chamber.house.device("").id},  # type: ignore[union-attr]
    "the gateway's sensor": lambda _hass, chamber: {
        "entity_id": chamber.house.entity_ids("online", "pi")
    },
    "something else": lambda _hass, _chamber: {"entity_id": "event.doorbell"},
    "an area without it": lambda hass, _chamber: {
        "area_id": ar.async_get(hass).async_create("X").id
    },
    "a device that is gone": lambda _hass, _chamber: {"device_id": "no-such-device"},
}


@pytest.mark.parametrize("where", NOBODY.values(), ids=NOBODY)
async def test_a_chamber_is_not_meant_by(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], where: Where, clock: Clock
) -> None:
    await chamber.watch()
    target = where(hass, chamber)
    lasting = {"options": {"for": "00:01:00"}}
    await automate(
        hass,
        {
            "triggers": [
                {"trigger": "chamber_ws.excursion_started", "target": target},
                {"trigger": "chamber_ws.excursion_unacknowledged", "target": target, **lasting},
                {"trigger": "chamber_ws.chamber_lost", "target": target, **lasting},
            ]
        },
    )
    await chamber.holds(9.0)
    await clock.advance(90)
    await clock.advance(90)
    assert heard == []


@pytest.mark.parametrize("target", [{}, {"entity_id": []}, {"device_id": []}])
@pytest.mark.parametrize("key", sorted(TRIGGERS))
async def test_a_target_that_names_nothing_is_refused(
    hass: HomeAssistant, key: str, target: dict[str, Any]
) -> None:
    config = {"platform": f"chamber_ws.{key}", "target": target, "options": {"for": "00:01:00"}}
    if key not in {"chamber_lost", "excursion_unacknowledged"}:
        del config["options"]
    with pytest.raises(vol.Invalid, match="target is empty"):
        await async_validate_trigger_config(hass, [config])


@pytest.mark.parametrize("options", [{}, {"for": 0}, {"for": "soon"}, {"for": -1}])
async def test_a_time_without_acknowledgement_has_to_be_one(
    hass: HomeAssistant, options: dict[str, Any]
) -> None:
    config = {
        "platform": "chamber_ws.excursion_unacknowledged",
        "target": {"device_id": "x"},
        "options": options,
    }
    with pytest.raises(vol.Invalid):
        await async_validate_trigger_config(hass, [config])


async def test_a_chamber_that_joins_an_area_later_is_heard_and_one_that_leaves_is_not(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall]
) -> None:
    area = ar.async_get(hass).async_create("Lab")
    registry = dr.async_get(hass)
    target = {"area_id": area.id}
    await automate(hass, {"triggers": {"trigger": "chamber_ws.fault_started", "target": target}})
    await occur(chamber, Happened.FAULT_STARTED)
    assert len(heard) == 0
    registry.async_update_device(chamber.device_id, area_id=area.id)
    await hass.async_block_till_done()
    await occur(chamber, Happened.FAULT_STARTED)
    assert len(heard) == 1
    registry.async_update_device(chamber.device_id, area_id=None)
    await hass.async_block_till_done()
    await occur(chamber, Happened.FAULT_STARTED)
    assert len(heard) == 1


async def test_of_two_chambers_the_one_that_is_meant_is_heard(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall]
) -> None:
    chamber.link.introduce("pi/other", "Other")
    await hass.async_block_till_done()
    other = chamber.house.device("pi/other")
    assert other is not None
    target = {"device_id": other.id}
    await automate(hass, {"triggers": {"trigger": "chamber_ws.fault_started", "target": target}})
    await occur(chamber, Happened.FAULT_STARTED)
    assert heard == []


# What lasts


def unacknowledged(chamber: Chamber, minutes: int = 10) -> dict[str, Any]:
    return on(chamber, "excursion_unacknowledged", options={"for": {"minutes": minutes}})


async def test_an_excursion_that_nobody_acknowledges_is_told_again_and_again(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await chamber.watch()
    await automate(hass, unacknowledged(chamber))
    await pass_minutes(clock, 15)
    assert heard == []
    await chamber.holds(9.0)
    await pass_minutes(clock, 9)
    assert heard == []
    await pass_minutes(clock, 22)
    assert [call.data["count"] for call in heard] == [1, 2, 3]
    first = heard[0].data
    assert (first["chamber"], first["device_id"]) == ("Vaccine carrier", chamber.device_id)
    assert (first["what"], first["value"], first["limit"]) == ("high", 9.0, 8.0)
    await chamber.acknowledge()
    await pass_minutes(clock, 30)
    assert len(heard) == 3


async def test_what_is_told_of_an_excursion_is_the_newest_temperature(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await chamber.watch()
    await automate(hass, unacknowledged(chamber, 1))
    await chamber.holds(9.0)
    await clock.advance(5)
    await clock.advance(50)
    await chamber.holds(9.6)
    await clock.advance(11)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await clock.advance(61)
    assert [call.data["value"] for call in heard] == [9.6, None]


async def test_an_excursion_that_ended_is_not_told_unless_it_is_latched(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await chamber.watch()
    await automate(hass, unacknowledged(chamber))
    await chamber.holds(9.0)
    await pass_minutes(clock, 5)
    await chamber.holds(5.0)
    await pass_minutes(clock, 30)
    assert heard == []
    await chamber.watch(latch=True)
    await chamber.holds(9.0)
    await chamber.holds(5.0)
    await pass_minutes(clock, 11)
    assert len(heard) == 1


async def test_a_shelf_silences_what_lasts(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await chamber.watch()
    lost = on(chamber, "chamber_lost", options={"for": {"minutes": 10}})
    await automate(hass, unacknowledged(chamber), lost)
    await chamber.holds(9.0)
    await chamber.hand.shelve(chamber.house.address, 2700.0)
    await pass_minutes(clock, 25)
    await chamber.holds(9.0)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await pass_minutes(clock, 15)
    assert heard == []
    await pass_minutes(clock, 13)
    assert heard == []
    await pass_minutes(clock, 4)
    assert sorted(told(heard)) == ["chamber_lost", "excursion_unacknowledged"]


async def test_what_lasts_is_told_though_everything_was_restarted(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await chamber.watch()
    await automate(hass, unacknowledged(chamber))
    await chamber.holds(9.0)
    await pass_minutes(clock, 5)
    await chamber.house.reload()
    for action in ("turn_off", "turn_on"):
        await hass.services.async_call("automation", action, {"entity_id": "all"}, blocking=True)
    await pass_minutes(clock, 11)
    assert [call.data["count"] for call in heard] == [1]


async def test_a_chamber_that_is_not_loaded_changes_nothing(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await chamber.watch()
    await automate(hass, unacknowledged(chamber))
    await chamber.holds(9.0)
    await pass_minutes(clock, 5)
    await hass.config_entries.async_unload(chamber.house.entry.entry_id)
    await pass_minutes(clock, 2)
    await hass.config_entries.async_setup(chamber.house.entry.entry_id)
    await pass_minutes(clock, 4)
    assert len(heard) == 1


async def test_a_chamber_that_was_away_for_long_enough_is_told_once(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await automate(hass, on(chamber, "chamber_lost", options={"for": {"minutes": 10}}))
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await chamber.house.judged()
    await pass_minutes(clock, 5)
    await chamber.holds(30.0)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await pass_minutes(clock, 8)
    assert heard == []
    await pass_minutes(clock, 40)
    assert [call.data["chamber"] for call in heard] == ["Vaccine carrier"]


async def test_a_loss_is_told_as_soon_as_it_has_lasted_for_so_long(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await automate(hass, on(chamber, "chamber_lost", options={"for": {"seconds": 63}}))
    await clock.advance(3)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await chamber.house.judged()
    for seconds in (4, 40, 18):
        await clock.advance(seconds)
        assert heard == []
    await clock.advance(1.5)
    assert told(heard) == ["chamber_lost"]


async def test_a_trigger_that_is_gone_looks_no_more(
    hass: HomeAssistant, chamber: Chamber, heard: list[ServiceCall], clock: Clock
) -> None:
    await chamber.watch()
    await automate(hass, unacknowledged(chamber))
    await chamber.holds(9.0)
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)
    await pass_minutes(clock, 30)
    assert heard == []


# In the editor


async def test_the_editor_knows_them_all(
    hass: HomeAssistant, chamber: Chamber, caplog: pytest.LogCaptureFixture
) -> None:
    described = await async_get_all_descriptions(hass)
    ours = {key: value for key, value in described.items() if key.startswith("chamber_ws.")}
    assert set(ours) == {f"chamber_ws.{key}" for key in TRIGGERS}
    assert all(value is not None and value["target"]["entity"] for value in ours.values())
    assert "triggers.yaml" not in caplog.text


@pytest.mark.parametrize("where", TARGETS.values(), ids=TARGETS)
async def test_the_editor_offers_them_for(
    hass: HomeAssistant,
    chamber: Chamber,
    hass_ws_client: WebSocketGenerator,
    where: Where,
) -> None:
    client = await hass_ws_client(hass)
    target = where(hass, chamber)
    target = {key: value if isinstance(value, list) else [value] for key, value in target.items()}
    await client.send_json_auto_id({"type": "get_triggers_for_target", "target": target})
    offered = (await client.receive_json())["result"]
    expected = {f"chamber_ws.{key}" for key in TRIGGERS}
    is_sensor = chamber.entity_id("temperature") in target.get("entity_id", ())
    assert expected & set(offered) == (set() if is_sensor else expected)
