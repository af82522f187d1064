"""How much time entities may take."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from custom_components.chamber_ws.pace import LONGEST_INTERVAL, RESERVE, SHARE, Pace

SLICE = 0.003


@pytest.fixture(autouse=True)
def _slice() -> Iterator[None]:
    """A slice as it really is."""
    with patch("custom_components.chamber_ws.pace.SLICE", SLICE):
        yield


def test_at_first_there_is_a_slice_and_a_reserve() -> None:
    pace = Pace(0.0)
    assert pace.in_turn
    assert pace.interval == 0.0


def test_a_slice_lasts_for_one_turn() -> None:
    pace = Pace(0.0)
    pace.spend(SLICE)
    assert not pace.in_turn
    pace.new_turn(0.0)
    assert pace.in_turn


def test_the_less_is_left_the_longer_is_the_interval() -> None:
    pace, intervals = Pace(0.0), []
    for _ in range(5):
        intervals.append(pace.interval)
        pace.spend(RESERVE / 4)
    assert intervals[:3] == [0.0, 0.0, 0.0]
    assert 0.0 < intervals[3] < intervals[4] == LONGEST_INTERVAL


def test_there_is_no_debt() -> None:
    pace = Pace(0.0)
    pace.spend(1e6)
    pace.new_turn(RESERVE / SHARE)
    assert pace.interval == 0.0


def test_no_more_than_the_reserve_is_saved() -> None:
    pace = Pace(0.0)
    pace.new_turn(1e6)
    pace.spend(RESERVE)
    assert pace.interval == LONGEST_INTERVAL


@pytest.mark.parametrize(("chambers", "each"), [(10, 0.001), (1000, 0.001), (100, 0.01)])
def test_in_the_long_run_no_more_than_the_share_is_spent(chambers: int, each: float) -> None:
    """Chambers that all have news ten times a second, each of which costs so many seconds to tell."""
    pace, told_at, spent = Pace(0.0), [-1e9] * chambers, 0.0
    for tenth in range(3000):
        now = tenth / 10
        for chamber in range(chambers):
            pace.new_turn(now + chamber / chambers / 10)
            if now - told_at[chamber] >= pace.interval:
                told_at[chamber] = now
                pace.spend(each)
                spent += each
    demand = 3000 * chambers * each
    assert spent <= min(demand + each, 1.1 * SHARE * 300 + RESERVE)
    assert spent >= 0.9 * min(demand, SHARE * 300)
