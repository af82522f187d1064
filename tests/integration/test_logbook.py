"""The logbook tells in plain words what happened, and explains by it what the event entity says."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from homeassistant.auth.models import User
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.chamber_ws.chamber.analysis.findings import Happened
from custom_components.chamber_ws.const import DOMAIN, EVENT
from custom_components.chamber_ws.event import JUDGED, MOMENTS, REPORTED, SAYS_ALL
from custom_components.chamber_ws.logbook import in_words
from custom_components.chamber_ws.record.report import Units
from integration.house import EVENT as EVENT_TOPIC
from integration.house import STATUS, FakeLink, House, act

CELSIUS, FAHRENHEIT = Units(), Units(fahrenheit=True)
TODAY = 1_796_000_000.0
"""2026-11-29, 16:53:20 in California."""
HIGH = {"what": "high", "limit": 8.0, "since": TODAY, "value": 9.34, "time": TODAY + 60}


@pytest.fixture
async def logbook(recorder_mock: Recorder, hass: HomeAssistant) -> None:
    """A real logbook with its recorder; what is served must be there before a client is."""
    for component in ("logbook", DOMAIN):
        assert await async_setup_component(hass, component, {})
    await hass.async_block_till_done()


@pytest.fixture
async def client(logbook: None, hass_ws_client: WebSocketGenerator) -> MockHAClientWebSocket:
    return await hass_ws_client()


def on(house: House) -> dict[str, Any]:
    device = house.device()
    assert device is not None
    return {"device_id": device.id}


async def lines(
    hass: HomeAssistant, client: MockHAClientWebSocket, **of: list[str]
) -> list[dict[str, Any]]:
    """What the logbook has of the last hour, as its own page and the cards ask for it."""
    await async_wait_recording_done(hass)
    now = dt_util.utcnow()
    await client.send_json_auto_id(
        {
            "type": "logbook/get_events",
            "start_time": (now - timedelta(hours=1)).isoformat(),
            "end_time": (now + timedelta(minutes=1)).isoformat(),
            **of,
        }
    )
    answer = await client.receive_json()
    assert answer["success"], answer
    found: list[dict[str, Any]] = answer["result"]
    return found


def told(found: list[dict[str, Any]]) -> list[str]:
    """The lines in words."""
    return [f"{one['name']} {one['message']}" for one in found if one.get("domain") == DOMAIN]


async def warm(hass: HomeAssistant, carrier: FakeLink, house: House) -> str:
    """An excursion begins; the time since, as the logbook writes it."""
    await act(hass, "configure_alarm", on(house), high=31)
    carrier.sample(probes={"product": 31.34})
    await house.judged()
    since = house.coordinator.clerk.findings(house.address)
    assert since is not None
    assert since.last_excursion is not None
    return f"{dt_util.as_local(dt_util.utc_from_timestamp(since.last_excursion.since)):%H:%M}"


async def test_an_excursion_is_told_in_plain_words_from_its_beginning_to_its_end(
    hass: HomeAssistant,
    client: MockHAClientWebSocket,
    carrier: FakeLink,
    house: House,
    hass_admin_user: User,
) -> None:
    hass_admin_user.name = "Ada"
    since = await warm(hass, carrier, house)
    await act(hass, "acknowledge", on(house), user=hass_admin_user, comment="checked the door")
    carrier.sample(probes={"product": 30.5})
    await house.judged()
    first, second, third = told(await lines(hass, client))
    assert first == f"Vaccine carrier above 31.0 °C since {since} (31.3 °C)"
    assert second == "Vaccine carrier acknowledged by Ada: checked the door"
    assert third.startswith("Vaccine carrier no longer above 31.0 °C after ")
    assert third.endswith(", up to 31.3 °C")


@pytest.mark.parametrize("of", ["device_ids", "entity_ids", "everything"])
async def test_the_line_is_found_by_device_and_by_entity(
    hass: HomeAssistant,
    client: MockHAClientWebSocket,
    carrier: FakeLink,
    house: House,
    of: str,
) -> None:
    await warm(hass, carrier, house)
    (alarm,) = house.entity_ids("alarm")
    asked = {"device_ids": {"device_ids": [on(house)["device_id"]]}, "entity_ids": {"entity_ids": [alarm]}}  # fmt: skip
    [line] = [
        one for one in await lines(hass, client, **asked.get(of, {})) if one.get("domain") == DOMAIN
    ]
    assert line["entity_id"] == alarm
    assert line["message"].startswith("above 31.0 °C")


async def test_the_entity_s_own_line_is_explained_by_it(
    hass: HomeAssistant, client: MockHAClientWebSocket, carrier: FakeLink, house: House
) -> None:
    carrier.deliver(EVENT_TOPIC, {"type": "door_opened"})
    await warm(hass, carrier, house)
    (alarm,) = house.entity_ids("alarm")
    own = [one for one in await lines(hass, client, entity_ids=[alarm]) if "state" in one]
    assert [one["attributes"]["event_type"] for one in own][-1] == "excursion_started"
    assert own[-1]["context_event_type"] == EVENT
    assert own[-1]["context_domain"] == DOMAIN
    assert own[-1]["context_name"] == "Vaccine carrier"
    assert own[-1]["context_message"].startswith("above 31.0 °C")


async def test_a_live_page_is_told_the_same(
    hass: HomeAssistant, client: MockHAClientWebSocket, carrier: FakeLink, house: House
) -> None:
    (alarm,) = house.entity_ids("alarm")
    await client.send_json_auto_id(
        {
            "type": "logbook/event_stream",
            "start_time": dt_util.utcnow().isoformat(),
            "device_ids": [on(house)["device_id"]],
            "entity_ids": [alarm],
        }
    )
    assert (await client.receive_json())["success"]
    await warm(hass, carrier, house)
    found: list[dict[str, Any]] = []
    until = time.monotonic() + 10
    while not told(found) and time.monotonic() < until:
        found += (await client.receive_json(timeout=10))["event"]["events"]
    assert told(found)[0].startswith("Vaccine carrier above 31.0 °C")


async def test_what_says_all_by_itself_has_no_second_line(
    hass: HomeAssistant, client: MockHAClientWebSocket, carrier: FakeLink, house: House
) -> None:
    carrier.deliver(EVENT_TOPIC, {"type": "door_opened"})
    carrier.deliver(STATUS, {"state": "lost", "session": "a"})
    await house.judged()
    assert house.attribute("alarm", "event_type") == "lost"
    assert told(await lines(hass, client)) == []


async def test_what_the_chamber_says_is_told_in_its_words(
    hass: HomeAssistant, client: MockHAClientWebSocket, carrier: FakeLink, house: House
) -> None:
    carrier.deliver(EVENT_TOPIC, {"type": "interlock", "message": "the door is open"})
    carrier.deliver(EVENT_TOPIC, {"type": "sang_a_song"})
    await house.judged()
    assert told(await lines(hass, client)) == [
        "Vaccine carrier interlock: the door is open",
        "Vaccine carrier sang a song",
    ]


async def test_what_happens_while_it_is_shelved_is_not_told(
    hass: HomeAssistant, client: MockHAClientWebSocket, carrier: FakeLink, house: House
) -> None:
    await act(hass, "shelve", on(house), duration=3600, comment="cleaning")
    await warm(hass, carrier, house)
    [shelved] = told(await lines(hass, client))
    assert shelved.startswith("Vaccine carrier shelved until ")
    assert shelved.endswith(": cleaning")


async def test_the_user_s_name_of_the_chamber_and_the_user_s_unit_are_used(
    hass: HomeAssistant, client: MockHAClientWebSocket, carrier: FakeLink, house: House
) -> None:
    dr.async_get(hass).async_update_device(on(house)["device_id"], name_by_user="Cellar")
    await act(hass, "configure_alarm", on(house), high=31)
    hass.config.units = US_CUSTOMARY_SYSTEM
    carrier.sample(probes={"product": 31.34})
    await house.judged()
    [line] = told(await lines(hass, client))
    assert line.startswith("Cellar above 87.8 °F since ")
    assert line.endswith(" (88.4 °F)")


async def test_a_chamber_that_was_deleted_is_still_told_of(
    hass: HomeAssistant, client: MockHAClientWebSocket, carrier: FakeLink, house: House
) -> None:
    await warm(hass, carrier, house)
    dr.async_get(hass).async_remove_device(on(house)["device_id"])
    [line] = told(await lines(hass, client))
    assert line.startswith("Chamber above 31.0 °C")


async def test_the_event_names_the_chamber_and_says_what_the_entity_says(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    fired = async_capture_events(hass, EVENT)
    await warm(hass, carrier, house)
    [event] = fired
    (alarm,) = house.entity_ids("alarm")
    state = hass.states.get(alarm)
    assert state is not None
    assert set(event.data) == {"device_id", "entity_id", "type", "details"}
    assert (event.data["device_id"], event.data["entity_id"]) == (on(house)["device_id"], alarm)
    assert event.data["type"] == state.attributes["event_type"] == "excursion_started"
    same = {name: value for name, value in event.data["details"].items() if name not in MOMENTS}
    assert same.items() <= state.attributes.items()
    assert event.context.id == state.context.id


async def test_each_happening_has_a_context_of_its_own(
    hass: HomeAssistant, entry: MockConfigEntry, carrier: FakeLink, house: House
) -> None:
    (alarm,) = house.entity_ids("alarm")
    contexts = []
    for kind in ("interlock", "door_opened"):
        carrier.deliver(EVENT_TOPIC, {"type": kind, "message": "x" if kind == "interlock" else None})  # fmt: skip
        state = hass.states.get(alarm)
        assert state is not None
        contexts.append(state.context.id)
    assert max(Counter(contexts).values()) == 1


WORDS: dict[str, tuple[str, dict[str, Any], Units, str]] = {
    "above": ("excursion_started", HIGH, CELSIUS, "above 8.0 °C since 16:53 (9.3 °C)"),
    "above, in Fahrenheit": (
        "excursion_started",
        HIGH,
        FAHRENHEIT,
        "above 46.4 °F since 16:53 (48.8 °F)",
    ),
    "below, since another day": (
        "excursion_started",
        {**HIGH, "what": "low", "limit": 2.0, "value": -1.26, "since": TODAY - 86400},
        CELSIUS,
        "below 2.0 °C since 2026-11-28 16:53 (−1.3 °C)",
    ),
    "frozen": (
        "excursion_started",
        {**HIGH, "what": "freeze", "limit": -0.5, "value": -0.5},
        CELSIUS,
        "at or below −0.5 °C since 16:53 (−0.5 °C)",
    ),
    "found late": (
        "excursion_started",
        {**HIGH, "found_late": True},
        CELSIUS,
        "above 8.0 °C since 16:53 (9.3 °C), at 2026-11-29 16:54, found in samples that came late",
    ),
    "found late, with a sentence at its end": (
        "fault_started",
        {"what": "fault", "reasons": ["The lid is open."], "time": TODAY, "found_late": True},
        CELSIUS,
        "fault: The lid is open. At 2026-11-29 16:53, found in samples that came late.",
    ),
    "found late, nobody knows when it was": (
        "fault_started",
        {"what": "dead_cooler", "found_late": True},
        CELSIUS,
        "fault: dead cooler, found in samples that came late",
    ),
    "done by somebody, which is in no sample": (
        "acknowledged",
        {"by": "Ada", "comment": "Put aside to be checked.", "found_late": True},
        CELSIUS,
        "acknowledged by Ada: Put aside to be checked.",
    ),
    "over": (
        "excursion_ended",
        {**HIGH, "out": 2520.0, "peak": 9.81},
        CELSIUS,
        "no longer above 8.0 °C after 42 min, up to 9.8 °C",
    ),
    "over, it was cold": (
        "excursion_ended",
        {**HIGH, "what": "low", "limit": 2.0, "out": 61.0, "peak": 1.0},
        CELSIUS,
        "no longer below 2.0 °C after 1 min 1 s, down to 1.0 °C",
    ),
    "an early warning": (
        "warning_started",
        {**HIGH, "what": "warning_high"},
        CELSIUS,
        "early warning: above 8.0 °C since 16:53 (9.3 °C)",
    ),
    "repeated": ("realarmed", HIGH, CELSIUS, "alarm repeated: above 8.0 °C since 16:53 (9.3 °C)"),
    "acknowledged": (
        "acknowledged",
        {"by": "Ada", "comment": "checked the door"},
        CELSIUS,
        "acknowledged by Ada: checked the door",
    ),
    "acknowledged for somebody": (
        "acknowledged",
        {"on_behalf_of": "Ben"},
        CELSIUS,
        "acknowledged on behalf of Ben",
    ),
    "shelved": (
        "shelved",
        {"until": TODAY + 3600, "by": "Ada", "time": TODAY},
        CELSIUS,
        "shelved until 17:53 by Ada",
    ),
    "refused": (
        "setpoint_rejected",
        {"what": "setpoint", "setpoint": 99.0, "outcome": "out_of_range"},
        CELSIUS,
        "refused setpoint 99.0 °C: Out of range",
    ),
    "a mode refused": (
        "setpoint_rejected",
        {"what": "mode", "mode": "cool", "outcome": "unconfirmed"},
        CELSIUS,
        "refused mode cool: Unconfirmed",
    ),
    "soaking": (
        "soak_reached",
        {"name": "bake", "step": 2, "steps": 5},
        CELSIUS,
        "reached the temperature of step 2 of 5 of bake",
    ),
    "a fault": (
        "fault_started",
        {"what": "cooling_not_responding"},
        CELSIUS,
        "fault: cooling not responding",
    ),
    "a fault of a probe": (
        "fault_started",
        {"what": "sensor_jump", "probe": "product", "since": TODAY},
        CELSIUS,
        "fault: sensor jump (product)",
    ),
    "faults by their reasons": (
        "fault_ended",
        {"what": "fault", "reasons": ["product: fault", "door"]},
        CELSIUS,
        "fault over: product: fault, door",
    ),
}


@pytest.mark.parametrize("case", WORDS)
async def test_in_words(hass: HomeAssistant, case: str) -> None:
    kind, details, units, words = WORDS[case]
    assert in_words(kind, details, units) == words


@pytest.mark.parametrize("kind", [*JUDGED, *REPORTED, "of_a_later_version", ""])
def test_an_event_without_details_costs_no_page(kind: str) -> None:
    """One error in a line would be logged each time that somebody looks."""
    assert isinstance(in_words(kind, {}, CELSIUS), str)


def test_each_type_is_told_in_words_or_says_all() -> None:
    spoken = {kind for kind in Happened if in_words(kind, {}, CELSIUS) != kind.replace("_", " ")}
    assert set(Happened) - SAYS_ALL <= spoken | {Happened.ACKNOWLEDGED, Happened.SHELVED}
