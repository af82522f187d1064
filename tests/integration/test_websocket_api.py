"""The commands over a real WebSocket: what there is, what comes live, and who may have it."""

import time
from typing import Any

import pytest
from homeassistant.auth.models import User
from homeassistant.auth.permissions.models import PermissionLookup
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.chamber_ws.chamber.model import Chamber
from custom_components.chamber_ws.module import HASH
from custom_components.chamber_ws.streaming import sheet
from integration.dashboard import Dashboard, id_of
from integration.house import FULL_META, FULL_STATE, FakeLink, House

OTHER = "chamber/v1/pi/other"


@pytest.fixture
async def dashboard(
    hass: HomeAssistant, carrier: FakeLink, hass_ws_client: WebSocketGenerator
) -> Dashboard:
    """An administrator's browser."""
    return Dashboard(await hass_ws_client(hass))


async def add_other(hass: HomeAssistant, link: FakeLink, **changes: Any) -> None:
    """Another chamber appears."""
    link.deliver(f"{OTHER}/meta", {**FULL_META, "name": "Another", **changes}, retained=True)
    link.deliver(f"{OTHER}/state", FULL_STATE)
    await hass.async_block_till_done()


# What there is


async def test_the_chambers_are_described(
    dashboard: Dashboard, house: House, hass: HomeAssistant
) -> None:
    result = await dashboard.ask("chambers")
    assert result["module"] == hass.data[HASH]
    [told] = result["chambers"]
    assert told.pop("entities")["temperature"] == house.entity_ids("temperature")[0]
    assert told == {
        "controllable": True,
        "device_id": id_of(house),
        "name": "Vaccine carrier",
        "gateway": "pi",
        "chamber": "box",
        "entry": house.entry.title,
        "area_id": None,
        "limits": {"min": -5.0, "max": 45.0, "step": 0.1},
        "modes": ["off", "heat", "cool", "heat_cool"],
        "heaters": ["Heater"],
        "coolers": ["Cooler 1", "Cooler 2"],
        "fans": ["Fan 1", "Fan 2"],
        "probes": {"product": {"name": None, "role": "product"}},
        "door": True,
        "power": True,
        "heartbeat": 10.0,
        "parts": {kind: house.entity_ids(kind) for kind in ("heater", "cooler", "fan")},
        "probe_entities": {"product": house.entity_ids("probe")[0]},
    }


async def test_single_entities_are_told_by_their_keys_while_they_are_enabled(
    dashboard: Dashboard, house: House, hass: HomeAssistant
) -> None:
    [told] = (await dashboard.ask("chambers"))["chambers"]
    for key in ("chamber", "setpoint", "excursion", "fault", "online", "alarm", "acknowledge"):
        assert [told["entities"][key]] == house.entity_ids(key)
    assert "heater_duty" not in told["entities"]
    assert not {"heater", "cooler", "fan", "probe"} & told["entities"].keys()


async def test_chambers_are_listed_by_name(
    dashboard: Dashboard, carrier: FakeLink, hass: HomeAssistant
) -> None:
    await add_other(hass, carrier)
    listed = (await dashboard.ask("chambers"))["chambers"]
    assert [one["name"] for one in listed] == ["Another", "Vaccine carrier"]


# What comes live


async def test_the_first_event_tells_everything(
    dashboard: Dashboard, house: House, carrier: FakeLink
) -> None:
    assert set(await dashboard.subscribe()) == {"module"}
    event = await dashboard.event()
    assert set(event) == {"device_id", "described", "sample", "fresh", "link", "alarm"}
    assert event["fresh"] is True
    assert event["link"] == {"connected": True, "round_trip": None}
    sample = event["sample"]
    assert 0 <= sample.pop("age") < 60
    assert sample.pop("at") > 1_700_000_000
    assert sample == {
        "seq": None,
        "epoch": None,
        "temperature": 30.05,
        "setpoint": 30.0,
        "effective_setpoint": 29.5,
        "mode": "heat_cool",
        "action": "cooling",
        "reason": "pid",
        "heaters": [{"on": False, "duty": 0.0}],
        "coolers": [{"on": True, "duty": 55.0}, {"on": True, "duty": 45.0}],
        "fans": [{"on": True, "duty": 100.0}, {"on": False, "duty": 0.0}],
        "probes": {"product": 30.01},
        "quality": {},
        "door": False,
        "power": 23.8,
        "energy": 1.25,
        "profile": {"name": "bake", "step": 2, "steps": 5, "remaining": 1800, "state": "running"},
        "faults": [],
    }
    assert event["alarm"]["profile"] == "off"
    assert event["alarm"]["judged_on"] == "product"
    assert event["described"]["device_id"] == event["device_id"] == id_of(house)


