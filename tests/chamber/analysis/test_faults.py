"""Where faults stand: delays, gaps, clocks, shelves and restarts, whatever the rule is."""

from __future__ import annotations

import json

import pytest

from chamber.analysis.stretches import (
    BACK,
    HELD,
    HOUR,
    MINUTE,
    OFF,
    RISE,
    both,
    cooling,
    found,
    moving,
    names,
    occurrences,
    ramp,
    resting,
    switching,
    watch,
    while_,
)
from chamber.given import NOON, sample
from chamber_agent.chamber.analysis.deeds import Act, Deed
from chamber_agent.chamber.analysis.findings import Happened, Occurrence, Reading
from chamber_agent.chamber.analysis.watch import Watch
from chamber_agent.chamber.model import Part


def test_what_is_unknown_neither_starts_nor_ends_a_fault() -> None:
    still = while_(9 * MINUTE, temperature=20.0, **cooling(90.0))
    unknown = while_(4 * MINUTE, temperature=None, **cooling(90.0))
    assert "+cooler_dead" not in names(still, unknown)
    assert ("+cooler_dead", 10 * MINUTE) in found(still, unknown, still)
    dead = still + still
    assert "-cooler_dead" not in names(dead, while_(HOUR, temperature=None, **cooling(90.0)))


def test_a_gap_begins_delays_anew() -> None:
    still = while_(9 * MINUTE, temperature=20.0, **cooling(90.0))
    gap = [(310.0, still[-1][1])]
    assert names(still, gap, still) == []
    assert names(still, gap, still, still) == ["+cooler_dead"]
    assert names(while_(4 * MINUTE, door=True), [(310.0, {"door": True})], while_(10)) == []


def test_a_clock_that_is_set_back_leaves_a_fault_in_force() -> None:
    one = watch()
    assert names(while_(10, temperature=None), by=one) == ["+reported"]
    one.at = NOON - HOUR
    told = list(occurrences(one, while_(10)))
    assert [x.what for x in told] == ["reported"]
    assert told[0].details["since"] <= told[0].at == NOON - HOUR


@pytest.mark.parametrize("back", [301.0, HOUR, 12 * HOUR, 1000 * HOUR])
def test_a_clock_that_is_set_back_far_is_gone_on_with(back: float) -> None:
    one = watch()
    dead = while_(HOUR, temperature=24.0, probes={"ambient": 25.0}, **cooling(100.0))
    assert names(dead, by=one) == ["+cooler_dead", "+duty_saturated"]
    assert one.at is not None
    one.at -= back
    begun = one.at
    well = while_(HOUR, temperature=ramp(24.0, -0.5, 5.0), **cooling(90.0))
    told = [each for each in occurrences(one, well) if each.happened is Happened.FAULT_ENDED]
    assert {each.what for each in told} == {"cooler_dead", "duty_saturated"}
    assert all(begun <= each.at <= begun + 20 * MINUTE for each in told)


def test_a_clock_that_is_set_back_a_little_stands_still_meanwhile() -> None:
    one = watch()
    names(while_(9 * MINUTE, temperature=20.0, **cooling(90.0)), by=one)
    assert one.at is not None
    one.at -= 30.0
    rest = while_(5 * MINUTE, temperature=20.0, **cooling(90.0))
    assert names(rest, by=one) == ["+cooler_dead"]


def test_a_shelf_makes_faults_silent_and_its_end_says_them_aloud() -> None:
    one = watch()
    one.perform(Deed(act=Act.SHELVE, at=NOON, new={"until": NOON + 600}))
    (silent,) = occurrences(one, while_(10, temperature=None))
    assert silent.silent
    assert one.findings(NOON).faults == ("reported",)
    unshelved, aloud = one.perform(Deed(act=Act.UNSHELVE, at=NOON + 60))
    assert unshelved.happened is Happened.UNSHELVED
    assert (aloud.happened, aloud.what, aloud.silent) == (
        Happened.FAULT_STARTED,
        "reported",
        False,
    )
    assert aloud.details["shelved"] is True


