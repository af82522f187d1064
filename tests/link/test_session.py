"""One connection, from CONNECT to its end; time is an argument."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chamber_agent.link import session as module
from chamber_agent.link.errors import Cause, Failure, NotConnected
from chamber_agent.link.packets import (
    Ended,
    Greeting,
    Publication,
    Published,
    Received,
    Settings,
    Subscription,
    Version,
)
from chamber_agent.link.session import ASK_AGAIN_AFTER, Effect, Phase, Send, Session, Up
from link import mqtt
from link.mqtt import Kind
from patience import examples

V5, V311 = Version.V5, Version.V311
WILL = Publication("a/status", b"lost", 1, retain=True)
ONE = (Subscription("a/#"),)


def opened(version: Version, *subscriptions: Subscription, at: float = 0.0) -> Session:
    """A session that has greeted the broker."""
    session = Session(Settings("box"), Greeting(subscriptions), version)
    session.open(at)
    return session


def subscribing(version: Version, *names: str) -> tuple[Session, mqtt.Subscribe]:
    """A session that waits for the answer to its SUBSCRIBE, received at 0.0."""
    session = opened(version, *(Subscription(name) for name in names))
    (packet,) = sent(heard(session, mqtt.connack(version), 0.0))
    return session, mqtt.read_subscribe(version, packet)


def up(version: Version) -> Session:
    """A session that is up, with nothing subscribed."""
    session = opened(version)
    assert heard(session, mqtt.connack(version)) == [Up(version, session_present=False)]
    return session


def heard(session: Session, data: bytes, at: float = 1.0) -> list[Effect]:
    """All that a session makes of some bytes."""
    session.feed(data)
    effects: list[Effect] = []
    while found := session.read(at):
        effects += found
    return effects


def sent(effects: list[Effect]) -> list[mqtt.Packet]:
    """The packets that go out."""
    return mqtt.packets(b"".join(one.data for one in effects if isinstance(one, Send)))


def kinds(effects: list[Effect]) -> list[int]:
    """The kinds of packets that go out."""
    return [packet.kind for packet in sent(effects)]


def told(effects: list[Effect]) -> list[Effect]:
    """What is not sent but told."""
    return [one for one in effects if not isinstance(one, Send)]


def test_more_answers_than_a_slice_holds_are_all_read_though_none_is_news(version: Version) -> None:
    """A slice without effects is not the end: many known chambers mean many SUBACKs in one frame."""
    many = 200
    session = opened(version, *(Subscription(f"a/{i}") for i in range(8 * many)))
    asked = sent(heard(session, mqtt.connack(version)))
    mids = [mqtt.read_subscribe(version, one).mid for one in asked]
    assert len(mids) == many
    answers = b"".join(mqtt.suback(version, mid, *[1] * 8) for mid in mids)
    assert told(heard(session, answers)) == [Up(version, session_present=False)]


class TestGreeting:
    """CONNECT and its answer."""

    def test_it_opens_with_connect(self, version: Version) -> None:
        session = Session(Settings("box"), Greeting(will=WILL), version)
        (effect,) = session.open(0.0)
        assert isinstance(effect, Send)
        assert mqtt.read_connect(effect.data).will_payload == b"lost"

    def test_a_refusal_ends_it(self, version: Version) -> None:
        code = {V5: 0x86, V311: 4}[version]
        (ended,) = heard(opened(version), mqtt.connack(version, code))
        assert isinstance(ended, Ended)
        assert ended.failure.cause is Cause.INVALID_AUTH

    @pytest.mark.parametrize("late", [0.0, 1.0])
    def test_silence_ends_it_at_the_deadline(self, version: Version, late: float) -> None:
        session = opened(version, at=100.0)
        assert session.tick(100.0 + module.CONNACK_WITHIN - 0.1) == []
        (ended,) = session.tick(100.0 + module.CONNACK_WITHIN + late)
        assert isinstance(ended, Ended)
        assert ended.failure.cause is Cause.SILENT

    def test_a_close_instead_of_an_answer_is_told_as_such(self, version: Version) -> None:
        gone = Failure(Cause.LOST, "code 1000")
        assert opened(version).lost(gone) == [Ended(Failure(Cause.NO_GREETING, "code 1000"))]

    def test_a_more_particular_loss_keeps_its_cause(self, version: Version) -> None:
        failure = Failure(Cause.TOO_LARGE, "a frame")
        assert opened(version).lost(failure) == [Ended(failure)]

    def test_garbage_ends_it(self, version: Version) -> None:
        (ended,) = heard(opened(version), bytes(8))
        assert isinstance(ended, Ended)
        assert ended.failure.cause is Cause.PROTOCOL_ERROR

    def test_an_acceptance_and_an_end_in_one_frame_do_not_bring_it_up(self) -> None:
        session = opened(V5, *ONE)
        effects = heard(session, mqtt.connack(V5) + mqtt.disconnect(0x8B))
        (ended,) = told(effects)
        assert isinstance(ended, Ended)

    def test_a_message_before_the_acceptance_ends_it(self, version: Version) -> None:
        (ended,) = heard(opened(version), mqtt.publish(version, "a"))
        assert isinstance(ended, Ended)
        assert ended.failure.cause is Cause.PROTOCOL_ERROR

    def test_a_second_acceptance_ends_it(self, version: Version) -> None:
        (ended,) = heard(up(version), mqtt.connack(version))
        assert isinstance(ended, Ended)
        assert ended.failure.cause is Cause.PROTOCOL_ERROR


class TestSubscribing:
    """SUBSCRIBE and its answers."""

    def test_it_is_up_when_the_subscription_is_answered(self, version: Version) -> None:
        session = opened(version, *ONE)
        effects = heard(session, mqtt.connack(version))
        (packet,) = sent(effects)
        assert told(effects) == []
        assert session.phase is Phase.SUBSCRIBING
        mid = mqtt.read_subscribe(version, packet).mid
        answer = heard(session, mqtt.suback(version, mid, 1))
        assert answer == [Up(version, session_present=False)]

    def test_without_subscriptions_it_is_up_at_once(self, version: Version) -> None:
        effects = heard(opened(version), mqtt.connack(version, present=True))
        assert effects == [Up(version, session_present=True)]

    def test_many_filters_go_out_a_few_at_a_time(self, version: Version) -> None:
        many = tuple(Subscription(f"a/{i}") for i in range(19))
        effects = heard(opened(version, *many), mqtt.connack(version))
        asked = [mqtt.read_subscribe(version, packet).filters for packet in sent(effects)]
        assert [len(filters) for filters in asked] == [8, 8, 3]
        assert [name for filters in asked for name in filters] == [f"a/{i}" for i in range(19)]

    def test_it_is_up_when_every_batch_is_answered_in_any_order(self, version: Version) -> None:
        session = opened(version, *(Subscription(f"a/{i}") for i in range(19)))
        packets = sent(heard(session, mqtt.connack(version)))
        mids = [mqtt.read_subscribe(version, packet).mid for packet in packets]
        assert heard(session, mqtt.suback(version, mids[2], *[1] * 3)) == []
        assert heard(session, mqtt.suback(version, mids[0], *[1] * 8)) == []
        assert heard(session, mqtt.suback(version, mids[1], *[1] * 8)) == [
            Up(version, session_present=False)
        ]

    def test_what_the_broker_refuses_is_named(self, version: Version) -> None:
        session = opened(version, Subscription("a"), Subscription("b"), Subscription("c"))
        (packet,) = sent(heard(session, mqtt.connack(version)))
        mid = mqtt.read_subscribe(version, packet).mid
        answer = mqtt.suback(version, mid, 1, 0x80, 0)
        assert heard(session, answer) == [Up(version, session_present=False, refused=("b",))]

    def test_a_refused_filter_that_is_optional_is_not_named(self, version: Version) -> None:
        optional = Subscription("b", optional=True)
        session = opened(version, Subscription("a"), optional, Subscription("c"))
        (packet,) = sent(heard(session, mqtt.connack(version)))
        mid = mqtt.read_subscribe(version, packet).mid
        answer = mqtt.suback(version, mid, 1, 0x80, 0x80)
        assert heard(session, answer) == [Up(version, session_present=False, refused=("c",))]

    def test_what_the_broker_refuses_is_asked_for_again(self, version: Version) -> None:
        session, asked = subscribing(version, "a", "b")
        heard(session, mqtt.suback(version, asked.mid, 1, 0x80), 0.0)
        assert sent(session.tick(ASK_AGAIN_AFTER - 0.1)) == []
        (again,) = sent(session.tick(ASK_AGAIN_AFTER))
        asked = mqtt.read_subscribe(version, again)
        assert set(asked.filters) == {"b"}
        assert heard(session, mqtt.suback(version, asked.mid, 1)) == [Up(version, False)]
        assert sent(session.tick(20.0)) == []

    def test_the_pause_before_it_is_asked_for_again_grows(self, version: Version) -> None:
        session, asked = subscribing(version, "a")
        heard(session, mqtt.suback(version, asked.mid, 0x80), 0.0)
        times: list[int] = []
        for second in range(60):
            for packet in sent(session.tick(float(second))):
                if packet.kind == Kind.SUBSCRIBE:
                    times.append(second)
                    mid = mqtt.read_subscribe(version, packet).mid
                    assert heard(session, mqtt.suback(version, mid, 0x80)) == []
        assert times == [5, 15, 35]

    def test_further_filters_are_asked_for_a_few_at_a_time(self, version: Version) -> None:
        session, asked = subscribing(version, "a")
        heard(session, mqtt.suback(version, asked.mid, 1))
        wanted = [f"b/{number}" for number in range(20)]
        effects = session.subscribe([Subscription(one, 0, optional=True) for one in wanted])
        found: list[str] = []
        while packets := sent(effects):
            (packet,) = packets
            asked = mqtt.read_subscribe(version, packet)
            found += asked.filters
            session.feed(mqtt.suback(version, asked.mid, *[0x80] * len(asked.filters)))
            effects = session.read(0.0)
            assert [one for one in effects if isinstance(one, Up)] == []
        assert found == wanted

    def test_nothing_counts_after_what_has_ended_it(self) -> None:
        effects = heard(up(V5), mqtt.connack(V5) + mqtt.publish(V5, "a"))
        assert [type(one) for one in told(effects)] == [Ended]

    def test_further_filters_are_not_asked_for_where_the_broker_ends_it(self) -> None:
        session = up(V5)
        effects = session.subscribe([Subscription(f"b/{number}") for number in range(20)])
        (packet,) = sent(effects)
        asked = mqtt.read_subscribe(V5, packet)
        answer = mqtt.suback(V5, asked.mid, *[0] * len(asked.filters))
        effects = heard(session, answer + mqtt.disconnect(0x8B))
        assert [type(one) for one in told(effects)] == [Ended]
        assert sent(effects) == []

    def test_what_is_larger_than_the_broker_takes_is_refused(self) -> None:
        session = opened(V5)
        heard(session, mqtt.connack(V5, told=b"\x27" + (100).to_bytes(4, "big")))
        session.publish(Publication("a", b"small"))
        with pytest.raises(NotConnected) as info:
            session.publish(Publication("a", bytes(100)))
        assert info.value.failure.cause is Cause.TOO_LARGE

    def test_a_further_filter_that_is_refused_is_named(self, version: Version) -> None:
        session = up(version)
        (packet,) = sent(session.subscribe([Subscription("a"), Subscription("b")]))
        mid = mqtt.read_subscribe(version, packet).mid
        answer = heard(session, mqtt.suback(version, mid, 1, 0x80))
        assert answer == [Up(version, session_present=False, refused=("b",))]

    def test_what_is_not_wanted_any_more_is_unsubscribed(self, version: Version) -> None:
        session = up(version)
        session.subscribe([Subscription("a"), Subscription("b")])
        (packet,) = sent(session.unsubscribe(["b", "a"]))
        assert packet.kind == Kind.UNSUBSCRIBE
        assert packet.body.endswith(b"\0\x01a\0\x01b")

    def test_what_was_refused_and_is_not_wanted_any_more_is_refused_no_more(
        self, version: Version
    ) -> None:
        session = up(version)
        (packet,) = sent(session.subscribe([Subscription("a")]))
        heard(session, mqtt.suback(version, mqtt.read_subscribe(version, packet).mid, 0x80))
        assert told(session.unsubscribe(["a"])) == [Up(version, session_present=False)]
        assert Kind.SUBSCRIBE not in kinds(session.tick(1000.0))

    def test_a_refusal_that_comes_after_nobody_wants_it_is_not_named(
        self, version: Version
    ) -> None:
        session = up(version)
        (packet,) = sent(session.subscribe([Subscription("a")]))
        session.unsubscribe(["a"])
        mid = mqtt.read_subscribe(version, packet).mid
        assert heard(session, mqtt.suback(version, mid, 0x80)) == []

    def test_further_filters_that_are_not_wanted_any_more_are_not_asked_for(
        self, version: Version
    ) -> None:
        session = up(version)
        wanted = [Subscription(f"a/{number}") for number in range(9)]
        (packet,) = sent(session.subscribe(wanted))
        session.unsubscribe(["a/8"])
        mid = mqtt.read_subscribe(version, packet).mid
        assert sent(heard(session, mqtt.suback(version, mid, *[1] * 8))) == []

    def test_without_a_connection_nothing_is_unsubscribed(self, version: Version) -> None:
        session, _asked = subscribing(version, "a")
        assert session.unsubscribe(["a"]) == []

    def test_without_a_connection_nothing_further_is_asked_for(self, version: Version) -> None:
        session, _asked = subscribing(version, "a")
        assert session.subscribe([Subscription("b")]) == []

    def test_an_answer_that_leaves_filters_out_refuses_them(self, version: Version) -> None:
        session = opened(version, Subscription("a"), Subscription("b"))
        (packet,) = sent(heard(session, mqtt.connack(version)))
        mid = mqtt.read_subscribe(version, packet).mid
        assert heard(session, mqtt.suback(version, mid, 1)) == [
            Up(version, session_present=False, refused=("b",))
        ]

    def test_an_answer_to_nothing_is_ignored(self, version: Version) -> None:
        session = opened(version, *ONE)
        heard(session, mqtt.connack(version))
        assert heard(session, mqtt.suback(version, 999, 1)) == []

    def test_messages_that_come_before_the_answer_are_told(self, version: Version) -> None:
        session = opened(version, *ONE)
        heard(session, mqtt.connack(version))
        message = mqtt.publish(version, "a/b", b"c", retained=True)
        assert heard(session, message) == [Received("a/b", b"c", retained=True)]

    def test_no_answer_ends_it_at_the_deadline(self, version: Version) -> None:
        session = opened(version, *ONE)
        heard(session, mqtt.connack(version), at=3.0)
        assert told(session.tick(3.0 + module.SUBACK_WITHIN - 0.1)) == []
        (ended,) = session.tick(3.0 + module.SUBACK_WITHIN)
        assert isinstance(ended, Ended)
        assert ended.failure.cause is Cause.TIMEOUT


class TestUp:
    """Messages both ways."""

    def test_a_message_comes_and_its_acknowledgement_goes_first(self, version: Version) -> None:
        effects = heard(up(version), mqtt.publish(version, "a", b"b", qos=1))
        assert isinstance(effects[0], Send)
        assert kinds(effects) == [Kind.PUBACK]
        assert told(effects) == [Received("a", b"b")]

    def test_a_burst_comes_in_slices(self, version: Version) -> None:
        session = up(version)
        session.feed(mqtt.publish(version, "a") * 150)
        assert [len(session.read(1.0)) for _ in range(4)] == [64, 64, 22, 0]

    def test_a_publication_goes_out_at_once(self, version: Version) -> None:
        mid, effects = up(version).publish(Publication("a", b"b", 1))
        (packet,) = sent(effects)
        assert mqtt.read_publish(version, packet).mid == mid

    def test_its_acknowledgement_is_told(self, version: Version) -> None:
        session = up(version)
        mid, _effects = session.publish(Publication("a", b"b", 1))
        assert heard(session, mqtt.puback(mid)) == [Published(mid)]

    def test_a_broker_that_acknowledges_nothing_any_more_is_left(self, version: Version) -> None:
        session = up(version)
        session.publish(Publication("a", b"b", 1))
        assert told(session.tick(2.0)) == []
        assert told(session.tick(2.0 + module.PUBACK_WITHIN - 0.1)) == []
        (ended,) = told(session.tick(2.0 + module.PUBACK_WITHIN))
        assert isinstance(ended, Ended)
        assert ended.failure.cause is Cause.LOST
        assert "PUBACK" in str(ended.failure)

    def test_one_that_is_slow_but_goes_on_is_not(self, version: Version) -> None:
        session = up(version)
        mids = [session.publish(Publication("a", b"b", 1))[0] for _ in range(3)]
        at = 2.0
        for mid in mids:
            assert told(session.tick(at)) == []
            at += module.PUBACK_WITHIN - 0.1
            assert told(session.tick(at)) == []
            assert heard(session, mqtt.puback(mid), at) == [Published(mid)]
        assert told(session.tick(at + 2 * module.PUBACK_WITHIN)) == []

    def test_what_needs_no_acknowledgement_is_not_waited_for_and_says_nothing_of_the_rest(
        self, version: Version
    ) -> None:
        session = up(version)
        session.publish(Publication("a", b"b", 0))
        session.tick(2.0)
        assert told(session.tick(2.0 + module.PUBACK_WITHIN)) == []
        session.publish(Publication("a", b"b", 1))
        session.tick(100.0)
        session.publish(Publication("a", b"b", 0))
        assert Ended in map(type, session.tick(100.0 + module.PUBACK_WITHIN))

    def test_too_many_that_wait_for_the_broker_are_refused(
        self, version: Version, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr("chamber_agent.link.engine.MOST_QUEUED", 3)
        session = up(version)
        for _ in range(3):
            session.publish(Publication("a", b"", 1))
        with pytest.raises(NotConnected, match="too many messages"):
            session.publish(Publication("a", b"", 1))

    def test_time_alone_changes_nothing(self, version: Version) -> None:
        assert up(version).tick(1e9) == []

    def test_silence_leads_to_a_ping_and_then_to_the_end(
        self, version: Version, monkeypatch: Any
    ) -> None:
        session, clock = up(version), [1e6]
        monkeypatch.setattr("paho.mqtt.client.time_func", lambda: clock[0])
        assert kinds(session.tick(2.0)) == [Kind.PINGREQ]
        clock[0] += 30.0
        (ended,) = session.tick(32.0)
        assert isinstance(ended, Ended)
        assert ended.failure.cause is Cause.LOST

    def test_a_loss_ends_it_with_its_cause(self, version: Version) -> None:
        gone = Failure(Cause.LOST, "reset")
        assert up(version).lost(gone) == [Ended(gone)]


class TestPublishingTooEarlyOrTooLate:
    """What cannot go out now never goes out."""

    def phases(self, version: Version) -> dict[str, Session]:
        """Sessions in every phase but up."""
        subscribing = opened(version, *ONE)
        heard(subscribing, mqtt.connack(version))
        closed, lost = up(version), up(version)
        closed.close()
        lost.lost(Failure(Cause.LOST))
        new = Session(Settings("box"), Greeting(), version)
        greeting = opened(version)
        return {
            "new": new,
            "greeting": greeting,
            "subscribing": subscribing,
            "closed": closed,
            "lost": lost,
        }

    @pytest.mark.parametrize("phase", ["new", "greeting", "subscribing", "closed", "lost"])
    def test_it_is_refused(self, version: Version, phase: str) -> None:
        with pytest.raises(NotConnected):
            self.phases(version)[phase].publish(Publication("a", b"", 1))

    def test_it_is_not_sent_when_the_connection_comes_up(self, version: Version) -> None:
        session = opened(version)
        with pytest.raises(NotConnected):
            session.publish(Publication("a", b"", 1))
        assert kinds(heard(session, mqtt.connack(version))) == []


class TestClosing:
    """Taking leave."""

    def test_an_open_connection_is_left_with_disconnect(self, version: Version) -> None:
        effects = up(version).close()
        assert kinds(effects) == [Kind.DISCONNECT]
        assert told(effects) == [Ended(Failure(Cause.STOPPED))]

    def test_one_that_still_greets_too_so_that_there_is_no_will(self, version: Version) -> None:
        assert kinds(opened(version).close()) == [Kind.DISCONNECT]

    def test_one_that_subscribes_too(self, version: Version) -> None:
        session = opened(version, *ONE)
        heard(session, mqtt.connack(version))
        assert kinds(session.close()) == [Kind.DISCONNECT]

    def test_a_new_one_has_nothing_to_say(self, version: Version) -> None:
        session = Session(Settings("box"), Greeting(), version)
        assert session.close() == [Ended(Failure(Cause.STOPPED))]

    def test_an_ended_one_is_not_left_again(self, version: Version) -> None:
        session = up(version)
        session.close()
        assert session.close() == []


class Life(RuleBasedStateMachine):
    """A session under a broker and a network that do whatever they like."""

    @initialize(version=st.sampled_from(Version), filters=st.integers(0, 20))
    def begin(self, version: Version, filters: int) -> None:
        greeting = Greeting(tuple(Subscription(f"a/{i}") for i in range(filters)), WILL)
        self.version, self.at = version, 0.0
        self.session = Session(Settings("box"), greeting, version)
        self.ended = self.was_up = False
        self.awaited: list[int] = []
        self.unacknowledged: list[int] = []
        self.took(self.session.open(self.at))

    def took(self, effects: list[Effect]) -> None:
        """Look at what comes out."""
        assert not (self.ended and effects), "after the end nothing more comes out"
        for effect in effects:
            assert not self.ended, "the end is the last"
            match effect:
                case Ended():
                    self.ended = True
                case Up():
                    assert not self.was_up, "it comes up once"
                    assert not self.awaited, "it comes up when every subscription is answered"
                    self.was_up = True
                case Published(mid):
                    assert mid in self.unacknowledged
                    self.unacknowledged.remove(mid)
                case Send(data):
                    self.look(data)

    def look(self, data: bytes) -> None:
        for packet in mqtt.packets(data):
            if packet.kind == Kind.SUBSCRIBE:
                self.awaited.append(mqtt.read_subscribe(self.version, packet).mid)
            if packet.kind == Kind.PUBLISH:
                assert self.session.phase is Phase.UP, "publications go out only when it is up"

    def hear(self, data: bytes) -> None:
        self.session.feed(data)
        while effects := self.session.read(self.at):
            self.took(effects)

    @rule(seconds=st.floats(0.1, 8))
    def wait(self, seconds: float) -> None:
        self.at += seconds
        self.took(self.session.tick(self.at))

    @rule(code=st.sampled_from([0, 0, 0, 1, 0x87]))
    def accept(self, code: int) -> None:
        self.hear(mqtt.connack(self.version, code))

    @precondition(lambda self: self.awaited)
    @rule(code=st.sampled_from([0, 1, 0x80]))
    def grant(self, code: int) -> None:
        mid = self.awaited.pop(0)
        self.hear(mqtt.suback(self.version, mid, *[code] * 8))

    @rule(qos=st.integers(0, 1), retained=st.booleans(), count=st.integers(1, 100))
    def deliver(self, qos: int, retained: bool, count: int) -> None:
        self.hear(mqtt.publish(self.version, "a/b", b"c", qos=qos, retained=retained) * count)

    @rule(qos=st.integers(0, 1))
    def publish(self, qos: int) -> None:
        before = self.session.phase
        try:
            mid, effects = self.session.publish(Publication("a", b"b", qos))
        except NotConnected:
            assert before is not Phase.UP
        else:
            assert before is Phase.UP
            self.unacknowledged.append(mid)
            self.took(effects)

    @precondition(lambda self: self.unacknowledged)
    @rule()
    def acknowledge(self) -> None:
        self.hear(mqtt.puback(self.unacknowledged[0]))

    @rule(code=st.sampled_from([0, 0x8E]))
    def disconnect(self, code: int) -> None:
        self.hear(mqtt.disconnect(code))

    @rule(garbage=st.binary(max_size=20))
    def babble(self, garbage: bytes) -> None:
        self.hear(garbage)

    @rule(cause=st.sampled_from(Cause))
    def lose(self, cause: Cause) -> None:
        self.took(self.session.lost(Failure(cause)))

    @rule()
    def close(self) -> None:
        self.took(self.session.close())
        assert self.ended

    @invariant()
    def its_phase_says_what_it_told(self) -> None:
        assert (self.session.phase is Phase.ENDED) == self.ended
        assert self.was_up or self.session.phase is not Phase.UP


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=examples(100), stateful_step_count=25, deadline=None)
