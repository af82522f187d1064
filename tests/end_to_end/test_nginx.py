"""A broker behind nginx: a path of its own, a password that HTTP asks for, TLS, and the cut of who is idle."""

import asyncio
import importlib
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from end_to_end.ends import INTEGRATION, End, Talk, Where
from end_to_end.parts import TIMEOUT, again, have
from end_to_end.test_encryption import files
from integration.certificates import self_signed
from workshop.parts import brokers, nginx
from workshop.parts.brokers import Broker
from workshop.parts.nginx import Proxy
from workshop.parts.processes import LOOPBACK
from workshop.places import ROOT

pytestmark = TIMEOUT

PATH = "/broker/mqtt"
CUT = 1
"""Seconds: `proxy_read_timeout`."""
TRANSPORTS = {
    "agent": "chamber_agent.uplink",
    "integration": "custom_components.chamber_ws.websocket_link",
}

Front = Callable[..., Proxy]


@pytest.fixture
def front(mosquitto: Broker, tmp_path: Path) -> Iterator[Front]:
    """Give an nginx in front of Mosquitto."""
    running: list[Proxy] = []

    def start(**wanted: Any) -> Proxy:
        running.append(have(lambda: nginx.start(mosquitto, tmp_path, path=PATH, **wanted)))
        return running[-1]

    yield start
    for proxy in running:
        proxy.stop()


async def _carries(talk: Talk, topic: str) -> None:
    await talk.up()
    talk.say(topic, b"through")
    await talk.heard(b"through")


async def test_messages_pass_below_its_path(end: End, front: Front, topic: str) -> None:
    async with Talk(end, Where(front().url), "auto", (topic,)) as talk:
        await _carries(talk, topic)


async def test_another_path_is_told_as_such(end: End, front: Front) -> None:
    where = Where(front().url.replace(PATH, "/mqtt"))
    async with Talk(end, where, "auto") as talk:
        await talk.until(lambda: bool(talk.downs))
        assert talk.causes == ["wrong_path"]


async def test_a_password_in_a_header_opens_it(front: Front, topic: str) -> None:
    proxy = front(user="door", password="pa ss:wörd")
    where = Where(proxy.url, headers=proxy.authorization)
    async with Talk(INTEGRATION, where, "auto", (topic,)) as talk:
        await _carries(talk, topic)


async def test_without_the_header_it_stays_shut(end: End, front: Front) -> None:
    proxy = front(user="door", password="secret")
    async with Talk(end, Where(proxy.url, "door", "secret"), "auto") as talk:
        await talk.until(lambda: bool(talk.downs))
        assert talk.causes == ["invalid_auth"]


async def test_it_speaks_tls_for_a_broker_that_does_not(
    end: End, front: Front, topic: str, tmp_path: Path
) -> None:
    identity = self_signed(address=LOOPBACK)
    proxy = front(tls=files(identity, tmp_path))
    trusting = ssl.create_default_context(cadata=identity.certificate)
    async with Talk(end, Where(proxy.url, tls=trusting), "auto", (topic,)) as talk:
        await _carries(talk, topic)


async def test_a_broker_that_is_away_is_told_as_such_and_comes_back(
    end: End, topic: str, tmp_path: Path
) -> None:
    with (
        have(lambda: brokers.start("mosquitto", tmp_path / "broker")) as broker,
        have(lambda: nginx.start(broker, tmp_path / "nginx")) as proxy,
    ):
        broker.stop()
        async with Talk(end, Where(proxy.url), "auto", (topic,)) as talk:
            await talk.until(lambda: bool(talk.downs))
            assert talk.causes == ["unavailable"]
            with again(broker):
                await _carries(talk, topic)


async def test_who_is_idle_is_cut_and_comes_back(end: End, front: Front, topic: str) -> None:
    async with Talk(end, Where(front(read_timeout=CUT).url), "auto", (topic,)) as talk:
        await talk.up()
        await talk.until(lambda: bool(talk.downs), within=5 * CUT)
        assert talk.causes == ["lost"]
        await talk.up(2)
        talk.say(topic, b"again")
        await talk.heard(b"again")


async def test_who_pings_more_often_is_not(
    end: End, front: Front, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{TRANSPORTS[end.name]}.HEARTBEAT", CUT / 3)
    async with Talk(end, Where(front(read_timeout=CUT).url), "auto", (topic,)) as talk:
        await talk.up()
        await asyncio.sleep(2.5 * CUT)
        assert talk.downs == []
        talk.say(topic, b"still there")
        await talk.heard(b"still there")


@pytest.mark.parametrize("package", ["chamber_agent", "custom_components.chamber_ws"])
def test_a_link_pings_often_enough_for_nginx_as_it_comes(package: str) -> None:
    transport = importlib.import_module(f"{package}.link.transport")
    assert 2 * transport.HEARTBEAT <= nginx.READ_TIMEOUT


def test_the_documentation_tells_nginx_the_same() -> None:
    told = (ROOT / "docs" / "brokers.md").read_text()
    lines = [line.strip() for line in nginx.CONFIGURATION.replace("{{", "{").splitlines()]
    wanted = [one for one in lines if one.startswith(("proxy_http", "proxy_set", "map", "default"))]
    assert len(wanted) == 6
    assert [one for one in wanted if one not in told] == []
    assert f"proxy_read_timeout {nginx.READ_TIMEOUT}s;" in told
