"""Metrics: what a chamber's temperature amounts to, minute by minute and over a day."""

from __future__ import annotations

import gc
import json
import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from types import FrameType
from typing import Any

import pytest

from chamber.given import NOON
from chamber_agent.chamber.analysis.findings import Extreme, Window
from chamber_agent.chamber.analysis.kinetic import exposure
from chamber_agent.chamber.metrics import DAY, LONGEST_STEP, MINUTE, Bounds, Metrics, Minute, beyond

HOUR = 3600.0
GOOD: Bounds = (2.0, 8.0)

assert NOON % MINUTE == 0.0


def fed(
    metrics: Metrics, points: Iterable[tuple[float, float | None]], **kept: Any
) -> list[Minute]:
    """Feed points given as (seconds after noon, °C); the minutes that closed."""
    return [
        minute for after, value in points for minute in metrics.feed(NOON + after, value, **kept)
    ]


def held(*levels: tuple[float, float], every: float = 60.0) -> list[tuple[float, float]]:
    """Samples of temperatures that stay so many seconds each and change at once."""
    points, begun = [], 0.0
    for seconds, value in levels:
        points += [(begun + i * every, value) for i in range(int(seconds / every) + 1)]
        begun += seconds
    return points


def day_of(*levels: tuple[float, float], bounds: Bounds = GOOD) -> Window:
    """The window at the end of such a day."""
    metrics = Metrics()
    points = held(*levels)
    fed(metrics, points, bounds=bounds)
    return metrics.window(NOON + points[-1][0])


def one_minute(points: Sequence[tuple[float, float | None]], **kept: Any) -> Minute:
    """The only minute that these points close."""
    (minute,) = fed(Metrics(), points, **kept)
    return minute


@pytest.mark.parametrize(
    ("levels", "published"),
    [
        ([(23 * HOUR, 5.0), (1 * HOUR, 15.0)], 5.764),
        ([(22 * HOUR, 5.0), (2 * HOUR, 25.0)], 9.825),
        ([(8 * HOUR, 20.0), (8 * HOUR, 25.0), (8 * HOUR, 30.0)], 25.858),
        ([(23 * HOUR, 5.0), (1 * HOUR, -5.0)], 4.758),
    ],
)
def test_a_day_s_mean_kinetic_temperature_is_the_published_one(
    levels: list[tuple[float, float]], published: float
) -> None:
    window = day_of(*levels)
    assert window.coverage == 100.0
    assert window.mean_kinetic_temperature == pytest.approx(published, abs=1e-3)


def test_a_day_in_numbers() -> None:
    window = day_of((20 * HOUR, 5.0), (3 * HOUR, 10.0), (1 * HOUR, 1.0))
    assert window.mean == pytest.approx((20 * 5.0 + 3 * 10.0 + 1.0) / 24)
    assert window.time_in_range == pytest.approx(100.0 * 20 / 24)
    assert (window.time_above, window.time_below) == pytest.approx((3 * HOUR, 1 * HOUR))
    assert window.degree_minutes_above == pytest.approx(2.0 * 180)
    assert window.degree_minutes_below == pytest.approx(1.0 * 60)


def test_a_rise_through_a_bound_is_split_where_it_crosses() -> None:
    minute = one_minute([(0.0, 6.0), (60.0, 12.0)], bounds=GOOD)
    assert (minute.in_range, minute.above, minute.below) == pytest.approx((20.0, 40.0, 0.0))
    assert minute.dose_above == pytest.approx(40.0 * 4.0 / 2)


def test_a_fall_through_both_bounds_is_split_twice() -> None:
    minute = one_minute([(0.0, 11.0), (60.0, -1.0)], bounds=GOOD)
    assert (minute.above, minute.in_range, minute.below) == pytest.approx((15.0, 30.0, 15.0))
    assert (minute.dose_above, minute.dose_below) == pytest.approx((22.5, 22.5))


