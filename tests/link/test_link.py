"""The coroutine that lives a link, over transports at the port and on a clock that skips waiting."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from chamber_agent.link import link as module
from chamber_agent.link import retry
from chamber_agent.link.errors import Cause, Failure, LinkError, NotConnected
from chamber_agent.link.packets import (
    Greeting,
    Publication,
    Published,
    Received,
    Settings,
    Subscription,
    Version,
)
from chamber_agent.link.session import CONNACK_WITHIN, SUBACK_WITHIN, Up
from chamber_agent.link.transport import CLOSE_WITHIN, OPEN_WITHIN
from link import mqtt
from link.mqtt import Kind
from link.port import LOST, Broker, Diary, Line, Transport, failing, for_ever, living, now

V5, V311 = Version.V5, Version.V311
HELLO = Publication("a/hello", b"hello", 1)
REFUSED = failing(LinkError(Failure(Cause.CONNECTION_REFUSED)))


class TestComingUp:
    """From dialling to the first message."""

    async def test_it_comes_up_and_says_so(self) -> None:
        async with living() as line:
            await line.diary.up()
            assert line.diary.events == [Up(V5, session_present=False)]
            assert line.link.connected

    async def test_it_is_not_connected_before_nor_after(self) -> None:
        async with living() as line:
            assert not line.link.connected
            await line.diary.up()
        assert not line.link.connected

    async def test_messages_are_told(self) -> None:
        async with living() as line:
            await line.diary.up()
            line.transport.deliver(mqtt.publish(V5, "a/b", b"c", retained=True))
            await line.diary.until(lambda diary: bool(diary.received))
            assert line.diary.received == [Received("a/b", b"c", retained=True)]

    async def test_each_connection_has_its_own_greeting(self) -> None:
        wills = iter([b"first", b"second"])

        def greet() -> Greeting:
            return Greeting((), Publication("a/status", next(wills)))

        async with living(greet=greet) as line:
            await line.diary.up()
            line.transport.break_off(LOST)
            await line.diary.up(2)
            said = [mqtt.read_connect(made.frames[0]).will_payload for made in line.made]
            assert said == [b"first", b"second"]

    async def test_a_burst_leaves_the_event_loop_its_turn(self) -> None:
        async with living() as line:
            await line.diary.up()
            line.transport.deliver(mqtt.publish(V5, "a") * 1000)
            seen: list[int] = []
            while not seen or seen[-1] < 1000:
                await asyncio.sleep(0)
                seen.append(len(line.diary.received))
            steps = [after - before for before, after in zip([0, *seen], seen, strict=False)]
            assert max(steps) <= 64


class TestFilters:
    """What is subscribed to while it lives."""

    async def test_more_is_subscribed_to_and_no_more_to_some(self) -> None:
        async with living() as line:
            await line.diary.up()
            before = len(line.transport.frames)
            line.link.subscribe([Subscription("b/#")])
            line.link.unsubscribe(["b/#"])
            await asyncio.sleep(1.0)
            later = [mqtt.packets(frame) for frame in line.transport.frames[before:]]
            assert [packet.kind for packets in later for packet in packets] == [
                Kind.SUBSCRIBE,
                Kind.UNSUBSCRIBE,
            ]

    async def test_without_a_connection_nothing_happens(self) -> None:
        line = Line()
        line.link.subscribe([Subscription("b/#")])
        line.link.unsubscribe(["b/#"])
        assert line.made == []


class TestPublishing:
    """What goes out, and what never does."""

    async def test_a_publication_goes_out_and_its_acknowledgement_is_told(self) -> None:
        async with living() as line:
            await line.diary.up()
            mid = line.link.publish(HELLO)
            await line.diary.until(lambda diary: Published(mid) in diary.events)

    async def test_what_is_said_in_one_turn_goes_out_in_one_frame(self) -> None:
        async with living() as line:
            await line.diary.up()
            before = len(line.transport.frames)
            mids = [line.link.publish(HELLO) for _ in range(10)]
            await line.diary.until(lambda diary: Published(mids[-1]) in diary.events)
            assert len(line.transport.frames) == before + 1

    async def test_before_it_lives_nothing_can_be_published(self) -> None:
        with pytest.raises(NotConnected):
            Line().link.publish(HELLO)

    @pytest.mark.parametrize("phase", ["opening", "greeting", "subscribing", "waiting"])
    async def test_while_it_is_not_up_nothing_can_be_published_nor_goes_out_later(
        self, phase: str
    ) -> None:
        async with brought_to(phase) as line:
            with pytest.raises(NotConnected):
                line.link.publish(HELLO)
            line.transport.break_off(LOST)
            await line.diary.up()
            assert Kind.PUBLISH not in [kind for made in line.made for kind in made.kinds]

    async def test_what_was_not_acknowledged_is_not_sent_again_after_a_reconnect(self) -> None:
        async with living(Transport(Broker(deaf={Kind.PUBLISH})), Transport()) as line:
            await line.diary.up()
            line.link.publish(HELLO)
            await asyncio.sleep(0.1)
            assert Kind.PUBLISH in line.transport.kinds
            line.transport.break_off(LOST)
            await line.diary.up(2)
            await asyncio.sleep(10)
            assert Kind.PUBLISH not in line.transport.kinds

    async def test_what_was_not_sent_is_not_sent_after_a_reconnect(self) -> None:
        stuck, fresh = Transport(), Transport()
        async with living(stuck, fresh) as line:
            await line.diary.up()
            stuck.sending = for_ever
            line.link.publish(HELLO)
            await asyncio.sleep(0.1)
            line.link.publish(HELLO)
            stuck.break_off(LOST)
            await line.diary.up(2)
            await asyncio.sleep(10)
            assert fresh.kinds == [Kind.CONNECT, Kind.SUBSCRIBE]

    @pytest.mark.parametrize("qos", [0, 1])
    async def test_what_waits_to_be_sent_is_bounded(self, qos: int) -> None:
        async with living() as line:
            await line.diary.up()
            line.transport.sending = for_ever
            large = Publication("a", bytes(60_000), qos)
            while len(line.link._unsent) <= module.MOST_UNSENT:
                line.link.publish(large)
                await asyncio.sleep(0)
            with pytest.raises(NotConnected) as refusal:
                line.link.publish(large)
            assert refusal.value.failure.cause is Cause.UNAVAILABLE
            assert len(line.link._unsent) < module.MOST_UNSENT + 61_000
            line.transport.break_off(LOST)
            await line.diary.up(2)
            line.link.publish(large)

    async def test_a_loss_while_sending_is_told(self) -> None:
        async with living() as line:
            await line.diary.up()
            line.transport.sending = failing(LinkError(LOST))
            line.link.publish(HELLO)
            await line.diary.down()
            assert line.diary.downs[0].cause is Cause.LOST


class TestVersions:
    """MQTT 5 where the broker speaks it, else 3.1.1."""

    @pytest.mark.parametrize(
        ("otherwise", "within"),
        [("refuses", 0.0), ("closes", 0.0), ("keeps silent", CONNACK_WITHIN)],
    )
    async def test_a_broker_without_mqtt_5_is_spoken_to_in_3_1_1_in_the_same_round(
        self, otherwise: str, within: float
    ) -> None:
        async with living(Transport(Broker((V311,), otherwise))) as line:
            await line.diary.up()
            assert line.diary.ups == [Up(V311, session_present=False)]
            assert len(line.made) == 2
            assert line.transport.opened_at == pytest.approx(within, abs=module.TICK)
            assert [down.retry_in for down in line.diary.downs] == [0.0]

    @pytest.mark.parametrize("otherwise", ["refuses", "closes", "keeps silent"])
    async def test_what_worked_is_remembered_for_the_next_connection(self, otherwise: str) -> None:
        async with living(Transport(Broker((V311,), otherwise))) as line:
            await line.diary.up()
            line.transport.break_off(LOST)
            await line.diary.up(2)
            assert [up.version for up in line.diary.ups] == [V311, V311]
            assert len(line.made) == 3

    async def test_where_neither_works_it_waits_between_the_rounds(self) -> None:
        async with living(Transport(Broker((), "closes"))) as line:
            await line.diary.down(6)
            assert [down.retry_in for down in line.diary.downs] == [0, 1, 0, 2, 0, 4]

    @pytest.mark.parametrize("protocol", ["5", "3.1.1"])
    async def test_a_version_the_user_chose_is_the_only_one(self, protocol: str) -> None:
        other = next(version for version in Version if version.value != protocol)
        async with living(Transport(Broker((other,), "refuses")), protocol=protocol) as line:
            await line.diary.down(3)
            assert {down.cause for down in line.diary.downs} == {Cause.UNSUPPORTED_PROTOCOL}
            assert 0 not in [down.retry_in for down in line.diary.downs]


class TestComingBack:
    """After an end, of whatever kind."""

    async def test_it_comes_back_after_a_loss(self) -> None:
        async with living() as line:
            await line.diary.up()
            line.transport.break_off(LOST)
            await line.diary.up(2)
            assert line.diary.downs[0].retry_in == retry.FIRST_DELAY
            assert line.link.connected

    async def test_the_wait_grows_while_nothing_answers(self) -> None:
        refusing = [Transport(opening=REFUSED) for _ in range(6)]
        async with living(*refusing, Transport()) as line:
            await line.diary.up()
            assert [made.opened_at for made in line.made] == [0, 1, 3, 7, 15, 31, 63]

    async def test_the_wait_begins_anew_after_a_steady_connection(self) -> None:
        refusing = [Transport(opening=REFUSED) for _ in range(5)]
        async with living(*refusing) as line:
            await line.diary.up()
            await asyncio.sleep(retry.STEADY_AFTER + 1)
            line.transport.break_off(LOST)
            await line.diary.down(6)
            assert line.diary.downs[-1].retry_in == retry.FIRST_DELAY

    async def test_a_steady_connection_counts_once(self) -> None:
        steady, gone = Transport(), [Transport(opening=REFUSED) for _ in range(3)]
        async with living(steady, *gone) as line:
            await line.diary.up()
            await asyncio.sleep(retry.STEADY_AFTER + 1)
            steady.break_off(LOST)
            await line.diary.down(4)
            assert [down.retry_in for down in line.diary.downs] == [1, 2, 4, 8]

    async def test_the_wait_goes_on_growing_where_connections_do_not_last(self) -> None:
        async with living() as line:
            for count in range(1, 5):
                await line.diary.up(count)
                line.transport.break_off(LOST)
            await line.diary.down(4)
            assert [down.retry_in for down in line.diary.downs] == [1, 2, 4, 8]

    async def test_the_server_s_wish_is_granted(self) -> None:
        busy = failing(LinkError(Failure(Cause.UNAVAILABLE, "HTTP 503", 120.0)))
        async with living(Transport(opening=busy), Transport()) as line:
            await line.diary.up()
            assert line.transport.opened_at == 120.0

    async def test_a_handshake_that_does_not_end_is_given_up(self) -> None:
        async with living(Transport(opening=for_ever), Transport()) as line:
            await line.diary.up()
            assert line.diary.downs[0].cause is Cause.TIMEOUT
            assert line.diary.downs[0].at == OPEN_WITHIN

    async def test_a_subscription_without_an_answer_is_given_up(self) -> None:
        async with living(Transport(Broker(deaf={Kind.SUBSCRIBE})), Transport()) as line:
            await line.diary.up()
            assert line.diary.downs[0].cause is Cause.TIMEOUT
            assert line.diary.downs[0].at == pytest.approx(SUBACK_WITHIN, abs=module.TICK)

    async def test_wrong_credentials_are_told_and_tried_rarely(self) -> None:
        async with living(Transport(Broker(code=0x86))) as line:
            await line.diary.down(3)
            assert [made.opened_at for made in line.made] == [0, 300, 600]

    async def test_garbage_is_told(self) -> None:
        async with living() as line:
            await line.diary.up()
            line.transport.deliver(b"\x00\x00")
            await line.diary.down()
            assert line.diary.downs[0].cause is Cause.PROTOCOL_ERROR
            await line.diary.up(2)


class TestSeveralAddresses:
    """A broker that can be reached in more than one place."""

    async def test_the_first_is_preferred(self) -> None:
        async with living(further=2) as line:
            await line.diary.up()
            assert (line.dialled, line.link.address) == ([0], 0)

    async def test_where_one_fails_the_next_is_taken_at_once(self) -> None:
        async with living(Transport(opening=REFUSED), Transport(), further=1) as line:
            await line.diary.up()
            assert line.dialled == [0, 1]
            assert [down.retry_in for down in line.diary.downs] == [0.0]
            assert now() == 0.0

    async def test_after_a_round_of_failures_it_waits_and_begins_again(self) -> None:
        dead = [Transport(opening=REFUSED) for _ in range(4)]
        async with living(*dead, Transport(), further=1) as line:
            await line.diary.up()
            assert line.dialled == [0, 1, 0, 1, 0]
            assert [down.retry_in for down in line.diary.downs] == [0.0, 1.0, 0.0, 2.0]

    async def test_a_connection_that_is_lost_is_made_again_elsewhere(self) -> None:
        async with living(further=2) as line:
            await line.diary.up()
            line.transport.break_off(LOST)
            await line.diary.up(2)
            assert line.dialled == [0, 1]
            assert now() == 0.0


class TestCircumstances:
    """What is told of a connection that ended."""

    async def test_how_long_it_was_up_and_idle(self) -> None:
        async with living() as line:
            await line.diary.up()
            await asyncio.sleep(10)
            line.transport.deliver(mqtt.publish(V5, "a"))
            await asyncio.sleep(5)
            line.transport.break_off(LOST)
            await line.diary.down()
            (failure,) = line.diary.failures
            assert (failure.up_for, failure.idle) == (15.0, 5.0)

    async def test_that_it_was_never_up(self) -> None:
        async with living(Transport(opening=REFUSED)) as line:
            await line.diary.down()
            (failure,) = line.diary.failures
            assert (failure.up_for, failure.idle) == (None, 0.0)

    async def test_until_when_the_other_side_s_certificate_is_valid(self) -> None:
        async with living(Transport(certificate=1.8e9)) as line:
            await line.diary.up()
            assert line.diary.ups[0].certificate_ends == 1.8e9


class TestWhatNobodyForesaw:
    """An error that is nobody's rule must not end the line."""

    @pytest.fixture(autouse=True)
    def logged(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        """Each of them is logged, with a traceback."""
        yield
        assert [record.levelno for record in caplog.get_records("call") if record.exc_info] == [
            logging.ERROR
        ]

    async def test_from_a_transport_s_open(self) -> None:
        async with living(Transport(opening=failing(RuntimeError("Session is closed")))) as line:
            line._given.append(Transport())
            await line.diary.up()
            assert line.diary.downs[0].cause is Cause.LOST
            assert line.diary.downs[0].retry_in > 0

    async def test_from_a_transport_s_receive(self) -> None:
        async with living() as line:
            await line.diary.up()
            line.transport.break_off(RuntimeError("no rule for this"))
            await line.diary.up(2)
            assert line.diary.downs[0].cause is Cause.LOST

    async def test_from_a_transport_s_send(self) -> None:
        async with living(
            Transport(sending=failing(RuntimeError("nor this"))), Transport()
        ) as line:
            await line.diary.up()

    async def test_from_a_transport_s_close(self) -> None:
        async with living(
            Transport(closing=failing(RuntimeError("nor this"))), Transport()
        ) as line:
            await line.diary.up()
            line.made[0].break_off(LOST)
            await line.diary.up(2)

    async def test_from_the_greeting(self) -> None:
        greetings: list[Any] = [RuntimeError("no will yet"), Greeting()]

        def greet() -> Greeting:
            greeting = greetings.pop(0)
            if isinstance(greeting, Exception):
                raise greeting
            return Greeting()

        async with living(greet=greet) as line:
            await line.diary.up()

    async def test_from_a_greeting_that_cannot_be_said(self) -> None:
        wills = [Publication("", b""), Publication("a", b"")]
        async with living(greet=lambda: Greeting((), wills.pop(0))) as line:
            await line.diary.up()

    @pytest.mark.parametrize("event", ["up", "received", "published"])
    async def test_from_the_listener_while_it_is_up(self, event: str) -> None:
        async with living(diary=Diary(fails_at=event)) as line:
            await line.diary.up()
            line.transport.deliver(mqtt.publish(V5, "a"))
            line.link.publish(HELLO)
            await line.diary.until(lambda diary: len(diary.events) == 3)
            assert line.link.connected

    async def test_from_the_listener_when_it_is_down(self) -> None:
        async with living(diary=Diary(fails_at="down")) as line:
            await line.diary.up()
            line.transport.break_off(LOST)
            await line.diary.up(2)
            line.diary.fails_at = ""


@contextlib.asynccontextmanager
async def brought_to(phase: str) -> Any:
    """A line that has come so far, and comes up on its next connection."""
    first = {
        "opening": Transport(opening=for_ever),
        "greeting": Transport(Broker(deaf={Kind.CONNECT})),
        "subscribing": Transport(Broker(deaf={Kind.SUBSCRIBE})),
        "up": Transport(),
        "waiting": Transport(opening=REFUSED),
    }[phase]
    async with living(first, Transport()) as line:
        if phase == "waiting":
            await line.diary.down()
        await asyncio.sleep(0.5)
        assert not line.diary.ups or phase == "up"
        yield line


PHASES = ["opening", "greeting", "subscribing", "up", "waiting"]


class TestStopping:
    """`stop` ends it in every phase, soon, and leaves nothing behind; `living` looks after the latter."""

    async def stopped(self, line: Line) -> float:
        """Stop a line; the seconds that took."""
        start = now()
        line.link.stop()
        assert line.running is not None
        await line.running
        return now() - start

    @pytest.mark.parametrize("phase", PHASES)
    async def test_it_takes_no_time_where_the_other_side_is_polite(self, phase: str) -> None:
        async with brought_to(phase) as line:
            assert await self.stopped(line) < 0.01

    @pytest.mark.parametrize("phase", PHASES)
    async def test_it_takes_a_bounded_time_where_the_other_side_is_stuck(self, phase: str) -> None:
        async with brought_to(phase) as line:
            line.transport.sending = for_ever
            line.transport.closing = lambda: asyncio.sleep(CLOSE_WITHIN)
            assert await self.stopped(line) <= 2 * CLOSE_WITHIN

    @pytest.mark.parametrize("phase", ["greeting", "subscribing", "up"])
    async def test_it_takes_leave_so_that_there_is_no_will(self, phase: str) -> None:
        async with brought_to(phase) as line:
            await self.stopped(line)
            assert line.transport.kinds[-1] == Kind.DISCONNECT

    async def test_the_last_words_go_out_before(self) -> None:
        async with brought_to("up") as line:
            line.link.publish(Publication("a/status", b"offline", 1, retain=True))
            await self.stopped(line)
            assert line.transport.kinds[-2:] == [Kind.PUBLISH, Kind.DISCONNECT]

    async def test_the_last_words_go_out_where_the_other_side_is_slow(self) -> None:
        async with brought_to("up") as line:
            line.transport.sending = lambda: asyncio.sleep(0.5)
            line.link.publish(Publication("a/status", b"offline", 1, retain=True))
            await asyncio.sleep(0.1)
            assert await self.stopped(line) == pytest.approx(0.9)
            assert line.transport.kinds[-2:] == [Kind.PUBLISH, Kind.DISCONNECT]

    async def test_it_takes_no_time_while_a_second_connection_opens(self) -> None:
        async with living(Transport(), Transport(opening=for_ever)) as line:
            await line.diary.up()
            line.transport.break_off(LOST)
            await asyncio.sleep(retry.FIRST_DELAY + 1)
            assert await self.stopped(line) < 0.01

    @pytest.mark.parametrize("phase", PHASES)
    async def test_it_is_the_last_that_is_told(self, phase: str) -> None:
        async with brought_to(phase) as line:
            await self.stopped(line)
            if phase != "waiting":
                assert line.diary.downs[-1].cause is Cause.STOPPED
                assert line.diary.downs[-1].retry_in == 0.0

    async def test_it_does_not_dial_again(self) -> None:
        async with brought_to("up") as line:
            await self.stopped(line)
            await asyncio.sleep(3600)
            assert len(line.made) == 1

    async def test_nothing_can_be_published_any_more(self) -> None:
        async with brought_to("up") as line:
            line.link.stop()
            with pytest.raises(NotConnected):
                line.link.publish(HELLO)

    async def test_it_may_be_asked_for_twice(self) -> None:
        async with brought_to("up") as line:
            line.link.stop()
            await self.stopped(line)

    async def test_it_may_be_asked_for_before_it_lives(self) -> None:
        line = Line()
        line.link.stop()
        await line.start()
        assert line.made == []

    async def test_it_may_be_asked_for_by_the_listener(self) -> None:
        diary = Diary()
        async with living(diary=diary) as line:
            diary.on_up = line.link.stop
            await line.running
            assert [type(event).__name__ for event in diary.events] == ["Up", "Down"]

    async def test_it_may_be_asked_for_while_the_transport_opens_or_closes(self) -> None:
        slow = Transport(closing=lambda: asyncio.sleep(1.5))
        async with living(slow) as line:
            await line.diary.up()
            slow.break_off(LOST)
            await asyncio.sleep(0.5)
            assert await self.stopped(line) == pytest.approx(1.0)

    async def test_a_transport_that_opens_all_the_same_is_closed(self) -> None:
        async def stubborn() -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await for_ever()

        async with living(Transport(opening=stubborn)) as line:
            await asyncio.sleep(0.5)
            assert await self.stopped(line) < 0.01
            assert line.transport.frames == []


class TestCancelling:
    """Cancellation ends it too."""

    @pytest.mark.parametrize("phase", PHASES)
    async def test_it_leaves_nothing_behind(self, phase: str) -> None:
        async with brought_to(phase) as line:
            line.running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await line.running
            assert asyncio.all_tasks() == {asyncio.current_task()}

    @pytest.mark.parametrize("phase", ["greeting", "subscribing", "up"])
    async def test_it_takes_leave_so_that_there_is_no_will(self, phase: str) -> None:
        async with brought_to(phase) as line:
            line.running.cancel()
            await asyncio.wait([line.running])
            assert line.transport.kinds[-1] == Kind.DISCONNECT

    @pytest.mark.parametrize("phase", PHASES)
    async def test_it_takes_a_bounded_time_where_the_other_side_is_stuck(self, phase: str) -> None:
        async with brought_to(phase) as line:
            line.transport.sending = for_ever
            line.transport.closing = lambda: asyncio.sleep(CLOSE_WITHIN)
            start = now()
            line.running.cancel()
            await asyncio.wait([line.running])
            assert now() - start <= 2 * CLOSE_WITHIN

    async def test_stopping_what_is_being_cancelled_does_no_harm(self) -> None:
        async with brought_to("up") as line:
            line.running.cancel()
            line.link.stop()


class TestSecrets:
    """Credentials are in CONNECT and nowhere else."""

    @pytest.mark.parametrize("code", [0, 0x86])
    async def test_they_are_in_no_log_and_in_nothing_told(
        self, code: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        settings = Settings("box", "somebody", "s3cret")
        diary = Diary(fails_at="up")
        async with living(Transport(Broker(code=code)), settings=settings, diary=diary) as line:
            await diary.until(lambda diary: bool(diary.events))
            line.transport.break_off(RuntimeError("unforeseen"))
            await diary.down()
            assert b"s3cret" in line.made[0].frames[0]
            said = f"{caplog.text} {diary.events} {line.link!r} {vars(line.link)}"
            assert "s3cret" not in said
