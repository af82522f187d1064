"""The virtual vial follows the air as a buffered probe does."""

from math import exp

import pytest

from chamber_agent.chamber.analysis.vial import Vial, settle


def test_it_starts_at_the_first_value() -> None:
    assert settle(None, 10.0, 5.0, 600.0) == Vial(10.0, 5.0)


def test_after_one_time_constant_it_has_gone_most_of_the_way() -> None:
    vial = settle(Vial(0.0, 5.0), 600.0, 15.0, 600.0)
    assert vial.value == pytest.approx(15 - 10 * exp(-1))


def test_many_steps_are_as_one() -> None:
    vial = Vial(0.0, 5.0)
    for at in range(10, 610, 10):
        vial = settle(vial, float(at), 15.0, 600.0)
    assert vial.value == pytest.approx(settle(Vial(0.0, 5.0), 600.0, 15.0, 600.0).value)


def test_without_a_time_constant_it_is_the_air() -> None:
    assert settle(Vial(0.0, 5.0), 1.0, 9.0, 0.0) == Vial(1.0, 9.0)


def test_time_that_runs_backwards_is_no_time() -> None:
    assert settle(Vial(100.0, 5.0), 50.0, 9.0, 600.0) == Vial(50.0, 5.0)


def test_a_clock_that_is_set_back_does_not_hold_it_still() -> None:
    """Ahead by a year and set right, it must not keep its value until that year has come again."""
    vial = settle(settle(Vial(3e7, 5.0), 0.0, 15.0, 600.0), 600.0, 15.0, 600.0)
    assert vial.value == pytest.approx(15 - 10 * exp(-1))


def test_a_short_time_constant_is_one() -> None:
    assert settle(Vial(0.0, 5.0), 1.0, 15.0, 1.0).value == pytest.approx(15 - 10 * exp(-1))


def test_after_an_hour_without_a_value_it_still_goes_on() -> None:
    vial = settle(Vial(0.0, 5.0), 3600.0, 15.0, 3600.0)
    assert vial.value == pytest.approx(15 - 10 * exp(-1))


def test_after_a_long_silence_it_starts_anew() -> None:
    assert settle(Vial(0.0, 5.0), 3601.0, 9.0, 600.0) == Vial(3601.0, 9.0)
