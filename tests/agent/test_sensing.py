"""What a probe's reading is worth."""

from __future__ import annotations

import asyncio
import math

import pytest

from agent.doubles import Door, Probe, Rack
from chamber_agent.chamber.judgement import CONTROL
from chamber_agent.chamber.model import Quality
from chamber_agent.errors import HardwareError
from chamber_agent.hardware import Rig
from chamber_agent.sensing import ANSWER_WITHIN, COAST, Complaints, Reading, Track, judge, sense

GOOD = Track(20.0, 0.0, 20.0, 0.0)


@pytest.mark.parametrize(
    ("value", "quality", "shown"),
    [
        (20.5, Quality.OK, 20.5),
        (None, Quality.MISSING, None),
        (math.nan, Quality.FAULT, None),
        (math.inf, Quality.FAULT, None),
        (-300.0, Quality.FAULT, None),
        (127.94, Quality.FAULT, None),
        (-127.0, Quality.FAULT, None),
        (85.0, Quality.SUSPECT, None),
        (30.0, Quality.SUSPECT, 30.0),
    ],
)
def test_a_reading_is_judged(value: float | None, quality: Quality, shown: float | None) -> None:
    assert judge(GOOD, value, 1.0)[1] == Reading(shown, quality)


def test_eighty_five_is_believed_near_the_last_good_value() -> None:
    warm = Track(81.0, 0.0, 84.5, 0.0)
    assert judge(warm, 85.0, 1.0)[1] == Reading(85.0, Quality.OK)


def test_the_first_reading_after_power_up_is_not_believed() -> None:
    assert judge(Track(), 85.0, 0.0)[1].quality is Quality.SUSPECT
    assert judge(Track(), 84.9, 0.0)[1].quality is Quality.OK


def test_a_jump_that_stays_is_believed_the_second_time() -> None:
    track, first = judge(GOOD, 30.0, 1.0)
    _, second = judge(track, 30.1, 2.0)
    assert (first.quality, second.quality) == (Quality.SUSPECT, Quality.OK)


def test_a_change_may_be_as_large_as_the_time_that_passed_allows() -> None:
    assert judge(GOOD, 30.0, 9.0)[1].quality is Quality.OK


def test_the_thermostat_coasts_over_a_short_failure_only() -> None:
    track, _ = judge(GOOD, None, 5.0)
    assert track.coasted(COAST) == 20.0
    assert track.coasted(COAST + 0.1) is None


async def test_every_sensor_is_looked_at() -> None:
    rack = Rack()
    rig = rack.rig(probes={"product": rack.product}, door=Door(opened=True))
    tracks, sensed = await sense(rig, {}, 0.0, Complaints("box"))
    assert sensed.temperature == Reading(20.0, Quality.OK)
    assert sensed.probes == {"product": Reading(21.0, Quality.OK)}
    assert (sensed.door, sensed.power) == (True, None)
    assert set(tracks) == {CONTROL, "product"}


async def test_one_dead_probe_costs_itself_alone() -> None:
    rack = Rack()
    rack.probe.shows = None
    rig = rack.rig(probes={"product": rack.product})
    _, sensed = await sense(rig, {}, 0.0, Complaints("box"))
    assert sensed.temperature == Reading(None, Quality.MISSING)
    assert sensed.probes["product"].value == 21.0


async def test_a_probe_that_hangs_counts_as_missing() -> None:
    rack = Rack()
    rack.probe.reading = lambda: asyncio.sleep(1e6)
    began = asyncio.get_running_loop().time()
    _, sensed = await sense(rack.rig(), {}, 0.0, Complaints("box"))
    assert sensed.temperature.quality is Quality.MISSING
    assert asyncio.get_running_loop().time() - began == pytest.approx(ANSWER_WITHIN)


class Odd:
    """A door contact and a meter whose library raises what it likes, each time in other words."""

    def __init__(self, error: type[Exception] | None = KeyError) -> None:
        self.error = error
        self.asked = 0

    async def is_open(self) -> bool:
        self.asked += 1
        if self.error:
            raise self.error(f"attempt {self.asked}")
        return True

    async def power(self) -> float:
        return 5.0 if await self.is_open() else 0.0

    def rig(self) -> Rig:
        """All sensors of a chamber; the control probe is well."""

        async def look() -> None:
            await self.is_open()

        product = Probe(4.0, look)
        return Rack().rig(probes={"product": product}, door=self, meter=self)


async def test_any_error_of_a_sensor_costs_its_own_reading_alone() -> None:
    _, sensed = await sense(Odd().rig(), {}, 0.0, Complaints("box"))
    assert sensed.temperature == Reading(20.0, Quality.OK)
    assert sensed.probes == {"product": Reading(None, Quality.MISSING)}
    assert (sensed.door, sensed.power) == (None, None)


async def test_what_ails_a_sensor_is_logged_once_until_it_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd, complaints = Odd(), Complaints("box")
    rig = odd.rig()
    for error in (KeyError, KeyError, ValueError, None, ValueError, ValueError):
        odd.error = error
        await sense(rig, {}, 0.0, complaints)
    said = [one for one in caplog.messages if "the door" in one]
    assert said == [
        "box: the door does not answer: KeyError('attempt 2')",
        "box: the door does not answer: ValueError('attempt 8')",
        "box: the door does not answer: ValueError('attempt 14')",
    ]
    assert sum("the probe product" in one for one in caplog.messages) == 3
    assert sum("the meter" in one for one in caplog.messages) == 3


async def test_a_door_that_does_not_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    odd = Odd(HardwareError)
    await sense(Rack().rig(door=odd), {}, 0.0, Complaints("box"))
    assert caplog.messages == ["box: the door does not answer: attempt 1"]
