"""`chamber-agent safe`: every chamber, whatever fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.doubles import Rack, box
from chamber_agent.chamber.model import Mode
from chamber_agent.config import ChamberConfig
from chamber_agent.control import Control, Safe
from chamber_agent.errors import HardwareError
from chamber_agent.hardware import Drive, Rig
from chamber_agent.safe import secure
from chamber_agent.state_folder import StateFolder

VACCINE = Safe(coolers=0.4, fans=1.0)
NO_FOLDER = StateFolder()


class Racks:
    """Hardware by chamber."""

    def __init__(self, *chambers: ChamberConfig) -> None:
        self.each = {chamber.id: Rack() for chamber in chambers}

    def wire_up(self, chamber: ChamberConfig) -> Rig:
        return self.each[chamber.id].rig()


async def test_each_actuator_gets_what_is_safe_there() -> None:
    chambers = [box(id="a", safe=VACCINE), box(id="b")]
    racks = Racks(*chambers)
    assert await secure(chambers, NO_FOLDER, racks.wire_up) == []
    assert racks.each["a"].drive == Drive((0.0,), (0.4, 0.4), (1.0,))
    assert racks.each["b"].drive == Drive((0.0,), (0.0, 0.0), (0.0,))


async def test_it_may_be_repeated() -> None:
    chambers = [box(safe=VACCINE)]
    racks = Racks(*chambers)
    for _ in range(3):
        await secure(chambers, NO_FOLDER, racks.wire_up)
    assert set(racks.each["box"].relays.drives) == {Drive((0.0,), (0.4, 0.4), (1.0,))}


async def test_chambers_that_fail_do_not_keep_it_from_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chambers = [box(id=name, safe=VACCINE) for name in ("broken", "hung", "missing", "well")]
    racks = Racks(*chambers)
    racks.each["broken"].relays.broken = True
    monkeypatch.setattr(racks.each["hung"].relays, "drive", lambda _: asyncio.sleep(1e6))

    def wire_up(chamber: ChamberConfig) -> Rig:
        if chamber.id == "missing":
            raise HardwareError("there is no such chip")
        return racks.wire_up(chamber)

    assert await secure(chambers, NO_FOLDER, wire_up) == ["broken", "hung", "missing"]
    assert racks.each["well"].drive.coolers == (0.4, 0.4)


async def test_what_was_switched_off_stays_off(tmp_path: Path) -> None:
    chambers, folder = [box(safe=VACCINE)], StateFolder(tmp_path)
    racks = Racks(*chambers)
    folder.save("box", {"setpoint": 5.0, "mode": "off"})
    await secure(chambers, folder, racks.wire_up)
    assert racks.each["box"].drive == Drive((0.0,), (0.0, 0.0), (0.0,))
    folder.save("box", {"setpoint": 5.0, "mode": "heat"})
    await secure(chambers, folder, racks.wire_up)
    assert racks.each["box"].drive.coolers == (0.4, 0.4)


async def test_a_state_that_cannot_be_read_is_no_hindrance(tmp_path: Path) -> None:
    chambers = [box(safe=VACCINE, mode=Mode.COOL)]
    racks = Racks(*chambers)
    (tmp_path / "box.json").write_text("{")
    assert await secure(chambers, StateFolder(tmp_path), racks.wire_up) == []
    assert racks.each["box"].drive.coolers == (0.4, 0.4)


async def test_the_cap_holds() -> None:
    chambers = [box(safe=VACCINE, control=Control(cooling_cap=0.2))]
    racks = Racks(*chambers)
    await secure(chambers, NO_FOLDER, racks.wire_up)
    assert racks.each["box"].drive.coolers == (0.2, 0.2)
