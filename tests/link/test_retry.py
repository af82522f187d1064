"""What is tried after a connection ended, and when."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chamber_agent.link import retry
from chamber_agent.link.errors import Cause, Failure
from chamber_agent.link.packets import Version
from chamber_agent.link.retry import Outlook

V5, V311 = Version.V5, Version.V311
DOUBTING = sorted(retry.VERSION_DOUBTED)
UNSURE = sorted(retry.VERSION_DOUBTED - {Cause.UNSUPPORTED_PROTOCOL})
HOPELESS = sorted(retry.HOPELESS_FOR_NOW)
PLAIN = sorted(set(Cause) - retry.VERSION_DOUBTED - retry.HOPELESS_FOR_NOW)
LOST = Failure(Cause.LOST)
MIDDLE = 0.5

chances = st.floats(0, 1)
failures = st.builds(
    Failure,
    st.sampled_from(Cause),
    st.just(""),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
histories = st.lists(st.tuples(failures, chances, st.none() | st.floats(0, 1e6)), max_size=12)


def failed(outlook: Outlook, *causes: Cause, up_for: float | None = None) -> Outlook:
    """The outlook after these failures, with the chance in the middle."""
    for cause in causes:
        outlook = retry.after(outlook, Failure(cause), MIDDLE, up_for=up_for)
    return outlook


class TestVersions:
    """Which version of MQTT is tried."""

    @pytest.mark.parametrize(("protocol", "version"), [("auto", V5), ("5", V5), ("3.1.1", V311)])
    def test_the_first_try_is_what_the_settings_say(self, protocol: str, version: Version) -> None:
        outlook = retry.first(protocol)
        assert (outlook.version, outlook.delay) == (version, 0.0)

    @pytest.mark.parametrize(
        ("protocol", "remembered", "version"),
        [
            ("auto", V311, V311),
            ("auto", V5, V5),
            ("auto", None, V5),
            ("5", V311, V5),
            ("3.1.1", V5, V311),
        ],
    )
    def test_what_worked_last_time_goes_first_where_the_settings_allow_it(
        self, protocol: str, remembered: Version | None, version: Version
    ) -> None:
        assert retry.first(protocol, remembered).version is version

    @pytest.mark.parametrize("cause", DOUBTING)
    def test_where_mqtt_5_gets_no_proper_greeting_3_1_1_is_tried_at_once(
        self, cause: Cause
    ) -> None:
        outlook = failed(retry.first("auto"), cause)
        assert (outlook.version, outlook.delay) == (V311, 0.0)

    @pytest.mark.parametrize("cause", DOUBTING)
    def test_where_neither_gets_one_the_next_round_waits_and_begins_with_mqtt_5(
        self, cause: Cause
    ) -> None:
        outlook = failed(retry.first("auto"), cause, cause)
        assert outlook.version is V5
        assert outlook.delay == retry.FIRST_DELAY
        assert failed(outlook, cause).delay == 0.0

    @pytest.mark.parametrize("remembered", Version)
    @pytest.mark.parametrize("cause", UNSURE)
    def test_one_silence_does_not_disprove_what_was_remembered(
        self, remembered: Version, cause: Cause
    ) -> None:
        outlook = failed(retry.first("auto", remembered), cause)
        assert (outlook.version, outlook.delay) == (remembered, retry.FIRST_DELAY)

    @pytest.mark.parametrize("cause", UNSURE)
    def test_nor_what_worked_a_moment_ago(self, cause: Cause) -> None:
        outlook = failed(failed(retry.first("auto"), Cause.LOST, up_for=5.0), Cause.LOST, cause)
        assert outlook.version is V5
        assert outlook.delay > 0

    @pytest.mark.parametrize("remembered", Version)
    @pytest.mark.parametrize("cause", UNSURE)
    def test_a_second_one_makes_room_for_the_other_at_once(
        self, remembered: Version, cause: Cause
    ) -> None:
        outlook = failed(retry.first("auto", remembered), cause, cause)
        assert outlook.version is not remembered
        assert outlook.delay == 0.0

    @pytest.mark.parametrize("remembered", Version)
    def test_a_plain_refusal_of_what_was_remembered_is_believed(self, remembered: Version) -> None:
        outlook = failed(retry.first("auto", remembered), Cause.UNSUPPORTED_PROTOCOL)
        assert outlook.version is not remembered
        assert outlook.delay == 0.0

    @pytest.mark.parametrize("protocol", ["5", "3.1.1"])
    @pytest.mark.parametrize("cause", DOUBTING)
    def test_a_version_the_user_chose_is_kept(self, protocol: str, cause: Cause) -> None:
        outlook = failed(retry.first(protocol), cause, cause)
        assert outlook.version is Version(protocol)
        assert outlook.delay > 0

    @pytest.mark.parametrize("cause", PLAIN + HOPELESS)
    def test_any_other_failure_says_nothing_about_the_version(self, cause: Cause) -> None:
        outlook = failed(retry.first("auto"), cause)
        assert outlook.version is V5
        assert outlook.delay > 0

    @pytest.mark.parametrize("cause", Cause)
    def test_a_version_that_has_worked_is_kept_when_its_connection_ends(self, cause: Cause) -> None:
        fallen_back = failed(retry.first("auto"), Cause.UNSUPPORTED_PROTOCOL)
        outlook = failed(fallen_back, cause, up_for=5.0)
        assert outlook.version is V311
        assert outlook.delay > 0

    @settings(deadline=None)
    @given(histories)
    def test_two_versions_are_never_tried_over_and_over_without_waiting(
        self, history: list[tuple[Failure, float, float | None]]
    ) -> None:
        outlooks = [retry.first("auto")]
        for failure, chance, up_for in history:
            outlooks.append(retry.after(outlooks[-1], failure, chance, up_for=up_for))
        assert all(a.delay or b.delay for a, b in pairwise(outlooks[1:]))


class TestDelays:
    """How long it waits."""

    def test_they_grow_to_a_limit(self) -> None:
        outlook, delays = retry.first("auto"), []
        for _ in range(9):
            outlook = failed(outlook, Cause.LOST)
            delays.append(outlook.delay)
        assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]

    @pytest.mark.parametrize("chance", [0.0, 0.25, 1.0])
    def test_chance_spreads_them_around_the_middle(self, chance: float) -> None:
        outlook = retry.after(retry.first("auto"), LOST, chance)
        assert outlook.delay == pytest.approx(0.5 + chance)

    @settings(deadline=None)
    @given(chances, st.integers(0, 10_000))
    def test_they_stay_within_bounds_whatever_happened(self, chance: float, attempts: int) -> None:
        outlook = Outlook((V5,), V5, attempts=attempts)
        delay = retry.after(outlook, LOST, chance).delay
        assert 0.5 * retry.FIRST_DELAY <= delay <= 1.5 * retry.LONGEST_DELAY

    @pytest.mark.parametrize("cause", HOPELESS)
    def test_what_a_user_has_to_mend_is_tried_rarely(self, cause: Cause) -> None:
        assert failed(retry.first("auto"), cause).delay == retry.SLOW_DELAY

    def test_a_wish_of_the_server_s_is_granted(self) -> None:
        busy = Failure(Cause.UNAVAILABLE, retry_after=120.0)
        assert retry.after(retry.first("auto"), busy, 1.0).delay == 120.0

    def test_a_wish_for_less_than_the_wait_changes_nothing(self) -> None:
        busy = Failure(Cause.UNAVAILABLE, retry_after=0.0)
        assert retry.after(retry.first("auto"), busy, MIDDLE).delay == 1.0

    def test_an_exorbitant_wish_is_granted_in_part(self) -> None:
        busy = Failure(Cause.UNAVAILABLE, retry_after=1e9)
        assert retry.after(retry.first("auto"), busy, MIDDLE).delay == retry.LONGEST_WISH

    def test_they_begin_anew_after_a_steady_connection(self) -> None:
        waiting = failed(retry.first("auto"), *[Cause.LOST] * 6)
        assert failed(waiting, Cause.LOST, up_for=retry.STEADY_AFTER).delay == retry.FIRST_DELAY

    def test_they_go_on_growing_where_connections_do_not_last(self) -> None:
        waiting = failed(retry.first("auto"), *[Cause.LOST] * 3)
        assert failed(waiting, Cause.LOST, up_for=retry.STEADY_AFTER - 0.1).delay == 8.0

    @settings(deadline=None)
    @given(histories)
    def test_none_is_negative_or_endless(
        self, history: list[tuple[Failure, float, float | None]]
    ) -> None:
        outlook = retry.first("auto")
        for failure, chance, up_for in history:
            outlook = retry.after(outlook, failure, chance, up_for=up_for)
            assert 0.0 <= outlook.delay <= retry.LONGEST_WISH


class TestFallingBack:
    """A broker that spoke MQTT 5 and for a while only 3.1.1."""

    def test_mqtt_5_is_tried_again_when_the_connection_ends(self) -> None:
        outlook = failed(retry.first("auto", V5), Cause.UNSUPPORTED_PROTOCOL)
        assert (outlook.version, outlook.delay) == (V311, 0.0)
        again = failed(outlook, Cause.LOST, up_for=5.0)
        assert (again.version, again.delay > 0) == (V5, True)

    @pytest.mark.parametrize("cause", DOUBTING)
    def test_and_where_it_is_still_not_spoken_3_1_1_follows_at_once(self, cause: Cause) -> None:
        outlook = failed(retry.first("auto", V5), Cause.UNSUPPORTED_PROTOCOL)
        outlook = failed(failed(outlook, Cause.LOST, up_for=5.0), cause)
        assert (outlook.version, outlook.delay) == (V311, 0.0)

    @pytest.mark.parametrize("cause", PLAIN + HOPELESS)
    def test_and_after_an_attempt_in_3_1_1_that_failed(self, cause: Cause) -> None:
        outlook = failed(retry.first("auto", V5), Cause.UNSUPPORTED_PROTOCOL, cause)
        assert (outlook.version, outlook.delay > 0) == (V5, True)

    def test_what_was_spoken_in_this_life_counts_as_well(self) -> None:
        outlook = failed(retry.first("auto"), Cause.LOST, up_for=5.0)
        outlook = failed(outlook, Cause.UNSUPPORTED_PROTOCOL)
        assert failed(outlook, Cause.LOST, up_for=5.0).version is V5

    @pytest.mark.parametrize("remembered", [None, V311])
    def test_never_where_3_1_1_is_all_that_ever_worked(self, remembered: Version | None) -> None:
        outlook = retry.first("auto", remembered)
        if remembered is None:
            outlook = failed(outlook, Cause.UNSUPPORTED_PROTOCOL)
        for cause in PLAIN:
            outlook = failed(outlook, cause, up_for=5.0)
            assert outlook.version is V311

    @pytest.mark.parametrize("known", [None, V311, V5])
    @pytest.mark.parametrize("spoken", [V311, V5])
    def test_the_better_one_is_remembered(self, known: Version | None, spoken: Version) -> None:
        expected = V5 if V5 in (known, spoken) else V311
        assert retry.better(known, spoken) is expected
