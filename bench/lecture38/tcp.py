"""MQTT over TCP for the project's own link: the same engine, so that only the transport differs."""

import asyncio
from contextlib import suppress

from chamber_agent.link.errors import Cause, Failure, LinkError

_MOST = 256 * 1024


class TcpTransport:
    """The port of `link/transport.py` on asyncio's streams, which set TCP_NODELAY."""

    def __init__(self, host: str, port: int) -> None:
        self._where = host, port
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect."""
        try:
            self._reader, self._writer = await asyncio.open_connection(*self._where)
        except OSError as error:
            raise LinkError(Failure(Cause.CONNECTION_REFUSED, str(error))) from error

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        assert self._writer is not None
        self._writer.write(data)
        try:
            await self._writer.drain()
        except OSError as error:
            raise LinkError(Failure(Cause.LOST, str(error))) from error

    async def receive(self) -> bytes:
        """Wait for bytes."""
        try:
            data = await self._reader.read(_MOST)
        except OSError as error:
            raise LinkError(Failure(Cause.LOST, str(error))) from error
        if not data:
            raise LinkError(Failure(Cause.LOST, "the broker closed the connection"))
        return data

    @property
    def certificate_ends(self) -> None:
        """There is no certificate."""

    async def close(self) -> None:
        """End the connection."""
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()
