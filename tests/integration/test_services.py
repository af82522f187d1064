"""The actions: by any target, with permission only, entered with who, when and why, and harmless where wrong."""

from dataclasses import asdict, fields
from typing import Any

import pytest
import voluptuous as vol
from homeassistant.auth.models import User
from homeassistant.auth.permissions import PermissionLookup
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import label_registry as lr
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.chamber_ws import services
from custom_components.chamber_ws.actions import schema
from custom_components.chamber_ws.actions.targets import async_targets
from custom_components.chamber_ws.chamber.analysis.deeds import Act, Signature
from custom_components.chamber_ws.chamber.analysis.profiles import PROFILES
from custom_components.chamber_ws.chamber.analysis.settings import Profile, Settings
from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.keeping.acting import LONGEST_COMMENT
from integration.house import FULL_META, Clock, FakeLink, House, act

ANOTHER = "chamber/v1/pi/other"


@pytest.fixture
def box(carrier: FakeLink, house: House) -> dict[str, Any]:
    """The carrier as a target."""
    return on(house)


def on(house: House, name: str = "pi/box") -> dict[str, Any]:
    """A device as a target."""
    device = house.device(name)
    assert device is not None
    return {"device_id": device.id}


async def warm(hass: HomeAssistant, carrier: FakeLink, house: House) -> None:
    """The carrier is in an excursion."""
    await act(hass, "configure_alarm", on(house), high=8, latch=True)
    carrier.sample(probes={"product": 9.3})
    await house.judged()
    assert found(house).unacknowledged


def found(house: House) -> Any:
    return house.coordinator.clerk.findings(house.address)


async def second_chamber(hass: HomeAssistant, carrier: FakeLink) -> None:
    carrier.deliver(f"{ANOTHER}/meta", {**FULL_META, "name": "Another"}, retained=True)
    carrier.deliver(f"{ANOTHER}/state", {"temperature": 5.0, "setpoint": 5.0})
    await hass.async_block_till_done()


def by_area(hass: HomeAssistant, house: House, area: str) -> None:
    device_id = on(house)["device_id"]
    dr.async_get(hass).async_update_device(device_id, area_id=area)


def targets(hass: HomeAssistant, house: House, kind: str) -> dict[str, Any]:
    """A target that leads to the carrier."""
    match kind:
        case "device":
            return on(house)
        case "area":
            area = ar.async_get(hass).async_create("Cellar")
            by_area(hass, house, area.id)
            return {"area_id": area.id}
        case "floor":
            floor = fr.async_get(hass).async_create("Below")
            area = ar.async_get(hass).async_create("Cellar", floor_id=floor.floor_id)
            by_area(hass, house, area.id)
            return {"floor_id": floor.floor_id}
        case "label of the device":
            label = lr.async_get(hass).async_create("Vaccines").label_id
            dr.async_get(hass).async_update_device(on(house)["device_id"], labels={label})
            return {"label_id": label}
        case "label of an entity":
            label = lr.async_get(hass).async_create("Vaccines").label_id
            (entity_id,) = house.entity_ids("temperature")
            er.async_get(hass).async_update_entity(entity_id, labels={label})
            return {"label_id": label}
        case "everything":
            return {"entity_id": "all"}
    (entity_id,) = house.entity_ids(kind)
    return {"entity_id": entity_id}


@pytest.mark.parametrize(
    "kind",
    [
        "device",
        "area",
        "floor",
        "label of the device",
        "label of an entity",
        "everything",
        "chamber",
        "temperature",
        "online",
        "alarm",
        "last_sample",
    ],
)
async def test_a_chamber_is_meant_by(
    hass: HomeAssistant, carrier: FakeLink, house: House, kind: str
) -> None:
    target = targets(hass, house, kind)
    if kind == "last_sample":
        er.async_get(hass).async_update_entity(target["entity_id"], disabled_by=None)
    [said] = await act(hass, "shelve", target, duration={"minutes": 5})
    assert (said["gateway"], said["chamber"]) == house.address
    assert said["device_id"] == on(house)["device_id"]
    assert found(house).shelved_until is not None


