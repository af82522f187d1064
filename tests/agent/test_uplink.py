"""The agent's transport on real sockets, against servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response

from chamber_agent.link.errors import Cause, LinkError
from chamber_agent.link.transport import CLOSE_WITHIN
from chamber_agent.uplink import Uplink

Handler = Callable[[ServerConnection], Awaitable[None]]
Talker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(connection: ServerConnection) -> None:
    async for frame in connection:
        await connection.send(frame)


@asynccontextmanager
async def server(handler: Handler = echo, **options: Any) -> AsyncIterator[str]:
    """A WebSocket server; its URL."""
    offered: Any = {"subprotocols": ["mqtt"], **options}
    async with serve(handler, "127.0.0.1", 0, close_timeout=0.1, **offered) as running:
        yield f"ws://127.0.0.1:{running.sockets[0].getsockname()[1]}/mqtt?a=%2Fb"


@asynccontextmanager
async def listener(talker: Talker) -> AsyncIterator[str]:
    """A server that speaks no WebSocket; its address."""
    running = await asyncio.start_server(talker, "127.0.0.1", 0)
    async with running:
        yield f"127.0.0.1:{running.sockets[0].getsockname()[1]}"


async def failure(uplink: Uplink, step: Callable[[], Awaitable[Any]] | None = None) -> Cause:
    """The cause that `step`, or opening, fails with."""
    try:
        with pytest.raises(LinkError) as failed:
            await (step or uplink.open)()
    finally:
        await uplink.close()
    return failed.value.failure.cause


async def test_bytes_go_there_and_back() -> None:
    async with server() as url:
        uplink = Uplink(url, None)
        await uplink.open()
        for content in (b"x", b"y" * 100_000):
            await uplink.send(content)
            assert await uplink.receive() == content
        await uplink.close()


async def test_mqtt_is_offered_without_compression_and_the_path_goes_verbatim() -> None:
    seen: list[Request] = []

    def look(_connection: ServerConnection, request: Request) -> None:
        seen.append(request)

    async with server(process_request=look) as url:
        uplink = Uplink(url, None)
        await uplink.open()
        await uplink.close()
    (request,) = seen
    assert request.path == "/mqtt?a=%2Fb"
    assert request.headers["Sec-WebSocket-Protocol"] == "mqtt"
    assert "Sec-WebSocket-Extensions" not in request.headers


async def test_small_frames_are_not_held_back() -> None:
    async with server() as url:
        uplink = Uplink(url, None)
        await uplink.open()
        wire: Any = uplink._opened.transport.get_extra_info("socket")
        assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await uplink.close()


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (HTTPStatus.UNAUTHORIZED, Cause.INVALID_AUTH),
        (HTTPStatus.FORBIDDEN, Cause.NOT_AUTHORIZED),
        (HTTPStatus.NOT_FOUND, Cause.WRONG_PATH),
        (HTTPStatus.SERVICE_UNAVAILABLE, Cause.UNAVAILABLE),
        (HTTPStatus.OK, Cause.NOT_WEBSOCKET),
    ],
)
async def test_an_http_answer_names_its_cause(status: HTTPStatus, cause: Cause) -> None:
    def refuse(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(status, "no\n")

    async with server(process_request=refuse) as url:
        assert await failure(Uplink(url, None)) is cause


async def test_a_redirect_is_not_followed() -> None:
    async with server() as elsewhere:

        def redirect(connection: ServerConnection, _request: Request) -> Response:
            answer = connection.respond(HTTPStatus.FOUND, "")
            answer.headers["Location"] = elsewhere
            return answer

        async with server(process_request=redirect) as url:
            assert await failure(Uplink(url, None)) is Cause.NOT_WEBSOCKET


@pytest.mark.parametrize("spoken", [None, ["chat"]])
async def test_a_server_without_mqtt_is_refused(spoken: list[str] | None) -> None:
    def choose(_connection: ServerConnection, _offered: Any) -> None:
        return None

    async with server(subprotocols=spoken, select_subprotocol=choose) as url:
        assert await failure(Uplink(url, None)) is Cause.UNSUPPORTED_PROTOCOL


async def test_no_one_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{taken.getsockname()[1]}/"
        assert await failure(Uplink(url, None)) is Cause.CONNECTION_REFUSED


async def test_a_host_that_does_not_exist() -> None:
    assert await failure(Uplink("ws://no-such-host.invalid/", None)) is Cause.CANNOT_RESOLVE
    assert await failure(Uplink(f"ws://{'x' * 70}.invalid/", None)) is Cause.CANNOT_RESOLVE


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 banana\r\n\r\n"])
async def test_a_server_that_speaks_something_else(said: bytes) -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    async with listener(talk) as address:
        assert await failure(Uplink(f"ws://{address}/", None)) is Cause.NOT_WEBSOCKET


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (1000, Cause.LOST),
        (1002, Cause.PROTOCOL_ERROR),
        (1008, Cause.NOT_AUTHORIZED),
        (1009, Cause.TOO_LARGE),
    ],
)
async def test_a_close_code_names_its_cause(code: int, cause: Cause) -> None:
    async def leave(connection: ServerConnection) -> None:
        await connection.close(code, "enough")

    async with server(leave) as url:
        uplink = Uplink(url, None)
        await uplink.open()
        assert await failure(uplink, uplink.receive) is cause


async def test_a_connection_that_breaks_off_is_lost() -> None:
    async def vanish(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with server(vanish) as url:
        uplink = Uplink(url, None)
        await uplink.open()
        assert await failure(uplink, uplink.receive) is Cause.LOST
        assert await failure(uplink, lambda: uplink.send(b"x")) is Cause.LOST


class Forgetful:
    """A server that sends each pong only after so many seconds, or (None) loses it; `asked` after so many pings."""

    def __init__(self, takes: Callable[[int], float | None], pings: int) -> None:
        self.asked = asyncio.Event()
        self._takes = takes
        self._left = pings
        self._pings = 0

    async def __call__(self, connection: ServerConnection) -> None:
        protocol: Any = connection.protocol
        send = protocol.send_frame

        def deliver(frame: Frame) -> None:
            send(frame)
            connection.send_data()

        def answer(frame: Frame) -> None:
            if frame.opcode is not Opcode.PONG:
                send(frame)
                return
            self._pings += 1
            if self._pings == self._left:
                self.asked.set()
            if (after := self._takes(self._pings)) is not None:
                connection.loop.call_later(after, deliver, frame)

        protocol.send_frame = answer
        await echo(connection)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two pings, 0.4 s apart, one has to be answered within 0.8 s."""
    monkeypatch.setattr(f"{Uplink.__module__}.HEARTBEAT", 1.6)


