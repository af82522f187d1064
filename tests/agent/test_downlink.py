"""The transport to the nodes' broker keeps the rules of `link/transport.py` over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chamber_agent.gateway.downlink import Downlink
from chamber_agent.link.errors import Cause, LinkError


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[int, asyncio.Queue[asyncio.StreamWriter]]]:
    """A server that echoes; its port, and the connections to it."""
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.put_nowait(writer)
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], accepted


async def test_bytes_go_and_come() -> None:
    async with serving() as (port, _):
        link = Downlink("127.0.0.1", port)
        await link.open()
        await link.send(b"\x10" * 100_000)
        heard = b""
        while len(heard) < 100_000:
            heard += await link.receive()
        assert heard == b"\x10" * 100_000
        assert link.certificate_ends is None
        await link.close()
        await link.close()


async def test_the_end_is_told_as_such() -> None:
    async with serving() as (port, accepted):
        link = Downlink("127.0.0.1", port)
        await link.open()
        (await accepted.get()).close()
        with pytest.raises(LinkError) as lost:
            await link.receive()
        assert lost.value.failure.cause is Cause.LOST
        await link.close()


@pytest.mark.parametrize(
    ("host", "cause"),
    [("127.0.0.1", Cause.CONNECTION_REFUSED), ("no-such-host.invalid", Cause.CANNOT_RESOLVE)],
)
async def test_why_it_cannot_be_reached(host: str, cause: Cause) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        link = Downlink(host, taken.getsockname()[1])
        with pytest.raises(LinkError) as refused:
            await link.open()
    assert refused.value.failure.cause is cause
    await link.close()


async def test_nothing_is_said_before_it_is_open() -> None:
    with pytest.raises(LinkError):
        await Downlink("127.0.0.1", 1).send(b"x")
