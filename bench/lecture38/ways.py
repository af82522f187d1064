"""The ways to send bytes there and get them back, each as one `exchange`."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from websockets.asyncio.client import connect

from chamber_agent.link.packets import Subscription
from chamber_agent.link.transport import Transport
from workshop.parts.brokers import Broker
from workshop.parts.processes import LOOPBACK

from .browser import HEADERS
from .mqtt import connected, over_tcp, over_websocket
from .rows import HTTP, HTTP_ANEW, MQTT_TCP, MQTT_WEBSOCKET, WEBSOCKET
from .servers import LARGEST, Servers

Exchange = Callable[[bytes], Awaitable[None]]
"""Sends bytes and returns once they are back."""
NO_BROKER = ""


@dataclass(frozen=True)
class Way:
    """A way and how it is opened."""

    name: str
    broker: str
    """Its kind, or empty."""
    qos: int | None
    open: Callable[[], AbstractAsyncContextManager[Exchange]]


def ways(brokers: list[Broker], servers: Servers) -> list[Way]:
    """All that are compared."""
    dials = (
        (MQTT_TCP, over_tcp, "plain_port"),
        (MQTT_WEBSOCKET, over_websocket, "port"),
    )
    found = [
        Way(name, broker.kind, qos, _mqtt(dial(getattr(broker, port)), qos))
        for broker in brokers
        for name, dial, port in dials
        for qos in (0, 1, 2)
    ]
    return [
        *found,
        Way(WEBSOCKET, NO_BROKER, None, lambda: _websocket(servers.websocket_port)),
        Way(HTTP, NO_BROKER, None, lambda: _http(servers.http_port, anew=False)),
        Way(HTTP_ANEW, NO_BROKER, None, lambda: _http(servers.http_port, anew=True)),
    ]


def _mqtt(
    dial: Callable[[], Transport], qos: int
) -> Callable[[], AbstractAsyncContextManager[Exchange]]:
    return lambda: _through_broker(dial, qos)


@asynccontextmanager
async def _through_broker(dial: Callable[[], Transport], qos: int) -> AsyncIterator[Exchange]:
    """One client publishes and subscribes to its own topic; whole is the way when the message is back."""
    topic = f"lecture38/{secrets.token_hex(4)}"
    async with connected(dial, Subscription(topic, qos)) as client:

        async def exchange(data: bytes) -> None:
            client.say(topic, data, qos)
            _same(await client.hear(), data)

        yield exchange


@asynccontextmanager
async def _websocket(port: int) -> AsyncIterator[Exchange]:
    url = f"ws://{LOOPBACK}:{port}/"
    async with connect(url, compression=None, max_size=LARGEST, proxy=None) as connection:

        async def exchange(data: bytes) -> None:
            await connection.send(data)
            _same(await connection.recv(), data)

        yield exchange


@asynccontextmanager
async def _http(port: int, *, anew: bool) -> AsyncIterator[Exchange]:
    """What is polled is put there only when it changes: the warming up does that, no exchange that is timed."""
    url = f"http://{LOOPBACK}:{port}/state"
    connector = aiohttp.TCPConnector(force_close=anew)
    put = b""
    async with (
        aiohttp.ClientSession() as source,
        aiohttp.ClientSession(connector=connector, headers=HEADERS) as page,
    ):

        async def exchange(data: bytes) -> None:
            nonlocal put
            if put != data:
                await source.put(url, data=data)
                put = data
            async with page.get(url) as response:
                _same(await response.read(), data)

        yield exchange


def _same(got: object, sent: bytes) -> None:
    if got != sent:
        raise RuntimeError("what came back is not what was sent")
