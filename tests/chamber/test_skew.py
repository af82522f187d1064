"""A wrong clock and a backlog look alike in one sample, and differ over several."""

from __future__ import annotations

import pytest

from chamber_agent.chamber.skew import TOLERATED, Skew, observe


def observed(*samples: tuple[float, float], start: Skew | None = None) -> Skew:
    """Take in samples given as (time of the sample, time of its receipt)."""
    skew = start or Skew()
    for time, utc in samples:
        skew = observe(skew, time, utc)
    return skew


def live(offset: float, count: int, every: float = 10.0) -> list[tuple[float, float]]:
    """Samples that come as they are taken, by a clock that is behind by `offset`."""
    return [(i * every, i * every + offset) for i in range(count)]


def backlog(count: int, every: float, pace: float = 0.0) -> list[tuple[float, float]]:
    """Old samples, taken `every` so many seconds, that come one each `pace` seconds."""
    return [(i * every, 1000.0 + i * pace) for i in range(count)]


@pytest.mark.parametrize("offset", [600.0, 31.0, -31.0, -86_400.0])
@pytest.mark.parametrize("every", [0.05, 1.0, 10.0, 300.0])
def test_a_constant_offset_is_in_force_from_the_third_sample(offset: float, every: float) -> None:
    assert observed(*live(offset, 2, every)).offset == 0.0
    assert observed(*live(offset, 3, every)).offset == pytest.approx(offset)


@pytest.mark.parametrize("offset", [0.0, TOLERATED, -TOLERATED, 5.0])
def test_an_offset_of_up_to_half_a_minute_is_none(offset: float) -> None:
    assert observed(*live(offset, 9)) == Skew()


@pytest.mark.parametrize("every", [0.05, 0.1, 0.5, 1.0, 10.0, 60.0])
@pytest.mark.parametrize("speed", [1.5, 2.0, 10.0, 1e9])
def test_a_backlog_is_no_wrong_clock(every: float, speed: float) -> None:
    samples = backlog(9, every, pace=every / speed)
    assert all(observed(*samples[:n]).offset == 0.0 for n in range(10))


def test_a_network_s_jitter_does_not_hide_a_wrong_clock() -> None:
    jitter = (0.0, 0.4, 0.1, 0.3, 0.0, 0.4, 0.2)
    samples = [(i * 1.0, i * 1.0 + 600.0 + late) for i, late in enumerate(jitter)]
    assert observed(*samples).offset == pytest.approx(600.0, abs=0.5)


@pytest.mark.parametrize(("drift", "confirmed"), [(2.0, True), (2.001, False)])
def test_two_seconds_are_the_most_that_counts_as_jitter(drift: float, confirmed: bool) -> None:
    samples = [(0.0, 600.0), (10.0, 610.0), (20.0, 620.0 + drift)]
    assert bool(observed(*samples).offset) is confirmed


@pytest.mark.parametrize(("drift", "confirmed"), [(1.0, True), (1.001, False)])
def test_a_quarter_of_the_time_sampled_is_the_most_that_counts_as_jitter(
    drift: float, confirmed: bool
) -> None:
    assert bool(observed((0.0, 600.0), (2.0, 602.0), (4.0, 604.0 + drift)).offset) is confirmed


@pytest.mark.parametrize(("offset", "in_force"), [(595.0, 600.0), (570.0, 600.0), (569.0, 0.0)])
def test_an_offset_that_shrinks_by_up_to_half_a_minute_leaves_the_one_in_force(
    offset: float, in_force: float
) -> None:
    assert observed((1000.0, 1000.0 + offset), start=observed(*live(600.0, 3))).offset == in_force


def test_an_offset_that_stops_being_constant_stays_in_force_until_another_one_is_confirmed() -> (
    None
):
    known = observed(*live(600.0, 3))
    stepped = [(1000.0 + i, 1000.0 + i + 900.0) for i in range(3)]
    assert observed(*stepped[:2], start=known).offset == 600.0
    assert observed(*stepped, start=known).offset == 900.0


def test_a_clock_that_was_put_right_ends_the_correction_at_once() -> None:
    assert observed((1000.0, 1000.0), start=observed(*live(600.0, 5))) == Skew()


def test_a_sample_that_would_come_from_the_future_disproves_the_correction() -> None:
    """The clock was put right, and the first sample after it is an old one."""
    assert observed((3000.0, 3300.0), start=observed(*live(3600.0, 5))).offset == 0.0


def test_a_clock_that_stands_still_is_no_constant_offset() -> None:
    assert observed(*((5.0, 600.0 + i * 10.0) for i in range(6))).offset == 0.0


def test_a_time_that_goes_back_starts_the_observation_again() -> None:
    assert observed((100.0, 700.0), (110.0, 710.0), (99.9, 700.1)).run == 1


def test_a_sample_of_the_same_time_is_no_further_witness() -> None:
    assert observed(*[(0.0, 600.0)] * 9).run == 1


def test_each_sample_is_compared_with_the_one_before() -> None:
    assert observed((5.0, 605.0)).last_time == 5.0
    assert observed(*live(600.0, 4)).last_time == 30.0
