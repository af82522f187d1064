"""One chamber, lived: what it senses, does and tells."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import pytest

from agent.doubles import NOON, Audience, Machine, Rack, box
from chamber_agent.chamber.model import Action, Clock, Mode, Part, Probe, Quality
from chamber_agent.control import Control, Cutout, Safe, thermostat
from chamber_agent.hardware import Drive
from chamber_agent.kept import Target
from chamber_agent.loop import LONGEST_TURN, Loop, Rhythm
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.store import Store

RHYTHM = Rhythm(interval=1.0, heartbeat=10.0)
COLD = Target(5.0, Mode.HEAT_COOL)
WARM = Target(35.0, Mode.HEAT_COOL)
HERE = Target(20.0, Mode.HEAT_COOL)


class Given:
    """A loop with everything around it."""

    def __init__(self, target: Target = HERE, *, wired: Any = None, **chamber: Any) -> None:
        self.rack, self.audience, self.machine = Rack(), Audience(), Machine()
        rig = self.rack.rig(**(wired(self.rack) if wired else {}))
        self.store = Store(StateFolder(), ["box"])
        self.loop = Loop(
            box(**chamber), rig, target, self.audience, self.machine.clocks(), self.store
        )

    async def turns(self, count: int = 1) -> None:
        """Take turns a second apart."""
        for _ in range(count):
            await self.loop.turn(RHYTHM)
            self.machine.passes(1.0)

    @property
    def last(self) -> Any:
        """The last sample told."""
        return self.audience.samples[-1]


async def test_a_sample_says_all_there_is() -> None:
    given = Given(
        COLD,
        wired=lambda rack: {"probes": {"product": rack.product}, "door": rack.door},
        probes={"product": Probe("product")},
    )
    await given.turns()
    sample = given.last
    assert (sample.temperature, sample.setpoint, sample.effective_setpoint) == (20.0, 5.0, 5.0)
    assert (sample.mode, sample.action, sample.reason) == (Mode.HEAT_COOL, Action.COOLING, "pid")
    assert sample.heaters == (Part(on=False, duty=0),)
    assert sample.coolers == (Part(on=True, duty=100),) * 2
    assert sample.probes == {"product": 21.0}
    assert sample.door is False
    assert (sample.seq, sample.time, sample.clock) == (1, NOON, Clock.NTP)
    assert sample.uptime == 1000.0


async def test_the_actuators_do_what_the_sample_says() -> None:
    given = Given(COLD)
    await given.turns()
    assert given.rack.drive == Drive(heaters=(0.0,), coolers=(1.0, 1.0), fans=(1.0,))


async def test_nothing_new_is_told_once_per_heartbeat() -> None:
    given = Given()
    await given.turns(31)
    assert [one.uptime for one in given.audience.samples] == [1000.0, 1010.0, 1020.0, 1030.0]
    assert [sample.seq for sample in given.audience.samples] == [1, 2, 3, 4]


async def test_a_change_is_told_at_once() -> None:
    given = Given()
    await given.turns(3)
    given.rack.probe.shows = 20.0625
    await given.turns()
    assert [sample.temperature for sample in given.audience.samples] == [20.0, 20.062]


async def test_a_new_target_is_gone_for_at_once() -> None:
    given = Given()
    await given.turns()
    sample = await given.loop.aim(*WARM)
    assert (sample.setpoint, sample.action, sample.seq) == (35.0, Action.HEATING, 2)
    assert given.last == sample
    assert given.rack.drive.heaters == (1.0,)


async def test_without_a_synchronised_clock_there_is_no_time() -> None:
    given = Given()
    given.machine.synchronised = False
    await given.turns()
    assert (given.last.time, given.last.clock, given.last.uptime) == (None, Clock.NONE, 1000.0)


async def test_every_start_begins_a_new_epoch() -> None:
    first, second = Given(), Given()
    await first.turns()
    await second.turns()
    assert first.last.epoch != second.last.epoch


async def test_a_dead_probe_ends_in_a_safe_state() -> None:
    given = Given(WARM)
    await given.turns()
    given.rack.probe.shows = None
    await given.turns(12)
    assert given.rack.drive.heaters == (0.0,)
    assert (given.last.temperature, given.last.action) == (None, Action.FAULT)
    assert given.last.quality == {"temperature": Quality.MISSING}
    assert [event.type for event in given.audience.events] == ["sensor_fault"]


async def test_one_bad_reading_is_told_but_does_not_stop_the_heater() -> None:
    given = Given(WARM)
    await given.turns()
    given.rack.probe.shows = 85.0
    await given.turns()
    assert given.last.quality == {"temperature": Quality.SUSPECT}
    assert given.last.temperature is None
    assert given.rack.drive.heaters == (1.0,)


async def test_broken_actuators_are_a_fault() -> None:
    given = Given(WARM)
    given.rack.relays.broken = True
    await given.turns(2)
    assert (given.last.action, given.last.reason) == (Action.FAULT, "actuator_fault")
    assert [event.type for event in given.audience.events] == ["actuator_fault"]


async def test_broken_actuators_are_logged_once_until_they_work_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = Given(COLD)
    for broken in (True, False, True):
        given.rack.relays.broken = broken
        await given.turns(3)
    said = [one for one in caplog.messages if "do not answer" in one]
    assert said == ["box: the actuators do not answer: the relays do not answer"] * 2


async def test_a_drivers_mistake_is_a_fault_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = Given(WARM)

    async def boom(_: Drive) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(given.rack.relays, "drive", boom)
    running = asyncio.ensure_future(given.loop.run(RHYTHM))
    await asyncio.sleep(3.5)
    assert not running.done()
    assert given.last.reason == "actuator_fault"
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_actuators_that_hang_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Given(WARM)
    monkeypatch.setattr(given.rack.relays, "drive", lambda _: asyncio.sleep(1e6))
    await given.turns()
    assert given.last.reason == "actuator_fault"


async def test_the_door_is_told_of() -> None:
    given = Given(wired=lambda rack: {"door": rack.door})
    await given.turns()
    given.rack.door.opened = True
    await given.turns()
    given.rack.door.opened = False
    await given.turns()
    assert [event.type for event in given.audience.events] == ["door_opened", "door_closed"]


async def test_a_step_of_the_clock_is_told_of() -> None:
    given = Given()
    await given.turns()
    given.machine.utc += 3600.0
    await given.turns()
    (event,) = given.audience.events
    assert (event.type, event.message) == ("clock_step", "the gateway's clock was set by +3600.0 s")


async def test_a_hot_sink_stops_the_coolers() -> None:
    given = Given(
        COLD,
        wired=lambda rack: {"probes": {"sink": rack.product}},
        probes={"sink": Probe("hot_sink")},
    )
    given.rack.product.shows = 75.0
    await given.turns()
    assert (given.rack.drive.coolers, given.last.reason) == ((0.0, 0.0), "limit")


async def test_an_unknown_past_must_rest_before_anything_starts() -> None:
    given = Given(COLD, wired=lambda _: {"rested": False})
    await given.turns()
    assert given.last.reason == "interlock"
    await given.turns(121)
    assert given.last.action is Action.COOLING


async def test_a_long_sleep_is_not_made_up_for() -> None:
    lived: list[float] = []

    def pace(elapsed: float) -> Any:
        lived.append(elapsed)
        yield elapsed

    given = Given(wired=lambda _: {"pace": pace})
    await given.turns()
    given.machine.passes(1e6)
    await given.turns()
    assert lived == [0.0, LONGEST_TURN]


async def test_failed_turns_pass_no_more_time_than_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lived: list[float] = []

    def pace(elapsed: float) -> Any:
        lived.append(elapsed)
        yield elapsed

    async def fail(*_: object) -> None:
        raise RuntimeError("boom")

    given = Given(COLD, wired=lambda _: {"pace": pace}, control=Control(minimum_off=300.0))
    await given.turns()
    given.loop.target = Target(5.0, Mode.OFF)
    await given.turns()
    with monkeypatch.context() as failing:
        failing.setattr("chamber_agent.sensing.sense", fail)
        for _ in range(25):
            with pytest.raises(RuntimeError, match="boom"):
                await given.loop.turn(RHYTHM)
            given.machine.passes(1.0)
    given.loop.target = COLD
    await given.turns()
    assert given.last.reason == "minimum_off_time"
    assert lived == [0.0, *[1.0] * 27]


async def test_a_step_of_the_clock_during_failed_turns_is_told_of_after_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = Given()
    await given.turns()
    given.machine.utc += 3600.0
    with monkeypatch.context() as failing:
        failing.setattr(given.loop, "_step", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await given.turns()
    given.machine.passes(1.0)
    await given.turns()
    assert [event.type for event in given.audience.events] == ["clock_step"]


async def test_turns_keep_their_rhythm_and_a_failed_one_switches_everything_off(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Given(WARM)
    looks: list[float] = []

    def decide(*situation: Any) -> Any:
        looks.append(asyncio.get_running_loop().time())
        if len(looks) == 2:
            raise RuntimeError("boom")
        return thermostat.decide(*situation)

    monkeypatch.setattr("chamber_agent.control.decide", decide)
    running = asyncio.ensure_future(given.loop.run(RHYTHM, delay=0.5))
    await asyncio.sleep(3.0)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert looks == [0.5, 1.5, 2.5]
    assert [drive.heaters for drive in given.rack.relays.drives] == [(1.0,), (0.0,), (1.0,)]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_an_error_of_a_door_s_library_costs_the_door_alone(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Given(COLD, wired=lambda rack: {"door": rack.door})

    async def broken() -> bool:
        raise RuntimeError("a library's own")

    monkeypatch.setattr(given.rack.door, "is_open", broken)
    await given.turns(5)
    assert (given.last.door, given.last.action) == (None, Action.COOLING)
    assert len(caplog.messages) == 1


VACCINE = {
    "probes": {"product": Probe("product")},
    "cutout": Cutout(probe="product", high=60.0, low=-2.0),
    "safe": Safe(coolers=0.4, fans=1.0),
}


def guarded(rack: Rack) -> dict[str, Any]:
    return {"probes": {"product": rack.product}}


async def test_a_dead_probe_ends_in_the_safe_state_that_was_chosen() -> None:
    given = Given(WARM, wired=guarded, **VACCINE)
    given.rack.probe.shows = None
    await given.turns()
    assert given.rack.drive == Drive((0.0,), (0.4, 0.4), (1.0,))
    assert (given.last.action, given.last.reason) == (Action.FAULT, "sensor_fault")


async def test_the_cutout_ends_blind_cooling_too_and_tells() -> None:
    given = Given(COLD, wired=guarded, **VACCINE)
    given.rack.product.shows = -2.0
    await given.turns()
    assert (given.rack.drive.coolers, given.last.reason) == ((0.0, 0.0), "under_temperature")
    given.rack.probe.shows = None
    await given.turns(15)
    assert (given.rack.drive.coolers, given.last.reason) == ((0.0, 0.0), "sensor_fault")
    await given.loop.rest()
    assert given.rack.drive.coolers == (0.0, 0.0)
    assert [(one.type, one.message[:8]) for one in given.audience.events] == [
        ("interlock", "too cold"),
        ("sensor_fault", "the cont"),
    ]


async def test_a_cutout_whose_probe_is_silent_ends_in_the_safe_state() -> None:
    given = Given(WARM, wired=guarded, **VACCINE)
    await given.turns()
    assert given.rack.drive.heaters == (1.0,)
    given.rack.product.shows = None
    await given.turns(11)
    assert (given.rack.drive.heaters, given.last.reason) == ((0.0,), "sensor_fault")
    assert given.last.quality == {"product": Quality.MISSING}


async def test_the_cutout_holds_where_the_thermostat_is_out_of_its_mind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given = Given(WARM, **{**VACCINE, "safe": Safe(heaters=1.0, fans=1.0), "cutout": Cutout()})

    def lose_it(*_: object) -> None:
        raise ArithmeticError("boom")

    given.rack.probe.shows = 50.0
    monkeypatch.setattr("chamber_agent.control.decide", lose_it)
    running = asyncio.ensure_future(given.loop.run(RHYTHM))
    await asyncio.sleep(0.5)
    running.cancel()
    assert given.rack.drive == Drive((0.0,), (0.0, 0.0), (1.0,))
    assert "the safe state holds" in caplog.text


async def test_after_a_failed_turn_a_compressor_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Given(COLD, control=Control(minimum_off=60.0))
    await given.turns()
    await given.loop.rest()
    await given.turns(59)
    assert (given.rack.drive.coolers, given.last.reason) == ((0.0, 0.0), "minimum_off_time")
    await given.turns(3)
    assert given.last.action is Action.COOLING


async def test_a_heater_that_does_not_obey_keeps_the_coolers_off() -> None:
    given = Given(WARM, control=Control(derivative_time=0.0))
    await given.turns()
    given.rack.relays.broken = True
    given.loop.target = Target(5.0, Mode.HEAT_COOL)
    await given.turns(200)
    given.rack.relays.broken = False
    await given.turns()
    assert given.last.reason == "interlock"


async def test_rest_leaves_a_chamber_off_that_was_switched_off() -> None:
    given = Given(Target(5.0, Mode.OFF), wired=guarded, **VACCINE)
    await given.turns()
    await given.loop.rest()
    assert given.rack.drive == Drive((0.0,), (0.0, 0.0), (0.0,))


async def test_rest_is_everything_off() -> None:
    given = Given(WARM)
    await given.turns()
    await given.loop.rest()
    assert given.rack.drive == Drive((0.0,), (0.0, 0.0), (0.0,))
