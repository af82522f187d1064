"""A chamber is shown as long as what is shown is true: will, heartbeat, and the age of the sample."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant

from integration.house import META, STATE, STATUS, Clock, FakeLink, House

ONLINE = {"state": "online", "session": "now", "heartbeat": 10}
ALWAYS = {"online", "fault", "alarm"}


def numbered(clock: Clock, seq: int, age: float = 0.0, **more: Any) -> dict[str, Any]:
    """A sample of a chamber that numbers and dates its samples."""
    dated = {"seq": seq, "epoch": "e", "time": clock.utc - age, "clock": "ntp"}
    return {"temperature": 5.0 + seq / 100, "setpoint": 5.0, **dated, **more}


@pytest.fixture
async def carrier(hass: HomeAssistant, link: FakeLink, clock: Clock) -> FakeLink:
    """A chamber that says all it can, with a heartbeat of 10 s."""
    link.deliver(STATUS, ONLINE, retained=True)
    link.deliver(META, {"name": "Carrier", "heaters": ["H"], "coolers": ["C"], "heartbeat": 10})
    link.deliver(STATE, numbered(clock, 1))
    await hass.async_block_till_done()
    return link


async def test_a_live_sample_is_shown(carrier: FakeLink, house: House) -> None:
    assert house.value("temperature") == "5.01"
    assert house.value("online") == "on"
    assert house.value("online", device="pi") == "on"


async def test_three_heartbeats_without_a_sample_make_it_unavailable(
    carrier: FakeLink, house: House, clock: Clock
) -> None:
    await clock.advance(29)
    assert house.value("temperature") == "5.01"
    await clock.advance(2)
    assert house.value("temperature") == "unavailable"
    assert house.value("chamber") == "unavailable"


async def test_what_must_not_go_dark_stays(carrier: FakeLink, house: House, clock: Clock) -> None:
    await clock.advance(31)
    assert house.value("online") == "off"
    assert {key: house.value(key) != "unavailable" for key in ALWAYS} == dict.fromkeys(ALWAYS, True)


async def test_a_will_makes_it_unavailable_at_once_and_a_live_sample_brings_it_back(
    carrier: FakeLink, house: House, clock: Clock, hass: HomeAssistant
) -> None:
    carrier.deliver(STATUS, {"state": "lost", "session": "now"})
    await hass.async_block_till_done()
    assert house.value("temperature") == "unavailable"
    assert house.value("online", device="pi") == "off"
    carrier.deliver(STATE, numbered(clock, 2))
    await hass.async_block_till_done()
    assert house.value("temperature") == "5.02"


async def test_a_ghost_s_will_is_ignored(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    carrier.deliver(STATUS, {"state": "lost", "session": "before"})
    await hass.async_block_till_done()
    assert house.value("temperature") == "5.01"
    assert house.coordinator.census.tally["ghost"] == 1


async def test_plain_words_are_understood(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    carrier.deliver("chamber/v1/shed/status", b"online")
    carrier.deliver("chamber/v1/shed/kiln/meta", {"name": "Kiln"})
    carrier.deliver("chamber/v1/shed/kiln/state", {"temperature": 900.0})
    carrier.deliver("chamber/v1/shed/status", b"offline")
    await hass.async_block_till_done()
    assert house.value("online", device="shed") == "off"
    assert house.value("temperature", device="shed/kiln") == "unavailable"


async def test_a_retained_sample_is_shown_with_its_true_age(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(META, {"heartbeat": 10}, retained=True)
    link.deliver(STATE, numbered(clock, 1, age=25), retained=True)
    await hass.async_block_till_done()
    assert house.value("temperature") == "5.01"
    await clock.advance(6)
    assert house.value("temperature") == "unavailable"


async def test_a_retained_old_sample_is_not_fresh(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(META, {"heartbeat": 10}, retained=True)
    link.deliver(STATE, numbered(clock, 1, age=3600), retained=True)
    await hass.async_block_till_done()
    assert house.value("temperature") == "unavailable"
    assert house.value("online") == "off"


async def test_a_retained_sample_of_unknown_age_makes_the_chamber_but_shows_nothing(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock
) -> None:
    minimal = {"temperature": 30.0, "setpoint": 30.0, "heater": True, "cooler": False}
    link.deliver(STATE, minimal, retained=True)
    await clock.advance(3)
    assert house.value("heater") == "unavailable"
    link.deliver(STATE, minimal)
    await hass.async_block_till_done()
    assert house.value("heater") == "on"
    assert house.value("chamber") == "heat_cool"


@pytest.mark.parametrize("repeats", [1, 50])
async def test_a_repeated_sample_refreshes_nothing(
    carrier: FakeLink, house: House, clock: Clock, hass: HomeAssistant, repeats: int
) -> None:
    again = numbered(clock, 1)
    await clock.advance(25)
    for _ in range(repeats):
        carrier.deliver(STATE, again)
    await clock.advance(6)
    assert house.value("temperature") == "unavailable"


async def test_a_wrong_clock_is_corrected_and_reported(
    carrier: FakeLink, house: House, clock: Clock, hass: HomeAssistant
) -> None:
    for seq in range(2, 5):
        await clock.advance(5)
        carrier.deliver(STATE, numbered(clock, seq, age=3600))
    await hass.async_block_till_done()
    assert house.value("temperature") == "5.04"
    assert house.issues() == {"clock_skew"}
    await clock.advance(5)
    carrier.deliver(STATE, numbered(clock, 5))
    await hass.async_block_till_done()
    assert house.issues() == set()


async def test_without_its_own_heartbeat_the_option_counts(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(META, {"name": "Box"})
    link.deliver(STATE, {"temperature": 1.0})
    await clock.advance(890)
    assert house.value("temperature") == "1.0"
    await clock.advance(20)
    assert house.value("temperature") == "unavailable"


async def test_a_cleared_chamber_is_gone_and_may_be_deleted(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    carrier.deliver(META, b"")
    carrier.deliver(STATE, b"")
    await hass.async_block_till_done()
    assert house.value("temperature") == "unavailable"
    assert not house.coordinator.fresh(house.address)


async def test_two_gateways_with_one_id_are_reported_until_one_begins_anew(
    carrier: FakeLink, house: House, clock: Clock, hass: HomeAssistant
) -> None:
    for seq in range(2, 8):
        carrier.deliver(STATE, numbered(clock, 1, epoch="rival"))
        carrier.deliver(STATE, numbered(clock, seq))
        await clock.advance(1)
    assert house.value("temperature") == "5.01"
    assert house.issues() == {"two_publishers"}
    carrier.deliver(STATE, numbered(clock, 1, epoch="anew", temperature=7.0))
    await hass.async_block_till_done()
    assert house.value("temperature") == "7.0"
    assert house.issues() == set()
