"""Every rule about copies, order, age and ghosts, seen from the chamber."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chamber.given import (
    BOX,
    after,
    at,
    described,
    numbered,
    prompt,
    sample,
    spoiled,
    through,
    undated,
)
from chamber_agent.chamber import fold
from chamber_agent.chamber.freshness import age, fresh
from chamber_agent.chamber.messages import (
    Announce,
    Command,
    CommandMessage,
    Event,
    EventMessage,
    MetaMessage,
    Reply,
    ReplyMessage,
    SpoiledMessage,
    StateMessage,
    StatusMessage,
)
from chamber_agent.chamber.model import (
    Action,
    Chamber,
    Clock,
    Gateway,
    Kind,
    Limits,
    Mode,
    Part,
    Presence,
    Probe,
    Status,
    frozen,
)

CLEARED_META = MetaMessage(BOX, None)
CLEARED_STATE = StateMessage(BOX, None)
EMPTY = Chamber(address=BOX)


def status(state: Presence, session: str | None = None, **fields: object) -> Status:
    """What a gateway says of itself."""
    return Status(state=state, session=session, **fields)  # type: ignore[arg-type]


def said(state: Presence) -> StatusMessage:
    """What reaches the chambers of a gateway whose status was accepted."""
    return StatusMessage("pi", status(state))


def test_a_chamber_of_which_nothing_is_known_has_its_address() -> None:
    assert Chamber(address=BOX) == Chamber(address=BOX)


def test_a_gateway_that_is_born_is_known_by_its_status_and_session() -> None:
    born = status(Presence.ONLINE, "s", agent="1")
    known = Gateway(id="pi", status=born, session="s", greeted=True)
    assert fold.greet(Gateway(id="pi"), born) == known


def shown(chamber: Chamber) -> float | None:
    """The temperature of the sample in force."""
    return chamber.sample.temperature if chamber.sample else None


class TestALiveSample:
    def test_leaves_what_is_known_of_the_chamber_itself(self) -> None:
        before = replace(after((described(name="Box"), at(0.0))), meta_cleared=True)
        chamber = after(prompt(numbered(1)), given=before)
        assert chamber.meta is before.meta is not None
        assert chamber.address == BOX
        assert chamber.meta_cleared is True

    def test_teaches_how_many_parts_there_are_and_which_give_a_duty(self) -> None:
        plain: dict[str, Any] = {"heaters": (Part(on=True),), "coolers": (Part(on=True),) * 2}
        chamber = after(prompt(numbered(1, **plain)))
        assert (chamber.learned.heaters, chamber.learned.coolers) == (1, 2)
        assert chamber.learned.fields == frozenset()
        for kind, fewer in (("heaters", "coolers"), ("coolers", "heaters")):
            parts: dict[str, Any] = {kind: (None, Part(on=True, duty=5.0)), fewer: plain[fewer]}
            taught = after(prompt(numbered(2, **parts)), given=chamber)
            assert taught.learned.fields == {f"{kind.removesuffix('s')}_duty"}

    def test_teaches_the_duty_of_a_part_of_which_nothing_was_known(self) -> None:
        chamber = after(prompt(numbered(1, heaters=(None,))))
        taught = after(prompt(numbered(2, heaters=(Part(on=True, duty=5.0),))), given=chamber)
        assert taught.learned.fields == {"heater_duty"}

    def test_that_teaches_nothing_new_leaves_the_same_knowledge(self) -> None:
        steps = [prompt(numbered(1, setpoint=4.0)), prompt(numbered(2)), prompt(numbered(3))]
        first, *others = through(steps, EMPTY)[1:]
        assert all(one.learned is first.learned for one in others)

    def test_is_shown_and_has_the_age_its_time_says(self) -> None:
        chamber = after((numbered(3), at(34.0)))
        assert shown(chamber) == 3.0
        assert age(chamber, 34.0) == 4.0

    def test_without_a_clock_is_as_old_as_its_receipt(self) -> None:
        assert age(after((undated(3), at(34.0))), 36.0) == 2.0

    @pytest.mark.parametrize("clock", [None, Clock.ESTIMATED, Clock.NONE])
    def test_whose_clock_cannot_be_relied_on_is_as_old_as_its_receipt(
        self, clock: Clock | None
    ) -> None:
        assert age(after((numbered(0, clock=clock), at(500.0))), 500.0) == 0.0

    @pytest.mark.parametrize("clock", [Clock.NTP, Clock.RTC])
    def test_whose_clock_can_be_relied_on_is_as_old_as_it_says(self, clock: Clock) -> None:
        assert age(after((numbered(0, clock=clock), at(500.0))), 500.0) == 500.0

    def test_from_the_future_is_new_not_younger_than_new(self) -> None:
        assert age(after((numbered(0, 3600.0), at(0.0))), 0.0) == 0.0

    def test_without_a_temperature_is_taken_as_a_sign_of_life(self) -> None:
        chamber = after(prompt(numbered(1)), prompt(numbered(2, temperature=None)))
        assert chamber.sample is not None
        assert shown(chamber) is None

    def test_marks_when_it_came_and_when_it_was_taken(self) -> None:
        chamber = after((numbered(0), at(7.0)))
        assert chamber.live_at == 7.0
        assert chamber.taken_at == at(0.0).utc


class TestACopy:
    def test_refreshes_nothing(self) -> None:
        first = after(prompt(numbered(1)))
        assert after((numbered(1), at(15.0)), (numbered(1), at(20.0)), given=first) is first

    def test_with_another_content_changes_nothing(self) -> None:
        first = after(prompt(numbered(5)))
        assert after((numbered(5, temperature=99.0), at(51.0)), given=first) is first

    def test_that_comes_late_changes_nothing(self) -> None:
        first = after(prompt(numbered(5)), prompt(numbered(6)))
        assert after((numbered(4), at(61.0)), (numbered(5), at(62.0)), given=first) is first

    def test_of_an_epoch_once_left_changes_nothing(self) -> None:
        first = after(prompt(numbered(5)), (numbered(1, 60.0, epoch="b"), at(60.0)))
        strayed = after((numbered(6), at(61.0)), given=first)
        assert replace(strayed, sequence=first.sequence) == first

    def test_does_not_undo_a_will(self) -> None:
        lost = after(prompt(numbered(1)), (said(Presence.LOST), at(12.0)))
        assert after((numbered(1), at(13.0)), given=lost).lost

    def test_without_a_number_is_known_by_its_time(self) -> None:
        taken = sample(time=5.0, clock=Clock.ESTIMATED)
        first = after((taken, at(0.0)))
        assert after((taken, at(5.0)), given=first) is first

    def test_without_a_number_is_known_by_its_uptime(self) -> None:
        taken = sample(boot="a1", uptime=5.0)
        first = after((taken, at(0.0)))
        assert after((taken, at(5.0)), given=first) is first

    def test_cannot_be_told_from_a_heartbeat_when_it_carries_no_time_at_all(self) -> None:
        assert age(after((sample(), at(0.0)), (sample(), at(5.0))), 5.0) == 0.0

    def test_of_an_unnumbered_sample_does_not_undo_a_will(self) -> None:
        taken = sample(time=5.0)
        assert after((taken, at(0)), (said(Presence.LOST), at(1)), (taken, at(2))).lost


class TestANumber:
    def test_counts_for_nothing_without_an_epoch(self) -> None:
        steps = [(sample(float(seq), seq=seq), at(i)) for i, seq in enumerate((9, 5, 5, 7))]
        assert [shown(c) for c in through(steps, EMPTY)] == [None, 9.0, 5.0, 5.0, 7.0]

    def test_that_jumps_by_more_than_a_million_is_not_shown_until_it_is_continued(self) -> None:
        far = 5_000_050
        steps = [(numbered(n, t), at(t)) for n, t in ((1, 0.0), (far, 10.0), (far + 1, 20.0))]
        assert [shown(c) for c in through(steps, EMPTY)] == [None, 1.0, 1.0, 51.0]

    def test_that_went_back_is_shown_from_the_third_later_sample(self) -> None:
        steps = [(numbered(n, t), at(t)) for n, t in ((90, 0.0), (5, 10.0), (6, 20.0), (7, 30.0))]
        states = through(steps, EMPTY)
        assert [shown(c) for c in states] == [None, 90.0, 90.0, 90.0, 7.0]
        assert states[-1].sequence.rewinds == 1

    def test_of_a_new_epoch_is_shown_at_once(self) -> None:
        chamber = after(prompt(numbered(90)), (numbered(0, 910.0, epoch="b"), at(910.0)))
        assert shown(chamber) == 0.0


class TestASpoiledSample:
    def test_refreshes_nothing_but_notes_its_number(self) -> None:
        chamber = after(prompt(numbered(1)), (spoiled(2), at(20.0)))
        assert (shown(chamber), age(chamber, 20.0)) == (1.0, 10.0)
        assert after(prompt(numbered(3)), given=chamber).sequence.missed == 0

    def test_whose_number_is_a_copy_changes_nothing(self) -> None:
        first = after(prompt(numbered(1)))
        assert after((spoiled(1), at(20.0)), given=first) is first

    @pytest.mark.parametrize(("epoch", "seq"), [(None, None), ("k3f9", None), (None, 2)])
    def test_without_a_whole_number_changes_nothing(
        self, epoch: str | None, seq: int | None
    ) -> None:
        first = after(prompt(numbered(1)))
        assert after((SpoiledMessage(BOX, epoch, seq), at(20.0)), given=first) is first

    def test_does_not_undo_a_will(self) -> None:
        chamber = after(prompt(numbered(1)), (said(Presence.LOST), at(11)), (spoiled(2), at(12)))
        assert chamber.lost


class TestARetainedSample:
    def test_with_a_true_time_has_its_true_age(self) -> None:
        chamber = after((numbered(0), at(86_400.0, retained=True)))
        assert age(chamber, 86_400.0) == 86_400.0
        assert not fresh(chamber, 86_400.0, 10.0)

    def test_that_is_young_is_shown(self) -> None:
        assert fresh(after((numbered(0), at(5.0, retained=True))), 5.0, 10.0)

    @pytest.mark.parametrize("taken", [sample(), undated(4), sample(time=5.0)])
    def test_of_unknown_age_shows_no_value(self, taken: object) -> None:
        assert after((taken, at(5.0, retained=True))).sample is None  # type: ignore[arg-type]

    def test_of_unknown_age_tells_what_the_chamber_has(self) -> None:
        taken = sample(setpoint=4.0, heaters=(Part(on=True),), probes=frozen({"product": 1.0}))
        chamber = after((taken, at(5.0, retained=True)))
        assert chamber.names(Kind.HEATER) == (None,)
        assert list(chamber.probes) == ["product"]
        assert chamber.learned.fields == {"setpoint"}

    def test_of_unknown_age_leaves_the_live_one_in_force_and_what_is_known_of_the_clock(
        self,
    ) -> None:
        ahead = [(numbered(n, 10.0 * n + 600.0), at(10.0 * n)) for n in range(4)]
        known = replace(after(*ahead), state_cleared=True)
        now = after((undated(9), at(90.0, retained=True)), given=known)
        assert known.skew.offset == -600.0
        assert (now.sample, now.skew) == (known.sample, known.skew)
        assert now.state_cleared is False
        assert now.sequence.last == 9

    def test_of_unknown_age_is_followed_by_the_live_one_that_shows(self) -> None:
        chamber = after((undated(4), at(5.0, retained=True)), (undated(5), at(6.0)))
        assert shown(chamber) == 5.0

    def test_of_unknown_age_shows_nothing_when_it_is_said_again(self) -> None:
        assert after((undated(4), at(5.0, retained=True)), (undated(4), at(6.0))).sample is None

    def test_from_the_future_has_an_unknown_age(self) -> None:
        """Its clock is wrong, so its time says nothing of its age."""
        assert after((numbered(0, 3600.0), at(0.0, retained=True))).sample is None

    def test_from_half_a_minute_ahead_is_new(self) -> None:
        assert age(after((numbered(0, 30.0), at(0.0, retained=True))), 0.0) == 0.0

    def test_from_a_clock_known_to_be_ahead_has_its_true_age(self) -> None:
        live = [(numbered(i, 10.0 * i + 3600.0), at(10.0 * i)) for i in range(3)]
        chamber = after(*live, (numbered(3, 3630.0), at(40.0, retained=True)))
        assert age(chamber, 40.0) == pytest.approx(10.0)

    def test_from_a_clock_known_to_be_slow_has_an_unknown_age(self) -> None:
        """It may have been set since: then the sample is as old as it says, and not younger by the offset."""
        live = [(numbered(i, 10.0 * i), at(10.0 * i + 3600.0)) for i in range(3)]
        known = after(*live)
        assert known.skew.offset == 3600.0
        later = after((numbered(3, 3700.0), at(7300.0, retained=True)), given=known)
        assert (later.sample, later.sequence.last) == (known.sample, 3)
        assert age(later, 7300.0) == pytest.approx(3680.0)

    def test_does_not_displace_what_came_live(self) -> None:
        first = after((sample(1.0), at(0.0)))
        assert after((sample(2.0), at(1.0, retained=True)), given=first) is first

    def test_of_the_same_time_does_not_displace_what_came_live(self) -> None:
        first = after((sample(1.0, time=at(0).utc, clock=Clock.NTP), at(0.0)))
        same = sample(2.0, time=at(0).utc, clock=Clock.NTP)
        assert after((same, at(60.0, retained=True)), given=first) is first

    def test_that_is_later_displaces_what_came_live_before(self) -> None:
        first = after((sample(1.0, time=at(0).utc, clock=Clock.NTP), at(0.0)))
        later = sample(2.0, time=at(50).utc, clock=Clock.NTP)
        assert shown(after((later, at(60.0, retained=True)), given=first)) == 2.0

    def test_does_not_undo_a_will(self) -> None:
        lost = after(prompt(numbered(1)), (said(Presence.LOST), at(11.0)))
        chamber = after((numbered(2), at(25.0, retained=True)), given=lost)
        assert chamber.lost
        assert shown(chamber) == 2.0

    def test_is_not_marked_as_live(self) -> None:
        chamber = after((numbered(1), at(10.0)), (numbered(2), at(21.0, retained=True)))
        assert chamber.live_at == 10.0

    def test_of_an_older_epoch_does_not_shut_the_live_one_out(self) -> None:
        """A broker restored from an old image."""
        chamber = after(
            (numbered(7, epoch="new"), at(70.0)),
            (numbered(900, 5.0, epoch="old"), at(71.0, retained=True)),
            (numbered(8, epoch="new"), at(80.0)),
        )
        assert shown(chamber) == 8.0


class TestAWrongClock:
    def test_is_corrected_from_the_third_live_sample(self) -> None:
        steps = [(numbered(i), at(10.0 * i + 600.0)) for i in range(3)]
        ages = [age(c, 10.0 * i + 600.0) for i, c in enumerate(through(steps, EMPTY)[1:])]
        assert ages == [600.0, 600.0, 0.0]

    def test_is_named_in_seconds(self) -> None:
        chamber = after(*((numbered(i), at(10.0 * i + 600.0)) for i in range(3)))
        assert chamber.skew.offset == pytest.approx(600.0)

    def test_is_not_learned_from_copies(self) -> None:
        chamber = after(*((numbered(1), at(600.0)) for _ in range(9)))
        assert chamber.skew.offset == 0.0

    def test_is_not_learned_from_samples_without_a_number(self) -> None:
        steps = ((numbered(i, epoch=None), at(10.0 * i + 600.0)) for i in range(9))
        assert after(*steps).skew.offset == 0.0

    def test_is_not_learned_from_retained_samples(self) -> None:
        steps = ((numbered(i), at(10.0 * i + 600.0, retained=True)) for i in range(9))
        assert after(*steps).skew.offset == 0.0

    def test_is_not_learned_from_a_backlog(self) -> None:
        chamber = after(*((numbered(i), at(600.0 + i)) for i in range(20)))
        assert chamber.skew.offset == 0.0
        assert age(chamber, 619.0) == 429.0


class TestAWill:
    def test_makes_the_chamber_stale_at_once(self) -> None:
        chamber = after(prompt(numbered(1)), (said(Presence.LOST), at(11.0)))
        assert not fresh(chamber, 11.0, 10.0)

    def test_is_disproved_by_a_live_new_sample(self) -> None:
        steps = prompt(numbered(1)), (said(Presence.LOST), at(11.0)), prompt(numbered(2))
        assert fresh(after(*steps), 20.0, 10.0)

    @pytest.mark.parametrize("goodbye", [Presence.LOST, Presence.OFFLINE])
    def test_is_ended_by_the_gateway_s_next_birth(self, goodbye: Presence) -> None:
        steps = prompt(numbered(1)), (said(goodbye), at(11.0)), (said(Presence.ONLINE), at(12.0))
        assert fresh(after(*steps), 12.0, 10.0)

    def test_said_twice_changes_nothing(self) -> None:
        lost = after((said(Presence.LOST), at(1.0)))
        assert after((said(Presence.OFFLINE), at(2.0)), given=lost) is lost

    def test_holds_for_a_retained_sample_that_comes_after_it(self) -> None:
        chamber = after((said(Presence.LOST), at(11.0)), (numbered(1), at(12.0, retained=True)))
        assert not fresh(chamber, 12.0, 10.0)


class TestAGhost:
    ONLINE = fold.greet(
        Gateway(id="pi"), status(Presence.ONLINE, "new", heartbeat=5.0, agent="a 1")
    )

    @pytest.mark.parametrize("state", [Presence.LOST, Presence.OFFLINE])
    @pytest.mark.parametrize("session", ["old", None])
    def test_is_ignored(self, state: Presence, session: str | None) -> None:
        assert fold.greet(self.ONLINE, status(state, session)) is self.ONLINE

    @pytest.mark.parametrize("state", [Presence.LOST, Presence.OFFLINE])
    def test_is_not_who_names_the_session_last_seen_online(self, state: Presence) -> None:
        gateway = fold.greet(self.ONLINE, status(state, "new"))
        assert gateway.status is not None
        assert gateway.status.state is state

    def test_cannot_be_known_before_anyone_was_seen_online(self) -> None:
        gateway = fold.greet(Gateway(id="pi"), status(Presence.LOST, "any"))
        assert gateway.status == status(Presence.LOST, "any")

    def test_is_still_known_after_the_true_goodbye(self) -> None:
        offline = fold.greet(self.ONLINE, status(Presence.OFFLINE, "new"))
        assert fold.greet(offline, status(Presence.LOST, "old")) is offline

    def test_says_goodbye_without_a_session_where_none_was_given(self) -> None:
        plain = fold.greet(Gateway(id="pi"), status(Presence.ONLINE))
        gateway = fold.greet(plain, status(Presence.OFFLINE))
        assert gateway.status == status(Presence.OFFLINE)

    def test_is_outlived_by_what_the_birth_said_of_heartbeat_and_agent(self) -> None:
        gateway = fold.greet(self.ONLINE, status(Presence.LOST, "new"))
        assert gateway.status == status(Presence.LOST, "new", heartbeat=5.0, agent="a 1")

    def test_may_become_the_gateway_by_a_birth_of_its_own(self) -> None:
        gateway = fold.greet(self.ONLINE, status(Presence.ONLINE, "newer"))
        assert gateway.session == "newer"
        assert fold.greet(gateway, status(Presence.LOST, "new")) is gateway


class TestAChamberThatIsGone:
    def test_cleared_both_its_description_and_its_state(self) -> None:
        chamber = after(prompt(numbered(1)), (CLEARED_META, at(11)), (CLEARED_STATE, at(11)))
        assert chamber.gone
        assert not fresh(chamber, 11.0, 10.0)

    def test_may_clear_them_in_any_order(self) -> None:
        assert after((CLEARED_STATE, at(1)), (CLEARED_META, at(1))).gone

    def test_that_comes_back_with_a_sample_of_unknown_age_does_not_show_its_last_one(self) -> None:
        gone = after(prompt(numbered(1)), (CLEARED_META, at(11)), (CLEARED_STATE, at(11)))
        dated_in_the_future = numbered(2, 5000.0)
        chamber = after((dated_in_the_future, at(12, retained=True)), given=gone)
        assert not chamber.gone
        assert not fresh(chamber, 12.0, 10.0)

    @pytest.mark.parametrize("cleared", [CLEARED_META, CLEARED_STATE])
    def test_is_not_gone_with_one_of_them(self, cleared: MetaMessage | StateMessage) -> None:
        chamber = after(prompt(numbered(1)), (cleared, at(11.0)))
        assert not chamber.gone
        assert fresh(chamber, 11.0, 10.0)
        assert (shown(chamber), age(chamber, 11.0)) == (1.0, 1.0)

    def test_comes_back_with_a_new_sample(self) -> None:
        gone = after(prompt(numbered(1)), (CLEARED_META, at(11)), (CLEARED_STATE, at(11)))
        chamber = after(prompt(numbered(2)), given=gone)
        assert not chamber.gone
        assert fresh(chamber, 20.0, 10.0)

    def test_comes_back_with_a_description(self) -> None:
        gone = after((CLEARED_META, at(1)), (CLEARED_STATE, at(1)))
        assert not after((described(name="A"), at(2)), given=gone).gone

    def test_does_not_come_back_with_a_copy(self) -> None:
        gone = after(prompt(numbered(1)), (CLEARED_META, at(11)), (CLEARED_STATE, at(11)))
        assert after((numbered(1), at(12.0)), given=gone) is gone

    def test_cleared_twice_changes_nothing(self) -> None:
        gone = after((CLEARED_META, at(1)), (CLEARED_STATE, at(1)))
        assert after((CLEARED_META, at(2)), (CLEARED_STATE, at(2)), given=gone) is gone


class TestADescription:
    def test_names_the_parts_whatever_the_samples_showed(self) -> None:
        three = sample(coolers=(Part(on=True),) * 3)
        chamber = after((three, at(0)), (described(coolers=("A", "B")), at(1)))
        assert chamber.names(Kind.COOLER) == ("A", "B")

    def test_said_again_changes_nothing(self) -> None:
        first = after((described(name="A", limits=Limits(min=-5.0)), at(1)))
        assert after((described(name="A", limits=Limits(min=-5.0)), at(2)), given=first) is first

    def test_refreshes_nothing(self) -> None:
        assert age(after(prompt(numbered(1)), (described(name="A"), at(90))), 90.0) == 80.0

    def test_adds_its_probes_to_those_that_were_seen(self) -> None:
        seen = sample(probes=frozen({"b": 1.0}))
        chamber = after(
            (seen, at(0)), (described(probes=frozen({"a": Probe(role="ambient")})), at(1))
        )
        assert chamber.probes == {"a": Probe(role="ambient"), "b": Probe()}


class TestWhatIsLearned:
    def test_is_the_most_parts_that_were_seen(self) -> None:
        steps = [(sample(fans=(Part(on=True),) * n), at(n)) for n in (1, 3, 2)]
        assert after(*steps).names(Kind.FAN) == (None,) * 3

    def test_are_the_fields_and_the_kinds_whose_duty_is_a_number(self) -> None:
        taken = sample(
            mode=Mode.COOL,
            action=Action.COOLING,
            door=False,
            heaters=(Part(on=False),),
            coolers=(None, Part(on=True, duty=5.0)),
        )
        assert after((taken, at(0))).learned.fields == {"mode", "action", "door", "cooler_duty"}

    def test_are_probes_of_which_the_first_ones_stay_when_there_are_too_many(self) -> None:
        first, second = (frozen({f"{c}{n}": 1.0 for n in range(40)}) for c in "zb")
        chamber = after((sample(probes=first), at(0)), (sample(probes=second), at(1)))
        assert len(chamber.learned.probes) == 64
        assert chamber.learned.probes > set(first)

    def test_stays_when_a_sample_shows_less(self) -> None:
        taken = sample(setpoint=4.0, probes=frozen({"a": None}))
        chamber = after((taken, at(0)), (sample(), at(1)))
        assert chamber.learned.fields == {"setpoint"}
        assert chamber.learned.probes == {"a"}


@pytest.mark.parametrize(
    "other",
    [
        Announce(),
        EventMessage(BOX, Event(type="door_opened")),
        CommandMessage(BOX, Command(id="1", do="identify")),
        ReplyMessage(BOX, Reply(id="1", status="applied")),
    ],
)
def test_what_is_not_about_the_chamber_s_state_changes_nothing(other: Announce) -> None:
    first = after(prompt(numbered(1)))
    assert after((other, at(99.0)), given=first) is first