@pytest.mark.parametrize("value", GOOD)
def test_the_bounds_themselves_are_in_range(value: float | None) -> None:
    minute = one_minute([(0.0, value), (60.0, value)], bounds=GOOD)
    assert (minute.in_range, minute.above, minute.below) == (60.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (8.0, 8.0, (0.0, 0.0)),
        (8.0, 10.0, (60.0, 60.0)),
        (10.0, 8.0, (60.0, 60.0)),
        (7.0, 9.0, (30.0, 15.0)),
        (9.0, 7.0, (30.0, 15.0)),
        (10.0, 12.0, (60.0, 180.0)),
        (1.0, 7.9, (0.0, 0.0)),
    ],
)
def test_time_and_dose_beyond_a_limit(
    start: float, end: float, expected: tuple[float, float]
) -> None:
    assert beyond(start, end, 8.0, 60.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("bounds", "judged"), [((None, 8.0), (30.0, 30.0, 0.0)), ((8.0, None), (30.0, 0.0, 30.0))]
)
def test_one_bound_is_enough(bounds: Bounds, judged: tuple[float, float, float]) -> None:
    minute = one_minute([(0.0, 6.0), (60.0, 10.0)], bounds=bounds)
    assert (minute.in_range, minute.above, minute.below) == pytest.approx(judged)


def test_without_bounds_there_is_no_time_in_range() -> None:
    window = day_of((24 * HOUR, 5.0), bounds=(None, None))
    assert window.time_in_range is None
    assert window.mean == pytest.approx(5.0)


def test_bounds_that_are_taken_away_take_the_time_in_range_with_them() -> None:
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0), (60.0, 5.0)], bounds=GOOD)
    assert metrics.window(NOON + 60.0).time_in_range == 100.0
    fed(metrics, [(120.0, 5.0)])
    assert metrics.window(NOON + 120.0).time_in_range is None


def test_time_before_the_bounds_were_set_is_no_part_of_the_time_in_range() -> None:
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0), (60.0, 5.0)])
    fed(metrics, [(120.0, 5.0)], bounds=GOOD)
    assert metrics.window(NOON + 120.0).time_in_range == 100.0


def test_a_step_is_split_at_the_borders_of_minutes() -> None:
    first, second, third = fed(Metrics(), [(30.0, 0.0), (210.0, 18.0)], bounds=(None, 9.0))
    assert [minute.at - NOON for minute in (first, second, third)] == [0.0, 60.0, 120.0]
    assert [minute.covered for minute in (first, second, third)] == [30.0, 60.0, 60.0]
    assert [(minute.low, minute.high) for minute in (first, second, third)] == [
        pytest.approx(pair) for pair in ((0.0, 3.0), (3.0, 9.0), (9.0, 15.0))
    ]
    assert [minute.above for minute in (first, second, third)] == pytest.approx([0.0, 0.0, 60.0])


def test_a_sample_on_a_border_is_of_both_minutes_as_it_was_taken() -> None:
    first, second = fed(Metrics(), [(0.0, 5.1), (60.0, 4.9), (120.0, 5.0)])
    assert (first.low, first.high) == (4.9, 5.1)
    assert (second.low, second.high) == (4.9, 5.0)


@pytest.mark.parametrize(("step", "known"), [(LONGEST_STEP, 300.0), (LONGEST_STEP + 0.1, 0.0)])
def test_a_step_longer_than_five_minutes_is_unknown(step: float, known: float) -> None:
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0), (step, 5.0)], bounds=GOOD, heater=50.0, power=10.0, starts=1)
    window = metrics.window(NOON + step)
    assert window.coverage == pytest.approx(100.0 * known / DAY, abs=0.001)
    assert window.time_in_range == (100.0 if known else None)
    assert window.time_above == window.time_below == (0.0 if known else None)
    assert window.degree_minutes_above == window.degree_minutes_below == (0.0 if known else None)
    assert window.heater_duty == (50.0 if known else None)
    assert (window.energy is None) is not bool(known)
    assert (window.starts_per_hour is None) is not bool(known)


