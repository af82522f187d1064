"""Bits that turn on their way: no link hangs or stumbles over them, and TLS lets none through."""

import asyncio
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from end_to_end.ends import AGENT, ENDS, End, Talk, Where
from end_to_end.parts import TIMEOUT
from faults.haste import SHORT, hasty, with_settings
from faults.proxy import LOOPBACK, Proxy, Weather
from faults.tls import Certificates, certificates
from workshop.parts.brokers import Broker

pytestmark = TIMEOUT

EVERY = (3, 17, 29, 61, 97, 131, 211, 307, 401, 503)
"""One bit of every so-manieth byte turns: in headers of frames and packets, topics and contents."""
CONTENT = b"0123456789" * 8
SAID = 40
RECOVERS_WITHIN = 2.0 * SHORT.keepalive + 4.0
"""Where a length was hit, what follows is swallowed until MQTT's own ping has no answer."""


@dataclass
class Flips:
    """What came of turned bits: messages that were changed, and errors that nobody foresaw."""

    changed: int = 0
    errors: list[str] = field(default_factory=list)


async def _flipped(end: End, port: int, every: int, tls: Certificates | None) -> int:
    """Turn bits in a line that carries messages; how many were changed."""
    topic = f"flips/{secrets.token_hex(6)}"
    async with Proxy(port, tls.good if tls else None) as inner, Proxy(inner.port) as outer:
        url = f"{'wss' if tls else 'ws'}://{LOOPBACK}:{outer.port}/mqtt"
        where = Where(url, tls=tls.client() if tls else None)
        direct = Where(f"ws://{LOOPBACK}:{port}/mqtt")
        async with Talk(end, where, "5", (topic,)) as talk, Talk(AGENT, direct, "5") as speaker:
            await talk.up()
            await speaker.up()
            await outer.be(weather=Weather(flip=every))
            for _ in range(SAID):
                speaker.say(topic, CONTENT, qos=0)
                await asyncio.sleep(0.01)
            await outer.mend()
            last = secrets.token_bytes(8)
            async with asyncio.timeout(RECOVERS_WITHIN):
                while not any(one.payload == last for one in talk.received):
                    speaker.say(topic, last, qos=0)
                    await asyncio.sleep(0.05)
            return sum(one.payload not in (CONTENT, last) for one in talk.received)


async def _all(port: int, tls: Certificates | None) -> Flips:
    flips = Flips()
    jobs = [_flipped(end, port, every, tls) for every in EVERY for end in ENDS]
    for one in await asyncio.gather(*jobs, return_exceptions=True):
        if isinstance(one, int):
            flips.changed += one
        else:
            flips.errors.append(repr(one))
    return flips


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A server's certificate, and who trusts it."""
    return certificates(Path(tmp_path_factory.mktemp("certificates")))


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with hasty(), with_settings(keepalive=SHORT.keepalive):
        yield


async def test_turned_bits_end_a_connection_at_worst(
    mosquitto: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    """Without TLS nothing but TCP's checksum protects a content: some arrive changed."""
    flips = await _all(mosquitto.port, None)
    assert flips.errors == []
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
    assert flips.changed > 0, "no content was hit: nothing was tested"


async def test_tls_lets_no_turned_bit_through(
    mosquitto: Broker, tls: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    flips = await _all(mosquitto.port, tls)
    assert flips.errors == []
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
    assert flips.changed == 0
