"""The past of simulated chambers: one store, in one epoch, that goes on where it ended."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from agent.doubles import box
from chamber_agent.chamber.model import NOTHING
from chamber_agent.chamber.past.ranges import Ranges
from chamber_agent.clock import Clocks
from chamber_agent.config import AgentConfig, Broker, Gateway
from chamber_agent.hardware.simulated import Simulated
from chamber_agent.plant import resting
from chamber_agent.simulation import past
from chamber_agent.simulation.boxes import NAME as SAVED
from chamber_agent.simulation.boxes import Boxes
from chamber_agent.simulation.past import Incident, Incidents, Period, live_through
from chamber_agent.simulation.scene import Scene
from chamber_agent.state_folder import StateFolder
from chamber_agent.store import store as stores
from chamber_agent.store.file import SampleFile
from chamber_agent.store.keeping import NAME
from chamber_agent.store.numbers import Numbers
from chamber_agent.store.store import DEFAULT

TOLD = AgentConfig(
    broker=Broker(url="ws://broker.example/"), gateway=Gateway(id="pi"), chambers=(box(),)
)
STEP = 10.0
DAY = 86_400.0


@pytest.fixture
def busy() -> Iterator[None]:
    """The store's thread has no turn by itself: what is lived through quickly may outrun it."""

    def alone(chamber: str, known: object, _hurry: object) -> Numbers:
        return Numbers(chamber, known)  # type: ignore[arg-type]

    with patch.object(stores, "Numbers", alone):
        yield


def epochs(folder: Path) -> dict[str, Ranges]:
    """The numbers that are stored, by their epochs."""
    file = SampleFile(folder / NAME)
    rows = file.database.execute(
        "SELECT epochs.epoch, seq FROM samples JOIN epochs ON epochs.id = samples.epoch"
    ).fetchall()
    file.close()
    return {
        name: Ranges.of((seq, seq) for epoch, seq in rows if epoch == name)
        for name in {epoch for epoch, _seq in rows}
    }


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def samples(folder: Path, field: str) -> list[Any]:
    """What the stored samples say of something, in order."""
    file = SampleFile(folder / NAME)
    rows = file.database.execute("SELECT content FROM samples ORDER BY seq").fetchall()
    file.close()
    return [json.loads(content).get(field) for (content,) in rows]


START = (time.time() // DAY - 1) * DAY


async def live(
    folder: Path, steps: int, told: AgentConfig = TOLD, incidents: Incidents = NOTHING
) -> Boxes:
    """Live through so many steps of the last day."""
    period = Period(START, START + (steps - 1) * STEP, STEP)
    boxes = Boxes(told.chambers, StateFolder(folder))
    await live_through(told, StateFolder(folder), period, DEFAULT, boxes, incidents=incidents)
    return boxes


@pytest.mark.lasting
async def test_a_past_is_one_epoch_however_quickly_it_is_lived_through(
    tmp_path: Path, busy: None
) -> None:
    await live(tmp_path, 2 * stores.MANY + 100)
    assert list(epochs(tmp_path).values()) == [Ranges(((1, 2 * stores.MANY + 100),))]


async def test_what_is_there_already_stays_and_the_rest_goes_on_from_it(tmp_path: Path) -> None:
    await live(tmp_path, 100)
    await live(tmp_path, 150)
    assert list(epochs(tmp_path).values()) == [Ranges(((1, 150),))]


async def test_the_door_and_the_setpoint_are_part_of_a_past(tmp_path: Path) -> None:
    told = replace(TOLD, chambers=(box(door=True),))
    happened = {
        "box": (
            Incident(START + 10 * STEP, door=True),
            Incident(START + 12 * STEP, door=False),
            Incident(START + 20 * STEP, setpoint=10.0),
        )
    }
    await live(tmp_path, 30, told, happened)
    assert samples(tmp_path, "door") == [False] * 10 + [True] * 2 + [False] * 18
    assert samples(tmp_path, "setpoint") == [20] * 20 + [10] * 10


async def test_boxes_live_through_their_past_no_faster_than_real_ones(tmp_path: Path) -> None:
    for name, speed in (("real", 1.0), ("fast", 60.0)):
        (tmp_path / name).mkdir()
        hardware = Simulated(seed=1, speed=speed)
        await live(tmp_path / name, 30, replace(TOLD, chambers=(box(hardware=hardware),)))
    real, fast = (samples(tmp_path / name, "temperature") for name in ("real", "fast"))
    assert len(real) == 30
    assert real == fast


async def test_a_box_is_found_as_it_was_left(tmp_path: Path) -> None:
    boxes = await live(tmp_path, 100)
    left = boxes.box("box").state
    assert left.hot != pytest.approx(left.air, abs=1.0)
    boxes.save()
    assert Boxes(TOLD.chambers, StateFolder(tmp_path)).box("box").state == left


async def test_a_box_of_which_nothing_was_saved_goes_on_from_its_last_temperature(
    tmp_path: Path,
) -> None:
    await live(tmp_path, 100)
    last = samples(tmp_path, "temperature")[-1]
    assert abs(last - 25.0) > 2.0
    await live(tmp_path, 101)
    assert samples(tmp_path, "temperature")[-1] == pytest.approx(last, abs=0.5)


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"box": 5},
        {"box": {"air": 5.0}},
        {"box": asdict(resting(5.0)) | {"hot": 1e9}},
        {"box": asdict(resting(5.0)) | {"heat": None}},
    ],
)
def test_what_cannot_be_the_state_of_a_box_is_not_believed(
    tmp_path: Path, saved: dict[str, Any]
) -> None:
    StateFolder(tmp_path).save(SAVED, saved)
    assert Boxes(TOLD.chambers, StateFolder(tmp_path)).box("box").state == resting(25.0)


async def test_a_chamber_at_a_plc_goes_on_from_its_past(tmp_path: Path) -> None:
    clocks = Clocks(lambda: True)
    scene = Scene(TOLD, StateFolder(tmp_path), clocks, since=100 * STEP, plc=free_port())
    async with scene.played(lambda: False) as (told, wire_up):
        rig = wire_up(told.chambers[0])
        shown = await rig.thermometer.temperature()
        await rig.close()
    assert shown == pytest.approx(samples(tmp_path, "temperature")[-1], abs=0.5)
    assert shown < 24.0


@pytest.mark.parametrize(("text", "ago"), [("-72h", 259200.0), ("30m", 1800.0), ("-1.5d", 129600)])
def test_how_long_ago_is_said_in_one_word(text: str, ago: float) -> None:
    assert past.seconds(text) == ago


@pytest.mark.parametrize("text", ["", "72", "-0h", "yesterday", "-1h30m"])
def test_what_is_no_time_ago_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no time ago"):
        past.seconds(text)
