"""What a thermostat has learnt outlives a restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from agent.doubles import Audience, Machine, box
from chamber_agent import learnt
from chamber_agent.chamber.model import Mode
from chamber_agent.hardware import rigs
from chamber_agent.hardware.simulated import Simulated
from chamber_agent.kept import Target
from chamber_agent.loop import Loop
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.store import Store

COLD = 5.0
STEP = 5


def begun(machine: Machine, start: float) -> Loop:
    """A simulated chamber's loop, as after a start."""
    chamber = box(mode=Mode.COOL, setpoint=COLD, hardware=Simulated(start=start, seed=1))
    target = Target(chamber.setpoint, chamber.mode)
    rig, store = replace(rigs.build(chamber), rested=True), Store(StateFolder(), [chamber.id])
    return Loop(chamber, rig, target, Audience(), machine.clocks(), store)


async def lived(loop: Loop, machine: Machine, seconds: int) -> list[float]:
    """The temperatures of so many seconds."""
    shown = []
    for _turn in range(0, seconds, STEP):
        machine.passes(STEP)
        sample = await loop.turn()
        assert sample.temperature is not None
        shown.append(sample.temperature)
    return shown


async def test_after_a_restart_it_stays_where_it_was(tmp_path: Path) -> None:
    machine, folder = Machine(), StateFolder(tmp_path)
    before = begun(machine, 25.0)
    held = fmean((await lived(before, machine, 5400))[-60:])
    assert held == pytest.approx(COLD, abs=0.1)
    learnt.save(before, folder)
    forgetful, after = begun(machine, held), begun(machine, held)
    learnt.restore(after, folder)
    drifted = max(await lived(forgetful, machine, 900)) - COLD
    assert drifted > 0.3
    assert max(await lived(after, machine, 900)) - COLD < drifted / 2


@pytest.mark.parametrize("saved", [{}, {"integral": "0.3"}, {"integral": 1.5}, {"integral": True}])
def test_what_cannot_be_believed_is_not_taken_up(tmp_path: Path, saved: dict[str, Any]) -> None:
    (tmp_path / "box.learnt.json").write_text(json.dumps(saved))
    loop = begun(Machine(), 25.0)
    learnt.restore(loop, StateFolder(tmp_path))
    assert loop.integral == 0.0


async def test_it_is_saved_now_and_then_where_it_has_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(do: Callable[..., None], *arguments: Any) -> None:
        do(*arguments)

    monkeypatch.setattr(asyncio, "to_thread", at_once)
    loop, folder = begun(Machine(), 25.0), StateFolder(tmp_path)
    keeping = asyncio.create_task(learnt.keep(loop, folder))
    await asyncio.sleep(0)
    loop.integral = learnt.MOVED / 2
    await asyncio.sleep(learnt.SAVED_EVERY + 1)
    assert folder.load("box.learnt") == {}
    loop.integral = -0.25
    await asyncio.sleep(learnt.SAVED_EVERY + 1)
    assert folder.load("box.learnt") == {"integral": -0.25}
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


def test_a_disk_that_takes_nothing_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    learnt.save(begun(Machine(), 25.0), StateFolder(tmp_path / "gone"))
    assert "could not be saved" in caplog.text
