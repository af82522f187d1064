"""What the gateway says and hears over its link."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from agent.doubles import NOON, Wire
from chamber_agent.chamber.messages import CommandMessage
from chamber_agent.chamber.model import Address, Clock, Meta, Presence, Sample, Status
from chamber_agent.link.errors import Cause, Failure
from chamber_agent.link.packets import Published, Received, Version
from chamber_agent.link.session import Up
from chamber_agent.samples import Happening
from chamber_agent.speech.advice import ADVICE
from chamber_agent.speech.desk import Order
from chamber_agent.speech.ear import Ear
from chamber_agent.speech.voice import Voice

STATUS = "chamber/v1/pi/status"
META, STATE = "chamber/v1/pi/box/meta", "chamber/v1/pi/box/state"
EVENT, REPLY = "chamber/v1/pi/box/event", "chamber/v1/pi/box/reply"
COMMAND, ANNOUNCE = "chamber/v1/pi/box/command", "chamber/v1/announce"
LOST = json.dumps({"state": "lost", "session": "another"}).encode()
SAMPLE = Sample(temperature=20.0, seq=1, epoch="e", time=NOON, clock=Clock.NTP)


class Given:
    """A voice and an ear on one wire."""

    def __init__(self, *chambers: str) -> None:
        self.wire, self.orders = Wire(), list[Order]()
        metas = {name: Meta(name=name.title()) for name in chambers or ("box",)}
        online = Status(state=Presence.ONLINE, agent="chamber-agent 0.1.0", heartbeat=10.0)
        self.voice = Voice("pi", "chamber", online, metas)
        self.voice.publisher = self.wire
        self.epochs = 0
        self.ear = Ear(
            self.voice, {"box": self.orders.append}, lambda: 0.5, lambda: 7.0, self._begin_epochs
        )

    def _begin_epochs(self) -> None:
        self.epochs += 1

    async def up(self) -> Given:
        """Connect, and wait until everything is said."""
        self.greeting = self.voice.greet()
        self.ear.link_up(Up(Version.V5, session_present=False))
        await asyncio.sleep(0.1)
        return self

    def hears(self, topic: str, payload: Any, *, retained: bool = False, **more: Any) -> None:
        """Deliver a message."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.ear.link_received(Received(topic, raw, retained, **more))

    @property
    def states(self) -> list[str]:
        """The statuses said, in order."""
        return [status["state"] for status in self.wire.on(STATUS)]


async def test_birth_is_status_then_description_then_last_state() -> None:
    given = Given()
    given.voice.sampled("box", SAMPLE)
    given.wire.sent.clear()
    await given.up()
    assert given.wire.topics == [STATUS, META, STATE]
    assert [(one.qos, one.retain) for one in given.wire.sent] == [(1, True), (1, True), (0, True)]


async def test_the_will_carries_the_session_of_the_birth() -> None:
    given = await Given().up()
    will = given.greeting.will
    assert will is not None
    assert (will.topic, will.qos, will.retain) == (STATUS, 1, True)
    (birth,) = given.wire.on(STATUS)
    assert json.loads(will.payload) == {"state": "lost", "session": birth["session"]}
    assert (birth["agent"], birth["heartbeat"]) == ("chamber-agent 0.1.0", 10)


async def test_every_connection_has_a_session_of_its_own() -> None:
    given = await Given().up()
    await given.up()
    first, second = given.wire.on(STATUS)
    assert first["session"] != second["session"]


async def test_it_listens_to_its_commands_its_status_and_the_announce_without_retained() -> None:
    given = await Given().up()
    asked = {one.filter: one.retained for one in given.greeting.subscriptions}
    assert asked == {"chamber/v1/pi/+/command": False, STATUS: False, ANNOUNCE: False}


async def test_goodbye_names_the_session_that_ends() -> None:
    given = await Given().up()
    given.voice.say_goodbye()
    birth, goodbye = given.wire.on(STATUS)
    assert goodbye == {"state": "offline", "session": birth["session"]}