def test_a_gap_leaves_the_minutes_within_it_out() -> None:
    minutes = fed(Metrics(), [(0.0, 5.0), (30.0, 5.0), (1000.0, 5.0), (1060.0, 5.0)])
    assert [(minute.at - NOON, minute.covered) for minute in minutes] == [
        (0.0, 30.0),
        (960.0, 20.0),
    ]


def test_an_unknown_temperature_is_unknown_on_both_sides_while_duty_goes_on() -> None:
    metrics = Metrics()
    points = [(0.0, 5.0), (20.0, None), (40.0, 5.0), (60.0, 5.0)]
    (minute,) = fed(metrics, points, bounds=GOOD, cooler=30.0)
    assert (minute.covered, minute.in_range) == (20.0, 20.0)
    assert (minute.observed, minute.cooler_seconds, minute.cooler) == (60.0, 60.0, 1800.0)
    assert metrics.window(NOON + 60.0).mean == 5.0


def test_a_minute_without_any_temperature_has_no_extremes() -> None:
    minute = one_minute([(0.0, None), (60.0, None)])
    assert (minute.low, minute.high, minute.covered, minute.observed) == (None, None, 0.0, 60.0)


def test_a_temperature_comes_back_within_a_minute() -> None:
    minute = one_minute([(0.0, None), (20.0, 4.0), (40.0, 6.0), (60.0, 5.0)])
    assert (minute.low, minute.high, minute.covered) == (4.0, 6.0, 40.0)


def test_a_minute_of_which_nothing_is_known_is_not_told() -> None:
    assert fed(Metrics(), [(0.0, None), (1000.0, None), (2000.0, None)]) == []


def test_duty_and_power_stay_what_they_were_until_the_next_sample() -> None:
    metrics = Metrics()
    metrics.feed(NOON, 5.0, heater=100.0, cooler=0.0, power=60.0)
    metrics.feed(NOON + 15.0, 5.0, heater=0.0, cooler=None, power=None)
    (minute,) = metrics.feed(NOON + 60.0, 5.0, heater=80.0)
    assert (minute.heater, minute.heater_seconds) == (1500.0, 60.0)
    assert (minute.cooler, minute.cooler_seconds) == (0.0, 15.0)
    assert (minute.energy, minute.power_seconds) == (900.0, 15.0)
    window = metrics.window(NOON + 60.0)
    assert (window.heater_duty, window.cooler_duty) == (25.0, 0.0)
    assert window.energy == pytest.approx(900.0 / 3.6e6)


def test_starts_are_counted_per_known_hour() -> None:
    metrics = Metrics()
    for i in range(61):
        metrics.feed(NOON + i * 60.0, 5.0, starts=int(i % 10 == 5))
    assert metrics.window(NOON + HOUR).starts_per_hour == pytest.approx(6.0)


def test_a_chamber_that_is_younger_than_a_day_is_covered_for_its_share_of_the_day() -> None:
    assert day_of((6 * HOUR, 5.0)).coverage == pytest.approx(25.0)


def test_nothing_is_known_of_nothing() -> None:
    assert Metrics().window(NOON) == Window()
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0)])
    assert metrics.window(NOON) == Window()


def test_the_window_moves_by_whole_minutes() -> None:
    metrics = Metrics()
    fed(metrics, held((HOUR, 20.0), (24 * HOUR, 5.0)), bounds=GOOD)
    end = NOON + 25 * HOUR
    assert metrics.window(end).time_above == 0.0
    fed(metrics := Metrics(), held((HOUR, 20.0), (23 * HOUR + 1800.0, 5.0)), bounds=GOOD)
    window = metrics.window(end - 1800.0)
    assert (window.time_above, window.coverage) == (1800.0, 100.0)
    assert metrics.window(end - 1799.0).time_above == 1740.0
    assert metrics.window(end - 1740.0).time_above == 1740.0


