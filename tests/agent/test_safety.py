"""What holds whatever comes, over the simulated physics: faults, jumps, wishes and restarts in any order."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.doubles import Audience, Machine, box
from chamber_agent.chamber.model import Mode, Probe
from chamber_agent.config import ChamberConfig
from chamber_agent.control import Control, Cutout, Safe, Strategy
from chamber_agent.errors import HardwareError
from chamber_agent.hardware import Drive, Rig, Thermometer
from chamber_agent.hardware.simulated import Box, Role, Simulated, build
from chamber_agent.kept import Target
from chamber_agent.loop import Loop, Rhythm
from chamber_agent.plant import Plant
from chamber_agent.safe import secure
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.store import Store
from patience import examples

RHYTHM = Rhythm(1.0, 10.0)
OFF = Drive((0.0,), (0.0, 0.0), (0.0,))


@dataclass
class Faulty:
    """A thermometer between the physics and the agent; `fault` says what becomes of a value."""

    behind: Thermometer
    fault: Callable[[float], float] = float
    said: float | None = None

    async def temperature(self) -> float:
        """Say what is left of the truth."""
        self.said = None
        self.said = self.fault(await self.behind.temperature())
        return self.said


@dataclass
class Recorder:
    """Actuators that note what they do, and when; broken ones go on with what they did."""

    box: Box
    machine: Machine
    broken: bool = False
    done: list[tuple[float, Drive]] = field(default_factory=lambda: [(-math.inf, OFF)])

    async def drive(self, drive: Drive) -> None:
        """Do it, unless broken."""
        if self.broken:
            raise HardwareError("no answer")
        await self.box.drive(drive)
        self.done.append((self.machine.uptime, drive))


def silent(_: float) -> float:
    raise HardwareError("no answer")


FAULTS: dict[str, Callable[[float], float]] = {
    "well": float,
    "silent": silent,
    "nan": lambda _: math.nan,
    "infinite": lambda _: math.inf,
    "power up": lambda _: 85.0,
    "short": lambda _: -127.0,
    "stuck": lambda _: 20.0,
    "high": lambda truth: truth + 60.0,
    "low": lambda truth: truth - 60.0,
}
faults = st.sampled_from(sorted(FAULTS))
aims = st.tuples(
    st.just("aim"),
    st.builds(
        Target,
        st.sampled_from([-10.0, 50.0, 19.0, 21.0]),
        st.sampled_from([*Mode, Mode.HEAT_COOL, Mode.HEAT_COOL]),
    ),
)
acts = st.one_of(
    aims,
    aims,
    st.tuples(st.just("control probe"), faults),
    st.tuples(st.just("cut-out's probe"), faults),
    st.tuples(st.just("break"), st.booleans()),
    st.tuples(st.just("ambient"), st.floats(-30.0, 60.0)),
    st.tuples(st.just("restart"), st.none()),
)
waits = st.tuples(st.just("wait"), st.sampled_from([1, 2, 5, 20, 60, 130]))
stories = st.lists(st.tuples(acts, waits), min_size=3, max_size=15).map(
    lambda pairs: [act for pair in pairs for act in pair]
)
controls = st.builds(
    Control,
    strategy=st.sampled_from(Strategy),
    minimum_on=st.sampled_from([0.0, 10.0, 60.0]),
    minimum_off=st.sampled_from([0.0, 10.0, 60.0]),
    polarity_hold=st.sampled_from([0.0, 10.0, 60.0]),
)
safes = st.sampled_from([Safe(), Safe(coolers=0.4, fans=1.0), Safe(heaters=0.2, fans=1.0)])


class Life:
    """A chamber that lives through a story."""

    def __init__(self, control: Control, safe: Safe) -> None:
        self.machine = Machine()
        self.chamber: ChamberConfig = box(
            control=control,
            safe=safe,
            mode=Mode.HEAT_COOL,
            cutout=Cutout("guard", 55.0, -12.0, 2.0),
            probes={"guard": Probe("air")},
        )
        world = Simulated(plant=Plant(), start=20.0, seed=1)
        self.box, rig = build(world, {"guard": Role.AIR}, door=False, meter=False)
        self.probe, self.guard = Faulty(rig.thermometer), Faulty(rig.probes["guard"])
        self.actuators = Recorder(self.box, self.machine)
        self.rig = Rig(self.probe, self.actuators, {"guard": self.guard}, pace=self.box.pace)
        self.tripped: list[tuple[bool, bool, Drive]] = []
        self.target = Target(20.0, Mode.HEAT_COOL)
        self.loop = self.born()

    def born(self) -> Loop:
        store = Store(StateFolder(), ["box"])
        clocks = self.machine.clocks()
        return Loop(self.chamber, self.rig, self.target, Audience(), clocks, store)

    async def live(self, story: list[tuple[str, object]]) -> None:
        for act, how in story:
            match act, how:
                case "wait", int() as turns:
                    for _ in range(turns):
                        await self.turn()
                case "control probe", str() as fault:
                    self.probe.fault = FAULTS[fault]
                case "cut-out's probe", str() as fault:
                    self.guard.fault = FAULTS[fault]
                case "aim", Target() as target:
                    self.target = self.loop.target = target
                case "break", bool() as broken:
                    self.actuators.broken = broken
                case "ambient", float() as ambient:
                    self.box.inputs = replace(self.box.inputs, ambient=ambient)
                case "restart", None:
                    await secure([self.chamber], StateFolder(), lambda _: self.rig)
                    self.loop = self.born()

    async def turn(self) -> None:
        self.machine.passes(1.0)
        before = len(self.actuators.done)
        await self.loop.turn(RHYTHM)
        if len(self.actuators.done) > before and self.guard.said is not None:
            said = self.guard.said
            believed = math.isfinite(said) and said not in (85.0, -127.0)
            drive = self.actuators.done[-1][1]
            self.tripped.append((believed and said >= 55.0, believed and said <= -12.0, drive))


def lived(control: Control, safe: Safe, story: list[tuple[str, object]]) -> Life:
    life = Life(control, safe)
    asyncio.run(life.live(story))
    return life


@given(controls, safes, stories)
@settings(max_examples=examples(30), deadline=None)
def test_never_both_the_cutout_always_wins_and_there_is_always_a_reason(
    control: Control, safe: Safe, story: list[tuple[str, object]]
) -> None:
    life = lived(control, safe, story)
    for _, drive in life.actuators.done:
        assert not (any(drive.heaters) and any(drive.coolers))
    for hot, cold, drive in life.tripped:
        assert not (hot and any(drive.heaters))
        assert not (cold and any(drive.coolers))
    assert life.loop._told is not None
    assert life.loop._told[0].reason


@given(controls, stories)
@settings(max_examples=examples(40), deadline=None)
def test_what_stopped_rests_as_long_as_it_must_even_over_restarts(
    control: Control, story: list[tuple[str, object]]
) -> None:
    ended: dict[int, float] = {}
    sign = 0
    for now, drive in lived(control, Safe(), story).actuators.done:
        after = (any(drive.heaters) and 1) or (any(drive.coolers) and -1) or 0
        if after == sign:
            continue
        if sign:
            ended[sign] = now
        if after:
            assert now - ended.get(after, -math.inf) >= control.minimum_off
            assert now - ended.get(-after, -math.inf) >= control.polarity_hold
        sign = after
