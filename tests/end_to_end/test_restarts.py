"""Brokers that go and come back."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

import pytest

from end_to_end.capabilities import Ability
from end_to_end.conftest import BrokerOf
from end_to_end.ends import AGENT, ENDS, INTEGRATION, Talk, Where
from end_to_end.parts import TIMEOUT, again, have
from end_to_end.talks import Talks, once
from workshop.parts import brokers, cluster
from workshop.parts.cluster import Cluster

pytestmark = TIMEOUT

NOTICED = 1.0
"""Seconds within which a link knows that a broker on this machine is gone."""
ELECTED = 40.0
"""Seconds after which a cluster serves again: an election or two, of 4 to 9 s, and a try that came too early."""
ROUNDS = 5
A_WHILE = 300

both_at_once = pytest.mark.parametrize("end", [INTEGRATION], ids=["both"])


def _gone(talk: Talk) -> bool:
    return bool(talk.downs)


def _has_heard(talk: Talk, payload: bytes) -> bool:
    return any(message.payload == payload for message in talk.received)


@once
@both_at_once
async def test_the_links_come_back_with_their_subscriptions_and_the_broker_with_what_it_kept(
    talks: Talks, topic: str, guarded_broker: BrokerOf
) -> None:
    broker = guarded_broker(talks.known.kind)
    will = INTEGRATION.link.packets.Publication(f"{topic}/will", b"lost", 1)
    away = talks.talk(f"{topic}/queued", will=will, session_expiry=A_WHILE)
    house, agent = talks.talk(f"{topic}/#"), talks.at(AGENT).talk(f"{topic}/command")
    async with AsyncExitStack() as stack:
        for talk in (away, house, agent):
            await (await stack.enter_async_context(talk)).up()
        await away.stay_away()
        await house.heard(b"lost")
        await house.saying(f"{topic}/queued", b"queued")
        await house.saying(f"{topic}/kept", b"kept", retain=True)
        broker.kill()
        for talk in (house, agent):
            await talk.until(partial(_gone, talk), within=NOTICED)
            with pytest.raises(talk.end.link.errors.NotConnected):
                talk.say(topic, b"too late")
        broker.stop()
        guarded_broker(talks.known.kind)
        await house.up(2)
        await agent.up(2)
        house.say(f"{topic}/command", b"again")
        await agent.heard(b"again")
        await _remembers(talks, topic, away, house)


async def _remembers(talks: Talks, topic: str, away: Talk, house: Talk) -> None:
    """The broker has of what was retained and queued what the table says."""
    await away.come_back()
    queued = [b"queued"] if talks.can(Ability.SESSION_AFTER_POWER_CUT) else []
    kept = [b"kept"] if talks.can(Ability.RETAINED_AFTER_POWER_CUT) else []
    assert away.ups[-1].session_present == bool(queued)
    async with talks.talk(f"{topic}/kept") as curious:
        await curious.up()
        await curious.until(lambda: len(curious.received) >= len(kept))
        await house.saying(f"{topic}/kept", b"now")
        await curious.heard(*kept, b"now")
    await house.saying(f"{topic}/queued", b"now")
    await away.heard(*queued, b"now")
    await house.saying(f"{topic}/kept", b"", retain=True)


@pytest.mark.parametrize("kind", ["mosquitto", "mosquitto-testing"])
async def test_mosquitto_remembers_all_after_a_polite_end(
    kind: str, topic: str, tmp_path: Path
) -> None:
    with have(lambda: brokers.start(kind, tmp_path)) as broker:
        talk = Talk(AGENT, Where(broker.url), "5", (topic,), session_expiry=A_WHILE)
        async with talk as away, Talk(INTEGRATION, Where(broker.url), "5") as speaker:
            await away.up()
            await speaker.up()
            await away.stay_away()
            await speaker.saying(f"{topic}/kept", b"kept", retain=True)
            await speaker.saying(topic, b"queued")
            broker.stop()
            with again(broker):
                await away.come_back()
                assert away.ups[-1].session_present
                await away.heard(b"queued")
                async with Talk(AGENT, Where(broker.url), "5", (f"{topic}/kept",)) as curious:
                    await curious.heard(b"kept")


class TestACluster:
    """Three brokers that are one."""

    @pytest.fixture
    def three(self, tmp_path: Path) -> Iterator[Cluster]:
        """Three brokers of a cluster."""
        with have(lambda: cluster.start(tmp_path)) as running:
            yield running

    @pytest.mark.timeout(240, func_only=True)
    async def test_a_link_whose_broker_is_killed_goes_on_at_the_next(
        self, three: Cluster, topic: str
    ) -> None:
        first, *also = three.urls
        async with AsyncExitStack() as stack:
            talks = [Talk(end, Where(first, also=tuple(also)), "3.1.1", (topic,)) for end in ENDS]
            for talk in talks:
                await (await stack.enter_async_context(talk)).up()
            async with Talk(AGENT, Where(also[-1]), "3.1.1") as elsewhere:
                await elsewhere.up()
                await elsewhere.saying(topic, b"from another node")
            for talk in talks:
                await talk.heard(b"from another node")
            three.nodes[0].kill()
            await asyncio.gather(*(self._whole(talk) for talk in talks))
            await self._saying(talks[0], topic, b"still there")
            for talk in talks:
                await talk.until(partial(_has_heard, talk, b"still there"), within=ELECTED)
            three.again(0)
            async with Talk(AGENT, Where(first), "3.1.1", (topic,)) as back:
                await back.up()
                await self._saying(talks[1], topic, b"all three")
                await back.until(partial(_has_heard, back, b"all three"), within=ELECTED)

    async def _whole(self, talk: Talk) -> None:
        """Wait until it is up with its subscription.

        While the nodes elect, nats-server lets a client in and may refuse to subscribe it: the link asks again.
        """
        await talk.up(2, within=ELECTED)
        await talk.until(lambda: not talk.ups[-1].refused, within=ELECTED)

    async def _saying(self, talk: Talk, topic: str, payload: bytes) -> None:
        """Publish until a node has it: one that cannot store yet ends the connection instead, or says nothing."""
        had = len(talk.published)
        for _ in range(ROUNDS):
            with suppress(TimeoutError, talk.end.link.errors.NotConnected):
                talk.say(topic, payload)
                await talk.until(lambda: len(talk.published) > had, within=ELECTED / ROUNDS)
                return
            await asyncio.sleep(1)
        raise TimeoutError(f"no node took {payload!r}")