def test_what_began_later_than_the_window_leaves_it_later() -> None:
    metrics = Metrics()
    fed(metrics, held((600.0, 5.0), (600.0, 20.0), (DAY - 900.0, 5.0)), bounds=GOOD)
    assert metrics.window(NOON + DAY + 300.0).time_above == 600.0


def test_a_clock_that_goes_back_over_a_gap_drops_the_minute_that_is_lived_again() -> None:
    metrics = Metrics()
    before = [(after, 5.0) for after in (0.0, 60.0, 120.0, 150.0)]
    again = [(after, 5.0) for after in (125.0, 150.0, 180.0)]
    fed(metrics, [*before, (600.0, 5.0), *again])
    known = 120.0 + 55.0
    assert metrics.window(NOON + 180.0).coverage == pytest.approx(100.0 * known / DAY)


def test_time_after_the_last_sample_is_not_covered() -> None:
    metrics = Metrics()
    fed(metrics, held((24 * HOUR, 5.0)))
    assert metrics.window(NOON + DAY).coverage == 100.0
    assert metrics.window(NOON + DAY + 6 * HOUR).coverage == pytest.approx(75.0)
    assert metrics.window(NOON + 3 * DAY) == Window()


def test_a_window_of_earlier_than_the_last_sample_is_that_of_the_last_sample() -> None:
    metrics = Metrics()
    fed(metrics, held((24 * HOUR, 5.0)))
    assert metrics.window(NOON) == metrics.window(NOON + DAY)


def test_what_has_left_the_window_leaves_no_trace_in_its_sums() -> None:
    """A subtraction from a running float sum would leave 2000 °C's rounding in the exposure."""
    metrics = Metrics()
    fed(metrics, held((HOUR, 2000.0), (25 * HOUR, 5.0)))
    fresh = Metrics()
    fed(fresh, held((26 * HOUR, 5.0)))
    assert metrics.window(NOON + 26 * HOUR) == fresh.window(NOON + 26 * HOUR)


def test_a_clock_that_goes_back_a_little_counts_nothing_twice() -> None:
    minute = one_minute([(0.0, 5.0), (40.0, 5.0), (30.0, 7.0), (35.0, 7.0), (60.0, 7.0)])
    assert (minute.covered, minute.integral) == (60.0, 40.0 * 5.0 + 20.0 * 7.0)


def test_a_clock_that_goes_back_further_has_the_time_counted_as_it_is_lived_again() -> None:
    metrics = Metrics()
    first = fed(metrics, held((HOUR, 5.0)))
    again = fed(metrics, [(1800.0 + after, value) for after, value in held((1800.0, 6.0))])
    assert again[0].at == first[30].at
    window = metrics.window(NOON + HOUR)
    assert window.coverage == pytest.approx(100.0 / 24)
    assert window.mean == pytest.approx(5.5)


def test_a_clock_that_was_years_ahead_for_a_sample_does_not_stop_the_metrics() -> None:
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0), (3e9, 5.0)])
    fed(metrics, held((HOUR, 6.0)))
    assert metrics.window(NOON + HOUR).mean == 6.0


def test_there_are_no_extremes_before_the_first_value() -> None:
    assert Metrics().extremes == (None, None)


def test_extremes_are_dated_and_last_until_they_are_reset() -> None:
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0), (10.0, 9.0), (20.0, 9.0), (30.0, 3.0), (40.0, None), (1e6, 3.0)])
    assert metrics.extremes == (Extreme(3.0, NOON + 30.0), Extreme(9.0, NOON + 10.0))
    assert metrics.reset_at is None


def test_extremes_begin_anew_with_the_first_value_after_a_reset() -> None:
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0)])
    metrics.reset(NOON + 50.0)
    assert metrics.reset_at == NOON + 50.0
    assert metrics.extremes == (None, None)


def test_after_a_reset_what_was_before_is_forgotten() -> None:
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0)])
    metrics.reset(NOON + 50.0)
    fed(metrics, [(60.0, 6.0)])
    assert metrics.extremes == (Extreme(6.0, NOON + 60.0), Extreme(6.0, NOON + 60.0))


