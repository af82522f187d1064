"""When a bound will be passed: straight lines, exact exponentials, what is left unsaid, and restarts."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from math import ceil, exp, log, pi, sin
from typing import Any

import pytest

from chamber.given import NOON, sample
from chamber_agent.chamber.analysis.deeds import Act, Deed
from chamber_agent.chamber.analysis.findings import Breach, Reading
from chamber_agent.chamber.analysis.forecast import LEVELS, POINTS, Forecast
from chamber_agent.chamber.analysis.watch import Watch
from chamber_agent.chamber.model import Mode, Quality
from chamber_agent.plant import quantised, wander

MINUTE, HOUR = 60.0, 3600.0
Curve = Callable[[float], float]


def under(**settings: Any) -> Watch:
    watch = Watch()
    limits = {"low": 2.0, "high": 8.0, **settings}
    watch.perform(Deed(act=Act.SETTINGS, at=NOON, new={"profile": "custom", **limits}))
    return watch


def feed(
    watch: Watch, curve: Curve, start: float, end: float, step: float = 10.0, **fields: Any
) -> None:
    for index in range(ceil((end - start) / step) + 1):
        after = min(end, start + step * index)
        watch.feed(Reading(NOON + after, sample(curve(after), **fields)))


def breach(watch: Watch, later: float = 0.0) -> Breach | None:
    assert watch.at is not None
    return watch.findings(watch.at + later).breach


def told(curve: Curve, end: float, step: float = 10.0, **fields: Any) -> Breach | None:
    """What is forecast between 2 and 8 °C at the end of a course."""
    watch = under()
    feed(watch, curve, 0.0, end, step, **fields)
    return breach(watch)


def ramp(start: float, per_minute: float) -> Curve:
    return lambda after: start + per_minute * after / MINUTE


def newton(start: float, ambient: float, time_constant: float) -> Curve:
    return lambda after: ambient + (start - ambient) * exp(-after / time_constant)


@pytest.mark.parametrize("step", [0.5, 10.0, 60.0])
@pytest.mark.parametrize("per_minute", [0.3, 0.15, 0.05, -0.05, -0.15, -0.3])
def test_a_straight_line_is_followed_to_its_end(per_minute: float, step: float) -> None:
    end = 1.8 / abs(per_minute) * MINUTE
    found = told(ramp(5.0, per_minute), end, step)
    assert found is not None
    assert found.seconds == pytest.approx(1.2 / abs(per_minute) * MINUTE, rel=0.01)
    assert (found.limit, found.confident) == (8.0 if per_minute > 0 else 2.0, True)


@pytest.mark.parametrize("per_minute", [0.02, -0.02])
def test_slow_goods_show_in_hours(per_minute: float) -> None:
    found = told(ramp(5.0, per_minute), 100 * MINUTE, 300.0)
    assert found is not None
    assert found.seconds == pytest.approx(50 * MINUTE, rel=0.01)


@pytest.mark.parametrize("ambient", [25.0, 43.0, -10.0])
@pytest.mark.parametrize("time_constant", [12_000.0, 40_000.0])
@pytest.mark.parametrize(("share", "confident"), [(0.4, False), (0.55, True), (0.8, True)])
def test_an_exponential_towards_the_ambient_is_told_a_little_early(
    ambient: float, time_constant: float, share: float, confident: bool
) -> None:
    limit = 8.0 if ambient > 5.0 else 2.0
    so_far = time_constant * log((ambient - 5.0) / (ambient - 5.0 - share * (limit - 5.0)))
    left = time_constant * log((ambient - 5.0) / (ambient - limit)) - so_far
    found = told(newton(5.0, ambient, time_constant), so_far, probes={"ambient": ambient})
    assert found is not None
    assert 0.93 * left <= found.seconds <= 1.001 * left
    assert (found.limit, found.confident) == (limit, confident)


def noisy(curve: Curve, seed: int) -> Curve:
    """A curve as a common probe shows it, every 10 s."""
    draw, noise = random.Random(seed), 0.0

    def shown(after: float) -> float:
        nonlocal noise
        noise = wander(noise, 0.08, 30.0, 10.0, draw.gauss(0.0, 1.0))
        return quantised(curve(after) + noise, 0.0625)

    return shown


@pytest.mark.lasting
@pytest.mark.parametrize("per_minute", [0.3, 0.1, 0.03, 0.01])
def test_noise_and_steps_of_the_probe_cost_a_quarter_at_most_nine_times_out_of_ten(
    per_minute: float,
) -> None:
    end, left = 1.8 / per_minute * MINUTE, 1.2 / per_minute * MINUTE
    found = [told(noisy(ramp(5.0, per_minute), seed), end) for seed in range(20)]
    errors = sorted(abs(one.seconds / left - 1.0) for one in found if one is not None)
    assert len(errors) >= 18
    assert errors[17] <= 0.25


def test_acceleration_is_followed_where_it_is_plain() -> None:
    """A failure as a virtual vial shows it: the slope of the whole span would promise twice the time."""
    found = told(lambda after: 5.0 + 3.0 * max(0.0, after - 3600.0) ** 2 / 600.0**2, 3600.0 + 424.0)
    assert found is not None
    assert found.seconds == pytest.approx(176.0, rel=0.25)


def test_an_ambient_not_far_beyond_the_bound_leaves_it_open() -> None:
    course = ramp(5.0, 0.15)
    far, near, at_it, inside = (
        told(course, 12 * MINUTE, probes={"ambient": ambient}) for ambient in (25.0, 8.5, 8.0, 7.5)
    )
    assert far is not None
    assert far.seconds == pytest.approx(480.0, rel=0.01)
    assert far.confident
    assert near == at_it == inside == far._replace(confident=False)


def test_the_ambient_is_the_probe_that_is_described_as_such_and_can_be_trusted() -> None:
    described = Deed(act=Act.DESCRIBED, at=NOON, new={"roles": {"a7": "ambient"}})
    confident = []
    for quality in (Quality.OK, Quality.FAULT):
        watch = under()
        watch.perform(described)
        feed(watch, ramp(5.0, 0.15), 0, 720, probes={"a7": 7.5}, quality={"a7": quality})
        found = breach(watch)
        assert found is not None
        confident.append(found.confident)
    assert confident == [False, True]


@pytest.mark.parametrize(("freeze", "minutes"), [(-0.5, 20), (0.5, 10)])
def test_below_the_low_bound_frost_is_ahead(freeze: float, minutes: int) -> None:
    watch = under(freeze=freeze)
    feed(watch, ramp(5.0, -0.1), 0, 29 * MINUTE)
    low = breach(watch)
    feed(watch, ramp(5.0, -0.1), 29 * MINUTE, 35 * MINUTE)
    frost = breach(watch)
    assert low is not None
    assert frost is not None
    assert (low.limit, frost.limit) == (2.0, freeze)
    assert low.seconds == pytest.approx(60.0, rel=0.05)
    assert frost.seconds == pytest.approx(minutes * MINUTE, rel=0.01)


def test_the_bounds_in_force_count() -> None:
    watch = under()
    feed(watch, ramp(5.0, 0.1), 0, 20 * MINUTE)
    limits = [8.0, 10.0, 6.0, None]
    found = []
    for limit in limits:
        watch.perform(Deed(act=Act.SETTINGS, at=NOON + 20 * MINUTE, new={"high": limit}))
        found.append(breach(watch))
    assert [one and (one.limit, round(one.seconds / MINUTE)) for one in found] == [
        (8.0, 10),
        (10.0, 30),
        None,
        None,
    ]
    watch.perform(Deed(act=Act.SETTINGS, at=NOON, new={"high": 8.0, "profile": "off"}))
    assert breach(watch) is None


UNSAID: dict[str, tuple[Curve, float, dict[str, Any]]] = {
    "it stands still": (lambda _: 7.0, HOUR, {}),
    "it is beyond already": (ramp(5.0, 0.1), 31 * MINUTE, {}),
    "it is there already": (ramp(5.0, 0.1), 30 * MINUTE, {}),
    "it has hardly moved": (ramp(7.0, 0.02), 12 * MINUTE, {}),
    "it began just now": (ramp(5.0, 0.5), 4 * MINUTE, {}),
    "it moves towards the setpoint": (ramp(5.0, 0.1), 15 * MINUTE, {"setpoint": 7.0}),
    "it is hardly past the setpoint": (ramp(4.0, 0.1), 12 * MINUTE, {"setpoint": 5.0}),
    "it moves towards the middle": (ramp(8.0, -0.1), 25 * MINUTE, {}),
    "it is pulled down": (newton(25.0, 5.0, 1200.0), 2 * HOUR, {"setpoint": 5.0}),
    "it comes to rest before": (newton(5.0, 7.5, 900.0), 15 * MINUTE, {}),
    "it has always swung": (
        lambda after: 6.5 - sin(2 * pi * after / (40 * MINUTE)),
        (4 * 40 + 7) * MINUTE,
        {},
    ),
    "it has always swung fast": (
        lambda after: 6.5 - sin(2 * pi * after / (14 * MINUTE)),
        (4 * 14 + 3) * MINUTE,
        {},
    ),
    "it swings further each time": (
        lambda after: 5.0 - 0.15 * 1.6 ** (after / 2400) * sin(2 * pi * after / 2400),
        (4 * 40 + 25) * MINUTE,
        {},
    ),
    "it rose for long, but does no more": (
        lambda after: (
            5.0
            + 0.015 * min(after / MINUTE, 110.0)
            - 0.02 * max(0.0, after / MINUTE - 110.0)
            + (0.15 if after % 60 < 30 else -0.15)
        ),
        125 * MINUTE,
        {},
    ),
    "it is days away": (ramp(5.0, 0.0018), 4 * HOUR, {}),
}


@pytest.mark.parametrize("case", UNSAID)
def test_nothing_is_said_where(case: str) -> None:
    curve, end, fields = UNSAID[case]
    assert told(curve, end, **fields) is None


def test_how_it_swung_hours_ago_says_nothing() -> None:
    watch, swing = under(), 40 * MINUTE
    feed(watch, lambda after: 6.5 - sin(2 * pi * after / swing), 0, 3 * swing)
    feed(watch, lambda after: 5.0 + (after - 5 * HOUR) / 600, 5 * HOUR, 5 * HOUR + 20 * MINUTE)
    assert breach(watch) is not None


def test_what_is_as_good_as_beyond_has_no_time_left() -> None:
    watch = under()
    feed(watch, ramp(5.0, 0.1), 0, 1790, probes={"ambient": 25.0})
    for after, value in ((1800, 8.0), (1810, 8.05), (1820, 8.05), (1830, 7.99), (1950, None)):
        watch.feed(Reading(NOON + after, sample(value, probes={"ambient": 25.0})))
        found = breach(watch)
    assert found == Breach(0.0, 8.0, confident=True)


def test_what_was_cooled_down_before_is_no_swing() -> None:
    cooled = newton(12.0, 5.0, 900.0)
    end = 70 * MINUTE
    assert (
        told(lambda after: cooled(after) + max(0.0, after - end) * 0.1 / MINUTE, end + 900)
        is not None
    )


def test_the_way_begins_at_the_setpoint() -> None:
    found = [told(ramp(7.8, -0.1), after * MINUTE, setpoint=5.0) for after in (38, 44)]
    assert [one and (one.limit, one.confident) for one in found] == [(2.0, False), (2.0, True)]


def test_what_swings_further_than_ever_is_told() -> None:
    def curve(after: float) -> float:
        turn = 4 * 40 * MINUTE
        if after < turn:
            return 5.5 - 0.4 * sin(2 * pi * after / (40 * MINUTE))
        return 5.5 + (after - turn) / MINUTE * 0.1

    assert told(curve, (4 * 40 + 15) * MINUTE) is not None


@pytest.mark.parametrize(
    ("mode", "setpoint"), [(Mode.OFF, 7.5), (Mode.COOL, 5.0), (Mode.HEAT, 8.0), (Mode.HEAT, 9.0)]
)
def test_only_a_setpoint_that_is_aimed_at_and_ahead_explains_a_movement(
    mode: Mode, setpoint: float
) -> None:
    found = told(ramp(5.0, 0.1), 20 * MINUTE, mode=mode, setpoint=setpoint)
    assert found is not None
    assert found.seconds == pytest.approx(10 * MINUTE, rel=0.01)


def test_what_is_old_is_no_ground_for_a_forecast() -> None:
    watch = under()
    feed(watch, ramp(5.0, 0.1), 0, 20 * MINUTE)
    assert breach(watch, later=300.0) is not None
    assert breach(watch, later=301.0) is None


def test_a_reading_without_a_value_takes_off_the_time_that_went_by() -> None:
    watch = under()
    feed(watch, ramp(5.0, 0.1), 0, 20 * MINUTE)
    watch.feed(Reading(NOON + 22 * MINUTE, sample(None)))
    found = breach(watch)
    assert found is not None
    assert found.seconds == pytest.approx(8 * MINUTE, rel=0.01)


@pytest.mark.parametrize(("gap", "known"), [(290.0, True), (310.0, False)])
def test_nothing_is_said_across_a_gap(gap: float, known: bool) -> None:
    watch, curve = under(), ramp(5.0, 0.05)
    feed(watch, curve, 0, 30 * MINUTE)
    resumed = 30 * MINUTE + gap
    feed(watch, curve, resumed, resumed + 4 * MINUTE)
    assert (breach(watch) is not None) is known
    feed(watch, curve, resumed + 4 * MINUTE, resumed + 6 * MINUTE)
    assert breach(watch) is not None


def test_a_gap_that_hours_lie_across_hides_slow_goods() -> None:
    watch, curve = under(), ramp(5.0, 0.0075)
    feed(watch, curve, 0, 2 * HOUR, 60.0)
    assert breach(watch) is not None
    feed(watch, curve, 2 * HOUR + 400.0, 2 * HOUR + 800.0, 60.0)
    assert breach(watch) is None


def test_another_probe_is_another_course() -> None:
    watch = under()
    feed(watch, ramp(5.0, 0.1), 0, 20 * MINUTE)
    feed(watch, ramp(5.0, 0.1), 1210, 1220, probes={"product": 6.9})
    assert breach(watch) is None


def test_how_another_probe_swung_says_nothing() -> None:
    watch = under()
    feed(watch, lambda after: 6.5 - sin(2 * pi * after / (40 * MINUTE)), 0, 2 * HOUR)
    for index in range(60):
        goods = {"product": 5.0 + index / 30}
        watch.feed(Reading(NOON + 2 * HOUR + 10 * (index + 1), sample(6.0, probes=goods)))
    assert breach(watch) is not None


def test_readings_of_uncertain_time_are_no_ground_for_a_forecast() -> None:
    watch = under()
    for index in range(120):
        undated = sample(5.0 + index / 60)
        watch.feed(Reading(NOON + 10 * index, undated, dated=False))
    assert breach(watch) is None


def test_a_reading_that_is_dated_back_a_little_counts_nowhere() -> None:
    watch, other = under(), under()
    feed(watch, ramp(5.0, 0.1), 0, 20 * MINUTE)
    feed(other, ramp(5.0, 0.1), 0, 20 * MINUTE)
    other.feed(Reading(NOON + 20 * MINUTE - 100, sample(7.9)))
    late = other.findings(NOON + 20 * MINUTE).breach
    before = breach(watch)
    assert before is not None
    assert late == before._replace(seconds=before.seconds + 100)


def test_a_clock_set_back_begins_anew() -> None:
    watch, curve = under(), ramp(5.0, 0.05)
    feed(watch, curve, 0, 30 * MINUTE)
    feed(watch, lambda after: curve(after + HOUR), -HOUR, -HOUR + 4 * MINUTE)
    assert breach(watch) is None
    feed(watch, lambda after: curve(after + HOUR), -HOUR + 4 * MINUTE, -HOUR + 20 * MINUTE)
    found = breach(watch)
    assert found is not None
    assert found.seconds == pytest.approx(40 * MINUTE, rel=0.01)


def test_ten_samples_a_second_take_no_more_room() -> None:
    forecast, value = Forecast(), sample(5.0)
    for index in range(3 * 36_000):
        forecast.feed(NOON + 0.1 * index, 5.0, "temperature", value, {})
    assert (len(forecast.points), len(forecast.levels)) == (POINTS, LEVELS)
    assert len(json.dumps(forecast.snapshot())) < 4000


def slow_then_fast() -> list[Reading]:
    """Noise, a gap, an hour and a half of a slow climb in which only the long spans show, and a fast one."""
    draw = random.Random(1)
    times = [20.0 * index for index in range(720) if not 40 <= index < 58]
    return [
        Reading(
            NOON + after,
            sample(
                5.0
                + 0.01 * after / MINUTE
                + 0.1 * max(0.0, after / MINUTE - 210)
                + draw.uniform(-0.12, 0.12),
                probes={"ambient": 8.5},
                setpoint=4.0,
            ),
        )
        for after in times
    ]


@pytest.mark.lasting
@pytest.mark.parametrize("cut", [1, 39, 40, 41, 300, 301, 302, 303, 500, 600])
def test_restarts_and_copies_forecast_the_same(cut: int) -> None:
    watch, course = under(), slow_then_fast()
    for one in course[:cut]:
        watch.feed(one)
    twin, other = watch.copy(), Watch.restored(json.loads(json.dumps(watch.snapshot())))
    assert breach(watch) == breach(twin) == breach(other)
    told = 0
    for index, one in enumerate(course[cut:]):
        for each in (other, watch, twin):
            each.feed(one)
        if index % 5 == 0:
            found = breach(watch)
            told += found is not None
            assert breach(twin) == found == breach(other)
    assert told >= 5


def test_a_copy_goes_on_by_itself() -> None:
    watch, curve = under(), ramp(5.0, 0.1)
    feed(watch, curve, 0, 20 * MINUTE)
    twin = watch.copy()
    other = Watch.restored(json.loads(json.dumps(watch.snapshot())))
    at_the_turn = breach(watch)
    feed(twin, curve, 20 * MINUTE + 10, 25 * MINUTE)
    assert breach(watch) == at_the_turn
    for one in (watch, other):
        feed(one, curve, 20 * MINUTE + 10, 25 * MINUTE)
    assert breach(watch) == breach(twin) == breach(other)
    assert twin.snapshot() == watch.snapshot() == other.snapshot()


def test_a_snapshot_holds_all_that_a_forecast_rests_on() -> None:
    watch = under()
    for one in slow_then_fast()[:600]:
        watch.feed(one)
    raw = json.loads(json.dumps(watch.snapshot()))
    assert breach(watch) is not None
    for lost in ("points", "levels", "unbroken", "ambient", "setpoint", "of", "at", "value"):
        assert lost in raw["forecast"]
    assert Watch.restored(raw).snapshot() == watch.snapshot()


def test_a_snapshot_from_before_there_was_a_forecast_begins_knowing_nothing() -> None:
    watch = under()
    feed(watch, ramp(5.0, 0.1), 0, 20 * MINUTE)
    raw = watch.snapshot()
    del raw["forecast"]
    restored = Watch.restored(json.loads(json.dumps(raw)))
    assert breach(restored) is None
    feed(restored, ramp(5.0, 0.1), 20 * MINUTE, 26 * MINUTE)
    found = breach(restored)
    assert found is not None
    assert found.seconds == pytest.approx(4 * MINUTE, rel=0.01)


@pytest.mark.parametrize("bounds", [{"low": None}, {"low": 2.0}])
def test_a_single_bound_is_forecast_as_one_of_two(bounds: dict[str, float | None]) -> None:
    watch = under(**bounds)
    feed(watch, ramp(5.0, 0.1), 0, 20 * MINUTE)
    ahead = breach(watch)
    assert ahead is not None
    assert (ahead.limit, round(ahead.seconds / MINUTE)) == (8.0, 10)
