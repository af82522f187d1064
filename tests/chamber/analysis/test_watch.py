"""A chamber watched: on which temperature it is judged, and that restarts and copies change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.given import NOON, sample
from chamber_agent.chamber import judgement
from chamber_agent.chamber.analysis.deeds import Act, Deed
from chamber_agent.chamber.analysis.findings import Extreme, Findings, Happened, Loss, Reading
from chamber_agent.chamber.analysis.watch import VIRTUAL_VIAL, Watch
from chamber_agent.chamber.model import Action, Part, Progress, Quality


def reading(after: float, temperature: float | None = 5.0, **fields: Any) -> Reading:
    return Reading(NOON + after, sample(temperature, **fields))


def under(**settings: Any) -> Watch:
    watch = Watch()
    watch.perform(Deed(act=Act.SETTINGS, at=NOON, new={"profile": "custom", **settings}))
    return watch


def test_of_a_chamber_that_was_never_heard_of_nothing_is_found() -> None:
    watch = Watch()
    assert (watch.at, watch.value, watch.judged_on) == (None, None, judgement.CONTROL)
    assert watch.findings(NOON) == Findings()
    assert watch.findings(NOON, provisional=True) == Findings(provisional=True)


def test_findings_are_what_the_engines_found() -> None:
    watch = under(low=2.0, high=8.0, freeze=0.0, delay_low=600.0, warning=0.0)
    watch.perform(Deed(act=Act.RESET_EXTREMES, at=NOON))
    watch.feed(reading(0, 9.0))
    watch.feed(reading(60, 7.0))
    watch.feed(reading(120, -1.0, action=Action.FAULT))
    watch.perform(Deed(act=Act.SHELVE, at=NOON + 120, new={"until": NOON + 600}))
    watch.perform(Deed(act=Act.LOST, at=NOON + 130))
    found = watch.findings(NOON + 140)
    assert found == Findings(
        settings=watch.alarm.settings,
        judged_on="temperature",
        value=-1.0,
        warning=True,
        pending_until=NOON + 720,
        shelved_until=NOON + 600,
        loss=Loss(NOON + 130, NOON + 130),
        last_excursion=found.last_excursion,
        faults=("reported",),
        minimum=Extreme(-1.0, NOON + 120),
        maximum=Extreme(9.0, NOON),
        reset_at=NOON,
        window=watch.metrics.window(NOON + 140),
    )
    assert found.last_excursion is not None
    assert (found.last_excursion.what, found.last_excursion.ended) == ("high", NOON + 60)
    assert found.settings.freeze == 0.0


def climbing(watch: Watch) -> None:
    """A product probe that rises by 0.1 K a minute, for twenty minutes from 5 °C on."""
    for after in range(0, 1201, 10):
        watch.feed(reading(after, 4.0, probes={"product": 5.0 + after / 600}))


def test_what_is_ahead_is_found_and_of_which_probe() -> None:
    watch = under(high=8.0)
    climbing(watch)
    found = watch.findings(NOON + 1200)
    assert found.judged_on == "product"
    assert found.breach is not None
    assert found.breach.limit == 8.0
    assert found.breach.seconds == pytest.approx(600.0, rel=0.01)


def test_how_another_probe_moved_says_nothing_of_what_is_ahead() -> None:
    watch = under(high=8.0)
    climbing(watch)
    watch.feed(reading(1210, 7.0))
    assert (watch.at, watch.judged_on) == (NOON + 1210, "temperature")
    assert watch.findings(NOON + 1210).breach is None


def test_the_word_for_a_failure_is_no_temperature_to_judge() -> None:
    watch = under(high=8.0)
    watch.feed(reading(0, 5.0))
    watch.feed(reading(10, 85.0))
    assert (watch.value, watch.findings(NOON + 10).excursion) == (None, False)


def test_a_snapshot_of_before_there_was_a_forecast_is_taken_up() -> None:
    raw = under(high=8.0).snapshot()
    del raw["forecast"]
    watch = Watch.restored(json.loads(json.dumps(raw)))
    assert watch.findings(NOON).breach is None
    climbing(watch)
    assert watch.findings(NOON + 1200).breach is not None


def test_an_excursion_stands_until_somebody_has_seen_it() -> None:
    watch = under(high=8.0)
    watch.feed(reading(0, 9.0))
    found = watch.findings(NOON)
    assert (found.excursion, found.unacknowledged, found.warning) == (True, True, False)
    watch.perform(Deed(act=Act.ACKNOWLEDGE, at=NOON + 10))
    found = watch.findings(NOON + 10)
    assert (found.excursion, found.unacknowledged) == (True, False)


def test_what_a_chamber_is_driven_with_is_measured() -> None:
    watch = under(low=2.0, high=8.0)
    drive: dict[str, Any] = {
        "heaters": (Part(on=True, duty=30.0),),
        "coolers": (Part(on=True, duty=70.0),),
        "power": 60.0,
    }
    for after in range(0, 301, 60):
        watch.feed(reading(after, 9.0, **drive))
    window = watch.findings(NOON + 300).window
    assert (window.heater_duty, window.cooler_duty) == pytest.approx((30.0, 70.0))
    assert window.energy == pytest.approx(60.0 * 300.0 / 3.6e6)
    assert (window.time_above, window.degree_minutes_above) == pytest.approx((300.0, 5.0))


def test_a_reset_forgets_the_extremes_and_nothing_else_does() -> None:
    watch = under()
    watch.feed(reading(0, 9.0))
    watch.feed(reading(10, 5.0))
    for act in set(Act) - {Act.SHELVE, Act.RESET_EXTREMES}:
        watch.perform(Deed(act=act, at=NOON + 15))
    kept = watch.findings(NOON + 15)
    assert (kept.maximum, kept.reset_at) == (Extreme(9.0, NOON), None)
    watch.perform(Deed(act=Act.RESET_EXTREMES, at=NOON + 20))
    watch.feed(reading(30, 6.0))
    found = watch.findings(NOON + 30)
    assert found.reset_at == NOON + 20
    assert found.maximum is not None
    assert found.maximum.value < 9.0


def test_a_description_without_roles_takes_all_of_them_away() -> None:
    watch = under()
    watch.perform(Deed(act=Act.DESCRIBED, at=NOON, new={"roles": {"a7": "product"}}))
    watch.perform(Deed(act=Act.DESCRIBED, at=NOON))
    watch.feed(reading(0, 5.0, probes={"a7": 9.0}))
    assert (watch.roles, watch.judged_on) == ({}, "temperature")


def test_the_product_probe_is_judged_where_there_is_one() -> None:
    watch = under(time_constant=600.0)
    watch.perform(Deed(act=Act.DESCRIBED, at=NOON, new={"roles": {"a7": "product"}}))
    watch.feed(reading(0, 5.0, probes={"a7": 4.0, "air": 9.0}))
    assert (watch.judged_on, watch.value) == ("a7", 4.0)


def test_without_a_product_probe_a_vial_in_the_air_is_reckoned() -> None:
    watch = under(time_constant=600.0)
    watch.feed(reading(0, 5.0))
    watch.feed(reading(60, 15.0))
    assert watch.judged_on == VIRTUAL_VIAL
    assert watch.value == pytest.approx(5.95, abs=0.01)


def test_a_probe_that_was_chosen_goes_before_the_product() -> None:
    watch = under(probe="air", high=8.0)
    watch.feed(reading(0, 5.0, probes={"product": 4.0, "air": 9.0}))
    assert (watch.judged_on, watch.value, watch.findings(NOON).excursion) == ("air", 9.0, True)


@pytest.mark.parametrize("time_constant", [0.0, 600.0])
def test_a_probe_that_was_chosen_but_is_not_told_is_not_made_up(time_constant: float) -> None:
    watch = under(probe="air", high=8.0, time_constant=time_constant)
    watch.feed(reading(0, 5.0, probes={"product": 4.0}))
    assert watch.value == 5.0
    assert watch.judged_on == (VIRTUAL_VIAL if time_constant else "temperature")


def test_the_control_probe_may_be_chosen_before_the_product() -> None:
    watch = under(probe="temperature", time_constant=600.0)
    watch.feed(reading(0, 5.0, probes={"product": 4.0}))
    watch.feed(reading(60, 9.0, probes={"product": 4.0}))
    assert (watch.judged_on, watch.value) == ("temperature", 9.0)


def test_a_probe_whose_quality_forbids_to_trust_it_is_unknown_and_not_replaced() -> None:
    watch = under()
    watch.feed(reading(0, 5.0, probes={"product": 4.0}, quality={"product": Quality.FAULT}))
    assert (watch.judged_on, watch.value) == ("product", None)


@pytest.mark.parametrize("settings", [{}, {"probe": "a7"}, {"time_constant": 600.0}])
def test_that_the_probe_that_is_judged_says_null_is_a_fault(settings: dict[str, Any]) -> None:
    watch = under(high=8.0, **settings)
    watch.perform(Deed(act=Act.DESCRIBED, at=NOON, new={"roles": {"a7": "product"}}))
    watch.feed(reading(0, 25.0, probes={"a7": 5.0}))
    (told,) = watch.feed(reading(60, 25.0, probes={"a7": None})).occurrences
    assert (told.happened, told.at, told.what) == (Happened.FAULT_STARTED, NOON + 60, "reported")
    assert told.details["reasons"] == ["a7: missing"]
    found = watch.findings(NOON + 60)
    assert (found.judged_on, found.value, found.excursion) == ("a7", None, False)
    assert found.faults == ("reported",)
    (over,) = watch.feed(reading(120, 25.0, probes={"a7": 5.0})).occurrences
    assert (over.happened, over.what) == (Happened.FAULT_ENDED, "reported")


def test_what_is_unknown_ends_no_excursion_but_is_a_fault() -> None:
    watch = under(high=8.0)
    watch.feed(reading(0, 5.0, probes={"product": 9.0}))
    watch.feed(reading(60, 5.0, probes={"product": None}))
    found = watch.findings(NOON + 60)
    assert (found.excursion, found.faults) == (True, ("reported",))


@pytest.mark.parametrize("probe", ["temperature", "a7"])
def test_that_a_probe_that_is_not_judged_says_null_is_none(probe: str) -> None:
    watch = under(high=8.0, probe=probe)
    fed = watch.feed(reading(0, 5.0, probes={"a7": 5.0, "product": None}))
    assert (fed.occurrences, watch.findings(NOON).faults) == ((), ())


def test_a_reset_of_the_extremes_tells_what_they_were_at_that_moment() -> None:
    watch = under()
    reset = Deed(act=Act.RESET_EXTREMES, at=NOON + 20)
    assert watch.completed(reset) == reset
    watch.feed(reading(0, 5.0))
    watch.feed(reading(10, 7.0))
    told = watch.completed(reset)
    assert dict(told.old) == {"minimum": 5.0, "maximum": 7.0}
    watch.perform(told)
    watch.feed(reading(30, 6.0))
    assert watch.completed(told) == told
    assert watch.completed(Deed(act=Act.SHELVE, at=NOON, new={"until": NOON})).old == {}


def test_a_loss_goes_back_to_the_last_reading_and_never_ahead_of_itself() -> None:
    watch = under()
    lost = Deed(act=Act.LOST, at=NOON + 40)
    assert watch.completed(lost) == lost
    watch.feed(reading(10, 5.0))
    told = watch.completed(lost)
    assert told == replace(lost, new={"since": NOON + 10})
    assert watch.completed(replace(lost, new={"since": NOON})).new == {"since": NOON}
    assert watch.completed(Deed(act=Act.RECOVERED, at=NOON + 40)).new == {}
    watch.perform(told)
    assert watch.findings(NOON + 50).loss == Loss(NOON + 10, NOON + 40)
    watch.feed(reading(60, 5.0))
    assert watch.completed(lost).new == {"since": NOON + 40}


def test_a_reading_of_uncertain_time_is_judged_but_not_measured() -> None:
    watch = under(high=8.0)
    watch.feed(Reading(NOON, sample(9.0), dated=False))
    watch.feed(Reading(NOON + 60, sample(9.0), dated=False))
    findings = watch.findings(NOON + 60)
    assert (findings.excursion, findings.maximum, findings.window.coverage) == (True, None, 0.0)


def test_actuators_count_as_started_when_they_go_on() -> None:
    watch = under()
    for index, on in enumerate((False, True, True, False, True)):
        watch.feed(reading(60 * index, heaters=(Part(on=on),)))
    assert watch.findings(NOON + 240).window.starts_per_hour == pytest.approx(30.0)


def test_a_setpoint_that_was_not_applied_is_told_and_one_that_was_is_not() -> None:
    watch = under()
    tried = {"setpoint": 4.0, "outcome": "interlock"}
    (told,) = watch.perform(Deed(act=Act.SETPOINT, at=NOON, new=tried))
    assert (told.happened, told.at, told.what) == ("setpoint_rejected", NOON, "setpoint")
    assert dict(told.details) == tried
    assert not watch.perform(
        Deed(act=Act.MODE, at=NOON, new={"mode": "cool", "outcome": "applied"})
    )


def soaking(watch: Watch, *states: tuple[int | None, str] | None) -> list[int | None]:
    """Which steps are said to have begun to soak, where a profile stands so every ten seconds."""
    start = NOON if watch.at is None else watch.at + 10
    told: list[int | None] = []
    for index, one in enumerate(states):
        profile = one and Progress(name="bake", step=one[0], steps=3, state=one[1])
        fed = watch.feed(Reading(start + 10 * index, sample(profile=profile)))
        told += [each.details["step"] for each in fed.occurrences]
    return told


def test_a_step_that_begins_to_soak_is_told_once() -> None:
    states = [(1, "ramp"), (1, "soak"), (1, "soak"), (2, "soak"), (3, "ramp"), (3, "soak")]
    assert soaking(under(), *states) == [1, 2, 3]


def test_what_is_told_of_a_soak_is_which_step_of_what() -> None:
    watch = under()
    watch.feed(reading(0))
    profile = Progress(name="bake", step=1, steps=3, state="soak")
    (told,) = watch.feed(reading(10, profile=profile)).occurrences
    assert (told.happened, told.at, told.what) == (Happened.SOAK_REACHED, NOON + 10, "profile")
    assert dict(told.details) == {"name": "bake", "step": 1, "steps": 3}


def test_a_profile_that_ended_and_began_again_soaks_anew() -> None:
    assert soaking(under(), (1, "soak"), None, (1, "soak")) == [1, 1]
    assert soaking(under(), (1, "soak"), (1, "hold"), (1, "soak")) == [1, 1]


def test_steps_that_nobody_counts_soak_too() -> None:
    assert soaking(under(), (None, "soak"), (None, "soak"), (1, "soak")) == [None, 1]


def test_a_restart_in_the_middle_of_a_soak_does_not_begin_it() -> None:
    watch = under()
    soaking(watch, (1, "soak"))
    other = Watch.restored(json.loads(json.dumps(watch.snapshot())))
    assert soaking(other, (1, "soak"), (2, "soak")) == [2]
    raw = watch.snapshot()
    del raw["soaking"]
    assert soaking(Watch.restored(raw), (1, "soak")) == [1], "of before there was such a thing"


HARD: dict[str, Any] = {"coolers": (Part(on=True, duty=100.0), Part(on=True, duty=100.0))}
BESIDE: list[dict[str, Any]] = [
    {},
    {"setpoint": 5.0, **HARD, "heaters": (Part(on=False, duty=0.0),)},
    {"setpoint": 5.0, **HARD, "probes": {"amb": 25.0, "product": 9.0}},
    {"setpoint": 8.0, "heaters": (Part(on=True, duty=90.0),), "door": False},
    {"setpoint": 5.0, "coolers": (Part(on=False),), "heaters": (Part(on=False),)},
    {"coolers": (Part(on=True),), "door": True},
    {**HARD, "heaters": (Part(on=True), None), "probes": {"a7": -127.0}},
    {"quality": {"temperature": Quality.FAULT}, "coolers": (None,)},
    {"setpoint": 5.0, "coolers": (Part(on=True, duty=50.0),), "probes": {"product": 5.0}},
    {"coolers": (Part(on=False, duty=0.0),), "probes": {"amb": 25.0, "a7": 85.0}},
    {"probes": {"product": None, "a7": None}},
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 20.0, 60.0, 400.0]),
        st.sampled_from([None, -1.0, 1.5, 5.0, 8.5, 12.0]),
        st.sampled_from([None, *Act]),
        st.sampled_from([0, 0, 0, 40, 100]),
        st.integers(0, len(BESIDE) - 1),
    ),
    max_size=30,
)
"""Seconds on, a temperature, what is done then, how many readings in a row lead there, and what they tell beside."""
NEW: dict[Act | None, dict[str, Any]] = {
    Act.SETTINGS: {"profile": "vaccine_2_8"},
    Act.DESCRIBED: {"roles": {"a7": "product", "amb": "ambient"}},
}


def readings(steps: Iterable[Any]) -> Iterator[tuple[float, float | None, Act | None, int]]:
    at, last = NOON, 5.0
    for step, value, act, ramp, beside in steps:
        for index in range(ramp):
            at += 15.0
            yield at, last + ((value or 5.0) - last) * index / ramp, None, beside
        at += step
        last = value or last
        yield at, value, act, beside


def live(watch: Watch, at: float, value: float | None, act: Act | None, beside: int) -> list[Any]:
    fields = {"probes": {"a7": 5.0}} if act is Act.LOST else BESIDE[beside]
    said = watch.feed(Reading(at, sample(value, **fields)))
    occurred: list[Any] = [*said.occurrences, *said.minutes]
    if act is not None:
        new = {"until": at + 100} if act is Act.SHELVE else NEW.get(act, {})
        occurred += watch.perform(Deed(act=act, at=at, new=new))
    return occurred


@given(STEPS, st.integers(0, 400))
def test_a_snapshot_or_a_copy_goes_on_as_the_watch_itself(steps: list[Any], turn: int) -> None:
    watch, at = under(low=2.0, high=8.0, delay_high=60.0, latch=True, time_constant=300.0), NOON
    twin = watch.copy()
    other = Watch.restored(json.loads(json.dumps(watch.snapshot())))
    minutes: list[Any] = []
    for index, (at, value, act, beside) in enumerate(readings(steps)):
        happened = live(watch, at, value, act, beside)
        minutes += [one for one in happened if hasattr(one, "covered")]
        assert live(twin, at, value, act, beside) == happened
        assert live(other, at, value, act, beside) == happened
        if index % 20 == 0:
            found = watch.findings(at)
            assert twin.findings(at) == found == other.findings(at)
        if index == turn:
            twin = watch.copy()
            other = Watch.restored(json.loads(json.dumps(watch.snapshot())))
            other.metrics.load(minute.as_row() for minute in minutes)
    assert twin.findings(at) == watch.findings(at) == other.findings(at)
    assert twin.key() == watch.key() == other.key()
    remembered = json.dumps(watch.faults.snapshot())
    assert json.dumps(twin.faults.snapshot()) == remembered == json.dumps(other.faults.snapshot())


def test_that_a_latched_excursion_is_over_is_another_judgement() -> None:
    """It stands and is not acknowledged as before, but it has an end now."""
    watch = under(high=8.0, latch=True)
    watch.feed(reading(0, 9.0))
    running = watch.key()
    watch.feed(reading(60, 9.5))
    assert watch.key() == running
    watch.feed(reading(120, 5.0))
    assert watch.key() != running


def test_time_alone_ends_a_shelf_and_what_is_out_of_range_alarms_anew() -> None:
    watch = under(high=8.0)
    watch.feed(reading(0, 9.0))
    watch.perform(Deed(act=Act.SHELVE, at=NOON, new={"until": NOON + 600}))
    assert watch.advance(NOON + 599) == ()
    assert [one.happened for one in watch.advance(NOON + 600)] == [
        Happened.UNSHELVED,
        Happened.EXCURSION_STARTED,
    ]


def test_a_shelf_that_time_ends_says_the_faults_of_meanwhile_aloud() -> None:
    watch = under()
    watch.perform(Deed(act=Act.SHELVE, at=NOON, new={"until": NOON + 600}))
    (silent,) = watch.feed(reading(10, None)).occurrences
    assert (silent.what, silent.silent) == ("reported", True)
    assert [(one.happened, one.silent) for one in watch.advance(NOON + 600)] == [
        (Happened.UNSHELVED, False),
        (Happened.FAULT_STARTED, False),
    ]


def test_a_shelf_that_somebody_ends_says_the_faults_of_meanwhile_aloud() -> None:
    watch = under()
    watch.perform(Deed(act=Act.SHELVE, at=NOON, new={"until": NOON + 600}))
    watch.feed(reading(10, None))
    told = watch.perform(Deed(act=Act.UNSHELVE, at=NOON + 60))
    assert [(one.happened, one.silent) for one in told] == [
        (Happened.UNSHELVED, False),
        (Happened.FAULT_STARTED, False),
    ]


def test_a_delay_that_runs_is_another_judgement_but_how_long_it_runs_is_not() -> None:
    watch = under(high=8.0, delay_high=600.0)
    keys = []
    for after, value in ((0, 7.0), (60, 7.5), (120, 9.0), (180, 9.0)):
        watch.feed(reading(after, value))
        keys.append(watch.key())
    assert keys[0] == keys[1] != keys[2] == keys[3]


def test_what_is_long_over_is_no_part_of_a_judgement() -> None:
    watch, fresh = under(high=8.0), under(high=8.0)
    for after, value in ((0, 9.0), (60, 5.0)):
        watch.feed(reading(after, value))
    fresh.feed(reading(60, 5.0))
    assert watch.findings(NOON).last_excursion is not None
    assert watch.key() == fresh.key()
