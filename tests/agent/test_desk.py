"""Commands are obeyed once, or refused with a reason, and always answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent.doubles import NOON, Audience, Machine, Rack, box
from chamber_agent.chamber import wire
from chamber_agent.chamber.messages import CommandMessage
from chamber_agent.chamber.model import Address, Mode
from chamber_agent.hardware import Drive
from chamber_agent.kept import MOST_ANSWERS, Answer, Kept, Target, restored
from chamber_agent.loop import Loop
from chamber_agent.speech.desk import MOST_WAITING, Desk, Order
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.store import Store

TOPIC = "chamber/v1/pi/box/command"
DEFAULT = Target(20.0, Mode.HEAT_COOL)


@dataclass
class Given:
    """A desk over a chamber; `replies` are what it answered."""

    folder: StateFolder = field(default_factory=StateFolder)
    machine: Machine = field(default_factory=Machine)
    rack: Rack = field(default_factory=Rack)
    replies: list[dict[str, Any]] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    response_topics: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open()

    def open(self, kept: Kept | None = None) -> None:
        """Start, or start again after a restart."""
        chamber, clocks = box(), self.machine.clocks()
        saved = self.folder.load(chamber.id)
        known = kept or restored(saved, DEFAULT, chamber.limits, chamber.offered)
        self.audience = Audience()
        store = Store(StateFolder(), [chamber.id])
        self.loop = Loop(chamber, self.rack.rig(), known.target, self.audience, clocks, store)
        self.desk = Desk(self.loop, known, self.folder, clocks, self)

    def answer(self, address: Address, payload: bytes, response_topic: str | None) -> None:
        """Note a reply."""
        self.payloads.append(payload)
        self.replies.append(json.loads(payload))
        self.response_topics.append(response_topic)

    async def ask(self, **command: Any) -> dict[str, Any]:
        """Send a `set`, dated now, unless told otherwise; returns the reply."""
        dated = {"id": "a", "do": "set", "time": self.machine.utc, "ttl": 15}
        await self.desk.serve(Order(message({**dated, **command}), self.machine.uptime, "x"))
        return self.replies[-1]

    def take(self, **command: Any) -> None:
        """Queue a command that arrives now."""
        self.desk.take(Order(message(command), self.machine.uptime))

    async def served(self, count: int) -> None:
        """Serve what waits until so many replies went out."""
        serving = asyncio.ensure_future(self.desk.run())
        while len(self.replies) < count:
            await asyncio.sleep(0.001)
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def message(command: dict[str, Any]) -> CommandMessage:
    decoded = wire.decode(TOPIC, json.dumps(command).encode())
    assert isinstance(decoded, CommandMessage)
    return decoded


async def test_a_setpoint_is_applied_shown_and_answered() -> None:
    given = Given()
    reply = await given.ask(setpoint=4.0, mode="cool")
    shown = given.audience.samples[-1]
    assert reply == {
        "id": "a",
        "status": "applied",
        "setpoint": 4,
        "effective_setpoint": 4,
        "mode": "cool",
        "seq": shown.seq,
        "epoch": shown.epoch,
    }
    assert (shown.setpoint, shown.mode) == (4.0, Mode.COOL)
    assert given.rack.drive.coolers == (1.0, 1.0)


async def test_what_is_not_named_stays() -> None:
    given = Given()
    await given.ask(id="a", setpoint=4.0)
    assert given.loop.target == Target(4.0, Mode.HEAT_COOL)
    await given.ask(id="b", mode="off")
    assert given.loop.target == Target(4.0, Mode.OFF)


@pytest.mark.parametrize(
    ("command", "status", "code"),
    [
        ({"setpoint": 41.0}, "rejected", "out_of_range"),
        ({"setpoint": -0.1}, "rejected", "out_of_range"),
        ({"setpoint": "4"}, "rejected", "bad_value"),
        ({}, "rejected", "bad_value"),
        ({"mode": "bake"}, "rejected", "bad_mode"),
        ({"setpoint": 4.0, "time": NOON - 16}, "expired", "expired"),
        ({"setpoint": 4.0, "time": NOON + 31}, "rejected", "clock"),
        ({"setpoint": 4.0, "time": None}, "rejected", "bad_value"),
        ({"setpoint": 4.0, "ttl": 301}, "rejected", "bad_value"),
        ({"do": "dance"}, "rejected", "unknown_command"),
        ({"do": "profile"}, "rejected", "bad_value"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_changes_nothing(
    command: dict[str, Any], status: str, code: str
) -> None:
    given = Given()
    reply = await given.ask(**command)
    assert (reply["status"], reply["code"]) == (status, code)
    assert len(reply["message"]) > 10
    assert given.loop.target == DEFAULT
    assert given.audience.samples == []


async def test_the_bounds_themselves_are_allowed() -> None:
    given = Given()
    assert (await given.ask(id="a", setpoint=0.0))["status"] == "applied"
    assert (await given.ask(id="b", setpoint=40.0))["status"] == "applied"


async def test_identify_needs_no_time(caplog: pytest.LogCaptureFixture) -> None:
    reply = await Given().ask(do="identify", time=None, ttl=None)
    assert reply == {"id": "a", "status": "applied"}
    assert "this is Box (box)" in caplog.text


async def test_without_a_clock_a_live_command_is_obeyed_whatever_its_date() -> None:
    given = Given()
    given.machine.synchronised = False
    assert (await given.ask(setpoint=4.0, time=NOON - 1e6))["status"] == "applied"


async def test_a_repeat_is_answered_in_the_same_bytes_and_does_nothing() -> None:
    given = Given()
    await given.ask(setpoint=4.0)
    await given.loop.aim(7.0, Mode.COOL)
    await given.ask(setpoint=5.0)
    assert given.payloads[0] == given.payloads[1]
    assert given.loop.target.setpoint == 7.0


async def test_a_refused_command_stays_refused() -> None:
    given = Given()
    await given.ask(setpoint=99.0)
    assert (await given.ask(setpoint=4.0))["code"] == "out_of_range"


async def test_a_restart_forgets_neither_the_target_nor_the_answers(tmp_path: Path) -> None:
    given = Given(StateFolder(tmp_path))
    await given.ask(setpoint=4.0, mode="cool")
    given.open()
    assert given.loop.target == Target(4.0, Mode.COOL)
    given.machine.passes(599.0)
    await given.ask(setpoint=5.0)
    assert given.payloads[0] == given.payloads[1]
    assert given.loop.target.setpoint == 4.0


async def test_after_ten_minutes_the_id_is_forgotten_with_the_next_answer(tmp_path: Path) -> None:
    given = Given(StateFolder(tmp_path))
    await given.ask(id="a", setpoint=4.0)
    given.machine.passes(601.0)
    await given.ask(id="b", setpoint=5.0)
    assert (await given.ask(id="a", setpoint=6.0))["setpoint"] == 6


async def test_a_state_that_cannot_be_saved_is_logged_and_the_truth_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = Given(StateFolder(tmp_path / "gone"))
    assert (await given.ask(setpoint=4.0))["status"] == "applied"
    assert "could not be saved" in caplog.text


async def test_a_command_whose_turn_fails_is_answered_with_failed_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = Given(StateFolder(tmp_path))
    await given.ask(id="before", setpoint=30.0)
    with monkeypatch.context() as failing:
        failing.setattr(given.audience, "sampled", lambda *_: 1 / 0)
        reply = await given.ask(setpoint=4.0, mode="cool")
    assert (reply["status"], reply["message"]) == ("failed", "the agent failed: division by zero")
    assert given.loop.target == Target(30.0, Mode.HEAT_COOL)
    assert given.rack.drive == Drive((0.0,), (0.0, 0.0), (0.0,))
    saved = given.folder.load("box")
    assert (saved["setpoint"], saved["mode"]) == (30.0, "heat_cool")
    given.open()
    assert (await given.loop.turn()).setpoint == 30.0


async def test_more_commands_than_can_be_remembered_are_refused() -> None:
    given = Given()
    full = {str(i): Answer(NOON, "{}") for i in range(MOST_ANSWERS)}
    given.open(Kept(DEFAULT, full))
    assert (await given.ask(id="new", setpoint=4.0))["code"] == "busy"
    assert given.loop.target == DEFAULT


@pytest.mark.parametrize("synchronised", [True, False])
async def test_what_waited_for_longer_than_it_is_to_live_is_obeyed_no_more(
    synchronised: bool,
) -> None:
    given = Given()
    given.machine.synchronised = synchronised
    dated = {"do": "set", "time": given.machine.utc, "ttl": 15}
    given.take(id="a", setpoint=4.0, **dated)
    given.take(id="b", do="identify")
    given.machine.passes(16.0)
    given.take(id="c", do="identify")
    await given.served(3)
    assert [reply["status"] for reply in given.replies] == ["expired", "applied", "applied"]
    assert given.loop.target == DEFAULT
    given.take(id="d", do="identify")
    given.machine.passes(31.0)
    await given.served(4)
    assert given.replies[-1]["status"] == "expired"


async def test_commands_wait_their_turn_and_one_too_many_is_refused() -> None:
    given = Given()
    for number in range(MOST_WAITING + 1):
        given.take(id=str(number), do="identify")
    assert [(reply["id"], reply["code"]) for reply in given.replies] == [("100", "busy")]
    await given.served(MOST_WAITING + 1)
    assert [reply["id"] for reply in given.replies[1:]] == [str(n) for n in range(MOST_WAITING)]
