"""Setpoints are sent at their times."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
)

from integration.automating import Chamber
from integration.blueprints.given import (
    Phone,
    another,
    use,
)
from integration.house import REPLY, STATUS, Clock


class Schedule:
    """A schedule at work; it waits for the chamber, so nobody may wait for it to end."""

    def __init__(self, hass: HomeAssistant, chamber: Chamber, clock: Clock) -> None:
        self.hass, self.chamber, self.clock = hass, chamber, clock

    def at(self, minutes: int, setpoint: float, **more: Any) -> dict[str, Any]:
        """A step that is due in so many minutes."""
        then = dt_util.now() + timedelta(minutes=minutes)
        return {"time": then.strftime("%H:%M:00"), "setpoint": setpoint, **more}

    async def use(self, *steps: dict[str, Any], **inputs: Any) -> None:
        """Set it up for the chamber."""
        thermostat = self.chamber.entity_id("chamber")
        await use(
            self.hass, "setpoint_schedule", thermostat=thermostat, steps=list(steps), **inputs
        )

    async def settle(self) -> None:
        """Let everybody do what can be done now."""
        for _turn in range(500):
            await asyncio.sleep(0)

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.freezer.tick(timedelta(seconds=seconds))
        async_fire_time_changed(self.hass)
        await self.settle()

    async def until(self, told: Callable[[], object]) -> None:
        """Wait until what goes through the record's thread has come back."""
        for _turn in range(1000):
            if told():
                return
            await self.chamber.house.judged()

    async def answer(self, **reply: Any) -> None:
        """The chamber replies to the newest command."""
        command = self.chamber.link.wishes[-1]
        self.chamber.link.deliver(REPLY, {"id": command["id"], **reply})
        await self.settle()

    async def obey(self, minutes: int) -> None:
        """Let minutes pass, in which the chamber does what it is asked for."""
        for _minute in range(minutes):
            before = len(self.wished)
            await self.wait(60)
            if len(self.wished) > before:
                await self.answer(status="applied")
                self.chamber.link.sample(setpoint=self.wished[-1])
                await self.settle()

    def sleep(self, minutes: int) -> None:
        """Let minutes pass in which Home Assistant does nothing."""
        self.clock.freezer.tick(timedelta(minutes=minutes))

    async def begin(self, zone: str, local: str) -> None:
        """Begin at a time of a place."""
        await self.hass.config.async_set_time_zone(zone)
        at = datetime.fromisoformat(local).replace(tzinfo=dt_util.get_time_zone(zone))
        self.clock.freezer.move_to(at)
        await self.chamber.holds(30.0)

    @property
    def wished(self) -> list[float]:
        """The setpoints that were asked for."""
        return [one["setpoint"] for one in self.chamber.link.wishes]


@pytest.fixture
async def schedule(hass: HomeAssistant, chamber: Chamber, clock: Clock) -> Schedule:
    """A schedule for the chamber, at a noon."""
    noon = dt_util.start_of_local_day() + timedelta(days=1, hours=12)
    await clock.advance((noon - dt_util.now()).total_seconds() + 1)
    await chamber.holds(30.0)
    return Schedule(hass, chamber, clock)


@pytest.mark.parametrize("tell_success", [True, False])
async def test_a_setpoint_is_asked_for_at_its_time_and_its_confirmation_told_if_wished(
    schedule: Schedule, mail: list[ServiceCall], tell_success: bool
) -> None:
    steps = [schedule.at(2, 4.0), schedule.at(60, 37.0)]
    await schedule.use(*steps, notifiers=["notify.mail"], tell_success=tell_success)
    await schedule.wait(60)
    assert schedule.wished == []
    await schedule.wait(60)
    assert schedule.wished == [4.0]
    await schedule.answer(status="applied", setpoint=4.0)
    schedule.chamber.link.sample(setpoint=4.0)
    await schedule.settle()
    told = [(call.data["title"], call.data["message"]) for call in mail]
    title = "Vaccine carrier: new setpoint"
    confirmed = (title, f"{title}. It confirmed 4.0.")
    assert told == ([confirmed] if tell_success else [])
    await schedule.wait(60)
    assert schedule.wished == [4.0]


async def test_of_setpoints_of_chambers_of_one_name_it_is_told_which(
    hass: HomeAssistant, schedule: Schedule, ada: Phone
) -> None:
    await another(hass, schedule.chamber)
    await schedule.use(schedule.at(1, 4.0), phones=[ada.device_id])
    await schedule.wait(60)
    await schedule.answer(status="rejected", code="interlock")
    await schedule.until(lambda: ada.titles)
    assert ada.titles == ["Vaccine carrier (pi): setpoint not taken"]


