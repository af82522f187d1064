"""How a temperature moves: what a line and a parabola find in a course, and when neither does."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import exp, inf
from statistics import linear_regression

import pytest

from chamber.given import NOON
from chamber_agent.chamber.analysis.trend import quarters, trend

SPAN = 600.0
Course = list[tuple[float, float]]


def course(curve: Callable[[float], float], count: int = 21, span: float = SPAN) -> Course:
    """A curve of the seconds before the end, told so many times in a span that ends at noon."""
    befores = [-span * (1 - index / (count - 1)) for index in range(count)]
    return [(NOON + before, curve(before)) for before in befores]


@pytest.mark.parametrize("slope", [0.002, -0.002])
def test_a_line_is_found_as_it_is(slope: float) -> None:
    found = trend(course(lambda before: 7.0 + slope * before), SPAN, 0.9)
    assert found is not None
    assert found[:3] == pytest.approx((NOON, 7.0, slope))
    assert abs(found.rest) > 1e6


@pytest.mark.parametrize("bend", [1e-6, -1e-6])
def test_of_a_parabola_the_end_counts(bend: float) -> None:
    found = trend(course(lambda before: 7.0 + 0.002 * before + bend * before**2), SPAN, 0.9)
    assert found is not None
    rest = inf if bend > 0 else 7.0 + 2.0
    assert found == pytest.approx((NOON, 7.0, 0.002, rest))


def test_few_points_are_no_parabola() -> None:
    bent = course(lambda before: 7.0 + 0.002 * before + 1e-6 * before**2, count=7)
    found = trend(bent, SPAN, 0.9)
    assert found is not None
    assert found.slope == pytest.approx(0.002 - 1e-6 * SPAN)


@pytest.mark.parametrize("bend", [1e-6, -1e-6])
def test_points_may_come_unevenly(bend: float) -> None:
    befores = [-600.0, -590.0, -580.0, -570.0, -560.0, -550.0, -400.0, -250.0, -100.0, 0.0]
    bent = [(NOON + one, 7.0 + 0.002 * one + bend * one**2) for one in befores]
    found = trend(bent, SPAN, 0.9)
    assert found == pytest.approx((NOON, 7.0, 0.002, inf if bend > 0 else 9.0))


def test_what_waits_for_half_of_the_time_does_not_go_one_way() -> None:
    steps = course(lambda before: 0.0 if before < -455 else 2.0 if before > -155 else 1.0)
    assert quarters(steps) == [0.0, 1.0, 1.0, 2.0]
    assert trend(steps, SPAN, 0.5) is None


def test_of_eight_points_a_parabola_is_found() -> None:
    found = trend(
        course(lambda before: 7.0 + 0.002 * before + 1e-6 * before**2, count=8), SPAN, 0.9
    )
    assert found is not None
    assert found.slope == pytest.approx(0.002)


def test_five_points_over_four_fifths_of_the_span_are_enough() -> None:
    found = trend(course(lambda before: 7.0 + before / 512, 5, 0.8 * SPAN), SPAN, 1.0)
    assert found is not None
    assert found == (NOON, 7.0, 1 / 512, inf)


@pytest.mark.parametrize("ambient", [9.0, 3.0])
def test_an_exponential_comes_to_rest_about_where_it_does_or_a_little_earlier(
    ambient: float,
) -> None:
    curve = course(lambda before: ambient + (6.0 - ambient) * exp(-before / 1500.0))
    found = trend(curve, SPAN, 0.9)
    assert found is not None
    assert 0.75 <= (found.rest - 6.0) / (ambient - 6.0) <= 1.0


def test_only_the_end_of_a_course_counts() -> None:
    found = trend(course(lambda before: max(5.0, 7.0 + before / 500), 121, 3600.0), SPAN, 0.9)
    assert found is not None
    assert found.slope == pytest.approx(1 / 500)


def noise(amplitude: float) -> Callable[[float], float]:
    return lambda before: 0.001 * before + random.Random(before).uniform(-amplitude, amplitude)


NOTHING: dict[str, Course] = {
    "there is nothing": [],
    "it is constant": course(lambda _: 5.0),
    "there is little of it": course(lambda before: before / 100, count=4),
    "it is too short": course(lambda before: before / 100, span=0.79 * SPAN),
    "it is noise": course(noise(0.5)),
    "it turned before the end": course(lambda before: -(((before + 150.0) / 300.0) ** 2)),
}


@pytest.mark.parametrize("case", NOTHING)
def test_there_is_no_trend_where(case: str) -> None:
    assert trend(NOTHING[case], SPAN, 0.9) is None


def test_little_noise_is_borne() -> None:
    found = trend(course(noise(0.1)), SPAN, 0.9)
    assert found is not None
    assert found.slope == pytest.approx(0.001, rel=0.15)


@pytest.mark.parametrize("bend", [0.0, -1e-5])
def test_more_noise_than_is_borne_hides_it_however_small_its_swing(bend: float) -> None:
    rough = noise(0.1)
    curve = course(lambda before: 0.01 * (rough(before) + bend * before**2))
    assert trend(curve, SPAN, 0.9) is not None
    assert trend(curve, SPAN, 0.9995) is None


@pytest.mark.parametrize("scale", [1.0, 0.01, 100.0])
def test_of_what_a_parabola_explains_hardly_better_the_line_counts(scale: float) -> None:
    rough = noise(0.1)
    curve = course(lambda before: scale * rough(before))
    found = trend(curve, SPAN, 0.9)
    assert found is not None
    assert found.slope == pytest.approx(linear_regression(*zip(*curve, strict=True)).slope)
    assert found.rest == inf


def test_quarters_are_means_of_equal_parts() -> None:
    assert quarters([(0.0, value) for value in (1.0, 3.0, 5.0, 5.0, 7.0, 9.0, 2.0, 4.0)]) == [
        2.0,
        5.0,
        8.0,
        3.0,
    ]
