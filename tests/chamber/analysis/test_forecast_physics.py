"""The forecast held against the model's physics: failures of which the end is known, and control that does not fail."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from math import inf, pi, sin
from typing import Any, NamedTuple

import pytest

from chamber.given import NOON, sample
from chamber_agent.chamber.analysis.deeds import Act, Deed
from chamber_agent.chamber.analysis.findings import Breach, Reading
from chamber_agent.chamber.analysis.profiles import changed, difference
from chamber_agent.chamber.analysis.settings import OFF, Profile
from chamber_agent.chamber.analysis.watch import Watch
from chamber_agent.chamber.model import Mode
from chamber_agent.control import Control, Memory, Situation, Strategy, decide
from chamber_agent.plant import Inputs, Plant, State, advance, quantised, resting, wander

pytestmark = pytest.mark.lasting
MINUTE, HOUR = 60.0, 3600.0
STEP, EVERY = 5.0, 10.0
WATER = 4186.0
PID = Control()
RELAY = Control(strategy=Strategy.HYSTERESIS, minimum_on=60.0, minimum_off=120.0)


def sound(inputs: Inputs) -> Inputs:
    return inputs


def dead_cooler(inputs: Inputs) -> Inputs:
    return replace(inputs, coolers=(0.0, 0.0))


def dead_heater(inputs: Inputs) -> Inputs:
    return replace(inputs, heaters=(0.0,))


def half_dead(inputs: Inputs) -> Inputs:
    return replace(inputs, coolers=(inputs.coolers[0], 0.0))


def power_cut(inputs: Inputs) -> Inputs:
    return replace(inputs, heaters=(0.0,), coolers=(0.0, 0.0), inside_fan=0.0, outside_fan=0.0)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A chamber, what it is to do, and what becomes of it after `fails_at`; kg of water, °C, s."""

    kilograms: float = 0.0
    control: Control = PID
    setpoint: float = 5.0
    start: float = 5.0
    ambient: float = 25.0
    swing: float = 0.0
    failure: Callable[[Inputs], Inputs] = sound
    fails_at: float = 3 * HOUR
    changes_to: float | None = None
    seed: int = 1

    def inputs(self, output: float, fans: bool, now: float) -> Inputs:
        blown = 1.0 if fans else 0.0
        cool, heat = max(0.0, -output), max(0.0, output)
        ambient = self.ambient + self.swing * sin(2 * pi * now / (24 * HOUR))
        working = Inputs((heat,), (cool, cool), blown, blown, ambient)
        return self.failure(working) if now >= self.fails_at else working


class Moment(NamedTuple):
    """What a box's probes show, and what it is."""

    now: float
    air: float
    product: float
    ambient: float
    setpoint: float
    state: State


def lived(box: Box, hours: float) -> Iterator[Moment]:
    """A box under control, at every control step."""
    plant = Plant(load=box.kilograms * WATER)
    state, memory, setpoint = resting(box.start), Memory(), box.setpoint
    draw, noise = random.Random(box.seed), [0.0, 0.0]
    for index in range(int(hours * HOUR / STEP)):
        now = index * STEP
        if box.changes_to is not None and now >= box.fails_at:
            setpoint = box.changes_to
        noise = [wander(one, 0.08, 30.0, STEP, draw.gauss(0.0, 1.0)) for one in noise]
        shown = [
            quantised(node + one, 0.0625)
            for node, one in zip((state.probe, state.load), noise, strict=True)
        ]
        memory, decision = decide(
            box.control, memory, Situation(now, shown[0], setpoint, Mode.HEAT_COOL)
        )
        inputs = box.inputs(decision.output, decision.fans > 0, now)
        yield Moment(now, shown[0], shown[1], inputs.ambient, setpoint, state)
        state = advance(plant, state, inputs, STEP)


@dataclass
class Story:
    """What a watch under a profile made of it: the judged temperature, and the forecast of every minute."""

    value: list[tuple[float, float]] = field(default_factory=list)
    told: list[tuple[float, Breach | None]] = field(default_factory=list)

    def since(self, start: float, end: float = inf) -> list[Breach]:
        """All that was forecast in a time."""
        return [found for now, found in self.told if found is not None and start <= now < end]

    def passes(self, limit: float, since: float) -> float:
        """When the judged temperature comes to the limit."""
        began = next(value for now, value in self.value if now >= since)
        return next(
            now
            for now, value in self.value
            if now >= since and (value - limit) * (began - limit) <= 0
        )


