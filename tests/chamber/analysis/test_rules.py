"""The table of faults: for each rule what it finds, and what it leaves alone."""

from __future__ import annotations

import math
from typing import Any

import pytest

from chamber.analysis.stretches import (
    BACK,
    HELD,
    HOUR,
    MINUTE,
    OFF,
    RISE,
    ROLES,
    Stretch,
    both,
    cooling,
    found,
    heating,
    moving,
    names,
    occurrences,
    ramp,
    resting,
    switching,
    watch,
    while_,
)
from chamber.given import NOON
from chamber_agent.chamber.analysis.deeds import Act, Deed
from chamber_agent.chamber.analysis.findings import Happened
from chamber_agent.chamber.analysis.physics.scene import Scene
from chamber_agent.chamber.analysis.rules import AT_ONCE, BY_INERTIA, Rule
from chamber_agent.chamber.model import Action, Part, Quality

# Dead: asked, and no answer


@pytest.mark.parametrize(
    ("fault", "drive", "setpoint"),
    [("cooler_dead", cooling(80.0), 5.0), ("heater_dead", heating(80.0), 35.0)],
)
def test_who_tries_hard_without_an_answer_is_dead(
    fault: str, drive: dict[str, Any], setpoint: float
) -> None:
    still = while_(20 * MINUTE, temperature=20.0, setpoint=setpoint, **drive)
    assert found(still) == [(f"+{fault}", 600.0)]


@pytest.mark.parametrize("every", [1.0, 5.0, 60.0, 300.0])
def test_the_rhythm_of_the_samples_does_not_matter(every: float) -> None:
    still = while_(HOUR, every, temperature=20.0, **cooling(90.0))
    assert found(still) == [("+cooler_dead", 600.0)]


@pytest.mark.parametrize(
    "fields",
    [
        {**cooling(79.0)},
        {**cooling(90.0), "temperature": 5.9},
        {**cooling(90.0), "setpoint": None},
        {**cooling(90.0), "door": True},
        {"coolers": (None,)},
        {**cooling(90.0), "temperature": ramp(20.0, -0.06)},
    ],
    ids=["not hard", "near enough", "no setpoint", "door open", "unknown", "it answers"],
)
def test_nobody_is_dead_who_need_not_or_cannot_answer(fields: dict[str, Any]) -> None:
    assert "+cooler_dead" not in names(while_(HOUR, **{"temperature": 20.0, **fields}))


def test_goods_make_it_slow_but_not_dead() -> None:
    begun = while_(10 * MINUTE, temperature=ramp(25.0, -1.5), **cooling(90.0))
    slow = while_(8 * HOUR, MINUTE, temperature=ramp(10.0, -0.005), **cooling(90.0))
    assert names(begun, slow) == []


def test_one_that_dies_on_the_way_is_found_and_well_again_once_it_answers() -> None:
    begun = while_(20 * MINUTE, temperature=ramp(25.0, -0.5), **cooling(90.0))
    dying = while_(20 * MINUTE, temperature=ramp(15.0, 0.3), **cooling(90.0))
    mended = while_(30 * MINUTE, temperature=ramp(21.0, -0.3), **cooling(90.0))
    (started, at), (ended, later) = found(begun, dying, mended)
    assert (started, ended) == ("+cooler_dead", "-cooler_dead")
    assert 30 * MINUTE <= at <= 36 * MINUTE
    assert 45 * MINUTE <= later <= 50 * MINUTE


def test_a_hot_day_is_no_death_where_the_ambient_is_known() -> None:
    """It was pulled away from the setpoint, but is held against the surroundings."""
    held = while_(HOUR, temperature=9.0, probes={"ambient": 40.0}, **cooling(90.0))
    assert names(held) == []
    assert names(while_(HOUR, temperature=9.0, **cooling(90.0))) == ["+cooler_dead"]


