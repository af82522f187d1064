"""What happens to a chamber, as events: the chamber's own, and those judged here."""

from datetime import UTC, datetime
from typing import Any

import pytest
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event

from integration.house import EVENT, STATE, STATUS, Clock, FakeLink, House


def last(house: House) -> Any:
    """The type of the newest event."""
    return house.attribute("alarm", "event_type")


def heard(house: House, hass: HomeAssistant) -> list[Any]:
    """The types of the events from now on, in their order."""
    happened: list[Any] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        happened.append(new and new.attributes["event_type"])

    async_track_state_change_event(hass, house.entity_ids("alarm"), note)
    return happened


async def test_nothing_happened_at_first(carrier: FakeLink, house: House) -> None:
    assert house.value("alarm") == "unknown"


@pytest.mark.parametrize("kind", ["door_opened", "power_cut", "interlock", "restarted"])
async def test_the_chamber_s_events_are_passed_on(
    carrier: FakeLink, house: House, kind: str
) -> None:
    carrier.deliver(EVENT, {"type": kind, "message": "as it came"})
    assert last(house) == kind
    assert house.attribute("alarm", "message") == "as it came"


async def test_times_are_told_as_times(carrier: FakeLink, house: House) -> None:
    carrier.deliver(EVENT, {"type": "door_opened", "time": 1_796_000_000.5})
    told = house.attribute("alarm", "time")
    assert told == datetime.fromtimestamp(1_796_000_000.5, UTC)


async def test_an_unknown_event_keeps_its_name(carrier: FakeLink, house: House) -> None:
    carrier.deliver(EVENT, {"type": "sang_a_song"})
    assert last(house) == "other"
    assert house.attribute("alarm", "type") == "sang_a_song"


async def test_a_retained_event_is_not_news(carrier: FakeLink, house: House) -> None:
    carrier.deliver(EVENT, {"type": "door_opened"}, retained=True)
    assert last(house) is None


async def test_an_event_that_is_said_twice_happened_once(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    happened = heard(house, hass)
    for event_id in ("a", "a", "b", "a"):
        carrier.deliver(EVENT, {"id": event_id, "type": "door_opened"})
    await hass.async_block_till_done()
    assert len(happened) == 2
    carrier.deliver(EVENT, {"type": "door_opened"})
    carrier.deliver(EVENT, {"type": "door_opened"})
    await hass.async_block_till_done()
    assert len(happened) == 4


async def test_loss_and_return_are_events(carrier: FakeLink, house: House, clock: Clock) -> None:
    carrier.deliver(STATUS, {"state": "lost", "session": "a"})
    await house.judged()
    assert last(house) == "lost"
    carrier.sample()
    await house.judged()
    assert last(house) == "recovered"
    await clock.advance(31)
    await house.judged()
    assert last(house) == "lost"


async def test_faults_begin_and_end(carrier: FakeLink, house: House) -> None:
    carrier.sample(quality={"product": "fault"})
    await house.judged()
    assert last(house) == "fault_started"
    assert house.attribute("alarm", "reasons") == ["product: fault"]
    carrier.sample(quality={"product": "missing"})
    await house.judged()
    assert last(house) == "fault_started"
    carrier.sample()
    await house.judged()
    assert last(house) == "fault_ended"


async def test_what_is_too_short_to_be_shown_is_an_event_all_the_same(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    happened = heard(house, hass)
    house.coordinator.herald._slice = 0.0
    carrier.sample(quality={"product": "fault"})
    carrier.sample()
    assert house.value("probe") == "30.01"
    await house.judged()
    assert happened == ["fault_started", "fault_ended"]


async def test_garbage_is_no_event(carrier: FakeLink, house: House) -> None:
    carrier.deliver(STATE, b"{")
    carrier.deliver(EVENT, b"{")
    carrier.deliver(EVENT, {"message": "typeless"})
    assert last(house) is None