def test_a_shelf_that_ends_by_itself_says_what_began_in_it() -> None:
    one = watch()
    one.perform(Deed(act=Act.SHELVE, at=NOON, new={"until": NOON + 60}))
    told = list(occurrences(one, while_(90, 30.0, temperature=None)))
    assert [(x.happened.value, x.silent) for x in told] == [
        ("fault_started", True),
        ("unshelved", False),
        ("fault_started", False),
    ]


def test_faults_are_part_of_findings_and_of_what_makes_them_others() -> None:
    one = watch()
    before = one.key()
    names(while_(10, temperature=None), by=one)
    assert one.findings(NOON).faults == ("reported",)
    assert one.key() != before


def test_a_snapshot_from_before_there_were_faults_is_taken_up() -> None:
    raw = watch().snapshot()
    del raw["faults"]
    one = Watch.restored(json.loads(json.dumps(raw)))
    assert one.findings(NOON).faults == ()
    assert names(while_(20 * MINUTE, temperature=20.0, **cooling(90.0)), by=one) == ["+cooler_dead"]


REMEMBERED = {
    "dead, then saturated": while_(HOUR, temperature=20.0, **cooling(100.0)),
    "stuck": resting(15.0, 40 * MINUTE) + resting(ramp(15.0, -0.2), 20 * MINUTE),
    "by need": while_(40 * MINUTE, **cooling(30.0))
    + while_(HOUR, temperature=ramp(5.0, -0.2), **OFF),
    "cycling": switching(300.0, 1.5),
    "open": HELD + RISE + while_(6 * MINUTE, temperature=13.5, **cooling(100.0)) + BACK,
    "apart": both(5.0, 5.2, HOUR) + both(5.0, 9.0, HOUR),
    "flat": moving(0.0625) + while_(5 * MINUTE, **cooling(40.0)) + while_(HOUR, **cooling(75.0)),
}


@pytest.mark.parametrize("cut", [0.05, 0.4, 0.6, 0.8, 0.95])
@pytest.mark.parametrize("name", REMEMBERED)
def test_a_restart_and_a_copy_on_the_way_change_nothing(name: str, cut: float) -> None:
    stretch = REMEMBERED[name]
    turn = int(cut * len(stretch))
    begun = watch()
    before = list(occurrences(begun, stretch[:turn]))
    restored = Watch.restored(json.loads(json.dumps(begun.snapshot())))
    assert restored.faults.active == begun.faults.active
    ends = [
        [(each.happened, each.what, each.at) for each in occurrences(one, stretch[turn:])]
        for one in (restored, begun.copy(), begun)
    ]
    assert before or ends[0]
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.lasting
@pytest.mark.parametrize("name", REMEMBERED)
def test_a_restart_after_any_sample_changes_nothing(name: str) -> None:
    stretch = REMEMBERED[name]
    whole = list(occurrences(watch(), stretch))
    assert whole
    other, at = watch(), NOON
    again: list[Occurrence] = []
    for step, fields in stretch:
        other = Watch.restored(json.loads(json.dumps(other.snapshot())))
        given = {"temperature": 5.0, "setpoint": 5.0, **fields}
        again += other.feed(Reading(at, sample(**given))).occurrences
        at += step
    assert again == whole


def test_what_is_remembered_does_not_grow() -> None:
    one, sizes = watch(), []
    for _hour in range(4):
        noisy = while_(
            HOUR,
            temperature=lambda passed: 5.0 + (passed % 70.0) / 100.0,
            probes={"product": 5.0, "ambient": 25.0},
            coolers=(Part(on=True, duty=90.0),),
        )
        names(noisy, by=one)
        sizes.append(len(json.dumps(one.faults.snapshot())))
    assert max(sizes[1:]) - min(sizes[1:]) < 400
