"""What one update costs on the wire, counted by the relay: a state of 200 bytes from the gateway to a page."""

from collections.abc import Awaitable, Callable

import aiohttp
from websockets.asyncio.client import connect

from chamber_agent.link.packets import Subscription
from chamber_agent.link.transport import Transport
from workshop.parts.brokers import Broker
from workshop.parts.processes import LOOPBACK

from .browser import HEADERS
from .mqtt import connected, over_tcp, over_websocket
from .payloads import STATE_SIZE, TOPIC, payload
from .relay import Relay, relayed
from .rows import GATEWAY, HTTP, HTTP_ANEW, MQTT_TCP, MQTT_WEBSOCKET, PAGE, WEBSOCKET, Cost
from .servers import Servers

UPDATES = 50
_DIALS: dict[str, Callable[[int], Callable[[], Transport]]] = {
    MQTT_TCP: over_tcp,
    MQTT_WEBSOCKET: over_websocket,
}


async def measure(broker: Broker, servers: Servers) -> list[Cost]:
    """Every way."""
    rows: list[Cost] = []
    for way, port in ((MQTT_TCP, broker.plain_port), (MQTT_WEBSOCKET, broker.port)):
        for qos in (0, 1, 2):
            rows += await _mqtt(way, port, qos)
    rows += await _websocket(servers.websocket_port)
    rows += [await _http(servers.http_port, anew=anew) for anew in (False, True)]
    return rows


async def _counted(
    relays: list[Relay], update: Callable[[], Awaitable[None]]
) -> list[tuple[float, float]]:
    """Bytes of one update through each relay; the first is left out, it may come with something else."""
    await update()
    before = [await relay.settled() for relay in relays]
    for _number in range(UPDATES):
        await update()
    after = [await relay.settled() for relay in relays]
    return [
        ((later[0] - earlier[0]) / UPDATES, (later[1] - earlier[1]) / UPDATES)
        for earlier, later in zip(before, after, strict=True)
    ]


async def _mqtt(way: str, port: int, qos: int) -> list[Cost]:
    dial, data = _DIALS[way], payload(STATE_SIZE)
    async with (
        relayed(port) as near,
        relayed(port) as far,
        connected(dial(far.port), Subscription(TOPIC, qos)) as page,
        connected(dial(near.port)) as gateway,
    ):

        async def update() -> None:
            gateway.say(TOPIC, data, qos)
            await page.hear()
            if qos:
                await gateway.acknowledged()

        counted = await _counted([near, far], update)
    return [
        Cost(way, qos, end, *passed) for end, passed in zip((GATEWAY, PAGE), counted, strict=True)
    ]


async def _websocket(port: int) -> list[Cost]:
    """The echo: what goes there is the gateway's, what comes back the page's."""
    data = payload(STATE_SIZE)
    async with (
        relayed(port) as relay,
        connect(f"ws://{LOOPBACK}:{relay.port}/", compression=None, proxy=None) as connection,
    ):

        async def update() -> None:
            await connection.send(data)
            await connection.recv()

        [(there, back)] = await _counted([relay], update)
    return [Cost(WEBSOCKET, None, GATEWAY, there, 0), Cost(WEBSOCKET, None, PAGE, 0, back)]


async def _http(port: int, *, anew: bool) -> Cost:
    async with (
        relayed(port) as relay,
        aiohttp.ClientSession() as source,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=anew), headers=HEADERS
        ) as page,
    ):
        await source.put(f"http://{LOOPBACK}:{port}/state", data=payload(STATE_SIZE))

        async def update() -> None:
            async with page.get(f"http://{LOOPBACK}:{relay.port}/state") as response:
                assert len(await response.read()) == STATE_SIZE

        [(there, back)] = await _counted([relay], update)
    return Cost(HTTP_ANEW if anew else HTTP, None, PAGE, there, back)