def test_goods_that_were_put_in_explain_a_lack_of_answers_for_an_hour() -> None:
    before = while_(10 * MINUTE, **cooling(50.0))
    opened = while_(MINUTE, door=True, temperature=9.0, **cooling(99.0))
    busy = while_(50 * MINUTE, door=False, temperature=10.0, **cooling(100.0))
    assert names(before, opened, busy) == []
    on = while_(20 * MINUTE, door=False, temperature=10.0, **cooling(100.0))
    assert sorted(names(before, opened, busy, on)) == ["+cooler_dead", "+duty_saturated"]


def test_what_still_runs_away_is_none_of_the_goods_doing() -> None:
    opened = while_(MINUTE, door=True, temperature=9.0, **cooling(99.0))
    away = while_(40 * MINUTE, door=False, temperature=ramp(9.0, 0.2), **cooling(90.0))
    assert names(opened, away) == ["+cooler_dead"]


# Saturated: it can do no more


def test_full_duty_that_comes_no_nearer_is_saturated() -> None:
    nearing = while_(30 * MINUTE, temperature=ramp(25.0, -0.5, 12.0), **cooling(100.0))
    still = while_(40 * MINUTE, temperature=12.0, **cooling(100.0))
    reached = while_(10 * MINUTE, temperature=5.1, **cooling(60.0))
    (started, at), (ended, _) = found(nearing, still, reached)
    assert (started, ended) == ("+duty_saturated", "-duty_saturated")
    assert 41 * MINUTE <= at <= 56 * MINUTE


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": ramp(24.0, -0.02)},
        {"temperature": 5.45},
        {"temperature": 9.0, "setpoint": ramp(5.0, 0.1)},
        {"temperature": 9.0, **cooling(97.0)},
        {"temperature": 4.0},
    ],
    ids=["nearer", "there", "another setpoint all the time", "not full", "beyond"],
)
def test_it_is_not_saturated(fields: dict[str, Any]) -> None:
    answered = while_(5 * MINUTE, temperature=ramp(30.0, -1.0), **cooling(100.0))
    assert "+duty_saturated" not in names(
        answered, while_(5 * HOUR, MINUTE, **{**cooling(100.0), **fields})
    )


# Stuck: off, and going on


def test_what_is_colder_than_its_surroundings_and_falls_though_all_is_off_is_cooled() -> None:
    falling = resting(ramp(15.0, -0.2), 20 * MINUTE)
    still = resting(11.0, 20 * MINUTE)
    rising = resting(ramp(11.0, 0.3), 30 * MINUTE)
    (started, at), (ended, later) = found(
        resting(15.0, 40 * MINUTE), falling, still, rising, by=watch(**ROLES)
    )
    assert (started, ended) == ("+cooler_stuck", "-cooler_stuck")
    assert 43 * MINUTE <= at <= 46 * MINUTE
    assert later > 90 * MINUTE


def test_what_is_warmer_than_its_surroundings_and_rises_though_all_is_off_is_heated() -> None:
    assert names(resting(30.0, 40 * MINUTE), resting(ramp(30.0, 0.2), 10 * MINUTE)) == [
        "+heater_stuck"
    ]


def test_without_an_ambient_probe_the_chamber_tells_by_what_it_needed() -> None:
    needed = while_(40 * MINUTE, setpoint=37.0, temperature=37.0, **heating(30.0))
    rising = while_(20 * MINUTE, setpoint=37.0, temperature=ramp(37.0, 0.5), **OFF)
    assert names(needed, rising) == ["+heater_stuck"]
    idle = while_(40 * MINUTE, setpoint=37.0, temperature=37.0, **OFF)
    assert names(idle, rising) == []


@pytest.mark.parametrize(
    "before",
    [
        resting(30.0, 40 * MINUTE),
        resting(12.0, 30 * MINUTE) + resting(ramp(12.0, 0.3), 10 * MINUTE),
        resting(15.0, 20 * MINUTE),
        resting(15.0, 40 * MINUTE) + while_(30, temperature=15.0, door=True, **OFF),
        while_(40 * MINUTE, temperature=15.0, coolers=(Part(on=False), None)),
    ],
    ids=["to the ambient", "to cold goods", "too new", "something put in", "one part unknown"],
)
def test_nothing_is_stuck_that_has_another_cause(before: Stretch) -> None:
    start = before[-1][1]["temperature"]
    falling = resting(ramp(start, -0.2, least=12.5), 10 * MINUTE)
    if "coolers" in before[-1][1] and None in before[-1][1]["coolers"]:
        falling = [(step, {**fields, "coolers": (None,)}) for step, fields in falling]
    assert names(before, falling) == []


