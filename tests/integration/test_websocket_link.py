"""The integration's transport keeps the rules of its port, and names what went wrong."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from unittest.mock import patch

import aiohttp
import pytest
from aiohttp import web
from aiohttp.client_reqrep import ConnectionKey
from yarl import URL

from custom_components.chamber_ws.link.errors import Cause, LinkError
from custom_components.chamber_ws.link.transport import CLOSE_WITHIN, LARGEST_FRAME
from custom_components.chamber_ws.websocket_link import Handshake, WebSocketTransport, explain
from integration.listeners import serving

Talk = Callable[[web.WebSocketResponse], Awaitable[None]]
KEY = ConnectionKey("broker.example", 443, True, True, None, None, None)


@pytest.fixture(autouse=True)
def _loopback(socket_enabled: None) -> None:
    """Real sockets, which the test kit allows on loopback only."""


@asynccontextmanager
async def connected(talk: Talk) -> AsyncIterator[WebSocketTransport]:
    """An open transport to a server that talks like this."""

    async def handle(request: web.Request) -> web.StreamResponse:
        server = web.WebSocketResponse(protocols=("mqtt",), max_msg_size=2 * LARGEST_FRAME)
        await server.prepare(request)
        await talk(server)
        return server

    async with serving(handle) as address, aiohttp.ClientSession() as session:
        transport = WebSocketTransport(session, URL(f"ws://{address}/mqtt"), Handshake())
        await transport.open()
        try:
            yield transport
        finally:
            await transport.close()


async def ends(transport: WebSocketTransport) -> Cause:
    """Why the next bytes do not come."""
    with pytest.raises(LinkError) as caught:
        await transport.receive()
    assert caught.value.failure.detail
    return caught.value.failure.cause


async def test_a_frame_is_sent_and_received_whole() -> None:
    async def echo(server: web.WebSocketResponse) -> None:
        async for message in server:
            await server.send_bytes(message.data)

    async with connected(echo) as transport:
        for size in (1, 125, 126, 65_536, 300_000):
            await transport.send(bytes(size))
            assert await transport.receive() == bytes(size)


async def test_an_empty_frame_is_not_news() -> None:
    async def empty_then_full(server: web.WebSocketResponse) -> None:
        await server.send_bytes(b"")
        await server.send_bytes(b"x")
        await server.receive()

    async with connected(empty_then_full) as transport:
        assert await transport.receive() == b"x"


async def test_text_is_not_mqtt() -> None:
    async def text(server: web.WebSocketResponse) -> None:
        await server.send_str("hello")
        await server.receive()

    async with connected(text) as transport:
        assert await ends(transport) is Cause.PROTOCOL_ERROR


async def test_an_end_is_an_error_with_its_code() -> None:
    async def leave(server: web.WebSocketResponse) -> None:
        await server.close(code=1001)

    async with connected(leave) as transport:
        assert await ends(transport) is Cause.LOST


async def test_a_frame_beyond_the_limit_ends_the_connection() -> None:
    async def flood(server: web.WebSocketResponse) -> None:
        await server.send_bytes(bytes(LARGEST_FRAME + 1))
        await server.receive()

    async with connected(flood) as transport:
        assert await ends(transport) is Cause.TOO_LARGE


async def test_nothing_can_be_sent_after_the_end() -> None:
    async def leave(server: web.WebSocketResponse) -> None:
        await server.close()

    async with connected(leave) as transport:
        assert await ends(transport) is Cause.LOST
        with pytest.raises(LinkError):
            await transport.send(b"x")


async def test_closing_never_raises_nor_waits_long_for_the_other_side() -> None:
    over = asyncio.Event()

    async def deaf(server: web.WebSocketResponse) -> None:
        await over.wait()

    with patch("custom_components.chamber_ws.websocket_link.CLOSE_WITHIN", 0.1):
        async with connected(deaf) as transport:
            async with asyncio.timeout(CLOSE_WITHIN):
                await transport.close()
            await transport.close()
            over.set()


async def test_closing_what_was_never_open_is_nothing() -> None:
    async with aiohttp.ClientSession() as session:
        await WebSocketTransport(session, URL("ws://127.0.0.1:1"), Handshake()).close()


def caused(error: Exception, cause: Exception) -> Exception:
    """An error as `raise … from …` leaves it."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (aiohttp.ClientConnectorDNSError(KEY, OSError(None, "not found")), Cause.CANNOT_RESOLVE),
        (aiohttp.ClientConnectorError(KEY, socket.gaierror(-2, "no name")), Cause.CANNOT_RESOLVE),
        (aiohttp.InvalidURL("256.256.256.256"), Cause.CANNOT_RESOLVE),
        (UnicodeError("label too long"), Cause.CANNOT_RESOLVE),
        (
            aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(111, "refused")),
            Cause.CONNECTION_REFUSED,
        ),
        (
            aiohttp.ClientConnectorError(KEY, OSError(113, "no route")),
            Cause.CONNECTION_REFUSED,
        ),
        (aiohttp.ClientConnectorError(KEY, ConnectionResetError()), Cause.TLS_FAILED),
        (aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "wrong version")), Cause.TLS_FAILED),
        (
            caused(
                aiohttp.ClientOSError(1, "alert certificate required"),
                ssl.SSLError(1, "alert certificate required"),
            ),
            Cause.TLS_FAILED,
        ),
        (aiohttp.ConnectionTimeoutError(), Cause.TIMEOUT),
        (TimeoutError(), Cause.TIMEOUT),
        (aiohttp.ServerDisconnectedError(), Cause.NOT_WEBSOCKET),
        (aiohttp.ClientOSError(104, "connection reset by peer"), Cause.NOT_WEBSOCKET),
        (aiohttp.ClientPayloadError(), Cause.NOT_WEBSOCKET),
    ],
    ids=lambda value: value if isinstance(value, Cause) else type(value).__name__,
)
async def test_every_error_of_aiohttp_has_its_cause_and_a_word(
    error: Exception, cause: Cause
) -> None:
    failure = explain(error)
    assert failure.cause is cause
    assert failure.detail
