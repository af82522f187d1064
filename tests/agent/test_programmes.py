"""Profiles on the gateway: started, shown, paused, ended, and gone on with after a restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.doubles import Audience, Machine, Rack, box
from agent.test_desk import message
from chamber_agent.chamber.model import Address, Limits, Mode, Progress
from chamber_agent.control import Control, Strategy
from chamber_agent.errors import ConfigError
from chamber_agent.kept import Target, restored
from chamber_agent.loop import LONGEST_TURN, Loop, Rhythm
from chamber_agent.profiles.files import ProfileTold, StepTold, load, refusals
from chamber_agent.speech import desk
from chamber_agent.speech.desk import Desk, Order
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.store import Store

RHYTHM = Rhythm(1.0, 10.0)
STEPS = [{"setpoint": 30, "rate": 60}, {"soak": 100}]
KNOWN = (
    ProfileTold(name="dry", steps=(StepTold(setpoint=35.0), StepTold(soak=60.0))),
    ProfileTold(name="bake", steps=(StepTold(setpoint=60.0),)),
)


class Given:
    """A chamber with its desk, and a folder that outlives them."""

    def __init__(self, folder: StateFolder | None = None) -> None:
        self.folder = folder or StateFolder()
        self.machine, self.rack = Machine(), Rack()
        self.chamber = box(control=Control(strategy=Strategy.HYSTERESIS))
        self.replies: list[dict[str, Any]] = []
        self.asked = 0
        self.boot()

    def boot(self) -> None:
        """Start anew."""
        default = Target(20.0, Mode.HEAT_COOL)
        clocks = self.machine.clocks()
        saved = self.folder.load("box")
        kept = restored(saved, default, self.chamber.limits, self.chamber.offered)
        self.audience = Audience()
        store = Store(StateFolder(), ["box"])
        rig = self.rack.rig()
        self.loop = Loop(self.chamber, rig, kept.target, self.audience, clocks, store)
        if kept.profile is not None:
            self.loop.course.take_up(kept.profile, self.chamber.limits)
        self.desk = Desk(self.loop, kept, self.folder, clocks, self, KNOWN)

    def cut(self, seconds: float, *, synchronised: bool = True) -> None:
        """Take the power away for a while."""
        self.machine.utc += seconds
        self.machine.uptime = 5.0
        self.machine.synchronised = synchronised
        self.boot()

    def answer(self, address: Address, payload: bytes, response_topic: str | None) -> None:
        self.replies.append(json.loads(payload))

    async def ask(self, **command: Any) -> dict[str, Any]:
        """Send the command `profile`, unless told otherwise; returns the reply."""
        self.asked += 1
        dated = {"id": str(self.asked), "do": "profile", "time": self.machine.utc, "ttl": 15}
        await self.desk.serve(Order(message({**dated, **command}), self.machine.uptime))
        return self.replies[-1]

    async def live(self, seconds: int, step: float = 1.0) -> None:
        """Take turns."""
        for _ in range(seconds):
            self.machine.passes(step)
            await self.loop.turn(RHYTHM)

    @property
    def shown(self) -> tuple[Any, ...]:
        """Setpoint, the one in force, and the profile's state, as last told."""
        sample = self.audience.samples[-1]
        state = sample.profile and sample.profile.state
        return sample.setpoint, sample.effective_setpoint, state


@pytest.fixture
async def given() -> Given:
    given = Given()
    await given.loop.turn(RHYTHM)
    return given


async def test_it_ramps_from_the_temperature_soaks_and_holds_the_last_setpoint(
    given: Given,
) -> None:
    reply = await given.ask(action="start", name="bake", steps=STEPS)
    assert (reply["status"], reply["setpoint"], reply["effective_setpoint"]) == ("applied", 30, 20)
    await given.live(5)
    assert given.shown == (30.0, 25.0, "running")
    await given.live(5)
    assert given.shown == (30.0, 30.0, "soak")
    assert given.audience.samples[-1].profile == Progress("bake", 2, 2, 100, "soak")
    await given.live(100)
    assert given.shown == (30.0, 30.0, "done")
    assert given.loop.target == Target(30.0, Mode.HEAT_COOL)


async def test_the_thermostat_follows_the_setpoint_in_force(given: Given) -> None:
    await given.ask(action="start", steps=[{"setpoint": 30, "rate": 60}])
    await given.live(2)
    assert given.rack.drive.heaters == (1.0,)


