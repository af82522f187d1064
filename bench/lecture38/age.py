"""How long a change stays unseen: pushed, and polled.

The source and the page are in one process, so one clock times both. A change comes at every phase of the
polling interval once, which is what a change that knows nothing of the polling does on average.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import mean

import aiohttp

from chamber_agent.link.packets import Subscription
from workshop.parts.brokers import Broker
from workshop.parts.processes import LOOPBACK

from .browser import HEADERS
from .mqtt import connected, over_websocket
from .payloads import STATE_SIZE, TOPIC, payload
from .rows import HTTP, PUSH, Age
from .servers import Servers

INTERVALS = (0.2, 1.0, 5.0)
CHANGES = {0.2: 40, 1.0: 20, 5.0: 8}
PUSHES = 100


async def measure(broker: Broker, servers: Servers) -> list[Age]:
    """Push first, then all polling intervals at once: they have little to do."""
    pushed = await _pushed(broker)
    polled = await asyncio.gather(*(_polled(servers, interval) for interval in INTERVALS))
    return [_row(PUSH, None, pushed), *map(_row, [HTTP] * len(polled), INTERVALS, polled)]


def _row(way: str, interval: float | None, seconds: list[float]) -> Age:
    thousandths = [value * 1000 for value in seconds]
    return Age(way, interval, len(seconds), round(mean(thousandths), 2), round(max(thousandths), 2))


def _numbered(number: int) -> bytes:
    return str(number).encode().ljust(STATE_SIZE)


async def _pushed(broker: Broker) -> list[float]:
    dial = over_websocket(broker.port)
    taken = []
    async with connected(dial, Subscription(TOPIC, 0)) as page, connected(dial) as source:
        source.say(TOPIC, payload(STATE_SIZE), 0)
        await page.hear()
        for number in range(PUSHES):
            await asyncio.sleep(0.01)
            start = time.perf_counter()
            source.say(TOPIC, _numbered(number), 0)
            if await page.hear() != _numbered(number):
                raise RuntimeError("another message came than was sent")
            taken.append(time.perf_counter() - start)
    return taken


async def _polled(servers: Servers, interval: float) -> list[float]:
    url = f"http://{LOOPBACK}:{servers.http_port}/state?of={interval}"
    async with aiohttp.ClientSession() as source, aiohttp.ClientSession(headers=HEADERS) as page:

        async def put(number: int) -> None:
            await source.put(url, data=_numbered(number))

        async def get() -> bytes:
            async with page.get(url) as response:
                return await response.read()

        return await _seen(put, get, interval, CHANGES[interval])


async def _seen(
    put: Callable[[int], Awaitable[None]],
    get: Callable[[], Awaitable[bytes]],
    interval: float,
    count: int,
) -> list[float]:
    """Between two polls one change, each at another phase."""
    taken = []
    begin = time.perf_counter()
    await put(-1)
    await get()
    for number in range(count):
        change_at = begin + (number + (number + 0.5) / count) * interval
        await asyncio.sleep(change_at - time.perf_counter())
        start = time.perf_counter()
        await put(number)
        await asyncio.sleep(begin + (number + 1) * interval - time.perf_counter())
        if await get() != _numbered(number):
            raise RuntimeError("another value was polled than was put")
        taken.append(time.perf_counter() - start)
    return taken
