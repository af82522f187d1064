"""One bound: what is beyond it, how its delay runs, what is counted of it, and what follows from a value."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber_agent.chamber.analysis.conditions import (
    AT_REST,
    DELAYED,
    LONGEST_STEP,
    RUNNING,
    TRANSITIONS,
    Condition,
    Input,
    Stage,
    Standing,
    at_rest,
    conditions,
    continued,
    counted_with,
    details_of,
    due_at,
    excursion_of,
    input_of,
)
from chamber_agent.chamber.analysis.findings import Excursion, Happened
from chamber_agent.chamber.analysis.profiles import PROFILES
from chamber_agent.chamber.analysis.settings import OFF, Profile, Settings

MINUTE, HOUR = 60.0, 3600.0
HIGH = Condition(key="high", limit=8.0, above=True)
LOW = Condition(key="low", limit=2.0, above=False)
FREEZE = Condition(key="freeze", limit=-0.5, above=False, inclusive=True)
OVER_LAST = Excursion(
    what="high", stage="returned", since=10.0, ended=70.0, out=60.0, peak=9.5, degree_minutes=1.5
)
TEMPERATURES = st.floats(-40.0, 60.0)


def counted(
    condition: Condition, *values: tuple[float, float], standing: Standing = AT_REST
) -> Standing:
    """A standing after these times and values."""
    for at, value in values:
        violated = condition.violated(value)
        standing = counted_with(condition, standing, at, value, violated=violated)
    return standing


def befalls(condition: Condition, standing: Standing) -> Input | None:
    """What befalls a condition with the value that was counted last."""
    assert standing.at is not None
    assert standing.value is not None
    violated = condition.violated(standing.value)
    return input_of(condition, standing, standing.at, violated=violated)


# What is beyond


@pytest.mark.parametrize(
    ("condition", "value", "excess", "violated"),
    [
        (HIGH, 8.0, 0.0, False),
        (HIGH, 8.5, 0.5, True),
        (HIGH, 7.0, -1.0, False),
        (LOW, 2.0, 0.0, False),
        (LOW, 1.5, 0.5, True),
        (LOW, 4.0, -2.0, False),
        (FREEZE, -0.5, 0.0, True),
        (FREEZE, -0.25, -0.25, False),
        (FREEZE, -1.0, 0.5, True),
    ],
)
def test_a_bound_itself_is_good_but_frost_begins_at_its_limit(
    condition: Condition, value: float, excess: float, violated: bool
) -> None:
    assert (condition.excess(value), condition.violated(value)) == (excess, violated)


@pytest.mark.parametrize(
    ("condition", "value", "cleared"),
    [
        (replace(HIGH, deadband=0.2), 7.8, True),
        (replace(HIGH, deadband=0.2), 7.81, False),
        (replace(HIGH, deadband=0.2), 8.5, False),
        (replace(LOW, deadband=0.2), 2.2, True),
        (replace(LOW, deadband=0.2), 2.19, False),
        (HIGH, 8.0, True),
        (FREEZE, -0.5, False),
        (FREEZE, -0.4999, True),
    ],
)
def test_it_is_over_a_deadband_on_the_good_side_as_decimals_are_meant(
    condition: Condition, value: float, cleared: bool
) -> None:
    assert condition.cleared(value) is cleared


@given(TEMPERATURES, st.floats(0.0, 5.0), st.sampled_from([HIGH, LOW, FREEZE]))
def test_nothing_is_beyond_a_bound_and_back_at_once(
    value: float, deadband: float, condition: Condition
) -> None:
    condition = replace(condition, deadband=deadband)
    assert not (condition.violated(value) and condition.cleared(value))


def test_the_same_bound_is_the_same_however_it_is_judged() -> None:
    assert HIGH.bounds_as(replace(HIGH, delay=60.0, latch=True, cumulative=True))
    assert not HIGH.bounds_as(replace(HIGH, limit=9.0))
    assert not HIGH.bounds_as(replace(HIGH, key="warning_high"))


# What settings ask for


def test_nobody_watches_a_chamber_that_is_off() -> None:
    assert conditions(replace(OFF, low=2.0, high=8.0, freeze=0.0, warning=0.0)) == ()


def test_vaccine_is_judged_by_heat_frost_and_two_early_warnings() -> None:
    assert conditions(PROFILES[Profile.VACCINE]) == (
        Condition(key="high", limit=8.0, above=True, delay=10 * HOUR, deadband=0.2),
        Condition(key="freeze", limit=-0.5, above=False, inclusive=True, delay=HOUR, deadband=0.2),
        Condition(
            key="warning_high",
            limit=8.0,
            above=True,
            delay=30 * MINUTE,
            deadband=0.2,
            warning=True,
        ),
        Condition(
            key="warning_low",
            limit=2.0,
            above=False,
            delay=30 * MINUTE,
            deadband=0.2,
            warning=True,
        ),
    )


def test_excursions_are_judged_as_the_settings_say_and_warnings_plainly() -> None:
    asked = conditions(
        Settings(
            low=2.0,
            high=8.0,
            delay_low=10.0,
            delay_high=20.0,
            warning=5.0,
            cumulative=True,
            deadband=0.5,
            off_delay=30.0,
            latch=True,
            realarm=600.0,
        )
    )
    how: dict[str, Any] = {
        "cumulative": True,
        "deadband": 0.5,
        "off_delay": 30.0,
        "latch": True,
        "realarm": 600.0,
    }
    early: dict[str, Any] = {"delay": 5.0, "deadband": 0.5, "warning": True}
    assert asked == (
        Condition(key="high", limit=8.0, above=True, delay=20.0, **how),
        Condition(key="low", limit=2.0, above=False, delay=10.0, **how),
        Condition(key="warning_high", limit=8.0, above=True, **early),
        Condition(key="warning_low", limit=2.0, above=False, **early),
    )
    frost = next(one for one in conditions(Settings(freeze=0.0, delay_low=10.0, latch=True)))
    assert frost == Condition(
        key="freeze", limit=0.0, above=False, inclusive=True, delay=10.0, deadband=0.2, latch=True
    )


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        (Settings(), []),
        (Settings(high=8.0), ["high"]),
        (Settings(low=2.0), ["low"]),
        (Settings(low=0.0, high=0.5, freeze=0.0), ["high", "freeze"]),
        (Settings(high=8.0, warning=0.0), ["high", "warning_high"]),
        (Settings(low=2.0, freeze=0.0, warning=60.0), ["freeze", "warning_low"]),
    ],
)
def test_only_bounds_that_are_set_are_judged(settings: Settings, keys: list[str]) -> None:
    assert [one.key for one in conditions(settings)] == keys


# The table


def test_whatever_befalls_a_condition_where_it_can_befall_it_is_in_the_table() -> None:
    beyond = {(stage, Input.BEYOND) for stage in (Stage.NORMAL, Stage.RETURNED)}
    due = {(stage, Input.DUE) for stage in (Stage.NORMAL, *DELAYED)}
    good = {(stage, Input.GOOD) for stage in DELAYED}
    over = set(product(RUNNING, (Input.OVER, Input.OVER_LATCHED)))
    assert beyond | due | good | over <= TRANSITIONS.keys()
    assert {stage for stage, _happened in TRANSITIONS.values()} == set(Stage)


def test_every_excursion_that_starts_runs_and_every_one_that_ends_does_not() -> None:
    for (before, _input), (after, happened) in TRANSITIONS.items():
        if happened is Happened.EXCURSION_STARTED:
            assert (before in RUNNING, after in RUNNING) == (False, True)
        if happened is Happened.EXCURSION_ENDED:
            assert (before in RUNNING, after in RUNNING) == (True, False)


# What is counted


def test_time_and_dose_are_those_between_two_values() -> None:
    standing = counted(HIGH, (0.0, 9.0), (60.0, 11.0), (100.0, 7.0))
    assert standing.out == 100.0
    # The trapezium of 1 and 3 K over 60 s, and of 3 and 0 K over 40 s: what is good takes nothing away.
    assert standing.dose == 60.0 * 2.0 + 40.0 * 1.5
    assert (standing.since, standing.at, standing.value) == (0.0, 100.0, 7.0)


def test_before_it_was_beyond_nothing_counts() -> None:
    standing = counted(HIGH, (0.0, 7.0), (60.0, 9.0))
    assert (standing.out, standing.dose, standing.since) == (0.0, 0.0, 60.0)


def test_a_step_of_five_minutes_counts_and_a_longer_one_is_unknown() -> None:
    assert counted(HIGH, (0.0, 9.0), (LONGEST_STEP, 9.0)).out == LONGEST_STEP
    unknown = counted(HIGH, (0.0, 9.0), (LONGEST_STEP + 1.0, 9.0))
    assert (unknown.out, unknown.dose, unknown.since) == (0.0, 0.0, 0.0)


def test_the_peak_is_the_farthest_beyond() -> None:
    assert counted(HIGH, (0.0, 9.0), (60.0, 11.0), (120.0, 10.0), (180.0, 7.0)).peak == 11.0
    assert counted(LOW, (0.0, 1.0), (60.0, -1.0), (120.0, 0.0)).peak == -1.0
    assert counted(HIGH, (0.0, 7.0)).peak is None


def test_the_peak_of_another_excursion_is_its_own() -> None:
    begun_anew = Standing(at=0.0, value=7.0, peak=20.0)
    assert counted(HIGH, (60.0, 9.0), standing=begun_anew).peak == 9.0


def test_it_is_back_since_it_came_back_for_good() -> None:
    near = replace(HIGH, deadband=0.5)
    standing = counted(near, (0.0, 9.0), (60.0, 7.4), (120.0, 7.2))
    assert standing.back_since == 60.0
    assert counted(near, (180.0, 7.8), standing=standing).back_since is None
    assert counted(near, (180.0, 9.0), standing=standing).back_since is None


def test_a_clock_that_is_set_back_takes_along_what_began_before() -> None:
    standing = counted(HIGH, (1000.0, 9.0), (1060.0, 9.0), (500.0, 9.0), (560.0, 9.0))
    assert (standing.since, standing.at, standing.out) == (440.0, 560.0, 120.0)
    back = counted(HIGH, (1000.0, 9.0), (1060.0, 7.0), (1100.0, 7.0), (500.0, 7.0))
    assert (back.since, back.back_since) == (400.0, 460.0)


def test_a_clock_that_is_set_back_begins_nothing() -> None:
    standing = counted(HIGH, (1000.0, 7.0), (500.0, 9.0))
    assert (standing.since, standing.back_since, standing.out) == (500.0, None, 0.0)
    rested = counted(HIGH, (500.0, 9.0), standing=Standing(at=1000.0, since=900.0))
    assert rested.since == 400.0


@given(st.lists(st.tuples(st.floats(0.0, 300.0), TEMPERATURES), min_size=1, max_size=30))
def test_time_beyond_never_shrinks_nor_exceeds_what_went_by(
    steps: list[tuple[float, float]],
) -> None:
    at, standings = 0.0, [AT_REST]
    for step, value in steps:
        at += step
        standings.append(counted(HIGH, (at, value), standing=standings[-1]))
    assert all(after.out - before.out >= 0.0 for before, after in pairwise(standings))
    assert all(before.dose <= after.dose for before, after in pairwise(standings))
    assert standings[-1].out <= at


# What follows from a value


@pytest.mark.parametrize(
    ("after", "expected"), [(599.0, Input.BEYOND), (600.0, Input.DUE), (601.0, Input.DUE)]
)
def test_a_delay_is_due_to_the_second(after: float, expected: Input) -> None:
    delayed = replace(HIGH, delay=600.0)
    pending = replace(counted(delayed, (1000.0, 9.0)), stage=Stage.PENDING)
    assert befalls(delayed, counted(delayed, (1000.0 + after, 9.0), standing=pending)) is expected


def test_without_a_delay_it_is_due_at_once() -> None:
    assert befalls(HIGH, counted(HIGH, (1000.0, 9.0))) is Input.DUE
    assert befalls(replace(HIGH, delay=1.0), counted(HIGH, (1000.0, 9.0))) is Input.BEYOND


def test_a_value_that_was_never_beyond_has_just_begun_to_be() -> None:
    delayed = replace(HIGH, delay=1.0)
    assert input_of(delayed, Standing(), 5000.0, violated=True) is Input.BEYOND


@pytest.mark.parametrize("stage", sorted(DELAYED))
def test_what_comes_back_before_its_delay_is_due_was_nothing(stage: Stage) -> None:
    delayed = replace(HIGH, delay=600.0)
    pending = replace(counted(delayed, (0.0, 9.0)), stage=stage)
    assert befalls(delayed, counted(delayed, (60.0, 7.0), standing=pending)) is Input.GOOD


def test_a_delay_that_adds_up_goes_on_where_it_stopped() -> None:
    adding = replace(HIGH, delay=100.0, cumulative=True)
    pending = replace(counted(adding, (0.0, 9.0), (60.0, 7.0)), stage=Stage.PENDING)
    assert befalls(adding, pending) is None
    again = counted(adding, (5000.0, 7.0), (5060.0, 9.0), (5099.0, 9.0), standing=pending)
    assert again.out == 99.0
    assert befalls(adding, again) is Input.BEYOND
    assert befalls(adding, counted(adding, (5100.0, 9.0), standing=again)) is Input.DUE


def test_a_delay_that_adds_up_is_due_with_the_value_that_ends_it() -> None:
    """The last piece was beyond until now, so it counts though this value is good."""
    adding = replace(HIGH, delay=60.0, cumulative=True)
    pending = replace(counted(adding, (0.0, 9.0)), stage=Stage.PENDING)
    assert befalls(adding, counted(adding, (60.0, 7.0), standing=pending)) is Input.DUE


@pytest.mark.parametrize("stage", [Stage.NORMAL, *sorted(RUNNING)])
def test_what_added_up_says_nothing_where_no_delay_runs(stage: Stage) -> None:
    adding = replace(HIGH, delay=60.0, cumulative=True)
    standing = replace(counted(adding, (0.0, 9.0), (90.0, 7.0)), stage=stage)
    assert befalls(adding, standing) is Input.OVER


def test_what_added_up_to_nothing_needs_a_beginning() -> None:
    adding = replace(HIGH, delay=0.0, cumulative=True)
    waiting = Standing(stage=Stage.RETURNED, at=0.0, value=7.0)
    assert befalls(adding, waiting) is Input.GOOD


@pytest.mark.parametrize(
    ("latch", "after", "expected"),
    [
        (False, 29.0, None),
        (False, 30.0, Input.OVER),
        (True, 29.0, None),
        (True, 30.0, Input.OVER_LATCHED),
    ],
)
def test_it_is_over_when_it_was_back_for_long_enough(
    latch: bool, after: float, expected: Input | None
) -> None:
    held = replace(HIGH, off_delay=30.0, latch=latch)
    active = replace(counted(held, (0.0, 9.0), (60.0, 7.0)), stage=Stage.ACTIVE)
    assert befalls(held, counted(held, (60.0 + after, 7.0), standing=active)) is expected


def test_within_the_deadband_it_is_not_over() -> None:
    near = replace(HIGH, deadband=0.5)
    active = replace(counted(near, (0.0, 9.0), (60.0, 7.8)), stage=Stage.ACTIVE)
    assert befalls(near, active) is None


# When a delay ends


def test_a_delay_ends_so_long_after_it_began() -> None:
    delayed = replace(HIGH, delay=600.0)
    assert due_at(delayed, counted(delayed, (1000.0, 9.0), (1060.0, 9.0))) == 1600.0
    assert due_at(delayed, counted(delayed, (1000.0, 7.0))) is None


def test_a_delay_that_adds_up_ends_when_the_rest_of_it_went_by() -> None:
    adding = replace(HIGH, delay=600.0, cumulative=True)
    standing = counted(adding, (1000.0, 9.0), (1060.0, 9.0))
    assert due_at(adding, standing) == 1600.0
    stands_still = counted(adding, (1100.0, 7.0), standing=standing)
    assert due_at(adding, stands_still) is None
    assert due_at(adding, counted(adding, (2000.0, 9.0), standing=stands_still)) == 2500.0


@pytest.mark.parametrize("unknown", ["since", "at", "value"])
def test_what_is_not_known_is_due_at_no_time(unknown: str) -> None:
    known: dict[str, Any] = {"since": 1.0, "at": 2.0, "value": 9.0}
    standing = Standing(**{**known, unknown: None})
    assert due_at(HIGH, standing) is None


# Other settings, and what is told


def test_a_delay_that_added_up_begins_anew_where_one_piece_is_asked_for() -> None:
    adding = replace(HIGH, cumulative=True)
    pending = Standing(stage=Stage.PENDING, since=0.0, at=60.0, value=9.0, out=60.0)
    returned = replace(pending, stage=Stage.RETURNED, latched=OVER_LAST)
    active = replace(pending, stage=Stage.ACTIVE)
    assert continued(pending, adding, HIGH) == AT_REST
    assert continued(returned, adding, HIGH) == at_rest(Stage.RETURNED, OVER_LAST)
    assert continued(active, adding, HIGH) is active
    for old, new in ((HIGH, HIGH), (HIGH, adding), (adding, adding)):
        assert continued(pending, old, new) is pending


def test_only_what_returned_remembers_when_it_rests() -> None:
    assert at_rest(Stage.RETURNED, OVER_LAST) == Standing(stage=Stage.RETURNED, latched=OVER_LAST)
    for stage in Stage:
        if stage is not Stage.RETURNED:
            assert at_rest(stage, OVER_LAST) == AT_REST


RUNS = Standing(
    stage=Stage.ACKNOWLEDGED,
    since=10.0,
    at=130.0,
    value=8.5,
    out=120.0,
    dose=90.0,
    peak=9.0,
    acknowledged_by="Ada",
    acknowledged_at=70.0,
    comment="door",
)


def test_an_excursion_is_told_as_it_stands() -> None:
    assert excursion_of(HIGH, RUNS) == Excursion(
        what="high",
        stage="acknowledged",
        since=10.0,
        ended=None,
        out=120.0,
        peak=9.0,
        degree_minutes=1.5,
        acknowledged_by="Ada",
        acknowledged_at=70.0,
        comment="door",
    )
    assert excursion_of(HIGH, RUNS, 200.0).ended == 200.0
    assert excursion_of(HIGH, AT_REST).since == 0.0


@pytest.mark.parametrize(
    ("at", "out", "told"),
    [(10.0, 0.0, (0.0, 0.0)), (600.0, 0.0, (None, None)), (600.0, 0.5, (0.5, 1.5))],
)
def test_of_an_excursion_of_which_no_time_is_known_nobody_tells_how_long_it_was(
    at: float, out: float, told: tuple[float | None, float | None]
) -> None:
    excursion = excursion_of(HIGH, replace(RUNS, at=at, out=out, dose=90.0 if out else 0.0))
    assert (excursion.out, excursion.degree_minutes) == told


def test_the_details_are_of_the_excursion_in_progress() -> None:
    assert dict(details_of(HIGH, RUNS)) == {
        "limit": 8.0,
        "since": 10.0,
        "value": 8.5,
        "peak": 9.0,
        "out": 120.0,
        "degree_minutes": 1.5,
    }


def test_the_details_are_of_the_excursion_that_is_over_while_the_next_delay_runs() -> None:
    returned = Standing(
        stage=Stage.RETURNED, since=500.0, at=560.0, value=8.25, peak=8.25, latched=OVER_LAST
    )
    assert dict(details_of(HIGH, returned)) == {
        "limit": 8.0,
        "since": 10.0,
        "value": 8.25,
        "peak": 9.5,
        "out": 60.0,
        "degree_minutes": 1.5,
        "ended": 70.0,
    }
