"""Fifty faults in a row leave a link as large as it was."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable

from end_to_end.ends import ENDS, End, Talk, Where
from end_to_end.parts import TIMEOUT
from faults import doors, possessions
from faults.haste import SHORT, hasty
from faults.proxy import Proxy, Way, Weather
from workshop.parts.brokers import Broker

pytestmark = TIMEOUT

ROUNDS = 50
WARM = 10
"""Rounds after which nothing may grow any more."""
PROXYS_OWN = 2
"""The sockets of one caller, which the proxy keeps while it holds what they said."""


async def _reset(proxy: Proxy) -> None:
    proxy.reset()


async def _cut(proxy: Proxy) -> None:
    await proxy.be(weather=Weather(cut=1))


async def _garbage(proxy: Proxy) -> None:
    proxy.inject(b"garbage")


async def _refused(proxy: Proxy) -> None:
    await proxy.be(door=doors.answers(401, "Unauthorized"))
    proxy.reset()


async def _banned(proxy: Proxy) -> None:
    await proxy.be(door=doors.greets(doors.refusal(0x8A)))
    proxy.inject(doors.close_frame(1001))


FAULTS: tuple[Callable[[Proxy], Awaitable[None]], ...] = (_reset, _cut, _garbage, _refused, _banned)


async def _suffer(end: End, port: int, meet: asyncio.Barrier) -> None:
    """Fall, and stand up again, as often as that; wait at `meet` when warm and at the end."""
    async with (
        Proxy(port) as proxy,
        Talk(end, Where(proxy.url), "5", ("leaks",)) as talk,
    ):
        faults = itertools.cycle(FAULTS)
        for turn in range(ROUNDS):
            if turn == WARM:
                await _rest(talk, meet)
            await talk.up()
            await next(faults)(proxy)
            talk.say("leaks", b"x")
            await talk.until(lambda: len(talk.downs) > 0)
            await proxy.mend()
            talk.ups.clear()
            talk.downs.clear()
        await talk.up()
        await _rest(talk, meet)


async def _rest(talk: Talk, meet: asyncio.Barrier) -> None:
    """Be counted, in the same state each time."""
    await talk.up()
    kept = talk.ups[:]
    for notes in (talk.ups, talk.downs, talk.received, talk.published):
        notes.clear()
    await meet.wait()
    await meet.wait()
    talk.ups.extend(kept)


async def _flood(talk: Talk) -> None:
    """Say more than the other side takes, until the link takes no more itself, for good."""
    refusals = 0
    async with asyncio.timeout(5):
        while refusals < 20:
            try:
                talk.say("leaks", bytes(64 * 1024), qos=0)
            except talk.end.link.errors.NotConnected:
                refusals += 1
                await asyncio.sleep(0.01)
            else:
                refusals = 0
                await asyncio.sleep(0)


async def test_who_cannot_get_rid_of_what_it_said_ends_all_the_same(
    end: End, mosquitto: Broker
) -> None:
    """What waits to be sent would keep the socket until TCP gives up, a quarter of an hour later."""
    async with Proxy(mosquitto.port) as proxy:
        await asyncio.sleep(0)
        files = possessions.files()
        with hasty():
            async with Talk(end, Where(proxy.url), "5") as talk:
                await talk.up()
                await proxy.be(weather=Weather(held=frozenset({Way.UP})))
                await _flood(talk)
                began = time.monotonic()
            assert time.monotonic() - began < 2 * SHORT.close + 1.0
        async with asyncio.timeout(2):
            while possessions.files() > files + PROXYS_OWN:
                await asyncio.sleep(0.01)


async def test_nothing_grows_over_fifty_faults(mosquitto: Broker) -> None:
    meet = asyncio.Barrier(len(ENDS) + 1)
    with hasty(again_after=0.05):
        async with asyncio.TaskGroup() as group:
            for end in ENDS:
                group.create_task(_suffer(end, mosquitto.port, meet))
            await meet.wait()
            objects, tasks, files = possessions.objects(), possessions.tasks(), possessions.files()
            await meet.wait()
            await meet.wait()
            assert possessions.grown(objects, more_than=10) == {}
            assert possessions.tasks() <= tasks + 2
            assert possessions.files() <= files + 2
            await meet.wait()
