"""The alarm as users see it: what it is held against, whether it stands, who acknowledged it, what is at fault."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STOP,
    EVENT_STATE_CHANGED,
    EntityCategory,
)
from homeassistant.core import (
    Context,
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM, UnitSystem
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events

from custom_components.chamber_ws import event as events
from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.analysis.findings import Breach, Loss
from custom_components.chamber_ws.chamber.analysis.settings import Profile
from custom_components.chamber_ws.keeping.acting import Hand
from custom_components.chamber_ws.record import clerk as clerks
from custom_components.chamber_ws.record.errors import RecordFull
from custom_components.chamber_ws.record.inputs import Outcome
from custom_components.chamber_ws.record.store import Store
from integration.house import EVENT, FakeLink, House
from integration.living import Life

SETTINGS = ("alarm_profile", "limit_low", "limit_high", "delay_low", "delay_high")
JUDGED = ("excursion", *SETTINGS, "minimum", "maximum", "mean_kinetic_temperature")
METRICS = ("time_in_range", "time_out_of_range", "time_to_breach")


def settings(house: House) -> list[str | None]:
    """Profile, limits and delays, as shown."""
    return [house.value(key) for key in SETTINGS]


def written(changes: Iterable[Event[EventStateChangedData]]) -> list[State]:
    """The states that were written."""
    return [state for change in changes if (state := change.data["new_state"]) is not None]


# What is known


@pytest.mark.parametrize("units", [METRIC_SYSTEM, US_CUSTOMARY_SYSTEM])
async def test_a_whole_degree_is_a_step_of_a_limit_s_form(
    hass: HomeAssistant, life: Life, units: UnitSystem
) -> None:
    hass.config.units = units
    await life.go_on(5.0)
    lowest, step = (float(life.house.attribute("limit_high", name)) for name in ("min", "step"))
    assert (4.0 - lowest) / step == pytest.approx(round((4.0 - lowest) / step), abs=1e-6)


async def test_a_chamber_is_not_watched_until_somebody_says_how(life: Life) -> None:
    await life.go_on(5.0)
    assert settings(life.house) == ["off", "unknown", "unknown", "0.0", "0.0"]
    assert life.house.value("excursion") == "off"
    await life.go_on(50.0, minutes=60)
    assert life.house.value("excursion") == "off"


async def test_what_nobody_knows_is_unknown_but_there(
    life: Life, house: House, hass: HomeAssistant
) -> None:
    await life.go_on(5.0)
    record = house.coordinator.clerk.path
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    record.unlink()
    assert await hass.config_entries.async_setup(house.entry.entry_id)
    await hass.async_block_till_done()
    assert {house.value(key) for key in (*METRICS, "fault")} == {"unknown"}
    assert (house.value("excursion"), house.value("alarm_profile")) == ("off", "off")
    await life.choose("vaccine_2_8")
    assert settings(house) == ["vaccine_2_8", "2.0", "8.0", "60.0", "600.0"]


async def test_after_a_restart_everything_is_as_it_was(life: Life, house: House) -> None:
    await life.choose("vaccine_2_8")
    await life.set("delay_high", 5)
    await life.go_on(5.0, minutes=30)
    await life.go_on(9.0, minutes=20)
    await life.press("acknowledge")
    await life.go_on(9.5, minutes=5)
    await life.stop_and_go()
    before = {key: house.state(key) for key in (*JUDGED, *METRICS)}
    assert before["excursion"].attributes["acknowledged_at"] is not None
    assert {key for key, state in before.items() if state.state == "unknown"} == {"time_to_breach"}
    await life.stop_and_go()
    for key, state in before.items():
        after = house.state(key)
        assert (after.state, after.attributes) == (state.state, state.attributes)


# What it is held against


@pytest.mark.parametrize("profile", list(Profile))
async def test_every_profile_can_be_chosen(life: Life, house: House, profile: str) -> None:
    await life.choose("vaccine_2_8")
    await life.choose(profile)
    assert house.value("alarm_profile") == profile
    assert house.attribute("alarm_profile", "options") == list(Profile)


async def test_setting_something_makes_the_profile_custom(life: Life, house: House) -> None:
    await life.choose("vaccine_2_8")
    await life.set("limit_low", 1.5)
    assert settings(house) == ["custom", "1.5", "8.0", "60.0", "600.0"]
    await life.set("delay_low", 0.5)
    assert settings(house) == ["custom", "1.5", "8.0", "0.5", "600.0"]
    found = house.coordinator.clerk.findings(house.address)
    assert found is not None
    assert (found.settings.delay_low, found.settings.freeze) == (30.0, None)


async def test_choosing_custom_takes_nobody_s_limits_away(life: Life, house: House) -> None:
    await life.choose("freezer")
    await life.choose("custom")
    assert settings(house) == ["custom", "-50.0", "-15.0", "60.0", "60.0"]
    await life.choose("off")
    await life.choose("custom")
    assert settings(house) == ["custom", "unknown", "unknown", "0.0", "0.0"]


async def test_both_limits_are_raised_in_the_right_order_only(
    life: Life, house: House, hass: HomeAssistant
) -> None:
    await life.choose("vaccine_2_8")
    shown = async_capture_events(hass, EVENT_STATE_CHANGED)
    with pytest.raises(ServiceValidationError, match="Change the other limit first, or choose"):
        await life.set("limit_low", 20.0)
    (entity_id,) = house.entity_ids("limit_low")
    assert [(state.entity_id, state.state) for state in written(shown)] == [(entity_id, "2.0")]
    await life.set("limit_high", 25.0)
    await life.set("limit_low", 20.0)
    assert settings(house)[:3] == ["custom", "20.0", "25.0"]


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("limit_high", 2.0, ServiceValidationError),
        ("limit_high", float("nan"), ServiceValidationError),
        ("limit_low", -300.0, ServiceValidationError),
        ("delay_low", -1.0, ServiceValidationError),
        ("delay_low", float("nan"), ServiceValidationError),
        ("delay_high", 7 * 24 * 60 + 1, ServiceValidationError),
    ],
)
async def test_what_cannot_be_is_refused(
    life: Life, house: House, key: str, value: float, kind: type[Exception]
) -> None:
    await life.choose("vaccine_2_8")
    before = settings(house)
    with pytest.raises(kind):
        await life.set(key, value)
    assert settings(house) == before


async def test_two_who_change_limits_at_once_do_not_cross_them(life: Life, house: House) -> None:
    await life.choose("vaccine_2_8")
    both = await asyncio.gather(
        life.set("limit_low", 7.0), life.set("limit_high", 3.0), return_exceptions=True
    )
    assert [type(one) for one in both] == [type(None), ServiceValidationError]
    assert settings(house)[:3] == ["custom", "7.0", "8.0"]


@pytest.mark.parametrize(
    ("fahrenheit", "celsius", "shown"), [(35.6, 2.0, "35.6"), (46.0, 7.78, "46.0"), (-4, -20, "-4")]
)
async def test_fahrenheit_is_converted_and_rounded(
    hass: HomeAssistant, life: Life, house: House, fahrenheit: float, celsius: float, shown: str
) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    await life.choose("custom")
    await life.set("limit_low", fahrenheit)
    found = house.coordinator.clerk.findings(house.address)
    assert found is not None
    assert found.settings.low == celsius
    assert float(str(house.value("limit_low"))) == pytest.approx(float(shown), abs=0.005)
    assert house.attribute("limit_low", "unit_of_measurement") == "°F"


async def test_who_set_what_is_in_the_journal(
    hass: HomeAssistant, life: Life, house: House, hass_admin_user: MockUser
) -> None:
    await life.choose("vaccine_2_8", Context(user_id=hass_admin_user.id))
    await life.choose("vaccine_2_8")
    journal = await house.coordinator.clerk.run(lambda store: store.journal(None, 0.0, 1e11))
    (entry,) = [one for one in journal if one.deed.act == "settings"]
    assert entry.deed.by.name == hass_admin_user.name
    assert (entry.deed.old["profile"], entry.deed.new["profile"]) == ("off", "vaccine_2_8")


# Excursions


async def limited(life: Life, **more: Any) -> None:
    """Limits of vaccines, and ten minutes' delay."""
    await life.set("limit_low", 2.0)
    await life.set("limit_high", 8.0)
    await life.set("delay_high", 10)
    await Hand(life.house.coordinator.clerk).configure(life.house.address, **more)
    await life.go_on(5.0)