async def test_every_sample_comes_at_once_and_only_what_changed(
    dashboard: Dashboard, carrier: FakeLink
) -> None:
    await dashboard.subscribe(window=100)
    await dashboard.event()
    for step in range(20):
        carrier.sample(temperature=20.0 + step)
    events = [await dashboard.next("sample") for _step in range(20)]
    assert all({*event} <= {"device_id", "sample", "alarm"} for event in events)
    assert [event["sample"]["temperature"] for event in events] == [20.0 + n for n in range(20)]


async def test_a_sample_costs_one_serialisation_however_many_follow(
    hass: HomeAssistant,
    dashboard: Dashboard,
    carrier: FakeLink,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [dashboard, Dashboard(await hass_ws_client(hass))]
    for one in others:
        await one.subscribe(window=10)
        await one.event()
    written: list[Chamber] = []

    def write(chamber: Chamber) -> dict[str, Any]:
        written.append(chamber)
        return {"seq": len(written)}

    monkeypatch.setattr(sheet, "sampled", write)
    carrier.sample(temperature=21.0)
    assert [(await one.event())["sample"]["seq"] for one in others] == [1, 1]
    assert len(written) == 1


async def test_what_cannot_be_trusted_is_not_shown(dashboard: Dashboard, carrier: FakeLink) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    carrier.sample(quality={"temperature": "fault", "product": "stale"})
    sample = (await dashboard.next("sample"))["sample"]
    assert sample["temperature"] is None
    assert sample["probes"] == {"product": None}
    assert sample["quality"] == {"temperature": "fault", "product": "stale"}
    assert sample["faults"] == ["product: stale", "temperature: fault"]


async def test_silence_is_told(
    dashboard: Dashboard, carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    carrier.deliver("chamber/v1/pi/status", {"state": "lost"})
    assert (await dashboard.next("fresh"))["fresh"] is False


async def test_the_link_is_told(dashboard: Dashboard, carrier: FakeLink) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    carrier.down()
    assert (await dashboard.next("link"))["link"] == {"connected": False, "round_trip": None}


async def test_an_alarm_is_told(
    dashboard: Dashboard, carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    await house.hand().configure(house.address, profile="custom", high=8.0)
    alarm = (await dashboard.next("alarm"))["alarm"]
    assert (alarm["limit_high"], alarm["excursion"]) == (8.0, False)
    carrier.sample()
    alarm = (await dashboard.until(lambda event: event.get("alarm", {}).get("excursion")))["alarm"]
    assert alarm["unacknowledged"] is True
    assert alarm["last_excursion"]["what"] == "high"
    assert await dashboard.ask("acknowledge", device_id=id_of(house), comment="seen") == {
        "acknowledged": True
    }
    alarm = (await dashboard.next("alarm"))["alarm"]
    assert alarm["unacknowledged"] is False
    assert alarm["last_excursion"]["comment"] == "seen"


async def test_a_name_and_an_area_are_followed(
    dashboard: Dashboard, house: House, hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    dr.async_get(hass).async_update_device(id_of(house), name_by_user="Insulin")
    event = await dashboard.event()
    assert set(event) == {"device_id", "described"}
    assert event["described"]["name"] == "Insulin"


async def test_a_renamed_and_a_removed_entity_are_followed(
    dashboard: Dashboard, house: House, hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    registry = er.async_get(hass)
    [entity_id] = house.entity_ids("temperature")
    registry.async_update_entity(entity_id, new_entity_id="sensor.inside")
    assert (await dashboard.event())["described"]["entities"]["temperature"] == "sensor.inside"
    registry.async_remove("sensor.inside")
    assert "temperature" not in (await dashboard.event())["described"]["entities"]


async def test_chambers_that_appear_are_followed(
    dashboard: Dashboard, carrier: FakeLink, hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    await add_other(hass, carrier)
    event = await dashboard.until(
        lambda event: event.get("described", {}).get("chamber") == "other"
    )
    assert event["sample"]["temperature"] == 30.05
    assert event["fresh"] is True


async def test_only_the_chambers_that_are_named_are_followed(
    dashboard: Dashboard, carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    await add_other(hass, carrier)
    await dashboard.subscribe(device_id=[id_of(house)])
    await dashboard.event()
    carrier.deliver(f"{OTHER}/state", {**FULL_STATE, "temperature": 1.0})
    carrier.sample(temperature=2.0)
    event = await dashboard.next("sample")
    assert event["device_id"] == id_of(house)


async def test_who_follows_no_more_hears_no_more(
    dashboard: Dashboard, carrier: FakeLink, hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    await dashboard.unsubscribe()
    carrier.sample(temperature=1.0)
    assert (await dashboard.ask("chambers"))["chambers"]
    assert dashboard.events == []


# Entries and chambers come and go


async def test_a_subscription_outlives_its_entry(
    dashboard: Dashboard, house: House, links: list[FakeLink], hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    await dashboard.event()
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    assert (await dashboard.next("fresh"))["fresh"] is False
    assert [one["link"]["connected"] for one in dashboard.heard if "link" in one] == [True, False]
    assert await hass.config_entries.async_setup(house.entry.entry_id)
    links[-1].up()
    links[-1].describe()
    links[-1].sample(temperature=4.0)
    event = await dashboard.until(lambda event: event.get("fresh"))
    assert event["sample"]["temperature"] == 4.0
    links[-1].sample(temperature=5.0)
    assert (await dashboard.next("sample"))["sample"]["temperature"] == 5.0


async def test_a_chamber_that_is_forgotten_is_gone_and_comes_back_whole(
    dashboard: Dashboard, carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    device_id = (await dashboard.event())["device_id"]
    house.entry.runtime_data.roster.dismiss(house.address)
    dr.async_get(hass).async_remove_device(device_id)
    assert await dashboard.next("gone") == {"device_id": device_id, "gone": True}
    carrier.describe()
    carrier.sample(temperature=3.0)
    event = await dashboard.next("described")
    assert event["sample"]["temperature"] == 3.0
    assert event["fresh"] is True


async def test_what_is_told_while_a_device_goes_can_be_read(
    dashboard: Dashboard, carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    device_id = (await dashboard.event())["device_id"]
    dr.async_get(hass).async_remove_device(device_id)
    carrier.deliver("chamber/v1/pi/status", {"state": "online", "heartbeat": 60})
    carrier.sample(temperature=1.0)
    assert await dashboard.next("gone") == {"device_id": device_id, "gone": True}
    assert [one["described"] is None for one in dashboard.heard if "described" in one] == [False]


async def test_who_is_slow_hears_the_last_sample_of_an_entry_that_is_unloaded(
    dashboard: Dashboard, carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    await dashboard.subscribe(window=1)
    await dashboard.event()
    carrier.sample(temperature=7.0)
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    await dashboard.confirm(1)
    event = await dashboard.event()
    assert event["sample"]["temperature"] == 7.0
    assert (event["fresh"], event["link"]["connected"]) == (False, False)


async def test_a_device_that_is_disabled_is_gone(
    dashboard: Dashboard, house: House, hass: HomeAssistant
) -> None:
    await dashboard.subscribe()
    device_id = (await dashboard.event())["device_id"]
    registry = dr.async_get(hass)
    registry.async_update_device(device_id, disabled_by=dr.DeviceEntryDisabler.USER)
    assert await dashboard.next("gone") == {"device_id": device_id, "gone": True}


# What cannot be


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("subscribe", {}),
        ("history", {"start": 0}),
        ("report", {"start": 0, "format": "csv"}),
        ("acknowledge", {}),
    ],
)
async def test_an_unknown_chamber_is_not_found(
    dashboard: Dashboard, house: House, hass: HomeAssistant, command: str, more: dict[str, Any]
) -> None:
    gateway = house.device("pi")
    assert gateway is not None
    for device_id in ("nowhere", gateway.id):
        error = await dashboard.refused(command, device_id=device_id, **more)
        assert (error["code"], error["translation_key"]) == ("not_found", "no_chamber")
    device_id = id_of(house)
    await hass.config_entries.async_unload(house.entry.entry_id)
    error = await dashboard.refused(command, device_id=device_id, **more)
    assert error["code"] == "not_found"


@pytest.mark.parametrize(
    ("command", "data"),
    [
        ("subscribe", {"device_id": 5}),
        ("subscribe", {"device_id": []}),
        ("subscribe", {"window": 0}),
        ("subscribe", {"window": 1001}),
        ("subscribe", {"window": "many"}),
        ("subscribe", {"more": 1}),
        ("received", {"subscription": 1}),
        ("received", {"subscription": 1, "count": -1}),
        ("history", {"device_id": "x"}),
        ("history", {"device_id": "x", "start": "then"}),
        ("history", {"device_id": "x", "start": -1}),
        ("history", {"device_id": "x", "start": 1e99}),
        ("history", {"device_id": "x", "start": 0, "points": 9}),
        ("history", {"device_id": "x", "start": 0, "points": 5001}),
        ("report", {"device_id": "x", "start": 0, "format": "pdf"}),
        ("report", {"device_id": "x", "start": True, "format": "csv"}),
        ("acknowledge", {}),
        ("acknowledge", {"device_id": "x", "comment": "x" * 1001}),
    ],
    ids=str,
)
async def test_what_is_malformed_is_refused(
    dashboard: Dashboard, command: str, data: dict[str, Any]
) -> None:
    assert (await dashboard.refused(command, **data))["code"] == "invalid_format"


# Who may


async def hands_of(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, user: MockUser | User
) -> Dashboard:
    """A user's own browser."""
    token = await hass.auth.async_create_refresh_token(user, "http://localhost:8123/")
    return Dashboard(await hass_ws_client(hass, hass.auth.async_create_access_token(token)))


async def test_who_may_only_read_reads_and_does_not_act(
    hass: HomeAssistant,
    carrier: FakeLink,
    house: House,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_user: MockUser,
) -> None:
    reader = await hands_of(hass, hass_ws_client, hass_read_only_user)
    await reader.subscribe()
    assert (await reader.event())["described"]["controllable"] is False
    assert (await reader.ask("chambers"))["chambers"][0]["controllable"] is False
    hour_ago = time.time() - 3600
    assert (await reader.ask("history", device_id=id_of(house), start=hour_ago))["temperature"]
    error = await reader.refused("acknowledge", device_id=id_of(house))
    assert error["code"] == "unauthorized"


async def test_who_may_read_one_chamber_gets_that_one(
    hass: HomeAssistant, carrier: FakeLink, house: House, hass_ws_client: WebSocketGenerator
) -> None:
    await add_other(hass, carrier)
    device, other = house.device(), house.device("pi/other")
    assert device is not None
    assert other is not None
    user = MockUser().add_to_hass(hass)
    user.perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    user.mock_policy({"entities": {"device_ids": {device.id: {"read": True}}}})
    reader = await hands_of(hass, hass_ws_client, user)
    assert [one["device_id"] for one in (await reader.ask("chambers"))["chambers"]] == [device.id]
    await reader.subscribe()
    carrier.deliver(f"{OTHER}/state", {**FULL_STATE, "temperature": 1.0})
    carrier.sample(temperature=2.0)
    event = await reader.until(lambda event: event.get("sample", {}).get("temperature") == 2.0)
    assert event["device_id"] == device.id
    assert {one["device_id"] for one in reader.heard} == {device.id}
    for command, more in (
        ("subscribe", {"device_id": [device.id, other.id]}),
        ("history", {"device_id": other.id, "start": 0}),
        ("report", {"device_id": other.id, "start": 0, "format": "csv"}),
    ):
        assert (await reader.refused(command, **more))["code"] == "unauthorized"


async def test_who_may_read_no_more_is_told_so(
    hass: HomeAssistant, carrier: FakeLink, house: House, hass_ws_client: WebSocketGenerator
) -> None:
    user = MockUser().add_to_hass(hass)
    user.mock_policy({"entities": {"domains": None, "all": {"read": True, "control": True}}})
    reader = await hands_of(hass, hass_ws_client, user)
    await reader.subscribe()
    assert (await reader.event())["described"]["controllable"] is True
    user.mock_policy({"entities": {"all": {"read": True}}})
    hass.bus.async_fire("user_updated", {"user_id": user.id})
    assert (await reader.next("described"))["described"]["controllable"] is False
    user.mock_policy({})
    hass.bus.async_fire("user_updated", {"user_id": user.id})
    assert await reader.event() == {"device_id": id_of(house), "gone": True}
    carrier.sample(temperature=1.0)
    user.mock_policy({"entities": {"all": {"read": True}}})
    hass.bus.async_fire("user_updated", {"user_id": user.id})
    event = await reader.event()
    assert event["described"]["chamber"] == "box"
    assert event["sample"]["temperature"] == 1.0
