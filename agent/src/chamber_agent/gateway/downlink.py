"""The link's transport on plain TCP: how nodes, and a broker beside the gateway, speak MQTT."""

import asyncio
import contextlib
import socket

from ..link.errors import Cause, Failure, LinkError
from ..link.transport import BROKEN_OFF, CLOSE_WITHIN

_CHUNK = 65_536


class Downlink:
    """One TCP connection to a broker. Without TLS: it is for this machine, or a network of one's own."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self) -> None:
        """Connect. Raises `LinkError`."""
        try:
            self._streams = await asyncio.open_connection(self._host, self._port)
        except (socket.gaierror, UnicodeError) as error:
            raise LinkError(Failure(Cause.CANNOT_RESOLVE, str(error))) from error
        except OSError as error:
            raise LinkError(Failure(Cause.CONNECTION_REFUSED, str(error))) from error

    async def send(self, data: bytes) -> None:
        """Send some bytes. Raises `LinkError`."""
        _, writer = self._opened
        try:
            writer.write(data)
            await writer.drain()
        except OSError as error:
            raise LinkError(Failure(Cause.LOST, str(error))) from error

    async def receive(self) -> bytes:
        """Return the next bytes, never empty. Raises `LinkError`."""
        reader, _ = self._opened
        try:
            data = await reader.read(_CHUNK)
        except OSError as error:
            raise LinkError(Failure(Cause.LOST, str(error))) from error
        if not data:
            raise LinkError(Failure(Cause.LOST, BROKEN_OFF))
        return data

    @property
    def certificate_ends(self) -> float | None:
        """There is no certificate."""
        return None

    async def close(self) -> None:
        """End the connection, politely if the other side answers in time."""
        if self._streams is None:
            return
        _, writer = self._streams
        writer.close()
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await writer.wait_closed()

    @property
    def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            raise LinkError(Failure(Cause.LOST, "the connection is not open"))
        return self._streams