async def test_an_excursion_begins_when_its_delay_is_over(life: Life, house: House) -> None:
    await limited(life)
    await life.go_on(9.0, minutes=9)
    since = datetime.fromtimestamp(life.now - 8 * 60, UTC)
    assert house.value("excursion") == "off"
    assert house.attribute("excursion", "judged_on") == "product"
    pending = house.attribute("excursion", "pending_until")
    assert (pending - since).total_seconds() == 600
    await life.go_on(9.5, minutes=3)
    assert house.value("excursion") == "on"
    shown = house.state("excursion").attributes
    assert (shown["what"], shown["since"], shown["unacknowledged"]) == ("high", since, True)
    assert "pending_until" not in shown
    assert house.attribute("alarm", "event_type") == "excursion_started"
    assert house.attribute("alarm", "time") == pending
    assert house.attribute("alarm", "since") == since


@pytest.mark.parametrize("stops", [False, True], ids=["reload", "stop"])
async def test_what_begins_right_before_a_reload_or_a_stop_is_told_once(
    life: Life, house: House, hass: HomeAssistant, stops: bool
) -> None:
    await limited(life, delay_high=0.0)
    await life.go_on(5.0, minutes=2)
    said = async_capture_events(hass, EVENT_STATE_CHANGED)
    with patch.object(clerks, "GATHER", 60.0):
        life.say(20.0)
        if stops:
            hass.set_state(CoreState.stopping)
            hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_STOP)
            await hass.async_block_till_done()
            hass.set_state(CoreState.running)
        await life.stop_and_go()
    life.link.describe(heartbeat=100)
    await life.go_on(20.0, minutes=3)
    await life.stop_and_go()
    (alarm,) = house.entity_ids("alarm")
    told = [state for state in written(said) if state.entity_id == alarm]
    excursion = [one for one in told if one.attributes.get("event_type") == "excursion_started"]
    assert len({state.state for state in excursion}) == 1


