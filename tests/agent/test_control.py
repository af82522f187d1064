"""The thermostat: what it promises whatever happens, and how well it controls the simulated box."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chamber_agent.chamber.model import Action, Limits, Mode
from chamber_agent.control import (
    Control,
    Cutout,
    Decision,
    Memory,
    Reason,
    Safe,
    Situation,
    Strategy,
    decide,
    failed,
    rest,
    watched,
)
from chamber_agent.plant import Inputs, Plant, advance, power, resting
from patience import examples

OVERRULING = {
    Reason.OFF,
    Reason.SENSOR_FAULT,
    Reason.LIMIT,
    Reason.OVER_TEMPERATURE,
    Reason.UNDER_TEMPERATURE,
}
"""What may end a heater's or cooler's time before its minimum."""


@dataclass
class Run:
    """A thermostat at work: feed it situations, look at the last decision."""

    control: Control
    memory: Memory = Memory()
    now: float = 0.0
    safe: Safe = Safe()
    cutout: Cutout = Cutout()

    def step(
        self,
        temperature: float | None,
        setpoint: float = 20.0,
        mode: Mode = Mode.HEAT_COOL,
        after: float = 1.0,
        hot_sink: float | None = None,
    ) -> Decision:
        self.now += after
        situation = Situation(self.now, temperature, setpoint, mode, hot_sink)
        self.memory = watched(self.cutout, self.memory, temperature, temperature)
        self.memory, decision = decide(self.control, self.memory, situation, self.safe)
        return decision


DEFAULT = Run(Control())
RELAY = Control(strategy=Strategy.HYSTERESIS, minimum_on=60.0, minimum_off=120.0)
PELTIER = Control()

anything = st.one_of(
    st.none(), st.floats(), st.floats(-50.0, 90.0), st.floats(18.0, 22.0), st.just(math.nan)
)
moments = st.lists(
    st.tuples(
        st.floats(0.1, 90.0), anything, st.floats(-30.0, 60.0), st.sampled_from(Mode), anything
    ),
    max_size=60,
)
controls = st.builds(
    Control,
    strategy=st.sampled_from(Strategy),
    gain=st.floats(0.0, 10.0),
    minimum_on=st.floats(0.0, 300.0),
    minimum_off=st.floats(0.0, 300.0),
    polarity_hold=st.floats(0.0, 300.0),
    heating_cap=st.floats(0.0, 1.0),
    cooling_cap=st.floats(0.0, 1.0),
)
cutouts = st.builds(
    Cutout,
    high=st.floats(30.0, 90.0),
    low=st.floats(-40.0, 10.0),
    hysteresis=st.floats(0.0, 5.0),
)
shares = st.floats(0.0, 1.0)
safes = st.one_of(
    st.builds(Safe, heaters=shares, fans=shares), st.builds(Safe, coolers=shares, fans=shares)
)
Decided = tuple[float, Situation, Decision]


Story = list[tuple[float, float | None, float, Mode, float | None]]


def decisions(
    control: Control, story: Story, safe: Safe = DEFAULT.safe, cutout: Cutout = DEFAULT.cutout
) -> list[Decided]:
    run = Run(control, safe=safe, cutout=cutout)
    decided = []
    for after, temperature, setpoint, mode, hot_sink in story:
        decision = run.step(temperature, setpoint, mode, after, hot_sink)
        situation = Situation(run.now, temperature, setpoint, mode, hot_sink)
        decided.append((run.now, situation, decision))
    return decided


@given(controls, safes, cutouts, moments)
@settings(max_examples=examples(150), deadline=None)
def test_never_both_never_beyond_the_caps_and_always_a_reason(
    control: Control, safe: Safe, cutout: Cutout, story: Story
) -> None:
    for _, situation, decision in decisions(control, story, safe, cutout):
        assert not (decision.heat and decision.cool)
        assert 0.0 <= decision.heat <= control.heating_cap
        assert 0.0 <= decision.cool <= control.cooling_cap
        assert decision.fans or not decision.output
        assert isinstance(decision.reason, Reason)
        if situation.mode is Mode.OFF:
            assert decision.output == 0.0


@given(controls, safes, cutouts, moments)
@settings(max_examples=examples(150), deadline=None)
def test_minimum_times_and_the_hold_between_heating_and_cooling_are_kept(
    control: Control, safe: Safe, cutout: Cutout, story: Story
) -> None:
    ended: dict[float, float] = {}
    sign, since = 0.0, 0.0
    for now, _, decision in decisions(control, story, safe, cutout):
        after = math.copysign(1.0, decision.output) if decision.output else 0.0
        if after == sign:
            continue
        if sign:
            assert now - since >= control.minimum_on or decision.reason in OVERRULING
            ended[sign] = now
        if after:
            assert now - ended.get(after, -math.inf) >= control.minimum_off
            assert now - ended.get(-after, -math.inf) >= control.polarity_hold
        sign, since = after, now


@given(controls, safes, moments)
@settings(max_examples=examples(150), deadline=None)
def test_without_a_valid_temperature_nothing_goes_beyond_the_safe_state(
    control: Control, safe: Safe, story: Story
) -> None:
    for _, situation, decision in decisions(control, story, safe):
        if situation.temperature is None or not math.isfinite(situation.temperature):
            assert decision.heat <= safe.heaters
            assert decision.cool <= safe.coolers
            assert decision.fans >= safe.fans or situation.mode is Mode.OFF
            assert (decision.action, decision.reason) == (Action.FAULT, Reason.SENSOR_FAULT)


@given(controls, safes, cutouts, moments)
@settings(max_examples=examples(300), deadline=None)
def test_the_cutout_wins_whatever_comes(
    control: Control, safe: Safe, cutout: Cutout, story: Story
) -> None:
    assert cutout.high is not None
    assert cutout.low is not None
    hot = cold = False
    for _, situation, decision in decisions(control, story, safe, cutout):
        seen = situation.temperature
        if seen is not None and math.isfinite(seen):
            hot = seen >= cutout.high or (hot and seen > cutout.high - cutout.hysteresis)
            cold = seen <= cutout.low or (cold and seen < cutout.low + cutout.hysteresis)
        assert not (hot and decision.heat)
        assert not (cold and decision.cool)
        if situation.hot_sink is not None and situation.hot_sink >= control.hot_sink_limit:
            assert not decision.cool


CUTOUT = Cutout(high=60.0, low=-10.0, hysteresis=2.0)


def test_a_cutout_trips_on_a_doubtful_value_and_is_released_by_a_good_one_alone() -> None:
    looks = [(60.0, 20.0), (20.0, None), (57.0, 58.5), (57.0, 58.0)]
    memory, hot = Memory(), []
    for seen, good in looks:
        memory = watched(CUTOUT, memory, seen, good)
        hot.append(memory.trip.hot)
    assert hot == [True, True, True, False]


@pytest.mark.parametrize("silent", [None, math.nan, math.inf, -math.inf])
def test_a_silent_probe_neither_trips_nor_releases(silent: float | None) -> None:
    assert not any(watched(CUTOUT, Memory(), silent, silent).trip)
    tripped = watched(CUTOUT, Memory(), -10.0, -10.0)
    assert watched(CUTOUT, tripped, silent, silent).trip == (False, True)


def test_a_cutout_is_the_reason_even_where_the_other_side_works() -> None:
    run = Run(PELTIER, cutout=CUTOUT)
    decision = run.step(61.0)
    assert (decision.action, decision.reason) == (Action.COOLING, Reason.OVER_TEMPERATURE)


def test_a_cutout_overrules_the_minimum_on_time() -> None:
    run = Run(RELAY, cutout=CUTOUT)
    assert run.step(55.0, setpoint=59.0).heat == 1.0
    decision = run.step(60.0, setpoint=59.0)
    assert (decision.heat, decision.reason) == (0.0, Reason.OVER_TEMPERATURE)


@pytest.mark.parametrize("margin", [(45.0, 55.0), (None, 50.0)])
def test_without_thresholds_the_cutout_is_ten_kelvin_beyond_the_limits(
    margin: tuple[float | None, float],
) -> None:
    high, expected = margin
    limits = Limits(-5.0, 40.0 if high is None else high, 0.1)
    assert Cutout().within(limits) == Cutout(None, expected, -15.0)


def test_the_safe_state_is_taken_without_a_look_and_remembered() -> None:
    safe = Safe(coolers=0.8, fans=0.5)
    memory, decision = rest(PELTIER, Memory(), 5.0, safe)
    assert (decision.output, decision.fans) == (-0.8, 0.5)
    assert memory.cool.on
    tripped = watched(CUTOUT, Memory(), -10.0, -10.0)
    assert rest(PELTIER, tripped, 5.0, safe)[1].cool == 0.0


def test_what_was_not_obeyed_counts_as_running() -> None:
    run = Run(PELTIER)
    run.step(10.0)
    before = run.memory
    run.step(10.0, mode=Mode.OFF)
    run.memory = failed(before, run.memory)
    assert run.step(30.0).reason is Reason.INTERLOCK
    assert run.step(30.0, after=119.0).reason is Reason.INTERLOCK
    assert run.step(30.0, after=1.0).action is Action.COOLING


def test_off_is_off_and_says_so() -> None:
    decision = Run(PELTIER).step(5.0, mode=Mode.OFF)
    assert (decision.output, decision.action, decision.reason) == (0.0, Action.OFF, Reason.OFF)


def test_a_mode_that_only_cools_does_not_heat() -> None:
    decision = Run(PELTIER).step(5.0, mode=Mode.COOL)
    assert (decision.output, decision.action, decision.reason) == (0.0, Action.IDLE, Reason.PID)


def test_changing_from_heating_to_cooling_holds_at_zero() -> None:
    run = Run(PELTIER)
    assert run.step(10.0).action is Action.HEATING
    held = [run.step(30.0) for _ in range(120)]
    assert {one.reason for one in held} == {Reason.INTERLOCK}
    assert run.step(30.0).action is Action.COOLING


def test_a_relay_waits_for_its_minimum_times() -> None:
    run = Run(RELAY)
    assert run.step(21.0).reason is Reason.HYSTERESIS
    assert [run.step(19.9).reason for _ in range(59)] == [Reason.MINIMUM_ON_TIME] * 59
    assert run.step(19.9).output == 0.0
    assert run.step(21.0).reason is Reason.MINIMUM_OFF_TIME
    assert run.step(21.0, after=120.0).action is Action.COOLING


def test_switching_off_overrules_the_minimum_on_time() -> None:
    run = Run(RELAY)
    run.step(21.0)
    assert run.step(21.0, mode=Mode.OFF).output == 0.0


def test_hysteresis_switches_off_at_the_setpoint() -> None:
    run = Run(Control(strategy=Strategy.HYSTERESIS))
    outputs = [run.step(t).output for t in (20.4, 20.6, 20.1, 20.0, 19.6, 19.4)]
    assert outputs == [0.0, -1.0, -1.0, 0.0, 0.0, 0.0]


def test_an_unknown_past_must_rest_first() -> None:
    run = Run(PELTIER, Memory.unknown(0.0))
    assert run.step(10.0).reason is Reason.INTERLOCK
    assert run.step(10.0, after=120.0).action is Action.HEATING


def test_the_fans_run_on_after_heating() -> None:
    run = Run(PELTIER)
    run.step(10.0)
    assert run.step(10.0, mode=Mode.OFF).fans
    assert run.step(10.0, mode=Mode.OFF, after=119.0).fans
    assert not run.step(10.0, mode=Mode.OFF, after=1.0).fans


def test_a_hot_sink_stops_the_coolers_until_it_has_cooled_down() -> None:
    run = Run(PELTIER)
    reasons = [run.step(30.0, hot_sink=sink).reason for sink in (60.0, 70.0, 66.0, 64.9)]
    assert reasons == [Reason.PID, Reason.LIMIT, Reason.LIMIT, Reason.PID]


BLIND = Safe(coolers=0.3, fans=1.0)


def test_a_hot_sink_stops_the_cooling_that_goes_on_without_a_probe() -> None:
    run = Run(PELTIER, safe=BLIND)
    decision = run.step(None, mode=Mode.COOL, hot_sink=75.0)
    assert (decision.cool, decision.reason) == (0.0, Reason.SENSOR_FAULT)


def test_cooling_can_go_on_when_the_probe_fails() -> None:
    run = Run(PELTIER, safe=BLIND)
    decision = run.step(None, mode=Mode.COOL)
    assert (decision.cool, decision.action) == (0.3, Action.FAULT)
    assert run.step(None, mode=Mode.OFF).cool == 0.0


@dataclass(frozen=True)
class Course:
    """How a run of thermostat and plant went: the air and the power, by second."""

    setpoint: float
    air: list[float]
    watts: list[float]

    def reached(self) -> float:
        """Minutes until the air was within a quarter of a kelvin."""
        return next(i for i, air in enumerate(self.air) if abs(air - self.setpoint) <= 0.25) / 60

    def beyond(self) -> float:
        """How far below the setpoint the air went, K."""
        return self.setpoint - min(self.air)

    def late(self) -> list[float]:
        return self.air[2 * len(self.air) // 3 :]


def course(control: Control, plant: Plant, setpoint: float, hours: float) -> Course:
    run, state = Run(control), resting(25.0)
    air, watts = [], []
    for _ in range(int(hours * 3600)):
        decision = run.step(state.probe, setpoint)
        inputs = Inputs((decision.heat,), (decision.cool,) * 2, 1.0, 1.0)
        state = advance(plant, state, inputs, 1.0)
        air.append(state.air)
        watts.append(power(plant, state, inputs))
    return Course(setpoint, air, watts)


@pytest.fixture(scope="module")
def empty() -> Course:
    return course(PELTIER, Plant(), 5.0, 2.0)


@pytest.mark.lasting
def test_an_empty_box_is_cold_within_twenty_minutes(empty: Course) -> None:
    assert empty.reached() == pytest.approx(18.0, abs=2.0)


def test_it_goes_hardly_beyond_and_then_stands_still(empty: Course) -> None:
    assert empty.beyond() <= 0.35
    assert max(empty.late()) - min(empty.late()) <= 0.02


@pytest.mark.lasting
def test_two_kilograms_take_their_time() -> None:
    loaded = course(PELTIER, Plant(load=8370.0), 5.0, 2.5)
    assert loaded.reached() == pytest.approx(108.0, rel=0.10)
    assert loaded.beyond() <= 0.35


@pytest.mark.lasting
def test_bang_bang_wanders_and_wastes(empty: Course) -> None:
    switched = course(RELAY, Plant(), 5.0, 2.0)
    assert max(switched.late()) - min(switched.late()) > 3.0
    assert mean(switched.watts[3600:]) > 1.5 * mean(empty.watts[3600:])


@pytest.mark.lasting
@pytest.mark.parametrize("step", [1.0, 5.0])
def test_heating_overshoots_little_at_any_control_step(step: float) -> None:
    run, state, air = Run(PELTIER), resting(25.0), []
    for _ in range(int(3600 / step)):
        decision = run.step(state.probe, 30.0, after=step)
        inputs = Inputs((decision.heat,), (decision.cool,) * 2, 1.0, 1.0)
        state = advance(Plant(), state, inputs, step)
        air.append(state.air)
    assert max(air) <= 30.35
    assert air[-1] == pytest.approx(30.0, abs=0.05)