async def test_several_chambers_are_told_by_name(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    await second_chamber(hass, carrier)
    said = await act(hass, "reset_extremes", {"entity_id": "all"})
    assert [one["name"] for one in said] == ["Another", "Vaccine carrier"]


@pytest.mark.parametrize("kind", ["device", "area", "chamber", "temperature"])
async def test_what_a_target_excludes_is_not_meant(
    hass: HomeAssistant, carrier: FakeLink, house: House, kind: str
) -> None:
    """Home Assistant 2026.11 lets a target exclude things; one of its entities stands for the chamber."""
    await second_chamber(hass, carrier)
    devices = [on(house)["device_id"], on(house, "pi/other")["device_id"]]
    excluded = {name: [value] for name, value in targets(hass, house, kind).items()}
    for target in ({"device_id": devices}, {"entity_id": "all"}):
        call = ServiceCall(hass, DOMAIN, "acknowledge", {**target, "exclude": excluded})
        [left] = await async_targets(call, POLICY_CONTROL)
        assert left.name == "Another"


@pytest.mark.parametrize("device", ["", "pi"], ids=["link", "gateway"])
async def test_the_link_and_the_gateways_are_no_chambers(
    hass: HomeAssistant, carrier: FakeLink, house: House, device: str
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "acknowledge", on(house, device))
    assert caught.value.translation_key == "no_chamber"
    both = {"device_id": [on(house, device)["device_id"], on(house)["device_id"]]}
    assert len(await act(hass, "reset_extremes", both)) == 1


@pytest.mark.parametrize(
    "target",
    [
        {"entity_id": "light.kitchen"},
        {"device_id": "nobody"},
        {"area_id": "nowhere"},
        {"entity_id": "none"},
        {"device_id": []},
    ],
    ids=str,
)
async def test_a_target_without_a_chamber_is_an_error(
    hass: HomeAssistant, carrier: FakeLink, target: dict[str, Any]
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "acknowledge", target)
    assert caught.value.translation_key == "no_chamber"


async def test_a_chamber_of_an_entry_that_is_not_loaded_is_an_error(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    target = on(house)
    await hass.config_entries.async_unload(house.entry.entry_id)
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "acknowledge", target)
    assert caught.value.translation_key == "service_config_entry_not_loaded"


async def test_a_disabled_chamber_is_none(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    target = on(house)
    dr.async_get(hass).async_update_device(
        target["device_id"], disabled_by=dr.DeviceEntryDisabler.USER
    )
    with pytest.raises(ServiceValidationError, match="no chamber"):
        await act(hass, "acknowledge", target)


async def test_the_actions_outlive_the_entries(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    await hass.config_entries.async_unload(house.entry.entry_id)
    assert set(hass.services.async_services()[DOMAIN]) == set(services.ACTIONS)


# Permissions

POLICIES: dict[str, tuple[dict[str, Any], bool]] = {
    "who may only read": ({"all": {"read": True}}, False),
    "who may control all": ({"all": {"read": True, "control": True}}, True),
    "who may control other things": ({"domains": {"light": True}}, False),
    "who may control the thermostat alone": ({"entity_ids": {"climate": True}}, False),
    "who may control the device": ({"device_ids": {"device": True}}, True),
}


def permitted(hass: HomeAssistant, house: House, policy: dict[str, Any]) -> MockUser:
    """A user of no group, with a policy; it names the carrier's device and thermostat by their kind."""
    user = MockUser().add_to_hass(hass)
    user.perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    names = {"device": on(house)["device_id"], "climate": house.entity_ids("chamber")[0]}
    plain = {
        kind: {names.get(key, key): value for key, value in rules.items()}
        for kind, rules in policy.items()
    }
    user.mock_policy({"entities": plain})
    return user


ACTIONS: dict[str, dict[str, Any]] = {
    "acknowledge": {},
    "shelve": {"duration": 60},
    "unshelve": {},
    "reset_extremes": {},
    "configure_alarm": {"high": 8},
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("action", ACTIONS)
async def test_acting_needs_control(
    hass: HomeAssistant, carrier: FakeLink, house: House, action: str, policy: str
) -> None:
    rules, may = POLICIES[policy]
    user = permitted(hass, house, rules)
    if may:
        assert await act(hass, action, on(house), user=user, **ACTIONS[action])
        return
    with pytest.raises(Unauthorized):
        await act(hass, action, on(house), user=user, **ACTIONS[action])
    assert await house.journal() == []


async def test_who_may_control_the_thermostat_may_act_by_it(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    user = permitted(hass, house, {"entity_ids": {"climate": True}})
    target = {"entity_id": house.entity_ids("chamber")}
    assert await act(hass, "shelve", target, user=user, duration=60)
    assert len(await act(hass, "unshelve", {"entity_id": "all"}, user=user)) == 1


async def test_all_is_all_that_the_user_may(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    await second_chamber(hass, carrier)
    user = permitted(hass, house, {"device_ids": {"device": True}})
    [said] = await act(hass, "reset_extremes", {"entity_id": "all"}, user=user)
    assert said["name"] == "Vaccine carrier"
    with pytest.raises(ServiceValidationError):
        await act(hass, "reset_extremes", {"entity_id": "all"}, user=permitted(hass, house, {}))


async def test_a_chamber_whose_entities_are_all_hidden_is_as_well_guarded(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    registry, target = er.async_get(hass), on(house)
    for entry in er.async_entries_for_device(registry, target["device_id"]):
        registry.async_update_entity(entry.entity_id, hidden_by=er.RegistryEntryHider.USER)
    reader = permitted(hass, house, {"all": {"read": True}})
    with pytest.raises(Unauthorized):
        await act(hass, "shelve", target, user=reader, duration=60)
    everything = permitted(hass, house, {"all": {"read": True, "control": True}})
    assert await act(hass, "shelve", target, user=everything, duration=60)


async def test_a_user_who_is_no_more_may_nothing(hass: HomeAssistant, box: dict[str, Any]) -> None:
    with pytest.raises(UnknownUser):
        await act(hass, "acknowledge", box, user=MockUser(id="gone"))


# What is entered


async def test_an_acknowledgement_is_signed_and_says_why(
    hass: HomeAssistant, carrier: FakeLink, house: House, hass_admin_user: User, clock: Clock
) -> None:
    await warm(hass, carrier, house)
    [said] = await act(
        hass,
        "acknowledge",
        on(house),
        user=hass_admin_user,
        comment=" checked the door\n",
        on_behalf_of="Ada",
    )
    assert said["acknowledged"] is True
    assert (said["excursion"], said["unacknowledged"]) == (True, False)
    entry = (await house.journal())[-1]
    assert entry.deed.act is Act.ACKNOWLEDGE
    assert entry.deed.by == Signature(hass_admin_user.id, hass_admin_user.name, "Ada")
    assert (entry.deed.why, entry.deed.at) == ("checked the door", clock.utc)
    assert found(house).last_excursion.comment == "checked the door"


async def test_a_second_tap_is_harmless_and_no_second_entry(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    await warm(hass, carrier, house)
    first, second = [await act(hass, "acknowledge", on(house)) for _time in range(2)]
    assert (first[0]["acknowledged"], second[0]["acknowledged"]) == (True, False)
    assert [one.deed.act for one in await house.journal()] == [Act.SETTINGS, Act.ACKNOWLEDGE]


async def test_nothing_to_unshelve_is_harmless(hass: HomeAssistant, box: dict[str, Any]) -> None:
    await act(hass, "shelve", box, duration=60)
    first, second = [await act(hass, "unshelve", box) for _time in range(2)]
    assert (first[0]["unshelved"], second[0]["unshelved"]) == (True, False)


async def test_a_shelf_is_signed_and_says_until_when(
    hass: HomeAssistant, carrier: FakeLink, house: House, clock: Clock
) -> None:
    [said] = await act(
        hass, "shelve", on(house), duration={"hours": 8}, comment="the technician is here"
    )
    until = dt_util.parse_datetime(said["shelved_until"])
    assert until is not None
    assert until.timestamp() == int(clock.utc) + 8 * 3600
    assert found(house).shelved_until == clock.utc + 8 * 3600
    [entry] = await house.journal()
    assert dict(entry.deed.new) == {"until": clock.utc + 8 * 3600}
    assert entry.deed.why == "the technician is here"


async def test_extremes_begin_anew_and_what_they_were_is_kept(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    carrier.sample(probes={"product": 33.0})
    await house.judged()
    await act(hass, "reset_extremes", on(house), comment="inspected")
    [entry] = await house.journal()
    assert dict(entry.deed.old) == {"minimum": 30.01, "maximum": 33.0}
    assert entry.deed.why == "inspected"
    assert found(house).maximum is None


async def test_a_comment_that_no_file_can_hold_does_not_spoil_the_journal(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    await act(hass, "shelve", on(house), duration=60, comment="half \ud800 a character")
    [entry] = await house.journal()
    assert entry.deed.why == "half ? a character"
    await house.reload()
    assert await house.journal() == [entry]


async def test_without_a_response_nothing_is_said(hass: HomeAssistant, box: dict[str, Any]) -> None:
    assert await act(hass, "acknowledge", box, silently=True) == []


# Settings of the alarm

EVERYTHING: dict[str, Any] = {
    "low": 2,
    "high": "8.5",
    "delay_low": {"minutes": 30},
    "delay_high": "01:00:00",
    "freeze": -0.5,
    "warning": 600,
    "cumulative": True,
    "deadband": 0.4,
    "off_delay": 120,
    "latch": True,
    "realarm": {"hours": 4},
    "time_constant": 300,
    "probe": "product",
}


async def test_every_setting_can_be_made(
    hass: HomeAssistant, carrier: FakeLink, house: House, hass_admin_user: User
) -> None:
    [said] = await act(
        hass,
        "configure_alarm",
        on(house),
        user=hass_admin_user,
        comment="as the label says",
        **EVERYTHING,
    )
    assert found(house).settings == Settings(
        low=2.0,
        high=8.5,
        delay_low=1800.0,
        delay_high=3600.0,
        freeze=-0.5,
        warning=600.0,
        cumulative=True,
        deadband=0.4,
        off_delay=120.0,
        latch=True,
        realarm=4 * 3600.0,
        time_constant=300.0,
        probe="product",
    )
    assert said["settings"] == asdict(found(house).settings)
    assert said["unit_of_measurement"] == "°C"
    [entry] = await house.journal()
    assert (entry.deed.old["profile"], entry.deed.new["profile"]) == ("off", "custom")
    assert (entry.deed.old["high"], entry.deed.new["high"]) == (None, 8.5)
    assert (entry.deed.by.name, entry.deed.why) == (hass_admin_user.name, "as the label says")


def test_all_settings_can_be_asked_for() -> None:
    assert set(schema.SETTINGS) == {field.name for field in fields(Settings)}


@pytest.mark.parametrize("profile", list(Profile))
async def test_a_profile_is_taken_whole(
    hass: HomeAssistant, carrier: FakeLink, house: House, profile: Profile
) -> None:
    await act(hass, "configure_alarm", on(house), profile="freezer")
    await act(hass, "configure_alarm", on(house), profile=profile.value)
    assert found(house).settings == PROFILES[profile]


async def test_yaml_s_off_is_the_profile(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    await act(hass, "configure_alarm", on(house), profile="freezer")
    await act(hass, "configure_alarm", on(house), profile=False)
    assert found(house).settings.profile is Profile.OFF


async def test_null_takes_away(hass: HomeAssistant, carrier: FakeLink, house: House) -> None:
    gone: dict[str, Any] = dict.fromkeys(("low", "high", "freeze", "warning", "realarm", "probe"))
    await act(hass, "configure_alarm", on(house), **EVERYTHING)
    await act(hass, "configure_alarm", on(house), **gone)
    settings = asdict(found(house).settings)
    assert {name: settings[name] for name in gone} == gone


async def test_fahrenheit_is_taken_and_given_where_home_assistant_is_set_to_it(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    [said] = await act(
        hass, "configure_alarm", on(house), low=35.6, high=46.4, freeze=31.1, deadband=0.9
    )
    settings = found(house).settings
    assert (settings.low, settings.high, settings.freeze) == (2.0, 8.0, -0.5)
    assert settings.deadband == 0.5
    told = said["settings"]
    assert (told["low"], told["high"], told["freeze"], told["deadband"]) == (35.6, 46.4, 31.1, 0.9)
    assert said["unit_of_measurement"] == "°F"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "limits that cross": ({"low": 8, "high": 2}, "limits_crossed"),
    "limits that are equal": ({"low": 2, "high": 2}, "limits_crossed"),
    "no number": ({"high": "nan"}, "bad_number"),
    "endless": ({"high": "inf"}, "bad_number"),
    "colder than possible": ({"low": -300}, "bad_number"),
    "hotter than possible": ({"freeze": 1e5}, "bad_number"),
    "a deadband below nothing": ({"deadband": -1}, "bad_number"),
    "a deadband that is no number": ({"deadband": "nan"}, "bad_number"),
    "a delay of weeks": ({"delay_high": {"days": 8}}, "too_long"),
    "a vial as large as a barrel": ({"time_constant": 7200}, "too_long"),
    "a probe that is not there": ({"probe": "banana"}, "unknown_probe"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_settings_that_cannot_be_are_an_error_that_says_so(
    hass: HomeAssistant, carrier: FakeLink, house: House, case: str
) -> None:
    changes, key = REFUSED[case]
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "configure_alarm", on(house), **changes)
    assert caught.value.translation_key == key
    assert (caught.value.translation_placeholders or {})["chamber"] == "Vaccine carrier"
    assert await house.journal() == []


@pytest.mark.parametrize("heartbeat", [300, None])
async def test_delays_can_add_up_where_samples_are_not_too_seldom(
    hass: HomeAssistant, carrier: FakeLink, house: House, heartbeat: float | None
) -> None:
    carrier.describe(heartbeat=heartbeat)
    [said] = await act(hass, "configure_alarm", on(house), cumulative=True)
    assert said["settings"]["cumulative"] is True


async def test_delays_that_would_never_end_are_refused(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    carrier.describe(heartbeat=600)
    await house.judged()
    before = await house.journal()
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "configure_alarm", on(house), cumulative=True)
    assert caught.value.translation_key == "too_seldom"
    assert await house.journal() == before
    [said] = await act(hass, "configure_alarm", on(house), cumulative=False, high=8)
    assert said["settings"]["cumulative"] is False


async def test_where_one_chamber_cannot_no_chamber_is_changed(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    await second_chamber(hass, carrier)
    await act(hass, "configure_alarm", on(house), high=4)
    with pytest.raises(ServiceValidationError, match="must be below"):
        await act(hass, "configure_alarm", {"entity_id": "all"}, low=5)
    assert len(await house.journal()) == 1


MALFORMED: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing to change": ("configure_alarm", {"comment": "x"}),
    "an unknown profile": ("configure_alarm", {"profile": "sauna"}),
    "a switched on profile": ("configure_alarm", {"profile": True}),
    "a word for a limit": ("configure_alarm", {"low": "cold"}),
    "a switch for a limit": ("configure_alarm", {"low": True}),
    "a list for a limit": ("configure_alarm", {"low": [2]}),
    "a delay below nothing": ("configure_alarm", {"delay_low": -5}),
    "no delay": ("configure_alarm", {"delay_low": None}),
    "a word for a delay": ("configure_alarm", {"delay_low": "soon"}),
    "a switch for a delay": ("configure_alarm", {"delay_low": True}),
    "an endless delay": ("configure_alarm", {"delay_low": 1e300}),
    "a delay of endless days": ("configure_alarm", {"delay_low": {"days": 1e300}}),
    "a word for a switch": ("configure_alarm", {"latch": "perhaps"}),
    "an unknown setting": ("configure_alarm", {"colour": "red"}),
    "a comment of pages": ("acknowledge", {"comment": "x" * (LONGEST_COMMENT + 1)}),
    "a comment that is a list": ("acknowledge", {"comment": ["x"]}),
    "a claim of pages": ("acknowledge", {"on_behalf_of": "x" * 201}),
    "no duration": ("shelve", {}),
    "a duration below nothing": ("shelve", {"duration": {"minutes": -1}}),
    "a duration of nothing but a comment": ("shelve", {"comment": "x"}),
    "what an action does not take": ("unshelve", {"duration": 60}),
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_what_is_malformed_is_an_error_and_nothing_happens(
    hass: HomeAssistant, carrier: FakeLink, house: House, case: str
) -> None:
    action, data = MALFORMED[case]
    with pytest.raises(vol.Invalid):
        await act(hass, action, on(house), **data)
    assert await house.journal() == []


@pytest.mark.parametrize("duration", [0, {"hours": 8, "seconds": 1}, "23:00:00"], ids=str)
async def test_a_shelf_is_neither_nothing_nor_longer_than_a_shift(
    hass: HomeAssistant, carrier: FakeLink, house: House, duration: Any
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "shelve", on(house), duration=duration)
    assert caught.value.translation_key == "bad_shelf"
    assert (caught.value.translation_placeholders or {})["longest"] == "8"


async def test_without_a_target_there_is_an_error(hass: HomeAssistant, carrier: FakeLink) -> None:
    for action in services.ACTIONS:
        with pytest.raises(vol.Invalid):
            await act(hass, action, {})


async def test_a_record_that_is_closed_is_an_error_and_nobody_waits(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    await house.entry.runtime_data.books.close()
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "shelve", on(house), duration=60)
    assert caught.value.translation_key == "record_failed"
