"""`check` reads every sensor, moves every actuator once it may, and leaves everything off."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import pytest

from agent.doubles import Door, Rack, Relays, box
from chamber_agent import checking
from chamber_agent.chamber.model import Probe
from chamber_agent.checking import Consent, Finding, Means
from chamber_agent.config import ChamberConfig
from chamber_agent.control import Control
from chamber_agent.errors import HardwareError
from chamber_agent.exercise import exercise, moves
from chamber_agent.hardware import Drive, Rig
from chamber_agent.state_folder import StateFolder

OFF = Drive((0.0,), (0.0, 0.0), (0.0,))
SAFE = Drive((0.0,), (0.4, 0.4), (1.0,))


async def at_once(seconds: float) -> None:
    """Wait for nothing."""


def chamber(**changes: Any) -> ChamberConfig:
    return box(probes={"product": Probe("product")}, door=True, **changes)


async def findings(
    rack: Rack,
    told: ChamberConfig | None = None,
    against: str | None = None,
    safe: Drive = OFF,
    **changes: Any,
) -> list[Finding]:
    """What is found of one chamber, without the broker."""
    rig = rack.rig(probes={"product": rack.product}, door=rack.door, **changes)

    async def may_move(question: str) -> str:
        return against if against is not None else ""

    means = Means(may_move, lambda _: rig, lambda _: rig, lambda _: safe)
    return [one async for one in checking._chamber(told or chamber(), means)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Move for no time."""
    monkeypatch.setattr("chamber_agent.exercise.MOMENT", 0.001)


async def test_every_sensor_is_read_and_every_actuator_moved() -> None:
    rack = Rack(door=Door(opened=True))
    found = await findings(rack)
    assert [one.text.partition(":")[0] for one in found] == [
        "temperature",
        "product",
        "door",
        "Fan",
        "Cooler 1",
        "Cooler 2",
        "Heater",
    ]
    assert all(one.good for one in found)
    assert "door: open" in [one.text for one in found]
    assert rack.drive == OFF


async def test_one_actuator_moves_at_a_time_and_fans_with_the_coolers() -> None:
    told = box(control=Control(cooling_cap=0.8))
    assert [(move.name, move.drive) for move in moves(told)] == [
        ("Fan", Drive((0.0,), (0.0, 0.0), (1.0,))),
        ("Cooler 1", Drive((0.0,), (0.8, 0.0), (1.0,))),
        ("Cooler 2", Drive((0.0,), (0.0, 0.8), (1.0,))),
        ("Heater", Drive((1.0,), (0.0, 0.0), (0.0,))),
    ]


async def test_a_sensor_that_fails_is_named_with_its_cause() -> None:
    rack = Rack()
    rack.product.shows = None
    rack.probe.shows = 85.0
    found = await findings(rack, against="no")
    assert found[0] == Finding(False, "temperature: 85.00 °C (suspect)")
    assert found[1] == Finding(False, "product: the probe does not answer")


async def test_actuators_stay_where_they_are_unless_they_may_move() -> None:
    rack = Rack()
    found = await findings(rack, against="no was the answer")
    assert found[-1] == Finding(
        None, "Fan, Cooler 1, Cooler 2, Heater: not moved: no was the answer"
    )
    assert rack.relays.drives == []


def unanswered(why: str) -> list[str]:
    """What is told where no actuator does what it is told."""
    names = ("Fan", "Cooler 1", "Cooler 2", "Heater")
    return [
        *(f"{name}: NOT known to be off: {why}" for name in names),
        f"the safe state could not be taken: {why}",
    ]


async def test_an_actuator_that_fails_is_named() -> None:
    rack = Rack(relays=Relays(broken=True))
    found = await findings(rack)
    assert [one.text for one in found if not one.good] == unanswered("the relays do not answer")


async def test_an_actuator_whose_library_fails_is_named_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rack = Rack()

    async def broken(_: Drive) -> None:
        raise KeyError("lgpio")

    monkeypatch.setattr(rack.relays, "drive", broken)
    found = await findings(rack)
    assert [one.text for one in found if not one.good] == unanswered("KeyError('lgpio')")


