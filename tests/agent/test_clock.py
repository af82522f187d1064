"""What the machine knows of time."""

from __future__ import annotations

import pytest

from chamber_agent import clock
from chamber_agent.chamber.model import Clock
from chamber_agent.clock import Clocks, Moment


def test_a_synchronised_clock_is_called_ntp() -> None:
    moment = Clocks(lambda: True, lambda: 1000.0, lambda: 5.0, "b0").now()
    assert (moment, moment.clock) == (Moment(1000.0, 5.0, "b0"), Clock.NTP)


def test_one_that_is_not_gives_no_time() -> None:
    moment = Clocks(lambda: False, lambda: 1000.0, lambda: 5.0).now()
    assert (moment.utc, moment.clock) == (None, Clock.NONE)


def test_a_clock_can_count_as_unknown_for_a_while() -> None:
    uptimes = iter((5.0, 5.0, 14.9, 15.0))
    clocks = Clocks(lambda: True, lambda: 1000.0, lambda: next(uptimes)).unsynchronised_for(10.0)
    assert not clocks.synchronised()
    assert not clocks.synchronised()
    assert clocks.synchronised()


@pytest.mark.parametrize(
    ("utc", "uptime", "step"),
    [(1010.0, 15.0, 0.0), (1010.9, 15.0, 0.0), (1100.0, 15.0, 90.0), (900.0, 15.0, -110.0)],
)
def test_a_step_is_what_utc_gained_on_the_uptime(utc: float, uptime: float, step: float) -> None:
    assert Moment(utc, uptime).stepped_from(Moment(1000.0, 5.0)) == pytest.approx(step)


def test_getting_a_clock_at_all_is_no_step() -> None:
    assert Moment(1000.0, 5.0).stepped_from(Moment(None, 4.0)) == 0.0


def test_the_machine_answers() -> None:
    assert clock.uptime() > 0
    assert clock.synchronised() in (True, False)
    assert len(clock.boot_id() or "12345678") == 8
