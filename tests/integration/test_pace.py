"""How much time entities may take."""

import pytest

from custom_components.chamber_ws.telling.pace import LONGEST_INTERVAL, RESERVE, Pace

SHARE = 0.1


def test_at_first_there_is_a_reserve() -> None:
    assert Pace(SHARE, 0.0).interval(0.0) == 0.0


def test_the_less_is_left_the_longer_is_the_interval() -> None:
    pace, intervals = Pace(SHARE, 0.0), []
    for _ in range(5):
        intervals.append(pace.interval(0.0))
        pace.spend(RESERVE / 4, 0.0)
    assert intervals[:3] == [0.0, 0.0, 0.0]
    assert 0.0 < intervals[3] < intervals[4] == LONGEST_INTERVAL


def test_there_is_no_debt() -> None:
    pace = Pace(SHARE, 0.0)
    pace.spend(1e6, 0.0)
    assert pace.interval(RESERVE / SHARE) == 0.0


def test_no_more_than_the_reserve_is_saved() -> None:
    pace = Pace(SHARE, 0.0)
    pace.spend(RESERVE, 1e6)
    assert pace.interval(1e6) == LONGEST_INTERVAL


@pytest.mark.lasting
@pytest.mark.parametrize(("chambers", "each"), [(10, 0.001), (1000, 0.001), (100, 0.01)])
def test_in_the_long_run_no_more_than_the_share_is_spent(chambers: int, each: float) -> None:
    """Chambers that all have news ten times a second, each of which costs so many seconds to tell."""
    pace, told_at, spent = Pace(SHARE, 0.0), [-1e9] * chambers, 0.0
    for tenth in range(3000):
        for chamber in range(chambers):
            now = (tenth + chamber / chambers) / 10
            if now - told_at[chamber] >= pace.interval(now):
                told_at[chamber] = now
                pace.spend(each, now)
                spent += each
    demand = 3000 * chambers * each
    assert spent <= min(demand + each, 1.1 * SHARE * 300 + RESERVE)
    assert spent >= 0.9 * min(demand, SHARE * 300)