async def test_a_sensor_whose_library_fails_is_named_and_the_others_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rack = Rack()

    async def broken() -> bool:
        raise KeyError("bits")

    monkeypatch.setattr(rack.door, "is_open", broken)
    found = await findings(rack, against="no")
    assert [(one.good, one.text) for one in found[:3]] == [
        (True, "temperature: 20.00 °C (ok)"),
        (True, "product: 21.00 °C (ok)"),
        (False, "door: KeyError('bits')"),
    ]


async def test_a_meter_whose_library_fails_keeps_nothing_from_going_off() -> None:
    class Meter:
        async def power(self) -> float:
            raise KeyError("bits")

    rack = Rack()
    moved = [one async for one in exercise(box(), rack.rig(meter=Meter()), True, SAFE, at_once)]
    assert all(one.good for one in moved)
    assert rack.drive == SAFE


async def test_a_compressor_runs_for_its_minimum_and_only_with_a_known_temperature() -> None:
    rack, waited = Rack(), list[float]()

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    idle = Drive((), (0.0,), ())
    control = Control(minimum_on=0.05, minimum_off=0.1)
    told = box(fans=(), heaters=(), coolers=("Compressor",), control=control)
    blind = [one async for one in exercise(told, rack.rig(), False, idle, wait)]
    assert [(one.good, "need a valid temperature" in one.text) for one in blind] == [(False, True)]
    assert waited == []
    seeing = [one async for one in exercise(told, rack.rig(), True, idle, wait)]
    assert [one.good for one in seeing] == [True]
    assert sum(waited) == pytest.approx(0.15)
    assert rack.relays.drives[0] == idle


async def test_the_safe_state_is_taken_when_the_check_is_interrupted() -> None:
    rack = Rack()

    async def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        async for _ in exercise(box(), rack.rig(), True, SAFE, interrupted):
            pass
    assert rack.drive == SAFE


async def test_the_safe_state_is_taken_in_the_end() -> None:
    rack = Rack()
    assert all(one.good for one in await findings(rack, safe=SAFE))
    assert rack.drive == SAFE


async def test_the_meter_says_what_a_part_takes() -> None:
    class Meter:
        async def power(self) -> float:
            return 38.2

    found = await findings(Rack(), meter=Meter())
    assert found[-1].text.startswith("Heater: ")
    assert "on with 38.2 W, and off again" in found[-1].text


async def test_hardware_that_cannot_be_taken_fails_its_chamber_alone() -> None:
    def busy(_: ChamberConfig) -> Rig:
        raise HardwareError("GPIO 17 cannot be used")

    async def gladly(question: str) -> str:
        return ""

    means = Means(gladly, lambda _: Rack().rig(), busy, lambda _: OFF)
    found = [one async for one in checking._chamber(box(), means)]
    assert found == [
        Finding(True, "temperature: 20.00 °C (ok)"),
        Finding(False, "GPIO 17 cannot be used"),
    ]


def test_a_folder_that_an_agent_holds_is_in_use(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "state")
    assert not folder.in_use()
    assert not (tmp_path / "state").exists(), "looking made it"
    with folder.held():
        assert folder.in_use()
    assert not folder.in_use()
    with (tmp_path / "state" / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("answer", "against"), [("y", ""), ("Yes ", ""), ("", "no was the answer")]
)
async def test_somebody_is_asked_where_there_is_somebody(
    monkeypatch: pytest.MonkeyPatch, answer: str, against: str
) -> None:
    asked = list[str]()

    def reply(question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", reply)
    assert await Consent(StateFolder()).refusal("switch on the heater?") == against
    assert asked == ["switch on the heater? [y/N] "]


async def test_nothing_moves_while_an_agent_runs(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    with folder.held():
        assert "the agent runs" in await Consent(folder, always=True).refusal("?")
    assert await Consent(folder, always=True).refusal("?") == ""
