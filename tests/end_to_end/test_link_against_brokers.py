"""Both ends' links, with their real transports, against real brokers."""

import secrets
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from end_to_end.conftest import PASSWORD, USER, BrokerOf
from end_to_end.ends import ENDS, End, Talk, Where
from end_to_end.parts import TIMEOUT, again, have
from integration.certificates import Identity, self_signed
from workshop.parts import brokers
from workshop.parts.brokers import Broker
from workshop.parts.processes import LOOPBACK

pytestmark = TIMEOUT

# amqtt does not speak MQTT 5 and keeps silent when it is spoken to in it.
SPOKEN = [
    ("mosquitto", "5"),
    ("mosquitto", "3.1.1"),
    ("mosquitto-testing", "5"),
    ("amqtt", "3.1.1"),
]
ONCE = [("mosquitto", "5"), ("mosquitto-testing", "5"), ("amqtt", "3.1.1")]


@pytest.fixture(params=ENDS, ids=lambda end: str(end.name))
def end(request: pytest.FixtureRequest) -> End:
    """Each end."""
    chosen: End = request.param
    return chosen


@pytest.fixture
def topic() -> str:
    """A topic that no other test uses."""
    return f"test/{secrets.token_hex(6)}"


def _name(spoken: tuple[str, str]) -> str:
    return "-".join(spoken)


