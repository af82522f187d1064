"""A chamber without heaters and coolers is measured, and says nothing of what it does not do."""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from agent.doubles import Audience, Door, Machine, Rack, fridge
from agent.test_agent import living
from chamber_agent import __main__, checking, kept
from chamber_agent.chamber.model import Mode, Probe, Quality, Sample
from chamber_agent.checking import Finding, Means
from chamber_agent.config import ChamberConfig
from chamber_agent.errors import HardwareError
from chamber_agent.hardware import Drive, Rig, rigs
from chamber_agent.hardware.simulated import Simulated
from chamber_agent.kept import Target
from chamber_agent.loop import Loop, Rhythm
from chamber_agent.profiles.course import Course
from chamber_agent.profiles.steps import Profile, Ramp, Soak
from chamber_agent.safe import secure
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.store import Store

RHYTHM = Rhythm(interval=1.0, heartbeat=10.0)
STATE, META = "chamber/v1/pi/fridge/state", "chamber/v1/pi/fridge/meta"
PLACE = {"seq", "epoch", "time", "clock", "boot", "uptime"}
STEPS = (Ramp(4.0), Soak(3600.0))


class Given:
    """A loop around a fridge."""

    def __init__(self, **changes: Any) -> None:
        self.rack, self.audience, self.machine = Rack(), Audience(), Machine()
        self.loop = Loop(
            fridge(),
            self.rack.rig(**changes),
            Target(0.0, Mode.OFF),
            self.audience,
            self.machine.clocks(),
            Store(StateFolder(), ["fridge"]),
        )

    async def turns(self, count: int) -> Sample:
        """Take turns a second apart; returns the last sample that was told."""
        for _ in range(count):
            await self.loop.turn(RHYTHM)
            self.machine.passes(1.0)
        return self.audience.samples[-1]


async def test_the_whole_agent_says_what_is_measured_and_nothing_else() -> None:
    probes = {"product": Probe("product")}
    async with living(chamber=fridge(probes=probes, door=True, power=True)) as home:
        await home.until(lambda: len(home.said(STATE)) >= 3)
        (meta,) = home.said(META)
    assert meta.keys() == {"name", "software", "heaters", "coolers", "fans", "probes", "door",
                           "power", "replies", "history", "heartbeat"}  # fmt: skip
    assert (meta["heaters"], meta["coolers"], meta["fans"]) == ([], [], [])
    for state in home.said(STATE):
        assert state.keys() == PLACE | {"temperature", "probes", "door", "power"}
        assert state["temperature"] == pytest.approx(5.0, abs=1.0)


async def test_it_answers_for_its_past_and_who_it_is(tmp_path: Path) -> None:
    async with living(tmp_path, fridge()) as home:
        assert await home.asks(id="i", do="identify") == {"id": "i", "status": "applied"}
        await home.until(lambda: len(home.said(STATE)) >= 3)
        newest = home.said(STATE)[-1]
        asked = {"epoch": newest["epoch"], "from": 1, "to": newest["seq"]}
        home.commands("fridge", id="h", do="history", **asked)
        await home.until(lambda: home.said("chamber/v1/pi/fridge/history"))
    assert not (tmp_path / "fridge.learnt.json").exists()
    batch = home.said("chamber/v1/pi/fridge/history")[0]
    assert len(batch["rows"]) == newest["seq"]
    assert not {"setpoint", "mode", "action"} & set(batch["columns"])


@pytest.mark.parametrize(
    "command",
    [
        {"setpoint": 4.0},
        {"setpoint": 400.0},
        {"mode": "off"},
        {"mode": "cool"},
        {"do": "profile", "action": "start", "steps": [{"setpoint": 4}]},
        {"do": "profile", "action": "stop"},
    ],
)
async def test_nothing_can_be_asked_of_it(command: dict[str, Any]) -> None:
    async with living(chamber=fridge()) as home:
        reply = await home.asks(id="a", **command)
    assert (reply["status"], reply["code"]) == ("rejected", "not_supported")
    assert "neither heaters nor coolers" in reply["message"]