async def test_a_sample_is_said_at_once_and_the_first_one_tells_of_the_start() -> None:
    given = await Given().up()
    given.voice.sampled("box", SAMPLE)
    given.voice.sampled("box", SAMPLE)
    assert given.wire.topics[2:] == [STATE, EVENT, STATE]
    (event,) = given.wire.on(EVENT)
    assert (event["type"], event["time"], event["seq"]) == ("restarted", NOON, 1)


async def test_without_a_connection_nothing_is_said_and_nothing_breaks() -> None:
    given = Given()
    given.wire.refuses = Cause.LOST
    given.voice.sampled("box", SAMPLE)
    given.voice.happened("box", Happening("door_opened", "the door was opened"), SAMPLE)
    given.wire.refuses = None
    await given.up()
    assert given.wire.topics == [STATUS, META, STATE]


async def test_a_crowded_link_gets_everything_in_the_end() -> None:
    given = Given(*(f"box-{n}" for n in range(20)))
    given.ear.link_up(Up(Version.V5, session_present=False))
    given.wire.refuses = Cause.UNAVAILABLE
    await asyncio.sleep(5.0)
    given.wire.refuses = None
    await asyncio.sleep(5.0)
    assert len([topic for topic in given.wire.topics if topic.endswith("/meta")]) == 20


async def test_an_announce_is_answered_in_the_same_bytes() -> None:
    given = await Given().up()
    given.voice.sampled("box", SAMPLE)
    said = [one for one in given.wire.sent if one.topic != EVENT]
    given.wire.sent.clear()
    given.hears(ANNOUNCE, {})
    await asyncio.sleep(0.4)
    assert given.wire.sent == []
    await asyncio.sleep(0.2)
    assert given.wire.sent == said


async def test_announces_in_a_row_are_answered_every_five_seconds() -> None:
    given = await Given().up()
    given.wire.sent.clear()
    for _ in range(100):
        given.hears(ANNOUNCE, b"")
        await asyncio.sleep(0.1)
    assert len(given.wire.on(STATUS)) == 2


async def test_an_announce_dies_with_its_connection() -> None:
    given = await Given().up()
    given.hears(ANNOUNCE, {})
    given.ear.link_down(Failure(Cause.LOST), 1.0)
    given.wire.sent.clear()
    await asyncio.sleep(10.0)
    assert given.wire.sent == []
    await given.up()
    given.hears(ANNOUNCE, {})
    await asyncio.sleep(1.0)
    assert given.states == ["online", "online"]


async def test_its_own_words_are_no_reason_to_speak() -> None:
    given = await Given().up()
    given.hears(STATUS, given.wire.sent[0].payload)
    await asyncio.sleep(10.0)
    assert given.states == ["online"]


@pytest.mark.parametrize("foreign", [LOST, b"", b"offline", b"\xff", b"{}"])
async def test_whatever_else_its_status_says_is_corrected(foreign: bytes) -> None:
    given = await Given().up()
    given.hears(STATUS, foreign)
    await asyncio.sleep(0.1)
    first, second = [one.payload for one in given.wire.sent if one.topic == STATUS]
    assert first == second


@pytest.mark.parametrize(("session", "epochs"), [("another", 1), (None, 0)])
async def test_a_rival_s_words_make_a_new_epoch_and_an_old_will_of_its_own_does_not(
    session: str | None, epochs: int
) -> None:
    """Receivers left our epoch for the rival's, and never accept it again."""
    given = await Given().up()
    own = given.wire.on(STATUS)[0]["session"]
    await given.up()
    given.hears(STATUS, {"state": "lost", "session": session or own})
    await asyncio.sleep(0.1)
    assert given.epochs == epochs
    assert given.states[-1] == "online"


async def test_corrections_are_five_seconds_apart() -> None:
    given = await Given().up()
    given.hears(STATUS, LOST)
    await asyncio.sleep(0.1)
    given.hears(STATUS, LOST)
    await asyncio.sleep(4.8)
    assert given.states == ["online", "online"]
    await asyncio.sleep(0.2)
    assert given.states == ["online", "online", "online"]


async def test_a_correction_is_dropped_when_its_own_words_come_back() -> None:
    given = await Given().up()
    given.hears(STATUS, LOST)
    await asyncio.sleep(0.1)
    given.hears(STATUS, LOST)
    given.hears(STATUS, given.wire.sent[0].payload)
    await asyncio.sleep(10.0)
    assert given.states == ["online", "online"]