@pytest.fixture(params=SPOKEN, ids=_name)
def spoken(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Each broker, with each version of MQTT that it speaks."""
    kind, protocol = request.param
    return str(kind), str(protocol)


class Talks:
    """Conversations of one end with one broker in one version of MQTT."""

    def __init__(self, end: End, where: Where, protocol: str) -> None:
        self.end, self.where, self.protocol = end, where, protocol

    def talk(self, *subscribes: str, will: Any = None) -> Talk:
        """One of them."""
        return Talk(self.end, self.where, self.protocol, subscribes, will)


@pytest.fixture
def talks(end: End, spoken: tuple[str, str], guarded_broker: BrokerOf) -> Talks:
    """Conversations as a user with a password."""
    kind, protocol = spoken
    return Talks(end, Where(guarded_broker(kind).url, USER, PASSWORD), protocol)


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
        await speaker.saying(topic, b"", retain=True)


async def test_who_dies_has_a_will(talks: Talks, topic: str) -> None:
    will = talks.end.link.packets.Publication(topic, b"lost", 1)
    async with talks.talk(topic) as listener, talks.talk(will=will) as mortal:
        await listener.up()
        await mortal.up()
        await mortal.die()
        await listener.heard(b"lost")


async def test_who_takes_leave_has_none(talks: Talks, topic: str) -> None:
    will = talks.end.link.packets.Publication(topic, b"lost", 1)
    async with talks.talk(topic) as listener:
        await listener.up()
        async with talks.talk(will=will) as leaving:
            await leaving.up()
            leaving.say(topic, b"goodbye")
        async with talks.talk() as later:
            await later.up()
            await later.saying(topic, b"later")
        await listener.heard(b"goodbye", b"later")


@pytest.mark.parametrize("spoken", ONCE, ids=_name, indirect=True)
async def test_a_message_of_60_kilobytes_arrives_whole(talks: Talks, topic: str) -> None:
    content = secrets.token_bytes(60_000)
    async with talks.talk(topic) as talk:
        await talk.up()
        talk.say(topic, content)
        await talk.heard(content)


@pytest.mark.parametrize("spoken", ONCE, ids=_name, indirect=True)
async def test_a_burst_of_1000_messages_arrives_in_order(talks: Talks, topic: str) -> None:
    contents = [f"{number:200}".encode() for number in range(1000)]
    async with talks.talk(topic) as talk:
        await talk.up()
        for content in contents:
            talk.say(topic, content)
        await talk.heard(*contents)
        await talk.until(lambda: len(talk.published) == 1000)


@pytest.mark.parametrize(
    ("user", "password"), [(USER, "wrong"), ("nobody", PASSWORD), (None, None)]
)
async def test_wrong_credentials_are_told_as_such(
    talks: Talks, user: str | None, password: str | None
) -> None:
    where = Where(talks.where.url, user, password)
    async with Talk(talks.end, where, talks.protocol) as talk:
        await talk.until(lambda: bool(talk.downs))
        assert talk.causes == ["invalid_auth"]


async def test_a_trial_finds_the_version_and_leaves(talks: Talks) -> None:
    modules, where = talks.end.link, talks.where
    settings = modules.packets.Settings("trial", where.user, where.password)
    async with talks.end.dialling(where) as dial:
        found = await modules.trial.attempt(
            dial, settings, modules.packets.Greeting(), talks.protocol
        )
    assert found.value == talks.protocol


@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
async def test_what_the_broker_speaks_is_found_out(
    end: End, kind: str, guarded_broker: BrokerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence = f"{end.link.link.Session.__module__}.CONNACK_WITHIN"
    monkeypatch.setattr(silence, 0.5)
    where = Where(guarded_broker(kind).url, USER, PASSWORD)
    async with Talk(end, where, "auto") as talk:
        await talk.up()
        assert talk.ups[0].version.value == ("5" if kind == "mosquitto" else "3.1.1")


class TestEncrypted:
    """The same over TLS, with a certificate of the broker's own."""

    @pytest.fixture(scope="class")
    def identity(self) -> Identity:
        """The broker's certificate, which is its own authority."""
        return self_signed(address=LOOPBACK)

    @pytest.fixture(scope="class")
    def encrypted(
        self, identity: Identity, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Broker]:
        """A broker that speaks TLS."""
        folder = tmp_path_factory.mktemp("encrypted")
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        certificate.write_text(identity.certificate)
        key.write_text(identity.key)
        with have(lambda: brokers.start("mosquitto", folder, tls=(certificate, key))) as broker:
            yield broker

    async def test_messages_come_where_the_certificate_is_trusted(
        self, end: End, encrypted: Broker, identity: Identity, topic: str
    ) -> None:
        trusting = ssl.create_default_context(cadata=identity.certificate)
        async with Talk(end, Where(encrypted.url, tls=trusting), "auto", (topic,)) as talk:
            await talk.up()
            contents = [f"{number}".encode() for number in range(100)]
            for content in contents:
                talk.say(topic, content)
            await talk.heard(*contents)

    async def test_another_one_is_refused_and_told_as_such(
        self, end: End, encrypted: Broker
    ) -> None:
        wary = ssl.create_default_context()
        async with Talk(end, Where(encrypted.url, tls=wary), "auto") as talk:
            await talk.until(lambda: bool(talk.downs))
            assert talk.causes == ["tls_failed"]


class TestABrokerThatGoesAndComesBack:
    """It is killed, and started again at the same place."""

    @pytest.fixture(params=["mosquitto", "mosquitto-testing", "amqtt"])
    def mortal(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
        """A broker of its own for each test."""
        with have(lambda: brokers.start(request.param, tmp_path)) as broker:
            yield broker

    async def test_the_link_comes_back_and_has_its_subscriptions(
        self, end: End, mortal: Broker, topic: str
    ) -> None:
        protocol = "3.1.1" if mortal.kind == "amqtt" else "auto"
        async with Talk(end, Where(mortal.url), protocol, (topic,)) as talk:
            await talk.up()
            mortal.kill()
            await talk.until(lambda: bool(talk.downs), within=1.0)
            with pytest.raises(end.link.errors.NotConnected):
                talk.say(topic, b"too late")
            mortal.stop()
            with again(mortal):
                await talk.up(2)
                talk.say(topic, b"again")
                await talk.heard(b"again")
            assert {up.version for up in talk.ups} == {talk.ups[0].version}