@pytest.mark.lasting
@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(
    "takes",
    [
        pytest.param(lambda ping: None if ping % 2 else 0.0, id="every other one is lost"),
        pytest.param(lambda _ping: 0.5, id="each is late"),
    ],
)
async def test_a_pong_that_is_lost_or_late_loses_no_connection(
    takes: Callable[[int], float | None],
) -> None:
    forgetful = Forgetful(takes, pings=3)
    async with server(forgetful) as url:
        uplink = Uplink(url, None)
        await uplink.open()
        await forgetful.asked.wait()
        await uplink.send(b"x")
        assert await uplink.receive() == b"x"
        await uplink.close()


@pytest.mark.lasting
@pytest.mark.usefixtures("hurry")
async def test_two_pongs_that_do_not_come_lose_the_connection() -> None:
    forgetful = Forgetful(lambda ping: None if ping > 1 else 0.0, pings=3)
    async with server(forgetful) as url:
        uplink = Uplink(url, None)
        await uplink.open()
        with pytest.raises(LinkError, match="two pings") as failed:
            await uplink.receive()
        await uplink.close()
    assert (failed.value.failure.cause, forgetful.asked.is_set()) == (Cause.LOST, True)


async def test_text_is_not_mqtt() -> None:
    async def chat(connection: ServerConnection) -> None:
        await connection.send("hello")
        await connection.wait_closed()

    async with server(chat) as url:
        uplink = Uplink(url, None)
        await uplink.open()
        assert await failure(uplink, uplink.receive) is Cause.PROTOCOL_ERROR


async def test_an_empty_frame_is_no_news() -> None:
    async def stutter(connection: ServerConnection) -> None:
        await connection.send(b"")
        await connection.send(b"x")
        await connection.wait_closed()

    async with server(stutter) as url:
        uplink = Uplink(url, None)
        await uplink.open()
        assert await uplink.receive() == b"x"
        await uplink.close()


@pytest.mark.lasting
async def test_closing_does_not_wait_for_a_server_that_does_not_answer() -> None:
    async def upgrade_and_freeze(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(_upgraded(asked))
        await asyncio.sleep(CLOSE_WITHIN + 1)
        writer.close()

    async with listener(upgrade_and_freeze) as address:
        uplink = Uplink(f"ws://{address}/", None)
        await uplink.open()
        began = asyncio.get_running_loop().time()
        await uplink.close()
        assert asyncio.get_running_loop().time() - began < CLOSE_WITHIN + 0.5


async def test_what_was_never_opened_closes_and_carries_nothing() -> None:
    uplink = Uplink("ws://127.0.0.1:1/", None)
    await uplink.close()
    assert await failure(uplink, uplink.receive) is Cause.LOST


def _upgraded(asked: bytes) -> bytes:
    """The answer of RFC 6455, section 4.2.2, to a request."""
    from websockets.utils import accept_key  # noqa: PLC0415 - this test alone speaks by hand

    fields = dict(line.split(": ", 1) for line in asked.decode().splitlines()[1:] if ": " in line)
    accept = accept_key(fields["Sec-WebSocket-Key"])
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    ).encode()
