"""What a session at the broker keeps while a line is cut again and again, and what it cannot keep."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from end_to_end.ends import End, Talk, Where
from end_to_end.parts import TIMEOUT
from faults.haste import SHORT, hasty, with_settings
from faults.proxy import Proxy, Weather
from workshop.parts.brokers import Broker

pytestmark = TIMEOUT

CUTS = 20
LAST = 300
INTERVAL = 0.005
"""Seconds between two numbers."""
KEPT_FOR = 60


async def _cut_at_random(proxy: Proxy, talk: Talk) -> None:
    """Cut the line in mid-frame wherever chance will have it, as soon as it stands again."""
    chance = random.Random(1)
    for number in range(CUTS):
        await talk.up(number + 1)
        cut = Weather(cut=chance.randint(0, 300), reset=chance.random() < 0.5)
        await proxy.be(weather=cut)
        await talk.until(lambda before=number: len(talk.downs) > before)  # type: ignore[misc]
    await proxy.mend()
    await talk.up(CUTS + 1)


def _numbers(talk: Talk) -> list[int]:
    return [int(one.payload) for one in talk.received]


async def test_every_number_arrives_at_who_was_cut_off(
    end: End, mosquitto: Broker, topic: str
) -> None:
    """The first time in order; twice only where the cut swallowed the receipt: QoS 1 is `at least once`."""
    with hasty(again_after=0.05), with_settings(keepalive=SHORT.keepalive):
        async with (
            Proxy(mosquitto.port) as proxy,
            Talk(end, Where(proxy.url), "5", (topic,), session_expiry=KEPT_FOR) as listener,
            Talk(end, Where(mosquitto.url), "5") as speaker,
        ):
            await speaker.up()
            cutting = asyncio.create_task(_cut_at_random(proxy, listener))
            await listener.up()
            said = 0
            while not cutting.done():
                speaker.say(topic, f"{said}".encode())
                said += 1
                await asyncio.sleep(INTERVAL)
            await cutting
            await listener.until(lambda: said - 1 in _numbers(listener))
    heard = _numbers(listener)
    print(f"{end.name}: {len(heard) - len(set(heard))} of {said} came twice over {CUTS} cuts")
    assert list(dict.fromkeys(heard)) == list(range(said))
    assert [up.session_present for up in listener.ups] == [False] + [True] * CUTS


@dataclass
class Persistent:
    """Says numbers until the broker has acknowledged each; what was not, it says again."""

    talk: Talk
    topic: str
    unacknowledged: dict[int, int] = field(default_factory=dict)
    """Numbers by the message ids that stand for them on this connection."""
    acknowledged: set[int] = field(default_factory=set)

    def look(self) -> None:
        """Take in what the broker has acknowledged."""
        for one in self.talk.published:
            if one.failure is None and one.mid in self.unacknowledged:
                self.acknowledged.add(self.unacknowledged.pop(one.mid))
        self.talk.published.clear()

    def say(self, number: int) -> None:
        """Say a number, if there is a connection."""
        unheard: Any = self.talk.end.link.errors.NotConnected
        try:
            self.unacknowledged[self.talk.say(self.topic, f"{number}".encode())] = number
        except unheard:
            return

    async def speak(self) -> None:
        """Say all, and again what was lost with a connection."""
        downs = 0
        while len(self.acknowledged) < LAST:
            self.look()
            if len(self.talk.downs) > downs:
                downs = len(self.talk.downs)
                self.unacknowledged.clear()
            waiting = set(self.unacknowledged.values()) | self.acknowledged
            for number in [one for one in range(LAST) if one not in waiting][:10]:
                self.say(number)
            await asyncio.sleep(INTERVAL)


async def test_what_was_acknowledged_has_arrived_though_the_line_was_cut(
    end: End, mosquitto: Broker, topic: str
) -> None:
    """The link sends nothing again by itself: who published learns what is certain, and decides."""
    with hasty(again_after=0.05), with_settings(keepalive=SHORT.keepalive):
        async with (
            Proxy(mosquitto.port) as proxy,
            Talk(end, Where(mosquitto.url), "5", (topic,)) as listener,
            Talk(end, Where(proxy.url), "5") as speaker,
        ):
            await listener.up()
            persistent = Persistent(speaker, topic)
            cutting = asyncio.create_task(_cut_at_random(proxy, speaker))
            await speaker.up()
            await persistent.speak()
            cutting.cancel()
            await proxy.mend()
            await listener.until(lambda: set(_numbers(listener)) == set(range(LAST)))
    print(f"{end.name}: {len(speaker.downs)} cuts, {len(listener.received) - LAST} said twice")
    assert len(speaker.downs) > 5
