"""The same over TLS, with a certificate of the broker's own."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.capabilities import KNOWN
from end_to_end.conftest import PASSWORD, USER
from end_to_end.ends import End, Talk, Where
from end_to_end.parts import TIMEOUT, have
from integration.certificates import Identity, self_signed
from workshop.parts import brokers
from workshop.parts.brokers import Broker
from workshop.parts.processes import LOOPBACK

pytestmark = TIMEOUT

# RabbitMQ of Debian 12 takes ten seconds to start, and is configured as its younger self.
KINDS = [kind for kind in KNOWN if kind != "rabbitmq"]


@pytest.fixture(scope="module")
def identity() -> Identity:
    """The broker's certificate, which is its own authority."""
    return self_signed(address=LOOPBACK)


@pytest.fixture(scope="module", params=KINDS)
def encrypted(
    request: pytest.FixtureRequest, identity: Identity, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    """A broker that speaks TLS."""
    folder = tmp_path_factory.mktemp("encrypted")
    tls = files(identity, folder)
    made = have(lambda: brokers.start(request.param, folder, user=USER, password=PASSWORD, tls=tls))
    with made as broker:
        yield broker


def files(identity: Identity, folder: Path) -> tuple[Path, Path]:
    """Certificate and key, as brokers want them."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_text(identity.certificate)
    key.write_text(identity.key)
    return certificate, key


async def test_messages_come_where_the_certificate_is_trusted(
    end: End, encrypted: Broker, identity: Identity, topic: str
) -> None:
    trusting = ssl.create_default_context(cadata=identity.certificate)
    where = Where(encrypted.url, USER, PASSWORD, tls=trusting)
    async with Talk(end, where, KNOWN[encrypted.kind].spoken[0], (topic,)) as talk:
        await talk.up()
        contents = [f"{number}".encode() for number in range(100)]
        for content in contents:
            talk.say(topic, content)
        await talk.heard(*contents)


async def test_another_one_is_refused_and_told_as_such(end: End, encrypted: Broker) -> None:
    wary = ssl.create_default_context()
    async with Talk(end, Where(encrypted.url, tls=wary), "auto") as talk:
        await talk.until(lambda: bool(talk.downs))
        assert talk.causes == ["tls_failed"]