async def test_a_probe_that_fails_is_told_with_its_quality_and_as_an_event() -> None:
    given = Given()
    assert (await given.turns(1)).reason is None
    given.rack.probe.shows = None
    sample = await given.turns(12)
    assert (sample.temperature, sample.quality) == (None, {"temperature": Quality.MISSING})
    assert (sample.action, sample.mode, sample.reason) == (None, None, "sensor_fault")
    given.rack.probe.shows = 5.0
    assert (await given.turns(2)).reason is None
    assert [event.type for event in given.audience.events] == ["sensor_fault"]


@pytest.mark.parametrize("temperature", [-150.0, 240.0])
async def test_no_cut_out_speaks_where_there_is_nothing_to_cut(temperature: float) -> None:
    given = Given()
    given.rack.probe.shows = temperature
    assert (await given.turns(20)).temperature == temperature
    assert given.audience.events == []


async def test_actuators_that_are_none_are_none_of_its_faults() -> None:
    given = Given()
    given.rack.relays.broken = True
    assert (await given.turns(3)).reason is None
    await given.loop.rest()
    assert given.audience.events == []
    given.rack.probe.shows = None
    assert (await given.turns(12)).reason == "sensor_fault"


async def test_what_it_was_asked_while_it_had_a_cooler_is_forgotten(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    course, folder = Course(), StateFolder(tmp_path)
    course.start(Profile("bake", STEPS), 5.0, 5.0)
    profile = course.as_json(time.time())
    assert profile is not None
    answers = {"old": [time.time(), '{"id":"old","status":"applied"}']}
    folder.save("fridge", {"setpoint": 5.0, "mode": "cool", "answers": answers, "profile": profile})
    folder.save("fridge.learnt", {"integral": -0.4})
    with caplog.at_level(logging.WARNING):
        async with living(tmp_path, fridge()) as home:
            assert await home.asks(id="old", setpoint=5.0) == {"id": "old", "status": "applied"}
            await home.asks(id="i", do="identify")
    assert "default is used" not in caplog.text
    assert all("profile" not in state and "mode" not in state for state in home.said(STATE))
    left = json.loads((tmp_path / "fridge.json").read_text())
    assert left.keys() == {"answers", "profile"}
    assert folder.load("fridge.learnt") == {"integral": -0.4}
    assert (left["answers"].keys(), left["profile"]) == ({"old", "i"}, None)


def test_a_cooler_that_is_wired_later_begins_as_it_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = StateFolder(tmp_path)
    folder.save("fridge", kept.recalled(fridge(), folder).as_json())
    cooled = fridge(coolers=("Cooler",), setpoint=5.0, mode=Mode.COOL)
    assert kept.recalled(cooled, folder).target == Target(5.0, Mode.COOL)
    assert caplog.text == ""


async def test_a_check_reads_its_sensors_and_says_nothing_of_actuators() -> None:
    rack = Rack(door=Door(opened=True))

    def untouched(_: ChamberConfig) -> Rig:
        raise AssertionError

    async def unasked(question: str) -> str:
        raise AssertionError(question)

    def unsafe(_: ChamberConfig) -> Drive:
        raise AssertionError

    means = Means(unasked, lambda _: rack.rig(door=rack.door), untouched, unsafe)
    assert [one async for one in checking._chamber(fridge(door=True), means)] == [
        Finding(True, "temperature: 20.00 °C (ok)"),
        Finding(True, "door: open"),
    ]


async def test_there_is_nothing_to_make_safe() -> None:
    def missing(_: ChamberConfig) -> Rig:
        raise HardwareError("there is no such chip")

    assert await secure([fridge()], StateFolder(), missing) == []


async def test_a_simulated_one_follows_the_ambient() -> None:
    rig = rigs.build(fridge(hardware=Simulated(start=5.0, ambient=25.0, noise=0.0)))
    for _ in rig.pace(48 * 3600.0):
        pass
    assert await rig.thermometer.temperature() == pytest.approx(25.0, abs=0.5)


def test_no_profile_is_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, config = tmp_path / "bake.csv", tmp_path / "agent.toml"
    file.write_text("setpoint,seconds\n60,600\n")
    config.write_text(
        '[broker]\nurl = "ws://b"\n[gateway]\nid = "pi"\n'
        '[[chambers]]\nid = "fridge"\nname = "Fridge"\nhardware = { kind = "simulated" }\n'
    )
    options = argparse.Namespace(file=file, config=config)
    assert __main__.profile(options) == __main__.FAILED
    assert capsys.readouterr().out.startswith("FAILED fridge: it has neither heaters nor coolers")
