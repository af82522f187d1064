"""Mean kinetic temperature: published vectors, and what the formula cannot see."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber_agent.chamber.analysis import kinetic
from chamber_agent.chamber.model import ABSOLUTE_ZERO, HOTTEST

HOUR = 3600.0
Steps = list[tuple[float, float]]
VECTORS: list[tuple[Steps, float]] = [
    ([(23 * HOUR, 5.0), (1 * HOUR, 15.0)], 5.764),
    ([(22 * HOUR, 5.0), (2 * HOUR, 25.0)], 9.825),
    ([(1.0, 20.0), (1.0, 25.0), (1.0, 30.0)], 25.858),
    ([(23 * HOUR, 5.0), (1 * HOUR, -5.0)], 4.758),
]

durations = st.floats(0.1, 1e5)
steps = st.lists(st.tuples(durations, st.floats(-90.0, 200.0)), min_size=1, max_size=20)


def by_integral(taken: Steps) -> float | None:
    """The mean of steps as it is made of additive integrals."""
    return kinetic.mean_kinetic_temperature(
        sum(dt * kinetic.exposure(celsius) for dt, celsius in taken), sum(dt for dt, _c in taken)
    )


def by_logarithms(taken: Steps) -> float:
    """The mean of steps as log-sum-exp, which holds at any temperature above absolute zero."""
    powers = [(dt, -kinetic.ACTIVATION / (celsius - ABSOLUTE_ZERO)) for dt, celsius in taken]
    most = max(power for _dt, power in powers)
    mean = math.fsum(dt * math.exp(power - most) for dt, power in powers)
    seconds = math.fsum(dt for dt, _power in powers)
    return ABSOLUTE_ZERO - kinetic.ACTIVATION / (most + math.log(mean / seconds))


@pytest.mark.parametrize(("taken", "published"), VECTORS)
def test_the_published_vectors_are_met(taken: Steps, published: float) -> None:
    assert by_integral(taken) == pytest.approx(published, abs=5e-4)
    assert by_logarithms(taken) == pytest.approx(published, abs=5e-4)


def test_the_conventional_activation_energy_is_some_ten_thousand_kelvin() -> None:
    assert abs(kinetic.ACTIVATION - 9999.92) < 0.01


def test_freezing_is_not_seen() -> None:
    frozen = by_integral([(23 * HOUR, 5.0), (1 * HOUR, -40.0)])
    assert frozen is not None
    assert 4.0 < frozen < 5.0


@given(st.floats(-250.0, HOTTEST))
def test_a_constant_temperature_is_its_own_mean(celsius: float) -> None:
    assert by_integral([(60.0, celsius)]) == pytest.approx(celsius, abs=1e-6)


@given(steps)
def test_the_mean_is_exact_and_lies_between_the_extremes(taken: Steps) -> None:
    mean = by_integral(taken)
    assert mean == pytest.approx(by_logarithms(taken), abs=1e-6)
    assert mean is not None
    values = [celsius for _dt, celsius in taken]
    assert min(values) - 1e-6 <= mean <= max(values) + 1e-6


@given(st.floats(-90.0, 100.0), st.floats(0.5, 50.0))
def test_warmth_weighs_more_than_cold(celsius: float, swing: float) -> None:
    mean = by_integral([(1.0, celsius - swing), (1.0, celsius + swing)])
    assert mean is not None
    assert mean > celsius


def test_no_time_has_no_mean() -> None:
    assert kinetic.mean_kinetic_temperature(0.0, 0.0) is None


def test_below_fourteen_kelvin_there_is_no_mean() -> None:
    assert kinetic.exposure(ABSOLUTE_ZERO) == 0.0
    assert by_integral([(60.0, ABSOLUTE_ZERO + 4.2)]) is None


def test_the_least_exposure_that_has_all_its_digits_has_a_mean() -> None:
    least = sys.float_info.min
    assert kinetic.mean_kinetic_temperature(least, 1.0) == pytest.approx(
        ABSOLUTE_ZERO + 14.12, abs=0.01
    )
    assert kinetic.mean_kinetic_temperature(least / 2, 1.0) is None
