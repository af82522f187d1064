"""The link's transport on the `websockets` library: ws and wss, with the causes of failure told apart."""

import asyncio
import socket
import ssl
from contextlib import suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidStatus,
    NegotiationError,
    WebSocketException,
)
from websockets.typing import Subprotocol

from .link.errors import Cause, Failure, LinkError
from .link.transport import (
    BROKEN_OFF,
    CLOSE_WITHIN,
    HEARTBEAT,
    LARGEST_FRAME,
    NO_ANSWER,
    OPEN_WITHIN,
    SUBPROTOCOL,
    check_subprotocol,
    close_failure,
    http_failure,
)

_OPEN_CAUSES: tuple[tuple[type[Exception], Cause], ...] = (
    (socket.gaierror, Cause.CANNOT_RESOLVE),
    (UnicodeError, Cause.CANNOT_RESOLVE),
    (ssl.SSLError, Cause.TLS_FAILED),
    (TimeoutError, Cause.TIMEOUT),
    (ConnectionRefusedError, Cause.CONNECTION_REFUSED),
    (ConnectionError, Cause.NOT_WEBSOCKET),
    (OSError, Cause.CONNECTION_REFUSED),
    (NegotiationError, Cause.UNSUPPORTED_PROTOCOL),
    (WebSocketException, Cause.NOT_WEBSOCKET),
    (EOFError, Cause.NOT_WEBSOCKET),
    (ValueError, Cause.NOT_WEBSOCKET),
)
"""The first row that an exception of `open` belongs to names the cause."""


class _Connect(connect):
    """A redirect is an answer like any other: name and password go to no one else."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Follow nothing."""
        return exc


class Uplink:
    """One WebSocket connection to `url`; `tls` is what a `wss` server is verified with."""

    def __init__(self, url: str, tls: ssl.SSLContext | None) -> None:
        self._url = url
        self._tls = tls
        self._connection: ClientConnection | None = None
        self._pinging: asyncio.Task[None] | None = None
        self._silence: Failure | None = None

    async def open(self) -> None:
        """Connect and shake hands. Raises `LinkError`."""
        try:
            self._connection = await _Connect(
                self._url,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                user_agent_header=None,
                proxy=None,
                open_timeout=OPEN_WITHIN,
                ping_interval=None,
                close_timeout=CLOSE_WITHIN,
                max_size=LARGEST_FRAME,
                ssl=self._tls,
            )
        except (OSError, WebSocketException, EOFError, ValueError) as error:
            raise LinkError(_open_failure(error, encrypted=self._tls is not None)) from error
        if failure := check_subprotocol(self._connection.subprotocol):
            raise LinkError(failure)
        self._pinging = asyncio.create_task(self._break_off_where_silent(self._connection))

    async def send(self, data: bytes) -> None:
        """Send one binary frame. Raises `LinkError`."""
        try:
            await self._opened.send(data)
        except ConnectionClosed as error:
            raise LinkError(self._silence or _close_failure(error)) from error

    async def receive(self) -> bytes:
        """Return the next frame's content, never empty. Raises `LinkError`."""
        while True:
            try:
                content = await self._opened.recv()
            except ConnectionClosed as error:
                raise LinkError(self._silence or _close_failure(error)) from error
            if isinstance(content, str):
                raise LinkError(Failure(Cause.PROTOCOL_ERROR, "the server sent text, not MQTT"))
            if content:
                return content

    @property
    def certificate_ends(self) -> float | None:
        """Unix seconds until which the broker's certificate is valid; None without TLS, or where it is not verified."""
        tls = self._opened.transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert() if tls is not None else None
        return ssl.cert_time_to_seconds(certificate["notAfter"]) if certificate else None

    async def close(self) -> None:
        """End the connection, politely if the other side answers in time."""
        if self._pinging is not None:
            self._pinging.cancel()
        if self._connection is None:
            return
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                await self._connection.close()
        except (TimeoutError, OSError, WebSocketException):
            self._connection.transport.abort()

    async def _break_off_where_silent(self, connection: ClientConnection) -> None:
        """Ping now and then, and break off where two pings in a row find no answer.

        One alone proves nothing: Mosquitto 2.0 loses its pong where a ping of its own is due, every five minutes.
        """
        with suppress(ConnectionClosed):
            is_there = True
            while is_there:
                await asyncio.sleep(HEARTBEAT)
                is_there = await _answers(connection)
            self._silence = Failure(Cause.LOST, "two pings in a row were not answered")
            connection.transport.abort()

    @property
    def _opened(self) -> ClientConnection:
        if self._connection is None:
            raise LinkError(Failure(Cause.LOST, "the connection is not open"))
        return self._connection


async def _answers(connection: ClientConnection) -> bool:
    """Tell whether one of two pings is answered, the first one perhaps after the second was sent."""
    pongs: list[asyncio.Future[float]] = []
    for _ping in range(2):
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT / 4):
                pongs.append(asyncio.ensure_future(await connection.ping()))
                await asyncio.wait(pongs, return_when=asyncio.FIRST_COMPLETED)
                return True
    return False


def _open_failure(error: Exception, *, encrypted: bool) -> Failure:
    if isinstance(error, InvalidStatus):
        answer = error.response
        return http_failure(
            answer.status_code, answer.reason_phrase, answer.headers.get("Retry-After")
        )
    if isinstance(error.__cause__, EOFError):
        return Failure(Cause.NOT_WEBSOCKET, NO_ANSWER[encrypted])
    if encrypted and isinstance(error, ConnectionResetError):
        return Failure(Cause.TLS_FAILED, "the server broke off the TLS handshake")
    cause = next(cause for kind, cause in _OPEN_CAUSES if isinstance(error, kind))
    return Failure(cause, str(error))


def _close_failure(closed: ConnectionClosed) -> Failure:
    """Return what the close frame says that came, or that what came made us send; without one it is just lost."""
    frame = closed.rcvd or closed.sent
    if frame is None:
        cause = closed.__cause__
        return Failure(Cause.LOST, str(cause) if cause else BROKEN_OFF)
    return close_failure(frame.code, frame.reason)
