"""What a forecast keeps of a course: means, what counts nowhere, what a gap forgets, and how it swung before."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest

from chamber.given import NOON, sample
from chamber_agent.chamber.analysis.findings import Breach
from chamber_agent.chamber.analysis.forecast import Forecast
from chamber_agent.chamber.analysis.settings import Settings

MINUTE = 60.0


def fed(
    readings: Iterable[tuple[float, float]],
    forecast: Forecast | None = None,
    of: str = "temperature",
) -> Forecast:
    """A forecast after these seconds after noon and °C; noon is a whole five minutes."""
    forecast = forecast or Forecast()
    for after, value in readings:
        forecast.feed(NOON + after, value, of, sample(value), {})
    return forecast


def minutes(count: int, since: float = 0.0, value: float = 5.0) -> list[tuple[float, float]]:
    """Readings each ten seconds for so many minutes."""
    return [(since + 10.0 * index, value) for index in range(6 * count + 1)]


def test_a_point_is_the_mean_of_half_a_minute_as_finely_as_any_probe_tells() -> None:
    forecast = fed([(5.0, 5.00004), (15.0, 5.00004), (25.72, 5.00004), (30.0, 6.0)])
    assert list(forecast.points) == [(NOON + 15.2, 5.0)]
    assert (forecast.until, forecast.count) == (NOON + 60.0, 1)
    fed([(60.0, 7.0)], forecast)
    assert list(forecast.points) == [(NOON + 15.2, 5.0), (NOON + 30.0, 6.0)]


def test_a_level_is_the_mean_of_five_minutes_in_their_middle() -> None:
    halves = [(30.0 * index, 5.0004 if index < 5 else 5.0001) for index in range(10)]
    forecast = fed(halves)
    assert not forecast.levels
    fed([(300.0, 9.0)], forecast)
    assert list(forecast.levels) == [(NOON + 150.0, 5.0002)]
    uneven = [(30.0 * index, 5.0004 if index < 9 else 5.0001) for index in range(11)]
    assert [value for _, value in fed(uneven).levels] == [5.0004]


def test_two_readings_of_one_time_are_of_one_point() -> None:
    forecast = fed([(0.0, 5.0), (0.0, 6.0)])
    assert (len(forecast.points), forecast.count, forecast.total) == (0, 2, 11.0)


@pytest.mark.parametrize("back", [0.5, 300.0])
def test_what_is_dated_back_by_up_to_five_minutes_counts_nowhere(back: float) -> None:
    forecast = fed(minutes(10))
    before = forecast.snapshot()
    assert fed([(600.0 - back, 9.0)], forecast).snapshot() == before


def test_a_gap_keeps_how_it_swung_and_a_clock_set_back_does_not() -> None:
    forecast = fed(minutes(20))
    assert (len(forecast.points), len(forecast.levels)) == (40, 4)
    fed([(1501.0, 5.0)], forecast)
    assert (len(forecast.points), len(forecast.levels)) == (0, 4)
    assert forecast.unbroken == NOON + 1501.0
    fed([(1200.0, 5.0)], forecast)
    assert (len(forecast.points), len(forecast.levels)) == (0, 0)
    assert forecast.unbroken == NOON + 1200.0


def test_another_probe_forgets_all_of_it() -> None:
    forecast = fed([(1210.0, 5.0)], fed(minutes(20)), of="product")
    assert (len(forecast.points), len(forecast.levels), forecast.of) == (0, 0, "product")


LEG = 40 * MINUTE


def after_a_swing(start: float, peak: float) -> Breach | None:
    """What is forecast of a climb from 5 to 7 °C, before which it went up from `start` to `peak`, and down to 5 °C."""
    forecast = fed(
        ((leg + part / 240) * LEG, before + (after - before) * part / 240)
        for leg, (before, after) in enumerate(pairwise((start, peak, 5.0, 7.0)))
        for part in range(240)
    )
    return forecast.breach(Settings(high=8.0), forecast.at, NOON + 3 * LEG)


@pytest.mark.parametrize(
    ("start", "peak", "said"),
    [
        (5.0, 6.25, False),
        (5.0, 5.9, True),
        (5.4, 6.25, True),
        (5.05, 6.25, False),
    ],
    ids=[
        "half as far and half as high",
        "not as high as its middle",
        "not half as far",
        "a little more than half as far",
    ],
)
def test_a_climb_is_nothing_new_where_it_rose_half_as_far_to_its_upper_half(
    start: float, peak: float, said: bool
) -> None:
    assert (after_a_swing(start, peak) is not None) is said