async def test_time_is_the_samples_own(life: Life, house: House) -> None:
    """A gateway that says late what it measured is judged by when it was."""
    await limited(life)
    for minute in range(12):
        life.say(9.0, age=(12 - minute) * 60)
    await house.judged()
    assert house.value("excursion") == "on"
    assert house.value("time_out_of_range") == "660"


async def test_what_goes_on_is_written_once_a_minute(
    life: Life, house: House, hass: HomeAssistant
) -> None:
    await limited(life)
    await life.go_on(9.0, minutes=15)
    said = async_capture_events(hass, EVENT_STATE_CHANGED)
    await life.go_on(9.0, minutes=10, every=10.0)
    for key in ("excursion", "time_out_of_range", "time_in_range"):
        (entity_id,) = house.entity_ids(key)
        states = [state for state in written(said) if state.entity_id == entity_id]
        assert 9 <= len(states) <= 11
    shown = house.state("excursion")
    assert shown.attributes["out"] == float(str(house.value("time_out_of_range")))
    assert shown.attributes["degree_minutes"] == pytest.approx(shown.attributes["out"] / 60, abs=1)
    unrecorded = (shown.state_info or {})["unrecorded_attributes"]
    assert {"out", "peak", "degree_minutes", "pending_until"} <= unrecorded


