"""What may wait at a broker's address: real sockets on loopback, well-behaved or not, as the test says."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial

from aiohttp import WSMsgType, web

V5, V311 = 5, 4
BAD_PASSWORD = {V5: 0x86, V311: 4}
CONNECT, SUBSCRIBE, PINGREQ, DISCONNECT = 1, 8, 12, 14


class Manner(Enum):
    """How a broker can fail to answer a CONNECT."""

    SILENT = auto()
    HANGS_UP = auto()
    TEXT = auto()


@dataclass(frozen=True)
class Login:
    """What a CONNECT said."""

    level: int
    keepalive: int
    client_id: str
    username: str | None = None
    password: str | None = None
    clean: bool = True


@dataclass
class Broker:
    """MQTT in WebSocket frames (MQTT 3.1.1 and 5, chapter 3), as far as a configuration flow needs it.

    `connack` is the code for each protocol level, or a manner; `suback` the code for each filter. `password`, where
    one is set, is the only one that is let in. A client id is there once: who comes with it throws the other out.
    """

    connack: Mapping[int, int | Manner] = field(default_factory=lambda: {V5: 0, V311: 0})
    suback: int | Manner = 1
    password: str | None = None
    subprotocols: tuple[str, ...] = ("mqtt",)
    logins: list[Login] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    present: dict[str, web.WebSocketResponse] = field(default_factory=dict)
    thrown_out: list[str] = field(default_factory=list)
    farewells: int = 0
    clients: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=self.subprotocols, compress=False)
        await socket.prepare(request)
        self.requests.append(request)
        self.clients += 1
        self.left.clear()
        try:
            await self._serve(socket)
        finally:
            self.present = {name: one for name, one in self.present.items() if one is not socket}
            self.clients -= 1
            self.left.set()
        return socket

    async def all_left(self) -> bool:
        """Whether every client hangs up within two seconds."""
        async with asyncio.timeout(2):
            while self.clients:
                await self.left.wait()
                self.left.clear()
        return True

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        unread = bytearray()
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                unread += message.data
            while (packet := _packet(unread)) is not None:
                answer = self._answer(*packet)
                if packet[0] == CONNECT:
                    await self._let_in(socket)
                if answer is Manner.HANGS_UP:
                    return
                if answer is Manner.TEXT:
                    await socket.send_str("hello")
                if isinstance(answer, bytes):
                    await socket.send_bytes(answer)

    async def _let_in(self, socket: web.WebSocketResponse) -> None:
        client_id = self.logins[-1].client_id
        other = self.present.get(client_id)
        self.present[client_id] = socket
        if other is not None:
            self.thrown_out.append(client_id)
            await other.close()

    def _answer(self, kind: int, body: bytes) -> bytes | Manner | None:
        if kind == CONNECT:
            self.logins.append(_login(body))
            level = self.logins[-1].level
            code = self.connack[level]
            if self.password is not None and self.logins[-1].password != self.password:
                code = BAD_PASSWORD[level]
            return code if isinstance(code, Manner) else _connack(level, code)
        if kind == SUBSCRIBE:
            v5 = self.logins[-1].level == V5
            filters = _filters(body, v5=v5)
            self.filters += filters
            if isinstance(self.suback, Manner):
                return self.suback
            content = body[:2] + (b"\0" if v5 else b"") + bytes([self.suback] * len(filters))
            return bytes([0x90, len(content)]) + content
        if kind == PINGREQ:
            return b"\xd0\0"
        self.farewells += kind == DISCONNECT
        return None


def _connack(level: int, code: int) -> bytes:
    return bytes([0x20, 3, 0, code, 0] if level == V5 else [0x20, 2, 0, code])


def _packet(unread: bytearray) -> tuple[int, bytes] | None:
    """The next whole packet: its kind and what follows the fixed header."""
    length = shift = 0
    for index, byte in enumerate(unread[1:5], start=2):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if len(unread) < index + length:
                return None
            kind, body = unread[0] >> 4, bytes(unread[index : index + length])
            del unread[: index + length]
            return kind, body
    return None


def _text(body: bytes, at: int) -> tuple[str, int]:
    end = at + 2 + int.from_bytes(body[at : at + 2])
    return body[at + 2 : end].decode(), end


def _login(body: bytes) -> Login:
    _name, at = _text(body, 0)
    level, flags, keepalive = body[at], body[at + 1], int.from_bytes(body[at + 2 : at + 4])
    at += 4 + (1 + body[at + 4] if level == V5 else 0)
    client_id, at = _text(body, at)
    username = password = None
    if flags & 0x80:
        username, at = _text(body, at)
    if flags & 0x40:
        password, at = _text(body, at)
    return Login(level, keepalive, client_id, username, password, clean=bool(flags & 0x02))


def _filters(body: bytes, *, v5: bool) -> list[str]:
    at = 2 + (1 + body[2] if v5 else 0)
    found = []
    while at < len(body):
        name, at = _text(body, at)
        found.append(name)
        at += 1
    return found


@asynccontextmanager
async def serving(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    """Serve HTTP on a free port of loopback, at every path; gives host and port."""
    asyncio.get_running_loop().set_exception_handler(_but_failed_handshakes)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", partial(_handled, handler))
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _handled(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]], request: web.Request
) -> web.StreamResponse:
    return await handler(request)


def _but_failed_handshakes(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """A client that breaks off the TLS handshake is what the test wants, not an error of the server."""
    if context["message"] != "Error on transport creation for incoming connection":
        loop.default_exception_handler(context)


async def answering(status: int, _request: web.Request, **options: dict[str, str]) -> web.Response:
    """An HTTP answer that is no handshake."""
    return web.Response(status=status, **options)  # type: ignore[arg-type]


def http(status: int, **headers: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A web server that answers everything with a status."""
    return partial(answering, status, headers=headers)


@asynccontextmanager
async def saying(answer: bytes | None) -> AsyncIterator[str]:
    """A listener that reads a request and answers with these bytes, then closes; None stays silent."""
    connections: set[asyncio.StreamWriter] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        with contextlib.suppress(ConnectionError):
            await reader.read(4096)
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in connections:
            writer.close()
        await server.wait_closed()


async def nobody() -> str:
    """Host and port of which nothing answers."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    address: str = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()
    return address
