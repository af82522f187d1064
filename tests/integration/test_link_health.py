"""What the ends of connections have in common; time is an argument."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.chamber_ws.link.errors import Cause, Failure
from custom_components.chamber_ws.notices import health
from custom_components.chamber_ws.notices.health import Ailment, Health

KEEPALIVE = 30.0
REFUSED = Failure(Cause.CONNECTION_REFUSED)
OTHERS = sorted(set(Cause) - {Cause.LOST, Cause.TAKEN_OVER, Cause.STOPPED})

failures = st.builds(
    Failure,
    st.sampled_from(Cause),
    up_for=st.none() | st.floats(0, 1e6),
    idle=st.floats(0, 1e6),
)


def after(*ends: Failure, every: float = 10.0, known: Health | None = None) -> Health:
    """The health after these ends, so many seconds apart."""
    found = known or Health()
    for number, failure in enumerate(ends):
        found = health.ended(found, failure, number * every, KEEPALIVE)
    return found


def taken(up_for: float = 1.0) -> Failure:
    return Failure(Cause.TAKEN_OVER, up_for=up_for)


def lost(up_for: float = 2.0, idle: float = 0.5) -> Failure:
    return Failure(Cause.LOST, up_for=up_for, idle=idle)


def cut(idle: float, up_for: float = 500.0) -> Failure:
    return lost(up_for, idle)


class TestFight:
    def test_three_takeovers_within_ten_minutes_are_one(self) -> None:
        assert after(*[taken()] * 2).ailment() is None
        assert after(*[taken()] * 3).ailment() is Ailment.FIGHT
        assert after(*[taken()] * 3, every=299.0).ailment() is Ailment.FIGHT

    def test_fewer_in_that_time_are_none(self) -> None:
        assert after(*[taken()] * 9, every=301.0).ailment() is None

    def test_what_comes_between_does_not_matter(self) -> None:
        ends = [taken(), REFUSED, lost(), taken(), cut(5.0), REFUSED, taken()]
        assert after(*ends).ailment() is Ailment.FIGHT

    def test_it_is_over_after_a_minute_or_twice_what_was_survived_before(self) -> None:
        assert after(*[taken(3.0)] * 3).well_after() == 60.0
        assert after(taken(90.0), taken(80.0), taken(2.0)).well_after() == 180.0

    @given(st.lists(failures, max_size=30))
    def test_memory_is_bounded(self, ends: list[Failure]) -> None:
        found = after(*ends, every=0.0)
        assert len(found.takeovers) <= health.FIGHT_AFTER
        assert len(found.idles) <= health.IDLE_AFTER
        assert 0.0 <= found.well_after() < float("inf")


class TestUnstable:
    def test_four_brief_connections_in_a_row_are(self) -> None:
        assert after(*[lost()] * 3).ailment() is None
        assert after(*[lost()] * 4).ailment() is Ailment.UNSTABLE

    @pytest.mark.parametrize("between", [REFUSED, lost(up_for=10.1), Failure(Cause.TIMEOUT)])
    def test_not_where_something_else_comes_between(self, between: Failure) -> None:
        """A broker that cannot be reached now and then is a broker that restarts, not a rival."""
        assert after(*[lost()] * 3, between, lost()).ailment() is None

    @pytest.mark.parametrize("cause", OTHERS)
    def test_not_where_the_broker_says_why(self, cause: Cause) -> None:
        assert after(*[Failure(cause, up_for=1.0)] * 5).ailment() is None

    def test_it_is_over_after_a_minute(self) -> None:
        assert after(*[lost()] * 4).well_after() == 60.0


class TestIdleCut:
    def test_three_losses_after_nearly_equal_silence_are(self) -> None:
        assert after(cut(15.0), cut(15.4)).ailment() is None
        found = after(cut(15.0), cut(15.4), cut(14.6))
        assert found.ailment() is Ailment.IDLE_CUT
        assert found.idle == pytest.approx(15.0)

    @pytest.mark.parametrize("idle", [10.0, 20.0, 2.9, 0.0])
    def test_not_after_another_silence(self, idle: float) -> None:
        assert after(cut(15.0), cut(15.0), cut(idle)).ailment() is None

    @pytest.mark.parametrize("idle", [2.9, 30.0, 45.0])
    def test_not_after_hardly_any_nor_after_one_in_which_keepalive_was_not_answered(
        self, idle: float
    ) -> None:
        assert after(*[cut(idle)] * 5).ailment() is None

    def test_attempts_that_fail_in_between_do_not_matter(self) -> None:
        assert after(cut(9.0), REFUSED, cut(9.0), REFUSED, cut(9.0)).ailment() is Ailment.IDLE_CUT

    def test_it_explains_connections_that_never_last(self) -> None:
        assert after(*[cut(5.0, up_for=5.2)] * 6).ailment() is Ailment.IDLE_CUT

    def test_it_is_over_when_several_times_that_silence_is_outlived(self) -> None:
        assert after(*[cut(15.0)] * 3).well_after() == pytest.approx(60.0)

    @pytest.mark.parametrize(
        ("idle", "keepalive"), [(3.0, None), (6.9, None), (7.0, 5), (12.0, 6), (28.9, 14)]
    )
    def test_keepalive_bridges_it_where_that_is_safe(
        self, idle: float, keepalive: int | None
    ) -> None:
        assert health.bridging(idle) == keepalive


def test_taking_leave_is_no_sign() -> None:
    ill = after(*[taken()] * 3)
    assert health.ended(ill, Failure(Cause.STOPPED, up_for=1.0), 1e6, KEEPALIVE) is ill