async def test_who_acknowledged_is_named(
    hass: HomeAssistant, life: Life, house: House, hass_admin_user: MockUser
) -> None:
    await limited(life)
    await life.go_on(9.0, minutes=12)
    await life.press("acknowledge", Context(user_id=hass_admin_user.id))
    shown = house.state("excursion")
    assert (shown.state, shown.attributes["unacknowledged"]) == ("on", False)
    assert shown.attributes["acknowledged_by"] == hass_admin_user.name
    assert shown.attributes["acknowledged_at"] == datetime.fromtimestamp(life.now, UTC)
    assert house.attribute("alarm", "event_type") == "acknowledged"
    assert house.attribute("alarm", "by") == hass_admin_user.name
    await life.go_on(5.0, minutes=1)
    assert house.value("excursion") == "off"
    assert house.attribute("excursion", "ended") is not None


async def test_a_latched_excursion_waits_for_somebody(life: Life, house: House) -> None:
    await limited(life, latch=True)
    await life.go_on(9.0, minutes=12)
    await life.go_on(5.0, minutes=5)
    shown = house.state("excursion")
    assert (shown.state, shown.attributes["unacknowledged"]) == ("on", True)
    assert shown.attributes["ended"] is not None
    await life.stop_and_go()
    assert house.value("excursion") == "on"
    await life.press("acknowledge")
    assert house.value("excursion") == "off"


async def test_the_alarm_does_not_go_dark_with_its_chamber(life: Life, house: House) -> None:
    await limited(life)
    await life.go_on(9.0, minutes=12)
    await life.clock.advance(3600)
    assert house.value("temperature") == "unavailable"
    assert house.value("excursion") == "on"
    await life.press("acknowledge")
    assert house.attribute("excursion", "unacknowledged") is False


async def test_a_shelf_is_shown(life: Life, house: House) -> None:
    await limited(life)
    await Hand(house.coordinator.clerk).shelve(house.address, 3600)
    until = datetime.fromtimestamp(life.now + 3600, UTC)
    assert house.attribute("excursion", "shelved_until") == until
    assert house.attribute("alarm", "until") == until