async def test_two_gateways_with_one_id_do_not_fight_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = await Given().up()
    for _ in range(120):
        given.hears(STATUS, LOST)
        await asyncio.sleep(1.0)
    assert given.states == ["online"] * 6
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "another gateway has the id pi" in errors[0].getMessage()


async def test_when_the_other_gateway_has_left_the_status_is_put_right() -> None:
    given = await Given().up()
    for _ in range(8):
        given.hears(STATUS, {"state": "online", "session": "another"})
        await asyncio.sleep(5.0)
    assert given.states == ["online"] * 6
    given.hears(STATUS, LOST)
    await asyncio.sleep(59.0)
    assert given.states == ["online"] * 6
    await asyncio.sleep(2.0)
    assert given.states == ["online"] * 7
    assert given.epochs == 6


async def test_a_retained_status_is_older_than_the_birth() -> None:
    given = await Given().up()
    given.hears(STATUS, LOST, retained=True)
    await asyncio.sleep(10.0)
    assert given.states == ["online"]


async def test_a_live_command_goes_to_its_desk() -> None:
    given = await Given().up()
    given.hears(COMMAND, {"id": "a", "do": "identify"}, response_topic=f"{REPLY}/x")
    (order,) = given.orders
    assert isinstance(order.message, CommandMessage)
    assert (order.message.command.id, order.response_topic) == ("a", f"{REPLY}/x")


async def test_a_retained_command_is_never_obeyed() -> None:
    given = await Given().up()
    given.hears(COMMAND, {"id": "a", "do": "identify"}, retained=True)
    assert given.orders == []


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (COMMAND, b"{"),
        (COMMAND, b'{"do": "set"}'),
        (COMMAND, b"[" * 70_000),
        (COMMAND.replace("box", "cellar"), b'{"id": "a", "do": "identify"}'),
        (COMMAND.replace("pi", "other"), b'{"id": "a", "do": "identify"}'),
        ("chamber/v2/pi/box/command", b'{"id": "a", "do": "identify"}'),
        ("", b""),
    ],
)
async def test_what_is_not_for_this_gateway_changes_nothing(topic: str, payload: bytes) -> None:
    given = await Given().up()
    given.wire.sent.clear()
    given.hears(topic, payload)
    await asyncio.sleep(10.0)
    assert (given.orders, given.wire.sent) == ([], [])


@pytest.mark.parametrize(
    ("response_topic", "also"),
    [
        (f"{REPLY}/here", [f"{REPLY}/here"]),
        (None, []),
        (REPLY, []),
        (f"{REPLY}x/here", []),
        (f"{REPLY}/+/here", []),
        (f"{REPLY}/#", []),
        (STATUS, []),
        (COMMAND, []),
    ],
)
async def test_a_reply_goes_to_reply_and_to_a_response_topic_only_below_it(
    response_topic: str | None, also: list[str]
) -> None:
    given = await Given().up()
    given.wire.sent.clear()
    given.voice.answer(Address("pi", "box"), b"{}", response_topic)
    assert given.wire.topics == [REPLY, *also]
    assert {(one.qos, one.retain) for one in given.wire.sent} == {(1, False)}


async def test_a_failed_connection_is_reported_with_advice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = Given()
    given.ear.link_down(Failure(Cause.CONNECTION_REFUSED, "no one listens"), 2.0)
    assert "connection_refused: no one listens; next try in 2 s" in caplog.text
    assert "that the broker runs" in caplog.text


async def test_a_refused_subscription_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    given = Given()
    given.ear.link_up(Up(Version.V5, session_present=False, refused=(COMMAND,)))
    assert f"refuses the subscription to {COMMAND}" in caplog.text
    await asyncio.sleep(0.1)


def test_there_is_advice_for_every_cause() -> None:
    assert set(ADVICE) == set(Cause)


async def test_what_the_broker_refuses_is_told_with_what_to_look_at(
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = Given()
    given.ear.link_published(Published(1, Failure(Cause.NOT_AUTHORIZED, "Not authorized")))
    assert "Not authorized" in caplog.text
    assert "this gateway's id" in caplog.text
