"""The two ends of the line, each with its own copy of the link, and conversations over them."""

import asyncio
import importlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Self

import aiohttp
from yarl import URL

_NAMES = ("errors", "link", "packets", "retry", "trial")
_WITHIN = 15.0


@dataclass(frozen=True)
class Where:
    """What a client has to know of a broker."""

    url: str
    user: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of HTTP, from Home Assistant alone."""
    also: tuple[str, ...] = ()
    """Further addresses of the same broker."""

    @property
    def each(self) -> list["Where"]:
        """The same with one address each."""
        return [replace(self, url=url, also=()) for url in (self.url, *self.also)]


@dataclass(frozen=True)
class End:
    """One end: its link, and how it makes the transports of one event loop."""

    name: str
    link: Any
    """The modules of its copy of `link/`, by their names."""
    dialling: Callable[[Where], Any]
    """An asynchronous context manager that gives what dials."""
    tcp: Callable[[Any], asyncio.Transport]
    """The TCP connection below a transport of its."""


def _modules(package: str) -> SimpleNamespace:
    return SimpleNamespace(
        **{name: importlib.import_module(f"{package}.link.{name}") for name in _NAMES}
    )


@asynccontextmanager
async def _agent(where: Where) -> AsyncIterator[Callable[[], Any]]:
    uplink = importlib.import_module("chamber_agent.uplink")
    yield lambda: uplink.Uplink(where.url, where.tls)


@asynccontextmanager
async def _integration(where: Where) -> AsyncIterator[Callable[[], Any]]:
    transport = importlib.import_module("custom_components.chamber_ws.websocket_link")
    async with aiohttp.ClientSession(middlewares=(transport.stay,)) as session:
        handshake = transport.Handshake(headers=where.headers, tls=where.tls)
        yield lambda: transport.WebSocketTransport(session, URL(where.url, encoded=True), handshake)


def _agent_tcp(uplink: Any) -> asyncio.Transport:
    transport: asyncio.Transport = uplink._connection.transport
    return transport


def _integration_tcp(transport: Any) -> asyncio.Transport:
    below: asyncio.Transport = transport._socket._response.connection.transport
    return below


AGENT = End("agent", _modules("chamber_agent"), _agent, _agent_tcp)
INTEGRATION = End(
    "integration", _modules("custom_components.chamber_ws"), _integration, _integration_tcp
)
ENDS = (AGENT, INTEGRATION)


@dataclass
class Talk:
    """A link that lives while the block lasts, and all it tells.

    async with Talk(AGENT, where, "5", subscribes=("a/#",)) as talk:
        await talk.up()
    """

    end: End
    where: Where
    protocol: str
    subscribes: tuple[str, ...] = ()
    will: Any = None
    session_expiry: int = 0
    """Seconds for which the broker keeps its session."""
    ups: list[Any] = field(default_factory=list)
    downs: list[Any] = field(default_factory=list)
    received: list[Any] = field(default_factory=list)
    published: list[Any] = field(default_factory=list)
    running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._changed = asyncio.Event()
        self._may_come = asyncio.Event()
        self._may_come.set()
        self._stack = AsyncExitStack()
        dials = [
            self._dial(await self._stack.enter_async_context(self.end.dialling(one)))
            for one in self.where.each
        ]
        packets, retry = self.end.link.packets, self.end.link.retry
        settings = packets.Settings(
            f"{self.end.name}-{id(self):x}"[-23:],
            self.where.user,
            self.where.password,
            session_expiry=self.session_expiry,
        )
        filters = tuple(packets.Subscription(one) for one in self.subscribes)
        self._link = self.end.link.link.Link(
            dials,
            settings,
            lambda: packets.Greeting(filters, self.will),
            self,
            outlook=retry.first(self.protocol),
            chance=lambda: 0.0,
        )
        self.running = asyncio.create_task(self._link.run())
        return self

    def _dial(self, make: Callable[[], Any]) -> Callable[[], Any]:
        def dial() -> Any:
            self._transport = transport = make()
            really = transport.open

            async def when_it_may() -> None:
                await self._may_come.wait()
                await really()

            transport.open = when_it_may
            return transport

        return dial

    async def __aexit__(self, *_error: object) -> None:
        assert self.running is not None
        self._link.stop()
        await asyncio.wait([self.running])
        await self._stack.aclose()

    async def up(self, count: int = 1, within: float = _WITHIN) -> Self:
        """Wait until it is up, for the `count`th time."""
        await self.until(lambda: len(self.ups) >= count, within)
        return self

    async def until(self, holds: Callable[[], bool], within: float = _WITHIN) -> None:
        """Wait until it holds."""
        async with asyncio.timeout(within):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def say(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, **more: Any
    ) -> int:
        """Publish."""
        publication = self.end.link.packets.Publication(topic, payload, qos, retain, **more)
        return int(self._link.publish(publication))

    async def saying(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        mid = self.say(topic, payload, retain=retain)
        await self.until(lambda: any(one.mid == mid for one in self.published))

    async def heard(self, *payloads: bytes, within: float = _WITHIN) -> list[Any]:
        """Wait until as many messages have arrived; they are these, in this order."""
        await self.until(lambda: len(self.received) >= len(payloads), within)
        assert [message.payload for message in self.received] == list(payloads)
        return self.received

    async def die(self) -> None:
        """End as a process that is killed does: without a word."""
        before = len(self.downs)
        self.end.tcp(self._transport).abort()
        await self.until(lambda: len(self.downs) > before)

    async def stay_away(self) -> None:
        """Die, and do not come back before `come_back`."""
        self._may_come.clear()
        await self.die()

    async def come_back(self) -> None:
        """Wait until it is up again."""
        self._may_come.set()
        await self.up(len(self.ups) + 1)

    @property
    def causes(self) -> list[str]:
        """Why it was down."""
        return [str(failure.cause) for failure in self.downs]

    def link_up(self, up: Any) -> None:
        self.ups.append(up)
        self._changed.set()

    def link_down(self, failure: Any, retry_in: float) -> None:
        self.downs.append(failure)
        self._changed.set()

    def link_received(self, message: Any) -> None:
        self.received.append(message)
        self._changed.set()

    def link_published(self, published: Any) -> None:
        self.published.append(published)
        self._changed.set()
