"""Who is asked for what is missing, and when."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import inf

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from chamber_agent.chamber.model import Address
from chamber_agent.chamber.past.asking import USUAL, Ask, Asking, Gap, Manner
from patience import examples

A, B, C = (Address("pi", name) for name in "abc")
HOLE = Gap("k3f9", 10, 900)


def asking(*gaps: tuple[Address, Gap], manner: Manner = USUAL) -> Asking:
    """A connected link whose chambers miss something."""
    made = Asking(manner)
    made.connected()
    for address, gap in gaps:
        made.gap(address, gap, 0.0)
    return made


def sent(made: Asking, until: float, since: float = 0.0) -> list[tuple[float, Ask]]:
    """What is asked when, where time alone passes and nobody answers."""
    found, now = [], since
    while now <= until:
        made.overdue(now)
        while ask := made.due(now):
            found.append((now, ask))
        wake = made.wake_at()
        assert wake is None or wake > now, "it would spin"
        now = inf if wake is None else wake
    return found


class TestAsking:
    def test_asks_for_the_whole_gap(self) -> None:
        assert asking((A, HOLE)).due(0.0) == Ask(A, "k3f9", 10, 900)

    def test_does_not_span_more_than_can_be_counted_with(self) -> None:
        ask = asking((A, Gap("k3f9", 5, 2**52))).due(0.0)
        assert ask == Ask(A, "k3f9", 5, 100_004)

    def test_asks_nobody_without_a_connection(self) -> None:
        made = Asking()
        made.gap(A, HOLE, 0.0)
        assert made.due(0.0) is None
        assert made.wake_at() is None

    def test_asks_nobody_who_misses_nothing(self) -> None:
        made = asking((A, HOLE))
        made.gap(A, None, 0.0)
        assert made.due(0.0) is None
        assert made.wake_at() is None

    def test_pauses_between_two_questions(self) -> None:
        made = asking((A, HOLE), (B, HOLE))
        assert made.due(0.0)
        assert made.due(0.009) is None
        assert made.wake_at() == pytest.approx(0.01)
        assert made.due(0.01)

    def test_has_no_more_than_four_questions_in_flight(self) -> None:
        many = [(Address("pi", f"c{number}"), HOLE) for number in range(9)]
        assert len(sent(asking(*many), until=29.0)) == 4

    def test_counts_an_answer_as_in_flight_until_it_is_judged(self) -> None:
        made = asking((A, HOLE), (B, HOLE), manner=Manner(most_in_flight=1))
        made.due(0.0)
        made.answered(A, 1.0)
        assert made.due(2.0) is None
        made.settled(A, 3.0, good=True)
        assert made.due(3.0) == Ask(B, *HOLE)


class TestAGoodBatch:
    def test_waits_for_the_keeper_to_name_the_next_gap(self) -> None:
        made = asking((A, HOLE))
        made.due(0.0)
        made.answered(A, 1.0)
        made.settled(A, 1.1, good=True)
        assert made.due(1.1) is None
        assert made.gap(A, Gap("k3f9", 510, 900), 1.2)
        assert made.due(1.2) == Ask(A, "k3f9", 510, 900)

    def test_is_followed_at_once_where_the_keeper_named_it_before(self) -> None:
        made = asking((A, HOLE))
        made.due(0.0)
        made.answered(A, 1.0)
        made.gap(A, Gap("k3f9", 510, 900), 1.05)
        made.settled(A, 1.1, good=True)
        assert made.due(1.1) == Ask(A, "k3f9", 510, 900)

    def test_that_brought_nothing_is_asked_for_again_a_minute_later(self) -> None:
        made = asking((A, HOLE))
        made.due(0.0)
        made.answered(A, 1.0)
        made.settled(A, 1.0, good=True)
        assert [at for at, _ask in sent(made, until=70.0, since=1.0)] == [61.0]

    def test_ends_the_back_off(self) -> None:
        made = asking((A, HOLE))
        (_first, (second, _ask)) = sent(made, until=100.0)
        made.answered(A, second)
        made.gap(A, Gap("k3f9", 510, 900), second)
        made.settled(A, second, good=True)
        third, fourth = sent(made, until=second + 95.0, since=second + 0.1)
        assert fourth[0] - third[0] == 30.0 + 60.0


class TestSilence:
    def test_backs_off_from_a_minute_to_an_hour(self) -> None:
        times = [at for at, _ask in sent(asking((A, HOLE)), until=30_000.0)]
        rests = [later - earlier - 30.0 for earlier, later in pairwise(times)]
        assert rests == [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0] + [3600.0] * (len(rests) - 6)
        assert len(rests) > 8

    def test_of_one_chamber_does_not_keep_others_waiting(self) -> None:
        made = asking((A, HOLE), (B, HOLE), manner=Manner(most_in_flight=1))
        asked = Counter(ask.address for _at, ask in sent(made, until=1000.0))
        assert asked[A] == asked[B] > 2

    def test_is_named_so_that_a_late_answer_is_not_waited_for(self) -> None:
        made = asking((A, HOLE))
        ask = made.due(0.0)
        assert made.overdue(29.9) == []
        assert made.overdue(30.0) == [ask]

    def test_of_the_keeper_is_not_waited_for_forever(self) -> None:
        made = asking((A, HOLE))
        ask = made.due(0.0)
        made.answered(A, 1.0)
        assert made.overdue(600.0) == []
        assert made.overdue(601.0) == [ask]


class TestRefusals:
    @pytest.mark.parametrize("code", ["unknown_epoch", "bad_range"])
    def test_that_say_nobody_has_it_name_what_is_lost(self, code: str) -> None:
        made = asking((A, Gap("k3f9", 1, 2**40)))
        ask = made.due(0.0)
        assert made.refused(A, code, 1.0) == ask
        assert made.due(1.0) is None
        made.gap(A, Gap("k3f9", 100_001, 2**40), 1.1)
        assert made.due(1.1) == Ask(A, "k3f9", 100_001, 200_000)

    @pytest.mark.parametrize("code", ["busy", "not_supported", "surprise", None])
    def test_of_other_kinds_back_off(self, code: str | None) -> None:
        made = asking((A, HOLE))
        made.due(0.0)
        assert made.refused(A, code, 1.0) is None
        assert [at for at, _ask in sent(made, until=62.0, since=1.0)] == [61.0]

    def test_after_the_answer_count_for_nothing(self) -> None:
        made = asking((A, HOLE))
        made.due(0.0)
        made.answered(A, 1.0)
        assert made.refused(A, "bad_range", 1.0) is None


class TestRubbish:
    def test_backs_off_like_silence(self) -> None:
        made = asking((A, HOLE))
        made.due(0.0)
        made.answered(A, 1.0)
        made.settled(A, 2.0, good=False)
        made.gap(A, HOLE, 2.1)
        assert sent(made, until=100.0, since=3.0)[0][0] == 62.0


class TestConnections:
    def test_that_return_are_used_at_once_for_what_was_in_flight(self) -> None:
        made = asking((A, HOLE))
        ask = made.due(0.0)
        made.disconnected(1.0)
        assert made.due(1.0) is None
        made.connected()
        assert made.due(1.1) == ask

    def test_do_not_shorten_a_rest(self) -> None:
        made = asking((A, HOLE))
        made.due(0.0)
        made.refused(A, "busy", 0.0)
        made.disconnected(1.0)
        made.connected()
        assert made.due(59.0) is None
        assert made.due(60.0)

    def test_that_go_while_the_keeper_judges_do_not_ask_twice(self) -> None:
        made = asking((A, HOLE))
        made.due(0.0)
        made.answered(A, 1.0)
        made.disconnected(1.0)
        made.connected()
        assert made.due(2.0) is None
        made.settled(A, 2.0, good=True)
        made.gap(A, None, 2.0)
        assert made.due(3.0) is None

    def test_that_do_not_take_it_are_tried_again_in_a_second(self) -> None:
        made = asking((A, HOLE))
        made.due(0.0)
        made.unsent(A, 0.0)
        assert [at for at, _ask in sent(made, until=2.0)] == [1.0]

    def test_of_a_gateway_that_is_new_end_rest_and_flight(self) -> None:
        made = asking((A, HOLE), (B, HOLE))
        made.due(0.0)
        made.due(0.05)
        made.refused(B, "busy", 1.0)
        made.returned(A, 2.0)
        made.returned(B, 2.0)
        assert [ask.address for _at, ask in sent(made, until=3.0, since=2.0)] == [A, B]

    def test_of_a_gateway_that_flaps_still_lengthen_its_rest(self) -> None:
        made = asking((A, HOLE))
        for now in (0.0, 1.0, 2.0):
            assert made.due(now)
            made.refused(A, "busy", now)
            made.returned(A, now)
        assert made.due(3.0)
        made.refused(A, "busy", 3.0)
        assert sent(made, until=1000.0, since=3.0)[0][0] == 3.0 + 480.0


def test_a_chamber_that_is_forgotten_is_asked_no_more() -> None:
    made = asking((A, HOLE), (B, HOLE))
    made.due(0.0)
    made.forget(A)
    made.forget(B)
    made.forget(C)
    made.unsent(A, 1.0)
    made.answered(A, 1.0)
    made.settled(A, 1.0, good=True)
    assert made.due(1.0) is None
    assert made.wake_at() is None


def test_a_rest_lasts_though_nothing_is_missing_meanwhile() -> None:
    made = asking((A, HOLE))
    made.due(0.0)
    made.refused(A, "busy", 0.0)
    made.gap(A, None, 1.0)
    made.gap(A, HOLE, 2.0)
    assert sent(made, until=100.0, since=2.0)[0][0] == 60.0


def test_news_of_the_same_gap_cost_nothing() -> None:
    made = asking((A, HOLE))
    made.due(0.0)
    made.refused(A, "busy", 0.0)
    assert not any(made.gap(A, HOLE, 1.0) for _time in range(1000))


def test_a_gap_that_grows_while_its_chamber_rests_takes_no_memory() -> None:
    made = asking((A, HOLE))
    made.due(0.0)
    made.refused(A, "busy", 0.0)
    assert all(made.gap(A, HOLE._replace(last=last), 1.0) for last in range(1000, 2000))
    assert len(made._sleepers) == 1


def test_a_chamber_that_is_forgotten_is_known_anew() -> None:
    made = asking((A, HOLE))
    made.forget(A)
    assert made.gap(A, HOLE, 1.0)
    assert made.due(1.0) == Ask(A, *HOLE)


def test_that_a_chamber_misses_nothing_is_no_news_where_it_never_did() -> None:
    made = asking()
    assert not made.gap(A, None, 0.0)
    assert made.gap(A, HOLE, 0.0)
    assert made.gap(A, None, 0.0)
    assert not made.gap(A, None, 0.0)


def test_the_same_gap_is_news_until_the_keeper_is_waited_for_no_more() -> None:
    made = asking((A, HOLE))
    made.due(0.0)
    made.answered(A, 1.0)
    made.settled(A, 1.0, good=True)
    assert not made.gap(A, HOLE, 1.0 + USUAL.shortest_rest)
    other = asking((A, HOLE))
    other.due(0.0)
    other.settled(A, 1.0, good=True)
    assert other.gap(A, HOLE, 0.9 + USUAL.shortest_rest)


def test_news_of_a_gap_do_not_cost_a_chamber_its_turn() -> None:
    made = asking((A, HOLE), (B, HOLE))
    made.gap(A, HOLE._replace(last=1000), 0.0)
    first, second = (ask.address for _at, ask in sent(made, until=1.0))
    assert (first, second) == (A, B)


def test_a_chamber_that_answered_and_misses_nothing_more_takes_no_memory() -> None:
    made = asking((A, HOLE))
    made.due(0.0)
    made.settled(A, 1.0, good=True)
    made.gap(A, None, 1.0)
    assert not made._turns


class Links(RuleBasedStateMachine):
    """Everything that may happen on a link, against what must hold whatever happens."""

    addresses = st.sampled_from([Address("pi", f"c{number}") for number in range(7)])

    @initialize()
    def begin(self) -> None:
        self.now = 0.0
        self.made = Asking()
        self.up = False
        self.missing: dict[Address, Gap] = {}
        self.flying: dict[Address, Ask] = {}
        self.judged: dict[Address, Ask] = {}
        self.rest: dict[Address, float] = {}
        self.not_before: dict[Address, float] = {}
        self.last_asked = -inf
        self.passed_over: Counter[Address] = Counter()

    def waiting(self, address: Address) -> bool:
        """Whether a chamber might be asked now."""
        return (
            address in self.missing
            and address not in self.flying
            and address not in self.judged
            and self.not_before.get(address, -inf) <= self.now
        )

    def failed(self, address: Address) -> None:
        self.rest[address] = min(max(2 * self.rest.get(address, 0.0), 60.0), 3600.0)
        self.not_before[address] = self.now + self.rest[address]

    @rule(address=addresses, first=st.integers(0, 10**7), more=st.integers(0, 10**7))
    def a_chamber_misses(self, address: Address, first: int, more: int) -> None:
        self.missing[address] = Gap("e", first, first + more)
        self.made.gap(address, self.missing[address], self.now)

    @rule(address=addresses)
    def a_chamber_misses_nothing(self, address: Address) -> None:
        self.missing.pop(address, None)
        self.passed_over[address] = 0
        self.made.gap(address, None, self.now)

    @rule()
    def the_connection_comes(self) -> None:
        self.up = True
        self.made.connected()

    @rule()
    def the_connection_goes(self) -> None:
        self.up = False
        self.flying.clear()
        self.passed_over.clear()
        self.made.disconnected(self.now)

    @rule(address=addresses)
    def a_gateway_returns(self, address: Address) -> None:
        self.flying.pop(address, None)
        self.not_before.pop(address, None)
        self.made.returned(address, self.now)

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.05, 1.0, 31.0, 60.0, 700.0, 3600.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        for ask in self.made.overdue(self.now):
            assert (self.flying.pop(ask.address, None) or self.judged.pop(ask.address)) == ask
            self.failed(ask.address)

    @rule(most=st.integers(1, 6))
    def what_is_due_is_sent(self, most: int) -> None:
        for _ in range(most):
            if ask := self.made.due(self.now):
                self.asked(ask)
            self.now += 0.05

    def asked(self, ask: Ask) -> None:
        gap = self.missing[ask.address]
        assert self.up
        assert self.waiting(ask.address)
        assert self.now - self.last_asked >= USUAL.interval - 1e-9
        assert (ask.epoch, ask.first) == (gap.epoch, gap.first)
        assert ask.first <= ask.last <= min(gap.last, ask.first + USUAL.widest - 1)
        self.flying[ask.address] = ask
        self.last_asked = self.now
        self.passed_over[ask.address] = 0
        for other in self.missing:
            self.passed_over[other] = self.passed_over[other] + 1 if self.waiting(other) else 0
            assert self.passed_over[other] <= 7, "others are asked again and again before it"

    @precondition(lambda self: self.flying)
    @rule(chosen=st.randoms(use_true_random=False))
    def an_answer_comes(self, chosen: object) -> None:
        address = chosen.choice(sorted(self.flying))  # type: ignore[attr-defined]
        self.judged[address] = self.flying.pop(address)
        self.made.answered(address, self.now)

    @precondition(lambda self: self.flying)
    @rule(code=st.sampled_from(["busy", "unknown_epoch", "bad_range", "other"]))
    def a_refusal_comes(self, code: str) -> None:
        address = min(self.flying)
        ask = self.flying.pop(address)
        lost = self.made.refused(address, code, self.now)
        if code in {"busy", "other"}:
            assert lost is None
            self.failed(address)
        else:
            assert lost == ask
            self.progress(ask)

    @precondition(lambda self: self.judged)
    @rule(good=st.booleans(), rows=st.integers(1, 500))
    def the_keeper_judges(self, good: bool, rows: int) -> None:
        address = min(self.judged)
        ask = self.judged.pop(address)
        self.made.settled(address, self.now, good=good)
        if good:
            self.progress(ask._replace(last=min(ask.last, ask.first + rows - 1)))
        else:
            self.failed(address)

    def progress(self, done: Ask) -> None:
        """The keeper says what is missing after these numbers."""
        address = done.address
        self.rest.pop(address, None)
        self.not_before.pop(address, None)
        gap = self.missing.get(address)
        if gap is not None and gap.first <= done.last < gap.last:
            self.missing[address] = gap._replace(first=done.last + 1)
        elif gap is not None and done.last >= gap.last:
            del self.missing[address]
        self.made.gap(address, self.missing.get(address), self.now)

    @invariant()
    def few_are_in_flight(self) -> None:
        assert len(self.flying) + len(self.judged) <= USUAL.most_in_flight

    @invariant()
    def its_memory_is_bounded(self) -> None:
        assert len(self.made._turns) <= 7
        assert set(self.made._queue) <= set(self.missing)

    def teardown(self) -> None:
        """In the end, with a link that works, everything that is missing is asked for, woken by time alone."""
        if not hasattr(self, "made"):
            return
        self.the_connection_comes()
        for _round in range(400):
            while ask := self.made.due(self.now):
                self.asked(ask)
                self.an_end(ask)
            wake = self.made.wake_at()
            if wake is None:
                break
            assert wake >= self.now
            self.time_passes(wake - self.now)
        assert self.missing == {}

    def an_end(self, ask: Ask) -> None:
        self.made.answered(ask.address, self.now)
        del self.flying[ask.address]
        self.made.settled(ask.address, self.now, good=True)
        self.progress(ask._replace(last=max(ask.last, self.missing[ask.address].last)))


TestLinks = Links.TestCase
TestLinks.settings = settings(max_examples=examples(150), stateful_step_count=60, deadline=None)