# What a sample says by itself


def test_heating_and_cooling_together_violates_the_interlock() -> None:
    both = {"heaters": (Part(on=True),), "coolers": (Part(on=True, duty=5.0),)}
    apart = while_(MINUTE, 1.0, **cooling(50.0))
    assert found(apart, while_(20, 1.0, **both), while_(3 * MINUTE, 1.0, **OFF)) == [
        ("+interlock_violated", 65.0),
        ("-interlock_violated", 140.0),
    ]
    assert names(apart, while_(1, 1.0, **both), apart) == []


def test_a_relay_that_starts_a_seventh_time_within_an_hour_cycles_too_fast() -> None:
    (started, at), (ended, later) = found(
        while_(MINUTE, coolers=(Part(on=False),)), switching(540.0, 1.0), while_(HOUR, **OFF)
    )
    assert (started, at) == ("+short_cycling", MINUTE + 6 * 540.0)
    assert (ended, later) == ("-short_cycling", MINUTE + HOUR)


@pytest.mark.parametrize("stretch", [switching(660.0, 6.0), switching(300.0, 6.0, duty=100.0)])
def test_seldom_starts_and_parts_with_duties_wear_nothing_out(stretch: Stretch) -> None:
    assert "+short_cycling" not in names(stretch)


def test_a_door_that_is_reported_may_be_open_for_five_minutes() -> None:
    shut = while_(MINUTE, door=False)
    assert names(shut, while_(4.8 * MINUTE, door=True), shut) == []
    assert found(shut, while_(6 * MINUTE, door=True), shut) == [
        ("+door_left_open", 360.0),
        ("-door_left_open", 420.0),
    ]


def test_a_door_that_nobody_reports_shows_by_how_fast_the_air_runs_away() -> None:
    open_still = while_(5 * MINUTE, temperature=13.5, **cooling(100.0))
    (started, at), (ended, later) = found(HELD, RISE, open_still, BACK)
    assert (started, ended) == ("+door_left_open", "-door_left_open")
    assert 600 + 4 * MINUTE - 30 <= at <= 600 + 4 * MINUTE + 30
    assert 16 * MINUTE < later < 17 * MINUTE


def test_a_door_that_seems_open_stays_open_where_the_clock_is_set_back() -> None:
    standing = {"temperature": 13.5, **cooling(100.0)}
    still = while_(5 * MINUTE, **standing)
    assert names(HELD, RISE, still, [(-HOUR, standing)], still) == ["+door_left_open"]


@pytest.mark.parametrize("rule", BY_INERTIA + AT_ONCE[-2:], ids=lambda rule: str(rule.name))
def test_details_are_left_out_where_nothing_is_known_of_just_before(rule: Rule) -> None:
    assert {"value", "setpoint", "ambient"} & rule.details(Scene()).keys() == set()


def test_no_door_seems_open_where_nothing_is_known_of_just_before() -> None:
    ambient = {"probes": {"ambient": 25.0}}
    before = [(10.0, {**one, **ambient}) for _, one in HELD]
    rise = [(10.0, {**one, **ambient}) for _, one in RISE]
    still = [(10.0, rise[-1][1])] * 60
    assert "+door_left_open" in names(before, rise, still)
    gap = [(310.0, before[-1][1])]
    assert "+door_left_open" not in names(before, gap, rise, still)


def test_a_door_that_is_soon_shut_is_no_fault() -> None:
    assert names(HELD, RISE, BACK) == []


