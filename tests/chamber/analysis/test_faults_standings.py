"""Where one rule stands after each verdict: when its delay is due, when it is over, and what a clock moves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chamber.analysis.stretches import MINUTE, cooling, found, names, occurrences, watch, while_
from chamber.given import NOON, sample
from chamber_agent.chamber.analysis.conditions import LONGEST_STEP
from chamber_agent.chamber.analysis.faults import (
    Change,
    Faults,
    Standing,
    spoken,
    told,
    weighed,
)
from chamber_agent.chamber.analysis.findings import Happened
from chamber_agent.chamber.analysis.physics.drive import drive_of
from chamber_agent.chamber.analysis.rules import Rule, Verdict
from chamber_agent.chamber.model import Action, frozen

DELAYED = Rule(name="it/seen", evidence=lambda _scene: None, delay=600.0, release=300.0)
AT_ONCE = Rule(name="it", evidence=lambda _scene: None)
STARTED, ENDED = Happened.FAULT_STARTED, Happened.FAULT_ENDED
RUNS = Standing(since=1000.0, at=1500.0)
STANDS = Standing(since=1000.0, at=2000.0, started=1600.0)
Outcome = tuple[Standing | None, Happened | None, float]


def test_a_rule_without_a_delay_is_a_fault_at_once_and_over_at_once() -> None:
    after, happened, at = weighed(AT_ONCE, None, 1000.0, 1000.0)
    assert (after, happened, at) == (Standing(1000.0, 1000.0, 1000.0), STARTED, 1000.0)
    assert weighed(AT_ONCE, after, False, 1010.0) == (None, ENDED, 1010.0)


@pytest.mark.parametrize(
    ("standing", "verdict", "at", "outcome"),
    [
        (None, None, 1500.0, (None, None, 1500.0)),
        (None, False, 1500.0, (None, None, 1500.0)),
        (None, 1000.0, 1000.0, (Standing(1000.0, 1000.0), None, 1000.0)),
        (None, 1000.0, 1500.0, (RUNS, None, 1500.0)),
        (RUNS, 1100.0, 1550.0, (RUNS._replace(at=1550.0), None, 1550.0)),
        (RUNS, 1000.0, 1599.0, (RUNS._replace(at=1599.0), None, 1599.0)),
        (RUNS, 1000.0, 1600.0, (Standing(1000.0, 1600.0, 1600.0), STARTED, 1600.0)),
        (RUNS, 1000.0, 1700.0, (Standing(1000.0, 1700.0, 1600.0), STARTED, 1600.0)),
        (
            RUNS._replace(at=1650.0),
            1000.0,
            1700.0,
            (Standing(1000.0, 1700.0, 1650.0), STARTED, 1650.0),
        ),
        (None, 1000.0, 1700.0, (Standing(1000.0, 1700.0, 1700.0), STARTED, 1700.0)),
        (RUNS, False, 1550.0, (None, None, 1550.0)),
        (RUNS, None, 1500.0 + LONGEST_STEP, (RUNS, None, 1800.0)),
        (RUNS, None, 1501.0 + LONGEST_STEP, (None, None, 1801.0)),
    ],
    ids=[
        "nobody can tell",
        "nothing",
        "it begins",
        "it began before it was weighed",
        "it began then, whatever is said later",
        "not yet due",
        "due",
        "due between two samples",
        "due before the last one, which did not say so",
        "overdue when it is first seen",
        "it is over before it is due",
        "unknown for five minutes",
        "unknown for longer",
    ],
)
def test_a_fault_starts_when_its_delay_is_due(
    standing: Standing | None, verdict: Verdict, at: float, outcome: Outcome
) -> None:
    assert weighed(DELAYED, standing, verdict, at) == outcome


GONE = STANDS._replace(gone=2000.0)


@pytest.mark.parametrize(
    ("standing", "verdict", "at", "outcome"),
    [
        (STANDS, 1000.0, 2100.0, (STANDS._replace(at=2100.0), None, 2100.0)),
        (STANDS, None, 9999.0, (STANDS, None, 9999.0)),
        (STANDS, False, 2100.0, (STANDS._replace(at=2100.0, gone=2100.0), None, 2100.0)),
        (GONE, False, 2299.0, (GONE._replace(at=2299.0), None, 2299.0)),
        (GONE, False, 2300.0, (None, ENDED, 2300.0)),
        (GONE, False, 2350.0, (None, ENDED, 2300.0)),
        (GONE._replace(at=2320.0), False, 2350.0, (None, ENDED, 2320.0)),
        (GONE, None, 9999.0, (GONE, None, 9999.0)),
        (GONE, 1000.0, 2100.0, (STANDS._replace(at=2100.0), None, 2100.0)),
    ],
    ids=[
        "it goes on",
        "nobody can tell",
        "it is gone",
        "not long enough",
        "long enough",
        "long enough between two samples",
        "long enough before the last one, which did not say so",
        "nobody can tell whether it is gone",
        "it is back",
    ],
)
def test_a_fault_ends_when_it_has_been_gone_for_long_enough(
    standing: Standing, verdict: Verdict, at: float, outcome: Outcome
) -> None:
    assert weighed(DELAYED, standing, verdict, at) == outcome


def test_what_is_told_of_a_fault_says_since_when() -> None:
    standing = STANDS._replace(details=frozen({"value": 5.0}))
    assert dict(told(standing)) == {"value": 5.0, "since": 1000.0}


@pytest.mark.parametrize(
    ("shelved_until", "silent"), [(None, False), (50.0, False), (50.1, True), (99.0, True)]
)
def test_a_change_is_silent_before_the_shelf_ends(
    shelved_until: float | None, silent: bool
) -> None:
    change = Change(STARTED, 50.0, "it", frozen({"since": 40.0}))
    (said,) = spoken([change], shelved_until)
    assert (said.happened, said.at, said.what, said.silent) == (STARTED, 50.0, "it", silent)
    assert dict(said.details) == {"since": 40.0}


def fed(faults: Faults, at: float, **fields: Any) -> list[Change]:
    told = sample(**fields)
    return faults.feed(at, told, drive_of(told))


def test_the_shelf_says_aloud_what_had_started_before_it_ends() -> None:
    faults = Faults()
    fed(faults, 100.0, temperature=None)
    assert faults.aloud(100.0) == []
    (aloud,) = faults.aloud(101.0)
    assert (aloud.happened, aloud.at, aloud.key) == (STARTED, 101.0, "reported")
    assert dict(aloud.details) == {
        "reasons": ["temperature: missing"],
        "since": 100.0,
        "shelved": True,
    }


def test_what_only_runs_is_not_said_aloud() -> None:
    faults = Faults()
    fed(faults, 100.0, door=True)
    assert faults.aloud(9999.0) == []
    assert faults.active == ()


def test_the_active_ones_are_named_once_and_in_order() -> None:
    one = watch()
    names(while_(6 * MINUTE, 10.0, door=True, action=Action.FAULT), by=one)
    assert one.faults.active == ("door_left_open", "reported")


def test_changes_come_in_the_order_of_their_time() -> None:
    """The door was due before the sample that says that the chamber is at fault."""
    opened = while_(4 * MINUTE, 10.0, door=True)
    late = [(200.0, opened[0][1]), (10.0, {"door": True, "temperature": None})]
    assert found(opened, late) == [("+door_left_open", 300.0), ("+reported", 440.0)]


def test_a_fault_that_started_before_another_one_ended_is_told_first() -> None:
    faults = Faults()
    for at in (0.0, 299.0):
        fed(faults, at, temperature=None, door=True)
    changes = fed(faults, 310.0, temperature=5.0, door=True)
    assert [(one.happened, one.at) for one in changes] == [(STARTED, 300.0), (ENDED, 310.0)]


@pytest.mark.parametrize(("gap", "kept"), [(LONGEST_STEP, True), (LONGEST_STEP + 1.0, False)])
def test_five_minutes_without_a_sample_let_a_delay_run_on(gap: float, kept: bool) -> None:
    faults = Faults()
    fed(faults, 0.0, door=True)
    changes = fed(faults, gap, door=True)
    assert [(one.key, one.at) for one in changes] == ([("door_left_open", 300.0)] if kept else [])


@pytest.mark.parametrize("step", [0.0, 0.1, 0.5])
def test_samples_that_follow_fast_let_a_delay_run_on(step: float) -> None:
    faults = Faults()
    for at in (0.0, 100.0, 100.0 + step, 100.0 + 2 * step):
        fed(faults, at, door=True)
    assert [one.at for one in fed(faults, 300.0, door=True)] == [300.0]


def test_a_fault_that_ended_is_over_for_good() -> None:
    faults = Faults()
    changes = [fed(faults, at, temperature=value) for at, value in ((0.0, None), (1.0, 5.0))]
    assert [[one.happened for one in each] for each in changes] == [[STARTED], [ENDED]]
    assert fed(faults, 2.0, temperature=5.0) == []
    assert (faults.active, faults.snapshot()["standings"]) == ((), {})


@pytest.mark.parametrize(("back", "kept"), [(LONGEST_STEP, True), (LONGEST_STEP + 1.0, False)])
def test_a_clock_that_goes_back_a_little_lets_a_delay_stand_still(back: float, kept: bool) -> None:
    faults = Faults()
    fed(faults, 1000.0, door=True)
    fed(faults, 1299.0, door=True)
    fed(faults, 1299.0 - back, door=True)
    changes = fed(faults, 1300.0 - (0.0 if kept else back), door=True)
    assert [(one.key, one.at) for one in changes] == ([("door_left_open", 1300.0)] if kept else [])


def test_a_fault_in_force_moves_with_a_clock_that_is_set_back_far() -> None:
    faults = Faults()
    fed(faults, 1000.0, door=True)
    fed(faults, 1300.0, door=True)
    assert faults.active == ("door_left_open",)
    assert fed(faults, 300.0, door=True) == []
    (aloud,) = faults.aloud(9999.0)
    assert aloud.details["since"] == 0.0
    standing = Standing(*faults.snapshot()["standings"]["door_left_open"][:4])
    assert standing == Standing(since=0.0, at=300.0, started=300.0)


def test_what_is_told_of_it_and_when_it_was_weighed_move_along() -> None:
    faults = Faults()
    fed(faults, 1000.0, temperature=None, door=True)
    fed(faults, 1300.0, temperature=None, door=True)
    fed(faults, 300.0, temperature=None)
    standings = faults.snapshot()["standings"]
    assert standings["door_left_open"] == [0.0, 300.0, 300.0, None, {}], "nobody tells of the door"
    assert standings["reported"][-1] == {"reasons": ["temperature: missing"]}


def test_a_restart_knows_how_long_it_lasted() -> None:
    faults = Faults()
    fed(faults, 0.0, door=True)
    restarted = Faults.restored(json.loads(json.dumps(faults.snapshot())), {})
    assert fed(restarted, 301.0, door=True) == []
    assert restarted.active == ()


def test_a_restart_knows_since_when_a_fault_is_gone() -> None:
    faults = Faults()
    fed(faults, 0.0, temperature=5.0)
    fed(faults, 10.0, temperature=85.0)
    fed(faults, 20.0, temperature=5.0)
    restarted = Faults.restored(json.loads(json.dumps(faults.snapshot())), {})
    for at in range(100, 600, 100):
        fed(restarted, at, temperature=5.0)
    (ended,) = fed(restarted, 700.0, temperature=5.0)
    assert (ended.happened, ended.key, ended.at) == (ENDED, "sensor_impossible", 620.0)


def test_a_gap_forward_moves_nothing() -> None:
    faults = Faults()
    fed(faults, 1000.0, door=True)
    fed(faults, 1300.0, door=True)
    fed(faults, 9000.0, door=True)
    (aloud,) = faults.aloud(9999.0)
    assert aloud.details["since"] == 1000.0


def test_a_probe_is_unknown_while_it_shows_its_word_for_a_failure() -> None:
    faults = Faults()
    fed(faults, 0.0, temperature=5.0)
    seen = []
    for at, value in ((10.0, 85.0), (20.0, 5.0), (30.0, 40.0)):
        fed(faults, at, temperature=value)
        seen.append(faults.unknown)
    assert seen == [frozenset({"temperature"}), frozenset(), frozenset()]


def test_a_snapshot_is_json_and_names_what_runs_and_stands() -> None:
    faults = Faults()
    fed(faults, 100.0, temperature=None, door=True)
    raw = json.loads(json.dumps(faults.snapshot()))
    assert raw["at"] == 100.0
    assert raw["standings"] == {
        "door_left_open": [100.0, 100.0, None, None, {}],
        "reported": [100.0, 100.0, 100.0, None, {"reasons": ["temperature: missing"]}],
    }
    other = Faults.restored(raw, {})
    assert other.active == ("reported",)
    assert fed(other, 400.0, door=True) == fed(faults, 400.0, door=True) != []


def test_faults_of_before_there_were_any_are_none() -> None:
    fresh = Faults.restored(None, {"p": "product"})
    assert fresh.unknown == frozenset()
    assert (fresh.active, fresh.snapshot()["at"], fresh.snapshot()["standings"]) == ((), None, {})


def test_roles_outlive_a_restart_only_as_they_are_told_anew() -> None:
    restored = Faults.restored(Faults().snapshot(), {"p1": "ambient"})
    assert [one.key for one in fed(restored, 0.0, probes={"p1": 99.0})] == ["sensor_impossible"]
    silent = restored.copy({})
    assert silent.active == ("sensor_impossible",)
    assert [one.key for one in fed(Faults.restored(None, {}), 0.0, probes={"p1": 99.0})] == []


def test_details_are_those_of_when_it_started() -> None:
    one = watch()
    begun = while_(11 * MINUTE, temperature=20.0, **cooling(90.0))
    warmer = while_(10 * MINUTE, temperature=20.25, **cooling(90.0))
    (dead,) = (each for each in occurrences(one, begun, warmer) if each.what == "cooler_dead")
    assert (dead.happened, dead.at) == (STARTED, NOON + 600)
    assert dict(dead.details) == {"value": 20.0, "setpoint": 5.0, "since": NOON}
