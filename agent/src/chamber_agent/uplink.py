"""The link's transport on the `websockets` library: ws and wss, with the causes of failure told apart."""

import asyncio
import socket
import ssl

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
    CLOSE_WITHIN,
    HEARTBEAT,
    LARGEST_FRAME,
    OPEN_WITHIN,
    SUBPROTOCOL,
    check_subprotocol,
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

_CLOSE_CAUSES = {
    1002: Cause.PROTOCOL_ERROR,
    1003: Cause.PROTOCOL_ERROR,
    1007: Cause.PROTOCOL_ERROR,
    1008: Cause.NOT_AUTHORIZED,
    1009: Cause.TOO_LARGE,
}
"""Close codes of RFC 6455, section 7.4.1, that say more than that the connection is lost."""


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
                ping_interval=HEARTBEAT,
                ping_timeout=HEARTBEAT / 2,
                close_timeout=CLOSE_WITHIN,
                max_size=LARGEST_FRAME,
                ssl=self._tls,
            )
        except (OSError, WebSocketException, EOFError, ValueError) as error:
            raise LinkError(_open_failure(error)) from error
        if failure := check_subprotocol(self._connection.subprotocol):
            raise LinkError(failure)

    async def send(self, data: bytes) -> None:
        """Send one binary frame. Raises `LinkError`."""
        try:
            await self._opened.send(data)
        except ConnectionClosed as error:
            raise LinkError(_close_failure(error)) from error

    async def receive(self) -> bytes:
        """Return the next frame's content, never empty. Raises `LinkError`."""
        while True:
            try:
                content = await self._opened.recv()
            except ConnectionClosed as error:
                raise LinkError(_close_failure(error)) from error
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
        if self._connection is None:
            return
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                await self._connection.close()
        except (TimeoutError, OSError, WebSocketException):
            self._connection.transport.abort()

    @property
    def _opened(self) -> ClientConnection:
        if self._connection is None:
            raise LinkError(Failure(Cause.LOST, "the connection is not open"))
        return self._connection


def _open_failure(error: Exception) -> Failure:
    if isinstance(error, InvalidStatus):
        answer = error.response
        return http_failure(
            answer.status_code, answer.reason_phrase, answer.headers.get("Retry-After")
        )
    cause = next(cause for kind, cause in _OPEN_CAUSES if isinstance(error, kind))
    return Failure(cause, str(error))


def _close_failure(closed: ConnectionClosed) -> Failure:
    """Return what the other side's close frame says; without one the connection is just lost."""
    if closed.rcvd is None:
        cause = closed.__cause__
        return Failure(Cause.LOST, str(cause) if cause else "the connection broke off")
    detail = f"close code {closed.rcvd.code} {closed.rcvd.reason}".rstrip()
    return Failure(_CLOSE_CAUSES.get(closed.rcvd.code, Cause.LOST), detail)
