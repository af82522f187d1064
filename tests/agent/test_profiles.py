"""Profiles: never beyond the limits, in time to the second, and over any power cut as if there had been none."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber_agent.chamber.errors import NotPermitted
from chamber_agent.chamber.model import Limits, Progress
from chamber_agent.profiles.run import (
    Halt,
    Run,
    advanced,
    interrupted,
    paused,
    resumed,
    started,
)
from chamber_agent.profiles.steps import (
    Hold,
    Jump,
    Profile,
    Ramp,
    Resume,
    Soak,
    Step,
    read_steps,
    sequence,
    spelt,
)

LIMITS = Limits(0.0, 80.0, 0.1)
BAKE = Profile("bake", (Ramp(60.0, rate=1.0), Soak(600.0), Ramp(20.0, seconds=1200.0)))


def at(run: Run, *moments: float, temperature: float | None = None) -> list[tuple[float, str]]:
    """The setpoint in force and the state at moments after the start."""
    seen, now = [], 0.0
    for moment in moments:
        run = advanced(run, moment - now, temperature)
        now = moment
        seen.append((round(run.effective, 6), run.state))
    return seen


def test_a_profile_takes_its_course() -> None:
    run = started(BAKE, 20.0, 5.0)
    assert at(run, 0.0, 60.0, 2399.0, 2400.0, 2999.0, 3000.0, 3600.0, 4200.0, 9999.0) == [
        (20.0, "running"),
        (21.0, "running"),
        (pytest.approx(59.98, abs=0.01), "running"),
        (60.0, "soak"),
        (60.0, "soak"),
        (60.0, "running"),
        (40.0, "running"),
        (20.0, "done"),
        (20.0, "done"),
    ]


def test_it_tells_where_it_stands() -> None:
    run = advanced(started(BAKE, 20.0, 5.0), 2500.0, None)
    assert run.progress == Progress("bake", step=2, steps=3, remaining=1700, state="soak")
    ended = advanced(run, 9999.0, None)
    assert ended.progress == Progress("bake", step=3, steps=3, remaining=0, state="done")


def test_a_ramp_without_time_is_a_jump_of_the_setpoint() -> None:
    run = advanced(started(Profile("p", (Ramp(60.0), Soak(10.0))), 20.0, 5.0), 0.0, None)
    assert (run.effective, run.setpoint, run.state) == (60.0, 60.0, "soak")


def test_the_target_is_the_end_of_the_ramp() -> None:
    run = advanced(started(BAKE, 20.0, 5.0), 60.0, None)
    assert (run.setpoint, run.effective) == (60.0, 21.0)


def test_a_guaranteed_soak_waits_for_the_temperature_and_then_counts() -> None:
    run = started(Profile("p", (Ramp(60.0), Soak(100.0, band=0.5))), 20.0, 5.0)
    states = []
    for temperature in (None, 59.4, 60.6, 60.5, 50.0):
        run = advanced(run, 60.0, temperature)
        states.append((run.state, round(run.remaining)))
    assert states == [
        ("waiting", 100),
        ("waiting", 100),
        ("waiting", 100),
        ("soak", 40),
        ("done", 0),
    ]


def test_a_hold_waits_until_it_is_resumed() -> None:
    run = started(Profile("p", (Ramp(30.0), Hold(), Soak(10.0))), 20.0, 5.0)
    run = advanced(run, 1e6, None)
    assert run.state == "held"
    assert advanced(resumed(run), 0.0, None).state == "soak"


def test_pausing_stops_the_time() -> None:
    run = paused(advanced(started(BAKE, 20.0, 5.0), 60.0, None))
    assert (run.state, run.effective) == ("paused", 21.0)
    assert advanced(run, 1e6, None) == run
    assert resumed(run).state == "running"


def test_jumps_repeat_and_inner_ones_count_anew() -> None:
    steps = (Soak(1.0), Soak(2.0), Jump(2, 2), Soak(3.0), Jump(1, 1))
    assert sequence(steps) == (0, 1, 1, 1, 3, 0, 1, 1, 1, 3)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ([], "1 to 100 steps"),
        ([{"soak": 1}] * 101, "1 to 100 steps"),
        ([{}], "step 1: expected one of setpoint, soak, hold and jump"),
        ([{"soak": 1}, {"soak": 1, "hold": True}], "step 2: expected one of"),
        ([{"setpoint": 20, "band": 1}], "step 1: band does not go with setpoint"),
        ([{"setpoint": 81}], "step 1: 81 °C is outside this chamber's limits, 0 to 80 °C"),
        ([{"setpoint": -0.1}], "outside this chamber's limits"),
        ([{"setpoint": float("nan")}], "setpoint is nan, expected a number"),
        ([{"setpoint": "20"}], "setpoint is 20, expected a number"),
        ([{"setpoint": True}], "setpoint is True, expected a number"),
        ([{"setpoint": 20, "seconds": 1, "rate": 1}], "seconds or a rate, not both"),
        ([{"setpoint": 20, "rate": 0}], "rate is 0, expected a number from 0.001"),
        ([{"soak": -1}], "soak is -1, expected a number from 0"),
        ([{"hold": False}], "hold is False, expected true"),
        ([{"jump": 1}], "a jump goes back"),
        ([{"soak": 1}, {"jump": 2}], "jump is 2, expected a number from 1 to 1"),
        ([{"soak": 1}, {"jump": 1, "times": 1.5}], "a jump goes back"),
        ([{"soak": 1}, {"jump": 1, "times": 10_000}], "more than 10000 steps"),
        ([{"soak": 0}, *[{"jump": 1, "times": 999}] * 9], "more than 10000 steps"),
    ],
)
def test_steps_that_cannot_be_are_refused_with_their_number(
    raw: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(NotPermitted, match=message.replace("(", r"\(")):
        read_steps(raw, LIMITS)


setpoints = st.floats(0.0, 80.0)
durations = st.floats(0.0, 5000.0)
moving: st.SearchStrategy[Step] = st.one_of(
    st.builds(Ramp, setpoints),
    st.builds(Ramp, setpoints, seconds=durations),
    st.builds(Ramp, setpoints, rate=st.floats(0.01, 50.0)),
    st.builds(Soak, durations),
    st.builds(Soak, durations, band=st.floats(0.1, 5.0)),
)


@st.composite
def profiles(draw: st.DrawFn, holds: bool = False, band: bool = False) -> Profile:
    steps: list[Step] = []
    kinds = st.one_of(moving, st.just(Hold())) if holds else moving
    for number in range(1, draw(st.integers(1, 8)) + 1):
        if number > 1 and draw(st.integers(0, 4)) == 0:
            steps.append(Jump(draw(st.integers(1, number - 1)), draw(st.integers(1, 3))))
        else:
            steps.append(draw(kinds))
    if not band:
        steps = [Soak(one.soak) if isinstance(one, Soak) else one for one in steps]
    return Profile("p", tuple(steps))


times = st.lists(st.floats(0.0, 3000.0), max_size=40)
temperatures = st.one_of(st.none(), st.floats(-50.0, 150.0))


@given(
    profiles(holds=True, band=True),
    setpoints,
    st.lists(
        st.tuples(
            st.sampled_from(["go", "go", "pause", "resume", "cut"]),
            st.floats(-5.0, 3000.0),
            temperatures,
            st.sampled_from(Resume),
        ),
        max_size=40,
    ),
)
def test_the_setpoint_is_never_beyond_the_limits(
    profile: Profile, start: float, story: list[tuple[str, float, float | None, Resume]]
) -> None:
    run = started(profile, start, 5.0)
    for act, seconds, temperature, policy in story:
        match act:
            case "pause":
                run = paused(run)
            case "resume":
                run = resumed(run)
            case "cut":
                run = replace(run, profile=replace(profile, resume=policy))
                run = interrupted(run, seconds, temperature) or run
        run = advanced(run, seconds, temperature)
        assert LIMITS.min <= run.effective <= LIMITS.max
        assert LIMITS.min <= run.setpoint <= LIMITS.max
        assert run.remaining >= 0.0


@given(profiles(), setpoints, times)
def test_it_takes_as_long_as_its_steps_however_time_is_cut(
    profile: Profile, start: float, steps: list[float]
) -> None:
    origin, total = start, 0.0
    for index in sequence(profile.steps):
        step = profile.steps[index]
        total += step.lasts(origin) if isinstance(step, Ramp) else getattr(step, "soak", 0.0)
        origin = step.setpoint if isinstance(step, Ramp) else origin
    run = started(profile, start, 5.0)
    assert run.remaining == pytest.approx(total, abs=1e-3)
    for passed, seconds in zip(itertools.accumulate(steps), steps, strict=True):
        run = advanced(run, seconds, None)
        assert run.remaining == pytest.approx(max(0.0, total - passed), abs=1e-3)
    assert advanced(run, run.remaining + 1e-3, None).done


@given(profiles(), setpoints, st.floats(0.0, 9000.0), st.floats(0.0, 9000.0))
def test_a_power_cut_at_any_moment_is_as_if_there_had_been_none(
    profile: Profile, start: float, before: float, cut: float
) -> None:
    uncut = advanced(started(profile, start, 5.0), before + cut, None)
    run = interrupted(advanced(started(profile, start, 5.0), before, None), cut, None)
    assert run is not None
    if not uncut.done and not run.done:
        assert run.remaining == pytest.approx(uncut.remaining, abs=1e-3)
    after = advanced(run, 1.0, None), advanced(uncut, 1.0, None)
    assert abs(after[0].remaining - after[1].remaining) < 1e-3


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Resume.CONTINUE, (22.0, "running")),
        (Resume.RESTART_STEP, (20.0, "running")),
        (Resume.HOLD, (21.0, "held")),
    ],
)
def test_what_becomes_of_it_after_a_cut_is_chosen(
    policy: Resume, expected: tuple[float, str]
) -> None:
    run = advanced(started(replace(BAKE, resume=policy), 20.0, 5.0), 60.0, None)
    after = interrupted(run, 60.0, None)
    assert after is not None
    assert (after.effective, after.state) == expected


def test_it_may_be_stopped_by_a_cut() -> None:
    assert interrupted(started(replace(BAKE, resume=Resume.STOP), 20.0, 5.0), 1.0, None) is None


def test_what_was_paused_stays_paused_over_a_cut() -> None:
    run = paused(started(BAKE, 20.0, 5.0))
    after = interrupted(run, 1e6, None)
    assert after is not None
    assert after.halt is Halt.PAUSED


@given(profiles(holds=True, band=True))
def test_steps_are_spelt_as_they_are_read(profile: Profile) -> None:
    assert read_steps([spelt(step) for step in profile.steps], LIMITS) == profile.steps