@pytest.mark.parametrize(
    ("before", "rise"),
    [
        (HELD, [(10.0, {**one, "door": False}) for _, one in RISE]),
        (while_(10 * MINUTE), while_(MINUTE, temperature=ramp(5.0, 8.0))),
        (HELD, while_(MINUTE, temperature=ramp(5.0, 8.0), **heating(100.0))),
        (while_(10 * MINUTE, **cooling(100.0)), while_(MINUTE, temperature=ramp(5.0, 4.0), **OFF)),
        (HELD, while_(3 * MINUTE, temperature=ramp(5.0, 2.5), **OFF)),
    ],
    ids=["it is shut", "nothing known", "heated", "cooling just stopped", "slower"],
)
def test_no_door_is_open_where_there_is_another_reason(before: Stretch, rise: Stretch) -> None:
    last = rise[-1][1]
    assert "+door_left_open" not in names(before, rise, [(10.0, last)] * 60)


def test_what_the_chamber_reports_is_a_fault_at_once() -> None:
    one = watch()
    told = list(occurrences(one, while_(10), while_(10, action=Action.FAULT, reason="fan")))
    assert [(x.happened, x.what, x.at - NOON) for x in told] == [
        (Happened.FAULT_STARTED, "reported", 10.0)
    ]
    assert told[0].details["reasons"] == ["action: fan"]
    assert names(while_(10, quality={"product": Quality.STALE})) == ["+reported"]
    assert names(while_(10, temperature=None), while_(10)) == ["+reported", "-reported"]
    assert names(while_(10, quality={"product": Quality.SUSPECT})) == []


# Sensors


@pytest.mark.parametrize("word", [85.0, 127.94, -127.0])
def test_the_word_for_a_failure_is_no_temperature(word: float) -> None:
    one = watch()
    settings = {"profile": "custom", "low": 2.0, "high": 8.0}
    one.perform(Deed(act=Act.SETTINGS, at=NOON, new=settings))
    told = list(occurrences(one, while_(MINUTE), while_(20, temperature=word)))
    assert [(x.happened, x.what) for x in told] == [(Happened.FAULT_STARTED, "sensor_impossible")]
    assert dict(told[0].details) == {
        "probe": "temperature",
        "value": word,
        "before": 5.0,
        "since": NOON + 60,
    }
    assert one.value is None
    list(occurrences(one, while_(MINUTE)))
    findings = one.findings(NOON + 150)
    assert (findings.value, findings.excursion) == (5.0, False)
    assert findings.maximum is not None
    assert findings.maximum.value == 5.0


def test_a_failing_probe_is_one_fault_until_it_is_well_for_ten_minutes() -> None:
    flickering = [(10.0, {"temperature": 85.0 if index % 3 else 5.0}) for index in range(60)]
    assert found(flickering, while_(15 * MINUTE)) == [
        ("+sensor_impossible", 10.0),
        ("-sensor_impossible", 600.0 + 600.0),
    ]


@pytest.mark.parametrize(
    ("before", "word", "believed"),
    [(82.0, 85.0, True), (126.0, 127.94, True), (None, 85.0, True), (None, -127.0, False)],
)
def test_a_value_like_the_word_is_believed_where_it_can_be_one(
    before: float | None, word: float, believed: bool
) -> None:
    one = watch()
    earlier = [] if before is None else while_(MINUTE, temperature=before)
    told = names(earlier, while_(10, temperature=word), by=one)
    assert (told == [], one.value == word) == (believed, believed)


def test_a_probe_that_goes_on_failing_is_not_believed_by_and_by() -> None:
    one = watch()
    assert names(while_(MINUTE), while_(HOUR, temperature=85.0), by=one) == ["+sensor_impossible"]
    assert one.value is None


def test_another_probe_fails_for_itself() -> None:
    one = watch()
    probes = [{"product": 5.0}, {"product": -127.0}]
    told = names(*(while_(10, probes=each) for each in probes), by=one)
    assert (told, one.value, one.judged_on) == (["+sensor_impossible"], None, "product")


def test_a_jump_that_no_air_can_make_is_a_fault_but_counts() -> None:
    one = watch()
    assert found(while_(MINUTE), while_(MINUTE, temperature=18.0), by=one) == [
        ("+sensor_jump", 60.0)
    ]
    maximum = one.findings(NOON + 120).maximum
    assert maximum is not None
    assert maximum.value == 18.0
    assert names(while_(MINUTE, 60.0), while_(MINUTE, temperature=18.0)) == []