@pytest.mark.parametrize(
    ("end", "target"),
    [
        ("hold", Target(30.0, Mode.HEAT_COOL)),
        ("off", Target(30.0, Mode.OFF)),
        ("previous", Target(20.0, Mode.HEAT_COOL)),
    ],
)
async def test_what_comes_after_the_last_step(given: Given, end: str, target: Target) -> None:
    await given.ask(action="start", steps=STEPS, end=end)
    await given.live(111)
    assert given.loop.target == target
    assert given.shown == (target.setpoint, target.setpoint, "done")


async def test_pause_resume_and_stop(given: Given) -> None:
    await given.ask(action="start", steps=STEPS)
    await given.live(5)
    await given.ask(action="pause")
    await given.live(50)
    assert given.shown == (30.0, 25.0, "paused")
    await given.ask(action="resume")
    await given.live(1)
    assert given.shown == (30.0, 26.0, "running")
    reply = await given.ask(action="stop")
    assert (reply["setpoint"], reply["effective_setpoint"]) == (26, 26)
    assert given.shown[-1] is None


@pytest.mark.parametrize("before", ["start", "pause", "resume", "stop"])
@pytest.mark.parametrize(
    "command",
    [
        {"action": "start", "steps": STEPS},
        {"action": "pause"},
        {"action": "resume"},
        {"action": "stop"},
        {"do": "set", "setpoint": 4.0},
        {"do": "set", "mode": "cool"},
        {"do": "set", "mode": "off"},
    ],
)
async def test_a_command_whose_turn_fails_leaves_the_profile_as_it_was(
    given: Given, monkeypatch: pytest.MonkeyPatch, before: str, command: dict[str, Any]
) -> None:
    await given.ask(action="start", name="bake", steps=STEPS)
    await given.live(5)
    await given.ask(action=before)
    was = given.loop.target, given.loop.course.run
    given.machine.passes(1.0)
    with monkeypatch.context() as failing:
        failing.setattr(given.audience, "sampled", lambda *_: 1 / 0)
        reply = await given.ask(**command)
    assert reply["status"] in {"failed", "rejected"}
    assert (given.loop.target, given.loop.course.run) == was