async def test_a_setpoint_that_the_chamber_refuses_is_told_with_the_reason(
    schedule: Schedule, ada: Phone
) -> None:
    await schedule.use(schedule.at(1, 4.0), phones=[ada.device_id])
    await schedule.wait(60)
    await schedule.answer(status="rejected", code="interlock", message="the lid is open")
    await schedule.until(lambda: ada.titles)
    assert ada.titles == ["Vaccine carrier: setpoint not taken"]
    assert ada.sent[0].data["message"] == "It did not take 4.0: interlock. In force is 30.0."


async def test_a_setpoint_that_cannot_even_be_asked_for_is_told(
    schedule: Schedule, mail: list[ServiceCall]
) -> None:
    """Home Assistant itself refuses what is out of range, and skips a thermostat that is unavailable without a word."""
    await schedule.use(schedule.at(1, 99.0), schedule.at(4, 4.0), notifiers=["notify.mail"])
    await schedule.wait(60)
    assert schedule.wished == []
    await schedule.wait(61)
    title = "Vaccine carrier: setpoint not taken"
    message = f"{title}. It did not take 99.0. In force is 30.0."
    assert [call.data["message"] for call in mail] == [message]
    schedule.chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await schedule.wait(60)
    await schedule.wait(60)
    assert schedule.wished == []
    await schedule.wait(61)
    message = f"{title}. It did not take 4.0. Nobody knows what is in force."
    assert mail[-1].data["message"] == message


async def test_a_step_is_due_on_its_days_only(schedule: Schedule) -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    today = days[dt_util.now().weekday()]
    others = [day for day in days if day != today]
    await schedule.use(
        schedule.at(1, 4.0, weekdays=others),
        schedule.at(3, 5.0, weekdays=[today]),
        schedule.at(6, 6.0, weekdays=[]),
    )
    await schedule.obey(7)
    assert schedule.wished == [5.0, 6.0]


async def test_steps_of_minutes_in_succession_are_all_sent(schedule: Schedule) -> None:
    await schedule.use(schedule.at(2, 4.0), schedule.at(3, 37.0), schedule.at(4, 5.0))
    await schedule.obey(6)
    assert schedule.wished == [4.0, 37.0, 5.0]


async def test_of_several_that_are_due_the_latest_counts(schedule: Schedule) -> None:
    steps = [schedule.at(4, 5.0), schedule.at(4, 6.0), schedule.at(2, 4.0)]
    await schedule.use(*steps)
    schedule.sleep(minutes=6)
    await schedule.obey(3)
    assert schedule.wished == [6.0]


@pytest.mark.parametrize(("minutes", "wished"), [(8, [4.0]), (14, [])])
async def test_what_was_missed_is_made_up_for_within_ten_minutes_only(
    schedule: Schedule, minutes: int, wished: list[float]
) -> None:
    await schedule.use(schedule.at(1, 4.0))
    schedule.sleep(minutes=minutes)
    await schedule.obey(3)
    assert schedule.wished == wished


async def test_a_new_schedule_begins_with_what_comes(schedule: Schedule) -> None:
    past, next_one = schedule.at(0, 4.0), schedule.at(5, 5.0)
    await schedule.wait(120)
    await schedule.use(past, next_one)
    await schedule.obey(7)
    assert schedule.wished == [5.0]


async def test_what_is_due_at_midnight_is_due_on_the_day_that_begins(schedule: Schedule) -> None:
    await schedule.begin("UTC", "2027-03-27 23:57:01")
    sunday, saturday = ["sun"], ["sat"]
    await schedule.use(
        schedule.at(3, 4.0, weekdays=sunday),
        schedule.at(3, 5.0, weekdays=saturday),
        schedule.at(2, 6.0, weekdays=saturday),
    )
    await schedule.obey(5)
    assert schedule.wished == [6.0, 4.0]


async def test_what_the_clock_skips_in_spring_is_sent_as_soon_as_it_is_past(
    schedule: Schedule,
) -> None:
    await schedule.begin("Europe/Berlin", "2027-03-28 01:57:01")
    await schedule.use({"time": "02:30:00", "setpoint": 4.0})
    await schedule.obey(2)
    assert schedule.wished == []
    await schedule.obey(1)
    assert dt_util.now().strftime("%H:%M") == "03:00"
    assert schedule.wished == [4.0]
    await schedule.obey(60)
    assert schedule.wished == [4.0]


async def test_what_the_clock_shows_twice_in_autumn_is_sent_once(schedule: Schedule) -> None:
    await schedule.begin("Europe/Berlin", "2027-10-31 01:57:01")
    await schedule.use({"time": "02:05:00", "setpoint": 4.0}, {"time": "02:58:00", "setpoint": 5.0})
    await schedule.obey(140)
    assert dt_util.now().strftime("%H:%M") == "03:17"
    assert schedule.wished == [4.0, 5.0]
