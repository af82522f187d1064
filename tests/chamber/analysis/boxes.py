"""Boxes that live for hours: the agent's physics and its thermostat, and samples as it would take them.

What is wrong with a box acts on the physics alone: its samples tell what the thermostat asked for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from chamber_agent.chamber.analysis.deeds import Act, Deed
from chamber_agent.chamber.analysis.findings import Happened, Occurrence, Reading
from chamber_agent.chamber.analysis.watch import Watch
from chamber_agent.chamber.model import Mode, Part, Sample, frozen
from chamber_agent.control import Control, Memory, Situation, Strategy, decide
from chamber_agent.plant import Inputs, Plant, advance, quantised, resting, wander

MORNING = 1_764_000_000.0
HOUR, MINUTE = 3600.0, 60.0
KILOGRAM = 4186.0
"""Heat capacity of a kilogram of water, J/K."""
RELAY = Control(strategy=Strategy.HYSTERESIS, minimum_on=60.0, minimum_off=120.0)
Wrong = Callable[[Inputs], Inputs]
"""What is wrong with the actuators: what was asked for, and what they do."""


@dataclass(frozen=True)
class Change:
    """What is changed after so many seconds; None: left as it is. `goods`: others of this temperature are put in."""

    after: float
    setpoint: float | None = None
    mode: Mode | None = None
    ambient: float | None = None
    door: bool | None = None
    goods: float | None = None
    wrong: Wrong | None = None


def warming(after: float, start: float, end: float, rate: float = 0.5) -> list[Change]:
    """The surroundings become warmer or colder, by `rate` K/min."""
    count = max(1, round(abs(end - start) / rate * 6))
    steps = (start + (end - start) * (index + 1) / count for index in range(count))
    return [Change(after + 10.0 * index, ambient=one) for index, one in enumerate(steps)]


def opened(after: float, seconds: float) -> tuple[Change, Change]:
    """The door is opened for a while."""
    return Change(after, door=True), Change(after + seconds, door=False)


@dataclass(kw_only=True)
class Box:
    """A box that rests at `start`, and is wanted at `setpoint`."""

    hours: float
    setpoint: float = 5.0
    mode: Mode = Mode.HEAT_COOL
    ambient: float = 25.0
    start: float | None = None
    kilograms: float = 0.0
    control: Control = field(default_factory=Control)
    changes: Iterable[Change] = ()
    noise: float = 0.08
    quantum: float = 0.0625
    seed: int = 1

    def samples(self) -> list[Sample]:
        """A sample each second, which tells all there is."""
        return list(_lived(self))


def _lived(box: Box) -> Iterator[Sample]:
    plant, draw = Plant(load=box.kilograms * KILOGRAM), random.Random(box.seed)
    state = resting(box.ambient if box.start is None else box.start)
    memory = Memory()
    world = Change(0.0, box.setpoint, box.mode, box.ambient, door=False, wrong=_as_asked)
    changes = sorted(box.changes, key=lambda one: one.after)
    noises = [0.0, 0.0, 0.0]
    asked = Inputs(ambient=box.ambient)
    for second in range(int(box.hours * HOUR)):
        while changes and changes[0].after <= second:
            change = changes.pop(0)
            world = _changed(world, change)
            if change.goods is not None:
                state = replace(state, load=change.goods)
        assert world.ambient is not None
        assert world.wrong is not None
        acting = world.wrong(replace(asked, ambient=world.ambient, door=bool(world.door)))
        state = advance(plant, state, acting, 1.0)
        noises = [wander(one, box.noise, 30.0, 1.0, draw.gauss(0, 1)) for one in noises]
        shown = [
            quantised(true + noise, box.quantum)
            for true, noise in zip((state.probe, state.product, world.ambient), noises, strict=True)
        ]
        assert world.setpoint is not None
        assert world.mode is not None
        situation = Situation(float(second), shown[0], world.setpoint, world.mode)
        memory, decision = decide(box.control, memory, situation)
        asked = Inputs(
            (decision.heat,), (decision.cool,) * 2, float(decision.fans), float(decision.fans)
        )
        yield _sample(world, shown, asked)


def _as_asked(asked: Inputs) -> Inputs:
    return asked


def _changed(world: Change, change: Change) -> Change:
    told = {name: value for name, value in vars(change).items() if value is not None}
    return replace(world, **told)


def _sample(world: Change, shown: list[float], asked: Inputs) -> Sample:
    return Sample(
        temperature=shown[0],
        setpoint=world.setpoint,
        effective_setpoint=world.setpoint,
        mode=world.mode,
        heaters=tuple(_part(duty) for duty in asked.heaters),
        coolers=tuple(_part(duty) for duty in asked.coolers),
        probes=frozen({"product": shown[1], "ambient": shown[2]}),
        door=world.door,
    )


def _part(duty: float) -> Part:
    return Part(on=duty > 0, duty=round(100 * duty))


ALL, PROBES = frozenset({"product", "ambient", "door"}), frozenset({"product", "ambient"})
BARE: frozenset[str] = frozenset()


def less(sample: Sample, reports: frozenset[str]) -> Sample:
    """The sample of a chamber that tells no more than that."""
    probes = {name: value for name, value in sample.probes.items() if name in reports}
    door = sample.door if "door" in reports else None
    return replace(sample, probes=frozen(probes), door=door)


def watched(
    samples: list[Sample], every: int, reports: frozenset[str] = ALL
) -> tuple[Watch, list[Occurrence]]:
    """A watch that got every so many seconds' sample, and what it said of faults."""
    watch = Watch()
    occurred: list[Occurrence] = []
    roles = {"product": "product", "ambient": "ambient"}
    watch.perform(Deed(act=Act.DESCRIBED, at=MORNING, new={"roles": roles}))
    for second in range(0, len(samples), every):
        sample = less(samples[second], reports)
        occurred += watch.feed(Reading(MORNING + second, sample)).occurrences
    faults = {Happened.FAULT_STARTED, Happened.FAULT_ENDED}
    return watch, [one for one in occurred if one.happened in faults]
