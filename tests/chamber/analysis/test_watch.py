"""A chamber watched: on which temperature it is judged, and that restarts and copies change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.given import NOON, sample
from chamber_agent.chamber.analysis.deeds import Act, Deed
from chamber_agent.chamber.analysis.findings import Happened, Reading
from chamber_agent.chamber.analysis.watch import VIRTUAL_VIAL, Watch
from chamber_agent.chamber.model import Part, Progress, Quality


def reading(after: float, temperature: float | None = 5.0, **fields: Any) -> Reading:
    return Reading(NOON + after, sample(temperature, **fields))


def under(**settings: Any) -> Watch:
    watch = Watch()
    watch.perform(Deed(act=Act.SETTINGS, at=NOON, new={"profile": "custom", **settings}))
    return watch


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


def test_a_probe_whose_quality_forbids_to_trust_it_is_unknown_and_not_replaced() -> None:
    watch = under()
    watch.feed(reading(0, 5.0, probes={"product": 4.0}, quality={"product": Quality.FAULT}))
    assert (watch.judged_on, watch.value) == ("product", None)


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
    assert (told.happened, told.what) == ("setpoint_rejected", "setpoint")
    assert dict(told.details) == tried
    assert not watch.perform(
        Deed(act=Act.MODE, at=NOON, new={"mode": "cool", "outcome": "applied"})
    )


def test_a_step_that_begins_to_soak_is_told_once() -> None:
    watch = under()
    states = [(1, "ramp"), (1, "soak"), (1, "soak"), (2, "soak"), (3, "ramp"), (3, "soak")]
    told: list[Any] = []
    for index, (step, state) in enumerate(states):
        profile = Progress(name="bake", step=step, steps=3, state=state)
        told += watch.feed(reading(10 * index, profile=profile)).occurrences
    assert [(one.happened.value, one.details["step"]) for one in told] == [
        ("soak_reached", 1),
        ("soak_reached", 2),
        ("soak_reached", 3),
    ]


STEPS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 20.0, 60.0, 400.0]),
        st.sampled_from([None, -1.0, 1.5, 5.0, 8.5, 12.0]),
        st.sampled_from([None, *Act]),
        st.sampled_from([0, 0, 0, 40, 100]),
        st.integers(0, 9),
    ),
    max_size=30,
)
"""Seconds on, a temperature, what is done then, how many readings in a row lead there, and what they tell beside."""
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
]
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