async def test_all_that_is_said_of_what_happens_has_a_name(
    life: Life, house: House, hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    said = async_capture_events(hass, EVENT_STATE_CHANGED)
    await limited(life, latch=True)
    await life.go_on(9.0, minutes=12)
    await life.go_on(5.0, minutes=2)
    clerk = house.coordinator.clerk
    hand = Hand(clerk, Signature(hass_admin_user.id, "Ada", "the night shift"), why="seen")
    await hand.acknowledge(house.address)
    await hand.shelve(house.address, 60)
    rejected = {"setpoint": 99.0, "outcome": "out_of_range"}
    await clerk.act(house.address, Deed(act=Act.SETPOINT, at=life.now, new=rejected))
    await life.go_on(5.0, profile={"name": "bake", "step": 1, "steps": 2, "state": "soak"})
    life.link.deliver(EVENT, {"type": "sang", "message": "la", "time": life.now})
    await house.judged()
    (entity_id,) = house.entity_ids("alarm")
    told = [state for state in written(said) if state.entity_id == entity_id]
    names = {name for state in told for name in state.attributes}
    own = {"event_type", "event_types", "friendly_name"}
    path = Path(events.__file__).parent / "translations" / "en.json"
    texts = json.loads(path.read_text())["entity"]["event"]["alarm"]["state_attributes"]
    assert names - own <= texts.keys()
    assert texts.keys() - names <= {
        "event_type",
        "ended",
        "shelved",
        "found_late",
        "lost_at",
        "mode",
        *("ambient", "before", "difference", "part", "probe"),
        "reasons",
    }
    what = {str(state.attributes.get("what")) for state in told}
    assert what - {"None"} <= texts["what"]["state"].keys()


# Faults and estimates that are found


def find(house: House, **changes: Any) -> None:
    """Let something be found."""
    clerk = house.coordinator.clerk
    findings = clerk.findings(house.address)
    assert findings is not None
    clerk._apply([Outcome(findings={house.address: replace(findings, **changes)})])


async def test_a_fault_that_is_found_stays_although_the_chamber_is_silent(
    life: Life, house: House
) -> None:
    await life.go_on(5.0)
    assert house.value("fault") == "off"
    find(house, faults=("cooler_dead",))
    assert house.value("fault") == "on"
    assert house.attribute("fault", "reasons") == ["cooler_dead"]
    life.link.sample(action="fault", reason="sensor_fault")
    assert house.attribute("fault", "reasons") == ["action: sensor_fault", "cooler_dead"]
    find(house, faults=("cooler_dead", "reported"))
    assert house.attribute("fault", "reasons") == ["action: sensor_fault", "cooler_dead"]
    await life.clock.advance(301)
    find(house, faults=("cooler_dead", "reported"))
    assert house.value("fault") == "on"
    assert house.attribute("fault", "reasons") == ["cooler_dead", "reported"]
    find(house, faults=())
    assert house.value("fault") == "unknown"


async def test_the_time_to_a_breach_is_that_of_a_chamber_that_speaks(
    life: Life, house: House
) -> None:
    await life.go_on(5.0)
    assert house.value("time_to_breach") == "unknown"
    find(house, breach=Breach(1234.5, 8.0, confident=False))
    assert house.value("time_to_breach") == "1234"
    shown = [house.attribute("time_to_breach", name) for name in ("limit", "confident")]
    assert shown == [8.0, False]
    find(house, loss=Loss(0.0, 1.0))
    assert house.value("time_to_breach") == "unknown"


# When the record fails


async def test_a_closed_record_is_said_and_nothing_hangs(life: Life, house: House) -> None:
    await life.choose("vaccine_2_8")
    await house.coordinator.clerk.stop()
    for act in (life.press("reset_extremes"), life.choose("off"), life.set("limit_low", 3.0)):
        with pytest.raises(HomeAssistantError, match="the record is closed"):
            await asyncio.wait_for(act, 5)
    assert settings(house)[:2] == ["vaccine_2_8", "2.0"]


@pytest.fixture
async def full_disk(life: Life) -> AsyncIterator[None]:
    """Nothing can be committed any more; what is in memory has no file."""
    commit = Store.commit

    def fails(store: Store) -> None:
        if str(store.path) != ":memory:":
            raise RecordFull("no room")
        commit(store)

    with patch.object(Store, "commit", fails):
        yield


@pytest.mark.usefixtures("full_disk")
async def test_a_full_disk_stops_no_alarm(life: Life, house: House) -> None:
    await limited(life)
    await life.go_on(9.0, minutes=12)
    assert house.value("excursion") == "on"
    await life.press("acknowledge")
    assert house.attribute("excursion", "unacknowledged") is False
    assert isinstance(house.coordinator.clerk.problem, RecordFull)


# What people can act on


@pytest.mark.parametrize(
    ("key", "category"),
    [
        *((key, EntityCategory.CONFIG) for key in (*SETTINGS, "reset_extremes")),
        *((key, None) for key in ("excursion", "fault", "alarm", "acknowledge", "minimum")),
        *((key, None) for key in METRICS),
    ],
)
async def test_what_people_trigger_on_is_not_categorised(
    life: Life, house: House, key: str, category: EntityCategory | None
) -> None:
    (entry,) = house.registered(key)
    assert (entry.entity_category, entry.disabled_by) == (category, None)


async def test_of_many_chambers_the_later_ones_have_what_cannot_be_done_without(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    with patch("custom_components.chamber_ws.roster.full_chambers", lambda _entry: 1):
        carrier.introduce("pi/other", "Other")
        await hass.async_block_till_done()
    of_alarm = (*JUDGED, *METRICS, "fault", "alarm")
    assert {key for key in of_alarm if house.registered(key, "pi/other")} == {"fault", "alarm"}
    assert all(house.registered(key)[0].disabled_by is None for key in (*JUDGED, *METRICS))
