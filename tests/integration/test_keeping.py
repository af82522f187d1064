"""What is heard reaches the record: samples, descriptions, silence, commands, and the past that was asked for."""

import time
from typing import Any

import pytest
from homeassistant.const import ATTR_ENTITY_ID, ATTR_TEMPERATURE
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed
from custom_components.chamber_ws.chamber.analysis.findings import Occurrence
from custom_components.chamber_ws.keeping.chronicle import RETURN_WITHIN, SETTLING
from custom_components.chamber_ws.record.rows import Row
from custom_components.chamber_ws.record.store import Store
from integration.flows import until
from integration.house import REPLY, STATE, STATUS, Clock, FakeLink, House

HISTORY = "chamber/v1/pi/box/history"
EPOCH = "k3f9"


def numbered(seq: int, at: float, temperature: float = 5.0) -> dict[str, Any]:
    """A sample that carries all that level 2 of the contract asks for."""
    return {
        "temperature": temperature,
        "seq": seq,
        "epoch": EPOCH,
        "time": at,
        "clock": "ntp",
    }


async def rows(house: House) -> list[Row]:
    def read(store: Store) -> list[Row]:
        return store.rows(store.chamber(house.address), None, 1000)

    await house.judged()
    return await house.coordinator.clerk.run(read)


async def deeds(house: House) -> list[Deed]:
    await house.judged()
    entries = await house.coordinator.clerk.run(lambda store: store.journal(None, 0.0, 1e12))
    return [entry.deed for entry in entries]


def occurrences(house: House) -> list[Occurrence]:
    heard: list[Occurrence] = []
    house.coordinator.clerk.follow(house.address, heard.append)
    return heard


def asked(link: FakeLink) -> dict[str, Any]:
    """The newest question for the past."""
    questions = [one for one in link.wishes if one["do"] == "history"]
    assert questions
    return questions[-1]


def batch(question: dict[str, Any], clock: Clock, **changes: Any) -> dict[str, Any]:
    numbers = range(question["from"], question["to"] + 1)
    return {
        "id": question["id"],
        "epoch": EPOCH,
        "columns": ["seq", "time", "clock", "temperature"],
        "rows": [[seq, clock.utc - 60 + seq, "ntp", 4.0] for seq in numbers],
        "last": True,
        **changes,
    }


# Samples


