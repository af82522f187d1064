"""Chambers and their parts appear, change and disappear while Home Assistant runs."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from integration.house import (
    FULL_META,
    FULL_STATE,
    META,
    MINIMAL,
    STATE,
    STATUS,
    Clock,
    FakeLink,
    House,
)


def named(house: House) -> str | None:
    """The chamber's name, as users read it."""
    device = house.device()
    return device.name if device else None


# Coming


async def test_a_chamber_that_is_described_appears_with_its_first_sample(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    link.describe()
    await hass.async_block_till_done()
    assert house.device() is None
    link.sample()
    await hass.async_block_till_done()
    assert named(house) == "Vaccine carrier"


async def test_a_chamber_without_description_is_awaited_for_two_seconds(
    link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(STATE, MINIMAL)
    await clock.advance(1)
    assert house.device() is None
    await clock.advance(1)
    assert named(house) == "box"
    assert house.value("temperature") == "30.05"


async def test_a_description_that_comes_in_time_ends_the_waiting(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(STATE, MINIMAL)
    await clock.advance(1)
    link.deliver(META, {"name": "Kiln"})
    await hass.async_block_till_done()
    assert named(house) == "Kiln"
    assert house.entity_ids("temperature") == ["sensor.kiln_temperature"]


async def test_samples_do_not_prolong_the_waiting(
    link: FakeLink, house: House, clock: Clock
) -> None:
    for _ in range(4):
        link.deliver(STATE, MINIMAL)
        await clock.advance(0.6)
    assert named(house) == "box"


async def test_a_late_description_names_what_is_there(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(STATE, {**MINIMAL, "cooler": None, "coolers": [1, 2]})
    await clock.advance(3)
    assert house.names("cooler") == ["Cooler 1", "Cooler 2"]
    link.deliver(META, {"name": "Kiln", "coolers": ["Left", "Right"], "model": "K2"})
    await hass.async_block_till_done()
    device = house.device()
    assert device is not None
    assert (device.name, device.model) == ("Kiln", "K2")
    assert house.names("cooler") == ["Left", "Right"]
    assert house.state("temperature").name == "Kiln Temperature"


async def test_everything_that_was_described_stands_on_the_device(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    about = {
        "manufacturer": "Acme",
        "model": "C1",
        "serial": "007",
        "software": "1.0",
        "hardware": "B",
    }
    link.describe(**about)
    link.sample()
    await hass.async_block_till_done()
    device = house.device()
    assert device is not None
    shown = (device.manufacturer, device.model, device.serial_number)
    assert shown == ("Acme", "C1", "007")
    assert (device.sw_version, device.hw_version) == ("1.0", "B")


async def test_unique_ids_say_which_chamber_and_which_part(carrier: FakeLink, house: House) -> None:
    entry_id = house.entry.entry_id
    shown = {
        "temperature": ["temperature"],
        "probe": ["probe/product"],
        "cooler": ["cooler/0", "cooler/1"],
        "chamber": ["chamber"],
    }
    for key, ends in shown.items():
        unique_ids = [entry.unique_id for entry in house.registered(key)]
        assert unique_ids == [f"{entry_id}/pi/box/{end}" for end in ends]


async def test_all_of_a_chamber_exists_at_once(carrier: FakeLink, house: House) -> None:
    assert house.translation_keys() == {
        *("chamber", "temperature", "setpoint", "probe", "heater", "cooler", "fan"),
        *("heater_duty", "cooler_duty", "door", "power", "energy", "online", "fault"),
        *("alarm", "last_sample", "profile_step", "profile_remaining"),
        *("excursion", "alarm_profile", "limit_low", "limit_high", "delay_low", "delay_high"),
        *("acknowledge", "reset_extremes", "minimum", "maximum", "mean_kinetic_temperature"),
        *("time_in_range", "time_out_of_range", "time_to_breach"),
    }
    assert house.translation_keys("pi") == {"online"}
    assert house.translation_keys("") == {"connected", "round_trip", "message_rate"}


# Changing


async def test_probes_are_added_and_renamed(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    carrier.sample(probes={"product": 1, "ambient": 2})
    await hass.async_block_till_done()
    assert house.names("probe") == ["Ambient", "Product"]
    carrier.describe(probes={"product": {"name": "Vial 7"}, "lid": {}})
    await hass.async_block_till_done()
    assert house.names("probe") == ["Ambient", "Lid", "Vial 7"]


async def test_one_part_of_two_takes_its_kind_s_name(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    carrier.describe(coolers=["Compressor"])
    await hass.async_block_till_done()
    assert house.names("cooler") == ["Cooler"]


async def test_a_part_that_returns_is_the_one_it_was(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    before = house.entity_ids("fan")
    carrier.describe(fans=["Fan 1"])
    await hass.async_block_till_done()
    assert house.entity_ids("fan") == before[:1]
    carrier.describe(fans=["Fan 1", "Fan 2"])
    carrier.sample(fans=[0, 1])
    await hass.async_block_till_done()
    assert house.entity_ids("fan") == before
    assert house.value("fan", index=1) == "on"


async def test_a_part_that_flaps_is_there_in_the_end(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    before = house.entity_ids("fan")
    for _ in range(3):
        carrier.describe(fans=["Fan 1"])
        carrier.describe()
    carrier.sample(fans=[0, 1])
    await hass.async_block_till_done()
    assert house.entity_ids("fan") == before
    assert house.value("fan", index=1) == "on"


async def test_a_description_that_says_the_same_changes_nothing(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    before = [state.last_reported for state in hass.states.async_all()]
    carrier.describe()
    await hass.async_block_till_done()
    assert [state.last_reported for state in hass.states.async_all()] == before


async def test_limits_and_modes_follow_the_description(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    carrier.describe(limits={"min": 0, "max": 10, "step": 0.5}, modes=["off", "cool"])
    await hass.async_block_till_done()
    shown = {"min_temp": 0.0, "max_temp": 10.0, "target_temp_step": 0.5}
    assert {name: house.attribute("chamber", name) for name in shown} == shown
    assert house.attribute("chamber", "hvac_modes") == ["off", "cool"]


async def test_a_name_that_the_user_gave_to_a_part_is_kept(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    (first, _second) = house.entity_ids("cooler")
    er.async_get(hass).async_update_entity(first, name="My cooler")
    carrier.describe(coolers=["A", "B"])
    await hass.async_block_till_done()
    assert house.names("cooler") == ["My cooler", "B"]


async def test_what_the_user_disabled_stays_out_of_the_way(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    (first, _second) = house.entity_ids("cooler")
    er.async_get(hass).async_update_entity(first, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    carrier.describe(coolers=["A", "B"])
    carrier.sample(coolers=[0, 0])
    await hass.async_block_till_done()
    assert hass.states.get(first) is None
    assert house.value("cooler", index=1) == "off"


# Restoring


async def test_after_a_restart_all_that_was_there_is_there_without_a_message(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    before = house.translation_keys()
    ids = {key: house.entity_ids(key) for key in before}
    await house.reload()
    assert {key: house.entity_ids(key) for key in house.translation_keys()} == ids
    unknown = {
        *("alarm", "acknowledge", "reset_extremes", "limit_low", "limit_high", "fault"),
        *("time_in_range", "time_out_of_range", "time_to_breach"),
    }
    always = {
        **dict.fromkeys(unknown, "unknown"),
        **dict.fromkeys(("online", "excursion", "alarm_profile"), "off"),
        **dict.fromkeys(("delay_low", "delay_high"), "0.0"),
        **dict.fromkeys(("minimum", "maximum"), "30.01"),
        "mean_kinetic_temperature": house.value("mean_kinetic_temperature"),
    }
    assert {key: house.value(key) for key in always} == always
    shown = before - always.keys() - {"heater_duty", "cooler_duty", "last_sample"}
    assert {house.value(key) for key in shown} == {"unavailable"}


async def test_after_a_restart_names_are_kept(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    carrier.describe(coolers=["Left", "Right"], probes={"product": {"name": "Vial 7"}})
    await hass.async_block_till_done()
    await house.reload()
    assert named(house) == "Vaccine carrier"
    assert house.names("cooler") == ["Left", "Right"]
    assert house.names("probe") == ["Vial 7"]
    assert house.names("heater") == ["Heater"]


async def test_a_restart_invents_no_entity(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    """A chamber without any setpoint, of which only the modes are described."""
    link.deliver(META, {"modes": ["off", "cool"]})
    link.deliver(STATE, {"temperature": 1.0})
    await hass.async_block_till_done()
    before = house.translation_keys()
    assert "chamber" in before
    await house.reload()
    assert house.translation_keys() == before


async def test_after_a_restart_a_live_sample_shows_values_again(
    hass: HomeAssistant, carrier: FakeLink, links: list[FakeLink], house: House
) -> None:
    await house.reload()
    links[-1].up()
    links[-1].sample()
    await hass.async_block_till_done()
    assert (house.value("temperature"), house.value("chamber")) == ("30.05", "heat_cool")
    assert house.value("cooler", index=1) == "on"


async def test_after_a_restart_a_mode_is_known_although_none_was_named(
    hass: HomeAssistant, link: FakeLink, links: list[FakeLink], house: House, clock: Clock
) -> None:
    link.deliver(STATE, MINIMAL)
    await clock.advance(3)
    await house.reload()
    links[-1].up()
    links[-1].deliver(STATE, MINIMAL)
    await hass.async_block_till_done()
    assert house.value("chamber") == "heat_cool"


async def test_what_a_description_left_out_meanwhile_is_removed(
    hass: HomeAssistant, carrier: FakeLink, links: list[FakeLink], house: House
) -> None:
    await house.reload()
    links[-1].up()
    links[-1].describe(coolers=["Only"], fans=[])
    await hass.async_block_till_done()
    assert (len(house.entity_ids("cooler")), house.entity_ids("fan")) == (1, [])


async def test_a_gateway_s_agent_survives_a_restart(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    carrier.deliver(STATUS, {"state": "online", "session": "a", "agent": "chamber-agent 1.2.3"})
    await house.reload()
    gateway = house.device("pi")
    assert gateway is not None
    assert gateway.sw_version == "chamber-agent 1.2.3"


async def test_a_disabled_device_does_not_stop_the_others(
    hass: HomeAssistant, carrier: FakeLink, links: list[FakeLink], house: House
) -> None:
    carrier.deliver("chamber/v1/pi/other/meta", FULL_META)
    carrier.deliver("chamber/v1/pi/other/state", FULL_STATE)
    await hass.async_block_till_done()
    device = house.device()
    assert device is not None
    dr.async_get(hass).async_update_device(device.id, disabled_by=dr.DeviceEntryDisabler.USER)
    await house.reload()
    links[-1].up()
    links[-1].sample()
    links[-1].deliver("chamber/v1/pi/other/state", FULL_STATE)
    await hass.async_block_till_done()
    assert house.value("temperature") is None
    assert house.value("temperature", "pi/other") == "30.05"