def test_a_reset_of_the_extremes_leaves_the_window_alone() -> None:
    metrics = Metrics()
    fed(metrics, held((HOUR, 5.0)))
    before = metrics.window(NOON + HOUR)
    metrics.reset(NOON + HOUR)
    assert metrics.window(NOON + HOUR) == before


def test_new_metrics_survive_a_snapshot() -> None:
    metrics = Metrics.restored(json.loads(json.dumps(Metrics().snapshot())))
    assert vars(metrics).keys() == vars(Metrics()).keys()
    assert metrics.window(NOON) == Window()
    assert fed(metrics, [(0.0, 5.0), (60.0, 5.0)])[0].covered == 60.0


def test_a_minute_survives_a_database() -> None:
    minute = one_minute([(0.0, 5.1), (60.0, 9.3)], bounds=GOOD, heater=33.3, starts=2)
    assert minute.FIELDS[0] == "at"
    with sqlite3.connect(":memory:") as database:
        database.execute(f"CREATE TABLE minutes ({', '.join(Minute.FIELDS)})")
        marks = ", ".join("?" * len(Minute.FIELDS))
        database.execute(f"INSERT INTO minutes VALUES ({marks})", minute.as_row())
        (row,) = database.execute("SELECT * FROM minutes")
    database.close()
    assert Minute.from_row(row) == minute


@pytest.mark.parametrize("row", [(), (1.0,), (0.0,) * (len(Minute.FIELDS) + 1)])
def test_a_row_of_another_length_is_no_minute(row: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="zip"):
        Minute.from_row(row)


def test_minutes_add_up() -> None:
    first, second = fed(Metrics(), [(0.0, 5.0), (60.0, 7.0), (120.0, 3.0)], starts=1)
    both = second + first
    assert (both.at, both.low, both.high) == (first.at, 3.0, 7.0)
    assert (both.covered, both.integral) == (120.0, 360.0 + 300.0)
    assert both.starts == first.starts + second.starts
    nothing = Minute(at=NOON)
    assert nothing + first == first
    assert (nothing + nothing).low is None


def test_several_steps_within_a_minute_add_up() -> None:
    points = [(0.0, 9.0), (15.0, 9.0), (20.0, 1.0), (30.0, 1.0), (35.0, 9.0), (50.0, 9.0)]
    minute = one_minute([*points, (55.0, 1.0), (60.0, 1.0)], bounds=GOOD, starts=1)
    crossing = 5.0 / 8.0
    assert minute.above == pytest.approx(30.0 + 3 * crossing)
    assert minute.below == pytest.approx(15.0 + 3 * crossing)
    assert minute.in_range == pytest.approx(3 * 6 * crossing)
    assert minute.dose_above == pytest.approx(30.0 + 3 * crossing / 2)
    assert minute.dose_below == pytest.approx(15.0 + 3 * crossing / 2)
    assert minute.covered == 60.0


@pytest.mark.parametrize("ended", [60.0, 90.0])
def test_the_exposure_of_a_step_is_that_of_its_ends_in_each_minute(ended: float) -> None:
    minute = one_minute([(0.0, 5.0), (ended, 5.0 + ended / 3)])
    mean = (exposure(5.0) + exposure(25.0)) / 2
    assert minute.arrhenius / mean == pytest.approx(60.0)


def test_nothing_started_unless_told() -> None:
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0), (60.0, 5.0)])
    assert metrics.window(NOON + 60.0).starts_per_hour == 0.0


def test_a_clock_that_goes_back_by_just_five_minutes_still_goes_back_a_little() -> None:
    metrics = Metrics()
    fed(metrics, [*held((600.0, 5.0)), (600.0 - LONGEST_STEP, 5.0)])
    assert metrics.at == NOON + 600.0
    assert metrics.window(NOON + 600.0).coverage == pytest.approx(100.0 * 600.0 / DAY)