async def test_live_samples_are_kept_and_retained_ones_and_copies_are_not(
    link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(STATE, numbered(1, clock.utc), retained=True)
    assert await rows(house) == []
    sample = numbered(2, clock.utc)
    link.deliver(STATE, sample)
    link.deliver(STATE, sample)
    link.deliver(STATE, b"rubbish")
    assert [(row.seq, row.at, row.sample.temperature) for row in await rows(house)] == [
        (2, clock.utc, 5.0)
    ]


async def test_what_was_kept_is_there_after_a_reload(
    link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(STATE, numbered(1, clock.utc))
    await house.reload()
    assert [row.seq for row in await rows(house)] == [1]


async def test_a_chamber_that_is_deleted_takes_its_samples_along_but_not_the_journal(
    carrier: FakeLink, house: House
) -> None:
    assert len(await rows(house)) == 1
    await house.hand().reset_extremes(house.address)
    carrier.deliver(STATUS, {"state": "offline"})
    house.entry.runtime_data.roster.dismiss(house.address)
    assert await rows(house) == []
    assert Act.RESET_EXTREMES in [deed.act for deed in await deeds(house)]


# Silence


async def test_loss_and_return_are_entered_once(
    carrier: FakeLink, house: House, clock: Clock
) -> None:
    heard = occurrences(house)
    for _time in range(2):
        carrier.deliver(STATUS, {"state": "lost"})
    await clock.advance(100)
    carrier.sample()
    carrier.sample(temperature=31.0)
    await house.judged()
    assert [one.happened.value for one in heard] == ["lost", "recovered"]
    acts = [deed.act for deed in await deeds(house)]
    assert (acts.count(Act.LOST), acts.count(Act.RECOVERED)) == (1, 1)


async def test_who_stays_away_after_a_restart_is_lost(
    clock: Clock, carrier: FakeLink, house: House
) -> None:
    last = clock.utc
    await clock.advance(5)
    await house.judged()
    await house.reload()
    heard = occurrences(house)
    await clock.advance(RETURN_WITHIN + 1)
    await house.judged()
    assert [one.happened.value for one in heard] == ["lost"]
    assert heard[0].details["since"] == pytest.approx(last, abs=1)
    findings = house.coordinator.clerk.findings(house.address)
    assert findings is not None
    assert findings.lost


async def test_whose_retained_sample_is_young_after_a_restart_is_lost_when_it_grows_old(
    clock: Clock, links: list[FakeLink], carrier: FakeLink, house: House
) -> None:
    last = numbered(7, clock.utc)
    carrier.describe(heartbeat=60)
    carrier.deliver(STATE, last)
    await house.judged()
    await house.reload()
    link, heard = links[-1], occurrences(house)
    link.up()
    link.describe(heartbeat=60)
    link.deliver(STATE, last, retained=True)
    await clock.advance(RETURN_WITHIN + 1)
    await house.judged()
    assert (house.value("temperature"), heard) == ("5.0", [])
    await clock.advance(180)
    await house.judged()
    assert house.value("temperature") == "unavailable"
    assert [(one.happened.value, one.details["since"]) for one in heard] == [("lost", last["time"])]


async def retained_without_a_time(links: list[FakeLink], house: House, **status: Any) -> FakeLink:
    """A restart, after which the broker has a sample that nobody knows the age of; its rhythm is a minute."""
    links[-1].deliver(STATE, {"temperature": 4.6})
    await house.judged()
    await house.reload()
    link = links[-1]
    link.up()
    if status:
        link.deliver(STATUS, status, retained=True)
    link.describe(heartbeat=60)
    link.deliver(STATE, {"temperature": 4.6}, retained=True)
    return link


async def test_whose_retained_sample_has_no_time_has_its_own_rhythm_to_come_back(
    clock: Clock, links: list[FakeLink], carrier: FakeLink, house: House
) -> None:
    await retained_without_a_time(links, house)
    heard = occurrences(house)
    await clock.advance(RETURN_WITHIN + 1)
    await house.judged()
    assert (house.value("temperature"), heard) == ("unavailable", [])
    await clock.advance(180 - RETURN_WITHIN)
    await house.judged()
    assert [one.happened.value for one in heard] == ["lost"]


async def test_who_comes_back_in_its_own_rhythm_was_never_lost(
    clock: Clock, links: list[FakeLink], carrier: FakeLink, house: House
) -> None:
    link = await retained_without_a_time(links, house)
    heard = occurrences(house)
    await clock.advance(RETURN_WITHIN + 1)
    link.deliver(STATE, {"temperature": 4.7})
    await clock.advance(180 - RETURN_WITHIN)
    await house.judged()
    assert (house.value("temperature"), heard) == ("4.7", [])


async def test_whose_gateway_is_lost_after_a_restart_is_not_waited_for(
    clock: Clock, links: list[FakeLink], carrier: FakeLink, house: House
) -> None:
    await retained_without_a_time(links, house, state="lost")
    heard = occurrences(house)
    await clock.advance(RETURN_WITHIN + 1)
    await house.judged()
    assert [one.happened.value for one in heard] == ["lost"]


async def test_who_was_lost_before_a_restart_is_not_lost_again(
    clock: Clock, carrier: FakeLink, house: House
) -> None:
    carrier.deliver(STATUS, {"state": "lost"})
    await house.judged()
    await house.reload()
    heard = occurrences(house)
    await clock.advance(RETURN_WITHIN + 1)
    await house.judged()
    assert heard == []


# Commands


async def set_temperature(house: House, value: float, context: Context | None = None) -> None:
    (entity_id,) = house.entity_ids("chamber")
    await house.hass.services.async_call(
        "climate",
        "set_temperature",
        {ATTR_ENTITY_ID: entity_id, ATTR_TEMPERATURE: value},
        blocking=True,
        context=context,
    )


async def test_who_set_what_is_entered_with_the_outcome(
    carrier: FakeLink, house: House, hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    task = hass.async_create_task(set_temperature(house, 25.0, Context(user_id=hass_admin_user.id)))
    while not carrier.commands:
        await hass.async_block_till_done(wait_background_tasks=False)
    (wish,) = carrier.wishes
    carrier.deliver(REPLY, {"id": wish["id"], "status": "applied"})
    await task
    *_before, deed = await deeds(house)
    assert (deed.act, dict(deed.old), dict(deed.new)) == (
        Act.SETPOINT,
        {"setpoint": 30.0},
        {"setpoint": 25.0, "outcome": "applied"},
    )
    assert (deed.by.user, deed.by.name) == (hass_admin_user.id, hass_admin_user.name)
    assert wish["by"] == f"user:{hass_admin_user.id}"


async def test_a_refusal_is_entered_and_told(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    heard = occurrences(house)
    task = hass.async_create_task(set_temperature(house, 25.0))
    while not carrier.commands:
        await hass.async_block_till_done(wait_background_tasks=False)
    reply = {"id": carrier.wishes[0]["id"], "status": "rejected", "code": "interlock"}
    carrier.deliver(REPLY, reply)
    with pytest.raises(HomeAssistantError):
        await task
    *_before, deed = await deeds(house)
    assert deed.new["outcome"] == "interlock"
    assert [(one.happened.value, one.details["outcome"]) for one in heard] == [
        ("setpoint_rejected", "interlock")
    ]


async def test_what_could_not_even_be_sent_is_entered_too(carrier: FakeLink, house: House) -> None:
    carrier.down()
    with pytest.raises(HomeAssistantError):
        await set_temperature(house, 25.0)
    *_before, deed = await deeds(house)
    assert deed.new == {"setpoint": 25.0, "outcome": "lost"}


# The past


async def test_what_was_missed_is_asked_for_and_touches_no_entity(
    carrier: FakeLink, house: House, clock: Clock
) -> None:
    carrier.describe(history=True)
    carrier.deliver(STATE, numbered(10, clock.utc, 5.0))
    carrier.deliver(STATE, numbered(15, clock.utc, 6.0))
    await house.judged()
    question = asked(carrier)
    assert (question["epoch"], question["from"], question["to"]) == (EPOCH, 11, 14)
    carrier.deliver(HISTORY, batch(question, clock))
    assert [row.seq for row in await rows(house)] == [0, *range(10, 16)]
    assert house.value("temperature") == "6.0"


@pytest.mark.parametrize("payload", [b'{"id": "somebody-else"}', b"\xff" * 100_000])
async def test_history_that_nobody_asked_for_is_dropped_undecoded(
    carrier: FakeLink, house: House, payload: bytes
) -> None:
    before = await rows(house)
    carrier.deliver(HISTORY, payload)
    assert house.coordinator.census.tally["foreign_history"] == 1
    assert house.coordinator.census.tally["too_large"] == 0
    assert await rows(house) == before


async def test_after_a_reconnection_what_was_not_answered_is_asked_again(
    carrier: FakeLink, house: House
) -> None:
    carrier.describe(history=True)
    carrier.deliver(STATE, numbered(1, time.time()))
    carrier.deliver(STATE, numbered(5, time.time()))
    await house.judged()
    first = asked(carrier)
    carrier.down()
    carrier.up()
    await until(house.hass, lambda: asked(carrier)["id"] != first["id"])
    assert asked(carrier)["from"] == first["from"]


async def test_a_gateway_that_connected_anew_is_asked_at_once(
    carrier: FakeLink, house: House
) -> None:
    carrier.deliver(STATUS, {"state": "online", "session": "a"})
    carrier.describe(history=True)
    carrier.deliver(STATE, numbered(1, time.time()))
    carrier.deliver(STATE, numbered(5, time.time()))
    await house.judged()
    questions = len(carrier.wishes)
    carrier.deliver(STATUS, {"state": "online", "session": "a"})
    await house.judged()
    assert len(carrier.wishes) == questions
    carrier.deliver(STATUS, {"state": "online", "session": "b"})
    await until(house.hass, lambda: len(carrier.wishes) == questions + 1)


async def test_a_chamber_that_says_nothing_of_itself_is_not_waited_for(
    link: FakeLink, house: House, clock: Clock
) -> None:
    link.deliver(STATE, numbered(1, clock.utc))
    link.deliver(STATE, numbered(5, clock.utc))
    await house.judged()
    findings = house.coordinator.clerk.findings(house.address)
    assert findings is not None
    assert findings.provisional
    await clock.advance(SETTLING + 1)
    await house.judged()
    findings = house.coordinator.clerk.findings(house.address)
    assert findings is not None
    assert not findings.provisional


async def test_a_description_that_comes_late_after_a_restart_is_remembered_meanwhile(
    carrier: FakeLink, house: House, clock: Clock, links: list[FakeLink]
) -> None:
    carrier.describe(history=True)
    carrier.deliver(STATE, numbered(1, clock.utc))
    await house.judged()
    await house.reload()
    links[-1].up()
    links[-1].deliver(STATE, numbered(5, clock.utc))
    await clock.advance(SETTLING + 1)
    await house.judged()
    assert asked(links[-1])["epoch"] == EPOCH


async def test_the_options_say_how_long_is_recorded(
    link: FakeLink, house: House, hass: HomeAssistant
) -> None:
    options = {"record_days": 3, "record_years": 1, "record_megabytes": 100}
    hass.config_entries.async_update_entry(house.entry, options=options)
    await house.reload()
    allowance = house.coordinator.clerk._duty._upkeep._allowance
    assert (allowance.days, allowance.years, allowance.megabytes) == (3.0, 1.0, 100.0)