def story(box: Box, hours: float, profile: Profile, *, probed: bool) -> Story:
    """A box watched: `probed` by a probe in its goods, else by a virtual vial in its air."""
    watch, told = Watch(), Story()
    settings = difference(OFF, changed(OFF, profile=profile))[1]
    watch.perform(Deed(act=Act.SETTINGS, at=NOON, new=settings))
    watch.perform(Deed(act=Act.DESCRIBED, at=NOON, new={"roles": {"goods": "product"}}))
    for moment in lived(box, hours):
        if moment.now % EVERY:
            continue
        probes: dict[str, Any] = {"ambient": moment.ambient}
        if probed:
            probes["goods"] = moment.product
        at = NOON + moment.now
        watch.feed(
            Reading(
                at, sample(moment.air, setpoint=moment.setpoint, mode=Mode.HEAT_COOL, probes=probes)
            )
        )
        assert watch.value is not None
        told.value.append((moment.now, moment.state.load if probed else watch.value))
        if moment.now % MINUTE == 0:
            told.told.append((moment.now, watch.findings(at).breach))
    return told


COLD = Box()
WORT = Box(setpoint=20.0, start=20.0, ambient=-5.0, failure=dead_heater)
FAILURES = {
    "cooler dead, empty": (replace(COLD, failure=dead_cooler), False, 3.5),
    "cooler dead, 2 kg": (replace(COLD, failure=dead_cooler, kilograms=2.0), False, 3.5),
    "power cut, empty": (replace(COLD, failure=power_cut), False, 3.5),
    "power cut, 2 kg": (replace(COLD, failure=power_cut, kilograms=2.0), False, 3.5),
    "one of two coolers dead": (replace(COLD, failure=half_dead, ambient=32.0), False, 4.0),
    "cooler dead, in 2 kg": (replace(COLD, failure=dead_cooler, kilograms=2.0), True, 4.5),
    "power cut, in 2 kg": (replace(COLD, failure=power_cut, kilograms=2.0), True, 4.5),
    "power cut, in 5 kg": (replace(COLD, failure=power_cut, kilograms=5.0), True, 6.0),
    "power cut, in 20 kg": (replace(COLD, failure=power_cut, kilograms=20.0), True, 13.0),
    "heater dead, in 5 kg": (replace(WORT, kilograms=5.0), True, 7.0),
}


@cache
def failed(case: str, seed: int) -> tuple[Story, Callable[[float], float], float]:
    """The story of a failure, when which share of the way was behind it, and the limit."""
    box, probed, hours = FAILURES[case]
    profile, limit = (Profile.VACCINE, 8.0) if box.setpoint == 5.0 else (Profile.FERMENTATION, 15.0)
    seen = story(replace(box, seed=seed), hours, profile, probed=probed)
    way = limit - box.setpoint
    return seen, lambda share: seen.passes(box.setpoint + share * way, box.fails_at), limit


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("case", FAILURES)
def test_half_of_the_way_on_the_time_is_right_within_three_tenths(case: str, seed: int) -> None:
    seen, when, limit = failed(case, seed)
    now, found = next(one for one in seen.told if one[0] >= when(0.5) and one[1] is not None)
    assert now <= when(0.7)
    assert found is not None
    assert found.limit == limit
    assert found.seconds == pytest.approx(when(1.0) - now, rel=0.3)
    assert any(one.confident for one in seen.since(now))


@pytest.mark.parametrize("case", FAILURES)
def test_nothing_is_told_before_a_failure_and_nothing_for_sure_soon_after_it(case: str) -> None:
    seen, when, _limit = failed(case, 1)
    assert seen.since(HOUR, 3 * HOUR) == []
    assert not any(one.confident for one in seen.since(3 * HOUR, when(0.33)))


STEADY = {
    "PID": Box(swing=5.0),
    "PID, 2 kg": Box(kilograms=2.0, swing=5.0),
    "relay": Box(control=RELAY, start=6.5),
    "relay, 2 kg": Box(control=RELAY, start=6.5, kilograms=2.0, swing=5.0),
    "relay, 5 kg": Box(control=RELAY, start=6.5, kilograms=5.0, swing=5.0),
}


@pytest.mark.parametrize("probed", [False, True], ids=["vial", "goods"])
@pytest.mark.parametrize("case", STEADY)
def test_good_control_is_no_ground_for_a_forecast(case: str, probed: bool) -> None:
    seen = story(STEADY[case], 8.0, Profile.VACCINE, probed=probed)
    assert seen.since(2 * HOUR) == []


@pytest.mark.parametrize("control", [PID, RELAY], ids=["PID", "relay"])
def test_good_control_of_warmth_is_no_ground_for_a_forecast(control: Control) -> None:
    box = Box(control=control, kilograms=2.0, setpoint=37.0, start=37.0, ambient=21.0)
    assert story(box, 8.0, Profile.INCUBATOR, probed=True).since(2 * HOUR) == []


@pytest.mark.parametrize(
    ("kilograms", "probed"), [(0.0, False), (2.0, False), (2.0, True)], ids=str
)
def test_what_the_thermostat_does_on_purpose_is_no_ground_for_a_forecast(
    kilograms: float, probed: bool
) -> None:
    """Cooled down from 25 to 5 °C, then set to 6.5 °C."""
    box = Box(kilograms=kilograms, start=25.0, changes_to=6.5, fails_at=4 * HOUR)
    assert story(box, 6.0, Profile.VACCINE, probed=probed).since(0.0) == []
