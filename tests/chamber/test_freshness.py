"""How old is too old."""

from __future__ import annotations

from chamber.given import BOX, after, at, numbered, prompt, sample
from chamber_agent.chamber.freshness import DEFAULT_HEARTBEAT, age, fresh, heartbeat
from chamber_agent.chamber.model import Chamber, Gateway, Meta, Presence, Status

GATEWAY = Gateway(id="pi", status=Status(state=Presence.ONLINE, heartbeat=7.0))


def test_a_chamber_s_own_heartbeat_comes_first() -> None:
    chamber = after(prompt(numbered(1)), given=Chamber(address=BOX, meta=Meta(heartbeat=3.0)))
    assert heartbeat(chamber, GATEWAY) == 3.0


def test_a_gateway_s_heartbeat_holds_for_chambers_that_number_their_samples() -> None:
    assert heartbeat(after(prompt(numbered(1))), GATEWAY) == 7.0


def test_a_gateway_s_heartbeat_does_not_hold_for_chambers_that_do_not() -> None:
    for taken in (sample(), sample(seq=5), sample(epoch="k3f9")):
        assert heartbeat(after((taken, at(0))), GATEWAY, 60.0) == 60.0


def test_without_a_promise_the_default_is_five_minutes() -> None:
    assert DEFAULT_HEARTBEAT == 300.0
    for gateway in (None, Gateway(id="pi"), Gateway(id="pi", status=Status(state=Presence.ONLINE))):
        assert heartbeat(after(prompt(numbered(1))), gateway) == 300.0


def test_a_chamber_without_a_sample_has_no_age_and_is_not_fresh() -> None:
    chamber = Chamber(address=BOX)
    assert age(chamber, 0.0) is None
    assert not fresh(chamber, 0.0, 10.0)


def test_age_counts_from_the_sample_s_own_time() -> None:
    chamber = after((numbered(0), at(4.0)))
    assert age(chamber, 4.0) == 4.0
    assert age(chamber, 10.0) == 10.0


def test_age_counts_by_the_monotonic_clock_alone() -> None:
    chamber = after((sample(), at(100.0)))
    assert age(chamber, 100.0) == 0.0
    assert age(chamber, 99.0) == 0.0


def test_three_heartbeats_are_fresh_and_a_moment_more_is_not() -> None:
    chamber = after((sample(), at(0.0)))
    assert fresh(chamber, 30.0, 10.0)
    assert not fresh(chamber, 30.001, 10.0)


def test_a_sign_of_life_without_a_temperature_is_fresh() -> None:
    assert fresh(after((sample(None), at(0.0))), 1.0, 10.0)
