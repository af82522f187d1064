"""One end of the project's own link, over WebSocket or TCP, as short as a measurement needs it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from chamber_agent.link import retry
from chamber_agent.link.errors import Failure, LinkError
from chamber_agent.link.link import Link
from chamber_agent.link.packets import (
    Greeting,
    Publication,
    Published,
    Received,
    Settings,
    Subscription,
)
from chamber_agent.link.session import Up
from chamber_agent.link.transport import Transport
from chamber_agent.uplink import Uplink
from workshop.parts.processes import LOOPBACK

from .tcp import TcpTransport

_WITHIN = 20.0
PROTOCOL = "5"


def over_websocket(port: int) -> Callable[[], Transport]:
    """Dial a broker's WebSocket listener as the agent does."""
    return lambda: Uplink(f"ws://{LOOPBACK}:{port}/mqtt", None)


def over_tcp(port: int) -> Callable[[], Transport]:
    """Dial a broker's native listener."""
    return lambda: TcpTransport(LOOPBACK, port)


class Client:
    """Publishes and hears; `received` and `published` hold what has not been asked for."""

    def __init__(self) -> None:
        self.up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self.published: asyncio.Queue[int] = asyncio.Queue()
        self.link: Link

    def link_up(self, _up: Up) -> None:
        """It stands."""
        if not self.up.done():
            self.up.set_result(None)

    def link_down(self, failure: Failure, _retry_in: float) -> None:
        """A measurement does not go on over a second connection."""
        if not self.up.done():
            self.up.set_exception(LinkError(failure))

    def link_received(self, message: Received) -> None:
        """A message arrived."""
        self.received.put_nowait(message.payload)

    def link_published(self, published: Published) -> None:
        """The broker has a publication."""
        self.published.put_nowait(published.mid)

    def say(self, topic: str, payload: bytes, qos: int) -> None:
        """Publish."""
        self.link.publish(Publication(topic, payload, qos))

    async def hear(self) -> bytes:
        """Wait for the next message. Raises `TimeoutError`."""
        async with asyncio.timeout(_WITHIN):
            return await self.received.get()

    async def acknowledged(self) -> None:
        """Wait until the broker has the next publication. Raises `TimeoutError`."""
        async with asyncio.timeout(_WITHIN):
            await self.published.get()


@asynccontextmanager
async def connected(
    dial: Callable[[], Transport], *subscriptions: Subscription
) -> AsyncIterator[Client]:
    """A client whose link is up while the block lasts. Raises `LinkError`."""
    client = Client()
    client.link = link = Link(
        [dial],
        Settings(f"lecture38-{secrets.token_hex(4)}"),
        lambda: Greeting(subscriptions),
        client,
        outlook=retry.first(PROTOCOL),
        chance=lambda: 0.5,
    )
    running = asyncio.ensure_future(link.run())
    try:
        async with asyncio.timeout(_WITHIN):
            await client.up
        yield client
    finally:
        link.stop()
        await running