@pytest.mark.parametrize(
    ("role", "value", "fault"),
    [("ambient", 90.0, ["+sensor_impossible"]), ("hot_sink", 90.0, []), ("product", 90.0, [])],
)
def test_what_a_probe_can_measure_depends_on_where_it_is(
    role: str, value: float, fault: list[str]
) -> None:
    assert names(while_(10, probes={"p1": value}), by=watch(p1=role)) == fault


def test_a_probe_that_stands_still_whatever_is_done_is_flat() -> None:
    begun = [(step, {**one, **cooling(40.0)}) for step, one in moving(0.0625)]
    steady = while_(HOUR, **cooling(40.0))
    other = while_(20 * MINUTE, **cooling(75.0))
    moved = while_(20, temperature=5.0625, **cooling(75.0))
    (started, at), (ended, _) = found(begun, steady, other, moved)
    assert (started, ended) == ("+sensor_flat", "-sensor_flat")
    assert 71 * MINUTE <= at <= 72 * MINUTE + 10


def test_a_flat_probe_is_a_fault_until_it_shows_another_value_however_long_that_takes() -> None:
    begun = [(step, {**one, **cooling(40.0)}) for step, one in moving(0.0625)]
    stuck = while_(5 * MINUTE, **cooling(40.0)) + while_(3 * HOUR, **cooling(75.0))
    assert names(begun, stuck) == ["+sensor_flat"]
    moved = while_(MINUTE, temperature=5.0625, **cooling(75.0))
    assert names(begun, stuck, moved) == ["+sensor_flat", "-sensor_flat"]


@pytest.mark.parametrize(
    ("step", "duty"),
    [(0.0625, 58.0), (1.0, 75.0), (0.0625, lambda passed: 40.0 + passed / 120.0)],
    ids=["little else is done", "coarse steps", "the weather changes"],
)
def test_a_probe_may_stand_still(step: float, duty: Any) -> None:
    begun = [(after, {**one, **cooling(40.0)}) for after, one in moving(step)]
    given_duty = duty if callable(duty) else lambda _passed: duty
    parts = while_(50 * MINUTE, coolers=lambda passed: (Part(on=True, duty=given_duty(passed)),))
    assert names(begun, while_(5 * MINUTE, **cooling(40.0)), parts) == []


def test_probes_that_agreed_and_part_in_a_steady_state_disagree() -> None:
    (started, at), (ended, _) = found(
        both(5.0, 5.2, HOUR), both(5.0, 9.0, HOUR), both(5.0, 5.5, HOUR)
    )
    assert (started, ended) == ("+probes_disagree", "-probes_disagree")
    assert HOUR + 15 * MINUTE <= at <= HOUR + 35 * MINUTE


@pytest.mark.parametrize(
    "stretch",
    [
        both(5.0, ramp(15.0, -0.008), 12 * HOUR),
        both(5.0, 6.9, 6 * HOUR),
        both(9.0, 5.0, 6 * HOUR),
        both(5.0, 5.0, HOUR) + both(10.0, ramp(5.0, 0.008), 10 * HOUR, setpoint=10.0),
    ],
    ids=["goods lag", "little", "not where it is to be", "another setpoint"],
)
def test_probes_that_differ_for_a_reason_agree(stretch: Stretch) -> None:
    assert names(stretch) == []


def test_goods_that_agreed_only_before_the_air_went_away_may_lag() -> None:
    """Just after another setpoint both still show the same: that says nothing of how they are to be later."""
    before = both(20.0, 20.0, HOUR, setpoint=20.0)
    after = both(
        ramp(20.0, -0.25, 5.0), lambda passed: 5.0 + 15.0 * math.exp(-passed / 14400.0), 12 * HOUR
    )
    assert names(before, after) == []


def test_probes_that_never_agreed_disagree_once_the_difference_stands_still() -> None:
    (told,) = found(both(5.0, 8.0, 4 * HOUR))
    assert told[0] == "+probes_disagree"
    assert 2 * HOUR <= told[1] <= 2.5 * HOUR
