"""A relay on loopback that counts what passes: the bytes that TCP carries, without its own headers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from workshop.parts.processes import LOOPBACK

_MOST = 256 * 1024
_QUIET = 0.05


class Relay:
    """Counts both directions of every connection through it."""

    def __init__(self) -> None:
        self.port = 0
        self.to_server = 0
        self.to_client = 0

    async def settled(self) -> tuple[int, int]:
        """What has passed once nothing more comes."""
        passed = (-1, -1)
        async with asyncio.timeout(10):
            while passed != (self.to_server, self.to_client):
                passed = self.to_server, self.to_client
                await asyncio.sleep(_QUIET)
        return passed


@asynccontextmanager
async def relayed(port: int) -> AsyncIterator[Relay]:
    """A relay to a port of loopback."""
    relay = Relay()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(LOOPBACK, port)

        def up(count: int) -> None:
            relay.to_server += count

        def down(count: int) -> None:
            relay.to_client += count

        await asyncio.gather(_pump(reader, far_writer, up), _pump(far_reader, writer, down))

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await server.wait_closed()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: Callable[[int], None]
) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(_MOST):
            count(len(data))
            writer.write(data)
            await writer.drain()
    with suppress(ConnectionError):
        writer.close()
        await writer.wait_closed()