def test_a_window_of_earlier_than_the_last_sample_holds_nothing_that_has_left_it_since() -> None:
    metrics = Metrics()
    fed(metrics, [*held((120.0, 20.0), (DAY - 120.0, 5.0)), (DAY + 90.0, 5.0)], bounds=GOOD)
    assert metrics.copy().window(NOON + DAY - 600.0).time_above == 0.0
    assert metrics.copy().window(NOON + DAY - 600.0) == metrics.window(NOON + DAY + 90.0)


def test_an_open_minute_leaves_the_window_a_day_after_it_began() -> None:
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0), (30.0, 5.0)])
    assert metrics.window(NOON + DAY).coverage == pytest.approx(100.0 * 30.0 / DAY)
    assert metrics.window(NOON + DAY + 0.1) == Window()


def test_when_the_extremes_were_reset_survives_a_snapshot() -> None:
    metrics = Metrics()
    metrics.reset(NOON + 50.0)
    again = Metrics.restored(json.loads(json.dumps(metrics.snapshot())))
    assert again.reset_at == NOON + 50.0


@pytest.mark.parametrize("more", [[], [0, 0]])
def test_a_snapshot_of_another_minute_s_fields_is_refused(more: list[int]) -> None:
    metrics = Metrics()
    fed(metrics, [(0.0, 5.0), (30.0, 5.0)])
    raw = json.loads(json.dumps(metrics.snapshot()))
    with pytest.raises(ValueError, match="zip"):
        Metrics.restored({**raw, "open": raw["open"][:-1] + more})


def test_a_copy_goes_on_by_itself() -> None:
    metrics = Metrics()
    fed(metrics, held((150.0, 5.0), every=30.0), bounds=GOOD, starts=1)
    metrics.reset(NOON + 10.0)
    before = metrics.window(NOON + 150.0)
    twin = metrics.copy()
    assert (twin.window(NOON + 150.0), twin.reset_at, twin.at) == (before, NOON + 10.0, NOON + 150)
    hot = fed(twin, [(155.0, 20.0), (200.0, 20.0)], bounds=GOOD)
    assert (hot[0].high, twin.extremes[1]) == (20.0, Extreme(20.0, NOON + 155.0))
    assert (metrics.window(NOON + 150.0), metrics.extremes) == (before, (None, None))
    assert fed(metrics, [(155.0, 5.0), (200.0, 5.0)], bounds=GOOD)[0].high == 5.0


def calls(action: Callable[[], object]) -> int:
    """How many functions are called, Python's own included."""
    count = 0

    def called(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    gc.disable()  # what others left behind is not this one's cost
    sys.setprofile(called)
    try:
        action()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count


@pytest.mark.lasting
def test_a_sample_costs_the_same_however_long_the_record() -> None:
    """Counted, not timed: feeding and asking, in the first hour and with a full day behind."""
    metrics, cost = Metrics(), []
    for after, value in held((50 * HOUR, 5.0)):
        at = NOON + after
        feed = calls(lambda at=at, value=value: metrics.feed(at, value, bounds=GOOD))  # type: ignore[misc]
        cost.append(feed + calls(lambda at=at: metrics.window(at)))  # type: ignore[misc]
    assert len(cost) == 50 * 60 + 2 - 1
    first_hour, last_hours = cost[10:60], cost[25 * 60 :]
    assert max(last_hours) == min(last_hours)
    assert max(last_hours) <= 2 * max(first_hour)


def test_a_full_day_is_as_many_minutes_and_no_more() -> None:
    metrics = Metrics()
    fed(metrics, held((50 * HOUR, 5.0)))
    assert len(metrics._ring) == 24 * 60


def test_minutes_from_the_open_one_on_are_not_loaded() -> None:
    metrics, other = Metrics(), Metrics()
    stored = fed(metrics, held((300.0, 5.0)))
    assert (other.at, metrics.at) == (None, NOON + 300)
    fed(other, [(120, 5.0)])
    other.load(minute.as_row() for minute in stored)
    assert other.window(NOON + 120).coverage == pytest.approx(100 * 120 / DAY)