@pytest.mark.parametrize("where", ["chamber_agent.sensing.sense", "chamber_agent.samples.compose"])
async def test_a_profile_goes_on_with_the_clock_though_turns_and_commands_fail(
    given: Given, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    await given.ask(action="start", steps=STEPS)
    with monkeypatch.context() as failing:
        failing.setattr(where, lambda *_: 1 / 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await given.live(1)
        given.machine.passes(1.0)
        assert (await given.ask(do="set", setpoint=4.0))["status"] == "failed"
    await given.live(1)
    assert given.shown == (30.0, 25.0, "running")


async def test_a_profile_begins_at_its_beginning_though_turns_failed_before(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as failing:
        failing.setattr("chamber_agent.samples.compose", lambda *_: 1 / 0)
        given.machine.passes(5.0)
        assert (await given.ask(action="start", steps=STEPS))["status"] == "failed"
    await given.ask(action="start", steps=STEPS)
    assert given.shown == (30.0, 20.0, "running")


async def test_a_hold_is_left_by_resuming(given: Given) -> None:
    await given.ask(action="start", steps=[{"setpoint": 30}, {"hold": True}, {"soak": 10}])
    await given.live(500)
    assert given.shown == (30.0, 30.0, "held")
    await given.ask(action="resume")
    assert given.shown == (30.0, 30.0, "soak")


async def test_a_guaranteed_soak_waits_for_the_temperature(given: Given) -> None:
    await given.ask(action="start", steps=[{"setpoint": 30}, {"soak": 10, "band": 0.5}])
    await given.live(500)
    assert given.shown[-1] == "waiting"
    given.rack.probe.shows = 29.6
    await given.live(30)
    assert given.shown[-1] == "done"


@pytest.mark.parametrize(
    "command", [{"setpoint": 7.0}, {"mode": "off"}, {"setpoint": 7.0, "mode": "cool"}]
)
async def test_a_setpoint_by_hand_ends_it_and_so_does_off(
    given: Given, command: dict[str, Any]
) -> None:
    await given.ask(action="start", steps=STEPS)
    await given.ask(do="set", **command)
    assert given.shown == (command.get("setpoint", 20.0), command.get("setpoint", 20.0), None)


async def test_another_mode_does_not_end_it(given: Given) -> None:
    await given.ask(action="start", steps=STEPS)
    await given.ask(do="set", mode="heat")
    assert given.shown == (30.0, 20.0, "running")


async def test_the_gateways_own_profiles_are_started_by_name(given: Given) -> None:
    await given.ask(action="start", name="dry")
    assert given.shown == (35.0, 35.0, "soak")


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ({"action": "start", "name": "none"}, "bad_value", "this gateway has: dry, bake"),
        ({"action": "start"}, "bad_value", "by its name, or with its steps"),
        ({"action": "start", "name": "bake"}, "out_of_range", "60 °C is outside"),
        ({"action": "start", "steps": [{"setpoint": 41}]}, "out_of_range", "step 1: 41 °C"),
        ({"action": "start", "steps": [{"soak": -1}]}, "bad_value", "step 1: soak is -1"),
        ({"action": "start", "steps": 3, "name": "dry"}, "bad_value", "steps of the profile"),
        ({"action": "start", "steps": STEPS, "end": "burn"}, "bad_value", "hold, off, previous"),
        ({"action": "start", "steps": STEPS, "resume": "x"}, "bad_value", "continue, restart_step"),
        ({"action": "dance"}, "bad_value", "start, pause, resume, stop"),
        ({"action": "pause"}, "bad_value", "no profile is under way"),
        ({"action": "resume"}, "bad_value", "no profile is under way"),
        ({"action": "stop"}, "bad_value", "no profile is under way"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_reason(
    given: Given, command: dict[str, Any], code: str, words: str
) -> None:
    reply = await given.ask(**command)
    assert (reply["status"], reply["code"]) == ("rejected", code)
    assert words in reply["message"]
    assert given.loop.course.run is None


async def test_one_profile_at_a_time_and_none_while_off(given: Given) -> None:
    await given.ask(action="start", steps=STEPS)
    assert (await given.ask(action="start", name="dry"))["code"] == "busy"
    await given.ask(do="set", mode="off")
    assert (await given.ask(action="start", name="dry"))["code"] == "bad_mode"


async def test_a_long_turn_loses_no_time(given: Given) -> None:
    await given.ask(action="start", steps=[{"setpoint": 30, "seconds": 10 * LONGEST_TURN}])
    await given.live(1, step=5 * LONGEST_TURN)
    assert given.shown == (30.0, 25.0, "running")


async def test_that_time_passes_is_told_with_the_heartbeat_alone(given: Given) -> None:
    await given.ask(action="start", steps=[{"setpoint": 20}, {"soak": 1000}])
    before = len(given.audience.samples)
    await given.live(30)
    assert len(given.audience.samples) - before == 3


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("continue", (30.0, 29.0, "running")),
        ("restart_step", (30.0, 21.0, "running")),
        ("hold", (30.0, 25.0, "held")),
        ("stop", (25.0, 25.0, None)),
    ],
)
async def test_a_power_cut_is_counted_as_was_chosen(
    tmp_path: Path, policy: str, expected: tuple[Any, ...]
) -> None:
    given = Given(StateFolder(tmp_path))
    await given.loop.turn(RHYTHM)
    await given.ask(action="start", steps=STEPS, resume=policy)
    await given.live(5)
    await given.desk._save(given.desk._kept)
    given.cut(3.0)
    await given.loop.turn(RHYTHM)
    await given.live(1)
    assert given.shown == expected


async def test_a_cut_is_made_up_for_once_the_time_is_known(tmp_path: Path) -> None:
    given = Given(StateFolder(tmp_path))
    await given.ask(action="start", steps=[{"setpoint": 30, "seconds": 1000}])
    given.cut(300.0, synchronised=False)
    await given.loop.turn(RHYTHM)
    await given.live(100)
    assert given.shown == (30.0, pytest.approx(21.0, abs=0.02), "running")
    given.machine.synchronised = True
    await given.live(1)
    assert given.shown == (30.0, pytest.approx(24.01, abs=0.02), "running")


async def test_a_second_cut_before_the_time_is_known_loses_nothing(tmp_path: Path) -> None:
    given = Given(StateFolder(tmp_path))
    await given.ask(action="start", steps=[{"setpoint": 30, "seconds": 1000}])
    given.cut(300.0, synchronised=False)
    await given.loop.turn(RHYTHM)
    await given.live(100)
    await given.desk._save(given.desk._kept)
    given.cut(300.0)
    await given.loop.turn(RHYTHM)
    await given.live(1)
    assert given.shown == (30.0, pytest.approx(27.01, abs=0.02), "running")


@pytest.mark.parametrize(
    "spoil",
    [
        {"steps": [{"setpoint": 99}]},
        {"steps": 3},
        {"spent": "x"},
        {"spent": float("nan")},
        {"origin": 99.0},
        {"place": -1},
        {"place": 1.5},
        {"halt": "x"},
        {"end": "x"},
        {"at": "x"},
    ],
)
async def test_a_saved_profile_that_cannot_be_believed_is_stopped(
    tmp_path: Path, spoil: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    given = Given(StateFolder(tmp_path))
    await given.ask(action="start", steps=STEPS)
    saved = given.folder.load("box")
    (tmp_path / "box.json").write_text(json.dumps({**saved, "profile": saved["profile"] | spoil}))
    given.boot()
    await given.live(1)
    assert given.shown == (20.0, 20.0, None)
    assert "it is stopped" in caplog.text


async def test_it_is_saved_when_a_step_begins_and_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "KEPT_EVERY", 0.05)
    given = Given(StateFolder(tmp_path))
    await given.loop.turn(RHYTHM)
    await given.ask(action="start", steps=STEPS)
    keeping = asyncio.ensure_future(given.desk.keep())
    await given.live(11)
    await saved(given, lambda kept: kept["profile"]["place"] == 1)
    await given.live(10)
    await saved(given, lambda kept: kept["profile"]["spent"] == 11.0)
    await given.live(100)
    await saved(given, lambda kept: (kept["profile"], kept["setpoint"]) == (None, 30.0))
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


async def saved(given: Given, expected: Callable[[dict[str, Any]], bool]) -> None:
    async with asyncio.timeout(10.0):
        while not expected(given.folder.load("box")):
            await asyncio.sleep(0.01)


TABLE = """setpoint, rate, soak, band, hold, jump, times
60, 0.5, 3600, 0.5,,,
25, , , , yes, ,
, , , , , 1, 2
"""


def test_a_table_is_read(tmp_path: Path) -> None:
    file = tmp_path / "bake.csv"
    file.write_text(TABLE)
    told = load(file)
    assert told.name == "bake"
    assert [step.spelt() for step in told.steps] == [
        {"setpoint": 60.0, "rate": 0.5},
        {"soak": 3600.0, "band": 0.5},
        {"setpoint": 25.0},
        {"hold": True},
        {"jump": 1, "times": 2},
    ]
    assert list(refusals(told, {"a": Limits(0, 80), "b": Limits(0, 50)})) == [
        "b: step 1: 60 °C is outside this chamber's limits, 0 to 50 °C"
    ]


def test_json_and_toml_are_read_alike(tmp_path: Path) -> None:
    one, other = tmp_path / "p.json", tmp_path / "p.toml"
    one.write_text(json.dumps({"steps": [{"setpoint": 60}], "end": "off"}))
    other.write_text('end = "off"\n[[steps]]\nsetpoint = 60')
    assert load(one) == load(other)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("p.xls", "", "expected a file of .json, .toml or .csv"),
        ("p.json", "{", "no profile"),
        ("p.json", "[]", "found []"),
        ("p.json", "{}", "steps: missing"),
        ("p.json", '{"steps": [{"temp": 3}]}', "steps[0].temp: unknown key"),
        ("p.json", '{"steps": [{"soak": "1h"}]}', 'steps[0].soak: found "1h", expected a number'),
        ("p.json", '{"steps": [], "end": "x"}', 'end: found "x", expected one of'),
        ("p.csv", "temp\n3\n", "unknown column 'temp'"),
        ("p.csv", "soak\n1h\n", "line 2: soak is '1h', expected a number"),
        ("p.csv", "soak\n1,2\n", "line 2 has more cells"),
    ],
)
def test_a_file_that_is_no_profile_is_refused_with_its_reason(
    tmp_path: Path, name: str, content: str, problem: str
) -> None:
    file = tmp_path / name
    file.write_text(content)
    with pytest.raises(ConfigError) as refused:
        load(file)
    assert problem in str(refused.value)
