"""Both ends' links, with their real transports, against every broker."""

import secrets
from contextlib import AsyncExitStack

import pytest
from yarl import URL

from end_to_end.capabilities import KNOWN, Ability, document
from end_to_end.conftest import PASSWORD, USER
from end_to_end.ends import AGENT, INTEGRATION, End, Talk, Where
from end_to_end.parts import TIMEOUT
from end_to_end.talks import Talks, once
from workshop.parts import brokers
from workshop.places import ROOT

pytestmark = TIMEOUT


async def test_the_version_spoken_is_the_chosen_one(talks: Talks) -> None:
    async with talks.talk() as talk:
        await talk.up()
        assert talk.ups[0].version.value == talks.protocol
        assert not talk.ups[0].session_present


async def test_messages_go_from_one_link_to_another(talks: Talks, topic: str) -> None:
    async with talks.talk(f"{topic}/#") as listener, talks.talk() as speaker:
        await listener.up()
        await speaker.up()
        await speaker.saying(f"{topic}/a", b"\x00\xff")
        (message,) = await listener.heard(b"\x00\xff")
        assert (message.topic, message.retained) == (f"{topic}/a", False)


async def test_a_retained_message_awaits_whoever_subscribes(talks: Talks, topic: str) -> None:
    async with talks.talk() as speaker:
        await speaker.up()
        await speaker.saying(topic, b"kept", retain=True)
        async with talks.talk(topic) as listener:
            (message,) = await listener.heard(b"kept")
            assert message.retained
        speaker.say(topic, b"", retain=True)


async def test_a_retained_message_awaits_who_subscribes_by_wildcard_where_the_broker_can(
    talks: Talks, topic: str
) -> None:
    kept = [b"kept"] if talks.can(Ability.RETAINED_BY_WILDCARD) else []
    async with talks.talk() as speaker:
        await speaker.up()
        await speaker.saying(f"{topic}/a/state", b"kept", retain=True)
        async with talks.talk(f"{topic}/+/state") as listener:
            await listener.up()
            await listener.until(lambda: len(listener.received) >= len(kept))
            await speaker.saying(f"{topic}/b/state", b"live")
            await listener.heard(*kept, b"live")
        speaker.say(f"{topic}/a/state", b"", retain=True)


async def test_who_dies_has_a_will(talks: Talks, topic: str) -> None:
    will = talks.end.link.packets.Publication(topic, b"lost", 1)
    async with talks.talk(topic) as listener, talks.talk(will=will) as mortal:
        await listener.up()
        await mortal.up()
        await mortal.die()
        await listener.heard(b"lost")


async def test_who_takes_leave_has_none_where_the_broker_knows_better(
    talks: Talks, topic: str
) -> None:
    lost = [] if talks.can(Ability.NO_WILL_AFTER_LEAVE) else [b"lost"]
    will = talks.end.link.packets.Publication(topic, b"lost", 1)
    async with talks.talk(topic) as listener:
        await listener.up()
        async with talks.talk(will=will) as leaving:
            await leaving.up()
            leaving.say(topic, b"goodbye")
        await listener.until(lambda: len(listener.received) > len(lost))
        async with talks.talk() as later:
            await later.up()
            await later.saying(topic, b"later")
        await listener.until(lambda: len(listener.received) > 1 + len(lost))
        *before, last = (message.payload for message in listener.received)
        assert (sorted(before), last) == (sorted([b"goodbye", *lost]), b"later")


@pytest.mark.parametrize("end", [INTEGRATION], ids=["both"])
async def test_a_command_gets_its_reply(talks: Talks, topic: str) -> None:
    command, reply = f"{topic}/pi/box/command", f"{topic}/pi/box/reply"
    house, gateway = talks.talk(f"{topic}/+/+/reply"), talks.at(AGENT).talk(f"{topic}/pi/+/command")
    async with house, gateway:
        await house.up()
        await gateway.up()
        house.say(command, b"set", response_topic=f"{reply}/1", expiry=15)
        (asked,) = await gateway.heard(b"set")
        assert asked.topic == command
        assert asked.response_topic == (f"{reply}/1" if talks.protocol == "5" else None)
        gateway.say(reply, b"applied")
        (answered,) = await house.heard(b"applied")
        assert answered.topic == reply


@once
async def test_a_message_of_60_kilobytes_arrives_whole(talks: Talks, topic: str) -> None:
    content = secrets.token_bytes(60_000)
    async with talks.talk(topic) as talk:
        await talk.up()
        talk.say(topic, content)
        await talk.heard(content)


@once
async def test_a_burst_of_1000_messages_arrives_in_order(talks: Talks, topic: str) -> None:
    contents = [f"{number:200}".encode() for number in range(1000)]
    async with talks.talk(topic) as talk:
        await talk.up()
        for content in contents:
            talk.say(topic, content)
        await talk.heard(*contents)
        await talk.until(lambda: len(talk.published) == 1000)


@once
async def test_wrong_credentials_are_told_as_the_broker_tells_them(talks: Talks) -> None:
    wrong = [(USER, "wrong"), ("nobody", PASSWORD), (None, None)]
    async with AsyncExitStack() as stack:
        for user, password in wrong:
            where = Where(talks.where.url, user, password)
            talk = Talk(talks.end, where, talks.protocol)
            await stack.enter_async_context(talk)
            stack.push_async_callback(_refused, talk, talks)


async def _refused(talk: Talk, talks: Talks) -> None:
    await talk.until(lambda: bool(talk.downs))
    assert talk.causes == [talks.known.says_of_wrong_password]


@once
async def test_another_path_is_told_as_the_broker_tells_it(talks: Talks) -> None:
    where = Where(str(URL(talks.where.url).with_path("/elsewhere")), USER, PASSWORD)
    async with Talk(talks.end, where, talks.protocol) as talk:
        await talk.until(lambda: bool(talk.downs or talk.ups))
        assert talk.causes == ([talks.known.says_of_paths] if talks.known.says_of_paths else [])


async def test_a_trial_finds_the_version_and_leaves(talks: Talks) -> None:
    modules, where = talks.end.link, talks.where
    settings = modules.packets.Settings("trial", where.user, where.password)
    async with talks.end.dialling(where) as dial:
        found = await modules.trial.attempt(
            [dial], settings, modules.packets.Greeting(), talks.protocol
        )
    assert found.value == talks.protocol


@once
async def test_what_the_broker_speaks_is_found_out(
    talks: Talks, monkeypatch: pytest.MonkeyPatch
) -> None:
    _impatient(talks.end, monkeypatch)
    async with Talk(talks.end, talks.where, "auto") as talk:
        await talk.up()
        assert talk.ups[0].version.value == talks.known.spoken[0]
        assert bool(talk.causes) == bool(talks.known.says_of_5)
        assert set(talk.causes) <= talks.known.says_of_5


def _impatient(end: End, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a silent broker no longer than a test may take."""
    monkeypatch.setattr(f"{end.link.link.Session.__module__}.CONNACK_WITHIN", 0.5)


def test_the_table_knows_every_broker_there_is() -> None:
    assert set(KNOWN) == set(brokers.KINDS)


def test_the_documentation_has_the_table() -> None:
    assert document() in (ROOT / "docs" / "brokers.md").read_text()
