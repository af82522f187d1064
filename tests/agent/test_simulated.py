"""A simulated chamber behind the hardware's ports, and the fleet that `simulate` makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from agent.doubles import Audience, Machine, box
from chamber_agent.__main__ import _parser
from chamber_agent.chamber.model import Action, Mode
from chamber_agent.config import AgentConfig, contradictions
from chamber_agent.errors import ConfigError
from chamber_agent.hardware import Drive
from chamber_agent.hardware.rigs import build
from chamber_agent.hardware.simulated import LONGEST_CONTROL_STEP, Box, Role, Simulated
from chamber_agent.hardware.simulated import build as build_box
from chamber_agent.kept import Target
from chamber_agent.loop import Loop
from chamber_agent.simulation.fleet import as_options, simulation
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.store import Store


def simulated(*options: str) -> AgentConfig:
    return simulation(_parser().parse_args(["simulate", "--url", "ws://broker.example", *options]))


def lived(world: Simulated, seconds: float) -> Box:
    made = Box(world)
    for _ in made.pace(seconds):
        pass
    return made


def test_time_passes_as_fast_as_asked_in_short_steps() -> None:
    steps = list(Box(Simulated(speed=60.0)).pace(1.0))
    assert sum(steps) == pytest.approx(60.0)
    assert max(steps) <= LONGEST_CONTROL_STEP


async def test_the_same_seed_gives_the_same_noise() -> None:
    async def shown(seed: int) -> list[float]:
        made, rig = build_box(Simulated(seed=seed, quantum=0.0), {"ambient": Role.AMBIENT})
        for _ in made.pace(10.0):
            pass
        return [await rig.thermometer.temperature(), await rig.probes["ambient"].temperature()]

    assert await shown(1) == await shown(1) != await shown(2)


async def test_what_is_driven_draws_power_and_warms() -> None:
    made, rig = build_box(Simulated(noise=0.0), {})
    await rig.actuators.drive(Drive((1.0,), (0.0,), (1.0, 1.0)))
    for _ in made.pace(60.0):
        pass
    assert rig.meter is not None
    assert await rig.meter.power() == pytest.approx(44.0)
    assert await rig.thermometer.temperature() > 25.5


async def test_the_door_can_be_opened() -> None:
    made, rig = build_box(Simulated(), {})
    made.open_door()
    assert rig.door is not None
    assert await rig.door.is_open()


async def test_a_chamber_is_wired_as_it_is_configured() -> None:
    rig = build(box(door=True, power=False))
    assert rig.door is not None
    assert rig.meter is None


def test_the_box_starts_where_it_is_told_to() -> None:
    assert lived(Simulated(start=8.0), 0.0).state.air == 8.0
    assert lived(Simulated(ambient=21.0), 0.0).state.air == 21.0


@pytest.mark.lasting
async def test_an_accelerated_box_reaches_its_setpoint_and_stays() -> None:
    chamber = box(hardware=Simulated(speed=600.0, seed=1))
    machine, audience = Machine(), Audience()
    target = Target(5.0, Mode.HEAT_COOL)
    store = Store(StateFolder(), [chamber.id])
    loop = Loop(chamber, build(chamber), target, audience, machine.clocks(), store)
    for _ in range(12):
        await loop.turn()
        machine.passes(1.0)
    last = audience.samples[-1]
    assert last.temperature == pytest.approx(5.0, abs=0.5)
    assert last.action is Action.COOLING


def test_the_first_two_chambers_are_the_lecture_box_and_the_vaccine_carrier() -> None:
    lecture, vaccine = simulated().chambers
    assert (lecture.id, lecture.name, lecture.setpoint) == ("lecture-box", "Lecture box", 30.0)
    assert (len(lecture.heaters), len(lecture.coolers), len(lecture.fans)) == (1, 2, 2)
    assert (vaccine.id, vaccine.name, vaccine.setpoint) == (
        "vaccine-carrier",
        "Vaccine carrier",
        5.0,
    )
    assert set(vaccine.probes) == {"product", "ambient"}
    assert (vaccine.door, vaccine.power) == (True, True)


@pytest.mark.parametrize("count", [1, 2, 3, 100, 2000])
def test_any_number_of_chambers_is_right(count: int) -> None:
    config = simulated("--chambers", str(count))
    assert len({chamber.id for chamber in config.chambers}) == count
    assert list(contradictions(config)) == []


def test_a_slow_interval_slows_the_heartbeat() -> None:
    assert simulated("--interval", "60").gateway.heartbeat == 60.0
    assert simulated().gateway.heartbeat == 10.0


def test_every_chamber_has_noise_of_its_own() -> None:
    worlds = [chamber.hardware for chamber in simulated("--seed", "7").chambers]
    assert [world.seed for world in worlds if isinstance(world, Simulated)] == [7, 8]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--chambers", "0"], "--chambers: found 0, expected a whole number from 1 to 2000"),
        (["--chambers", "2001"], "--chambers: found 2001"),
        (["--speed", "0"], "--speed: found 0.0, expected a number from 0.01 to 3600"),
        (["--speed", "nan"], "--speed: found nan"),
        (["--plc", "70000"], "--plc: found 70000, expected a port from 1 to 65535"),
        (["--plc", "--speed", "60"], "--plc: a PLC lives in real time"),
        (["--interval", "-1"], "--interval: found -1.0"),
        (["--gateway", "Pi"], '--gateway: found "Pi", expected an id'),
        (["--prefix", "a/b/c/d"], "--prefix: found"),
        (["--password-file", "x"], "--password-file: needs --username beside it"),
        (["--url", "mqtt://x"], '--url: found "mqtt://x", expected a URL'),
    ],
)
def test_a_wrong_option_is_named(options: list[str], problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        simulated(*options)
    said: list[Any] = list(as_options(refused.value.problems))
    assert any(problem in one for one in said)
