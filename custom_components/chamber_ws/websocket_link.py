"""The integration's transport: one WebSocket connection over Home Assistant's aiohttp session."""

import asyncio
import contextlib
import os
import socket
import ssl
from asyncio.trsock import TransportSocket
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from .link.errors import Cause, Failure, LinkError
from .link.transport import (
    BROKEN_OFF,
    CLOSE_WITHIN,
    HEARTBEAT,
    LARGEST_FRAME,
    NO_ANSWER,
    SUBPROTOCOL,
    check_subprotocol,
    close_failure,
    http_failure,
)

HTTP_REASONS = {
    301: "Moved Permanently",
    302: "Found",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    426: "Upgrade Required",
    502: "Bad Gateway",
    503: "Service Unavailable",
}
LOST = {
    aiohttp.WSMsgType.CLOSE,
    aiohttp.WSMsgType.CLOSING,
    aiohttp.WSMsgType.CLOSED,
    aiohttp.WSMsgType.ERROR,
}


@dataclass(frozen=True, slots=True)
class Handshake:
    """How to shake hands with a broker, whatever its address.

    `subprotocol` None offers none; `server_name` is the name sent for TLS (SNI) and verified, where it is not the
    url's host.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    subprotocol: str | None = SUBPROTOCOL
    server_name: str | None = None


class WebSocketTransport:
    """The port of `link/transport.py` on aiohttp."""

    def __init__(self, session: aiohttp.ClientSession, url: URL, handshake: Handshake) -> None:
        self._session = session
        self._url = url
        self._handshake = handshake
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._wire: TransportSocket | None = None

    async def open(self) -> None:
        """Connect and shake hands. Raises `LinkError` with the cause."""
        wanted = self._handshake
        try:
            self._socket = await self._session.ws_connect(
                self._url,
                protocols=(wanted.subprotocol,) if wanted.subprotocol else (),
                headers=dict(wanted.headers),
                ssl=wanted.tls if wanted.tls is not None else True,
                server_hostname=wanted.server_name,
                compress=0,
                heartbeat=HEARTBEAT,
                max_msg_size=LARGEST_FRAME,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_WITHIN),
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            encrypted = self._url.scheme == "wss"
            raise LinkError(explain(error, encrypted=encrypted)) from error
        self._wire = self._socket.get_extra_info("socket")
        if failure := check_subprotocol(self._socket.protocol, wanted.subprotocol):
            raise LinkError(failure)

    async def send(self, data: bytes) -> None:
        """Send one binary frame."""
        assert self._socket is not None
        try:
            await self._socket.send_bytes(data)
        except (aiohttp.ClientError, OSError) as error:
            raise LinkError(Failure(Cause.LOST, BROKEN_OFF)) from error

    async def receive(self) -> bytes:
        """Wait for the next bytes. A text frame is not MQTT."""
        assert self._socket is not None
        while True:
            message = await self._socket.receive()
            if message.type is aiohttp.WSMsgType.BINARY:
                if message.data:
                    return bytes(message.data)
            elif message.type in LOST:
                raise LinkError(self._farewell(message))
            else:
                raise LinkError(
                    Failure(
                        Cause.PROTOCOL_ERROR, "the server sent a text frame; MQTT needs binary ones"
                    )
                )

    @property
    def certificate_ends(self) -> float | None:
        """Unix seconds until which the server's certificate is valid; None without TLS, or where it is not verified."""
        assert self._socket is not None
        certificate = self._socket.get_extra_info("peercert")
        return ssl.cert_time_to_seconds(certificate["notAfter"]) if certificate else None

    async def close(self) -> None:
        """End the connection within `CLOSE_WITHIN`, also where the other side takes nothing any more."""
        if self._socket is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_WITHIN):
                    await self._socket.close()
            # The other side's last frame starts aiohttp's heartbeat anew, after `close` stopped it (3.14).
            with contextlib.suppress(AttributeError):
                self._socket._cancel_heartbeat()  # noqa: SLF001
        if self._wire is not None:
            # What could not be sent would keep the socket until TCP gives up, a quarter of an hour later.
            with contextlib.suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)

    def _farewell(self, message: aiohttp.WSMessage) -> Failure:
        """What ended the connection: a close frame, a broken rule, a heartbeat without answer, or nobody knows."""
        assert self._socket is not None
        match message.type, message.data or self._socket.exception():
            case aiohttp.WSMsgType.CLOSE, int() as code:
                return close_failure(code, message.extra or "")
            case _, aiohttp.WebSocketError() as error:
                return close_failure(error.code, f"({error})")
            case _, TimeoutError() as error:
                return Failure(Cause.LOST, str(error))
            case _:
                return Failure(Cause.LOST, BROKEN_OFF)


async def stay(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """A middleware that follows no redirect: login and headers go to the configured address and nowhere else."""
    response = await handler(request)
    if 300 <= response.status < 400:
        response.close()
        raise aiohttp.WSServerHandshakeError(
            response.request_info, (), status=response.status, headers=response.headers
        )
    return response


def explain(error: Exception, *, encrypted: bool = False) -> Failure:
    """Which cause an error of aiohttp stands for; the most particular one first."""
    match error:
        case aiohttp.WSServerHandshakeError(status=101):
            return Failure(
                Cause.NOT_WEBSOCKET, f"the server broke the WebSocket handshake: {error.message}"
            )
        case aiohttp.WSServerHandshakeError():
            reason = HTTP_REASONS.get(error.status, "")
            return http_failure(
                error.status, reason, error.headers.get("Retry-After") if error.headers else None
            )
        case (
            aiohttp.ClientConnectorDNSError()
            | aiohttp.ClientConnectorError(os_error=socket.gaierror())
        ):
            return Failure(Cause.CANNOT_RESOLVE, f"{error.host} is not known")
        case aiohttp.ClientConnectorCertificateError():
            return Failure(Cause.TLS_FAILED, str(error.certificate_error))
        case (
            aiohttp.ClientSSLError()
            | aiohttp.ServerFingerprintMismatch()
            | aiohttp.ClientOSError(__cause__=ssl.SSLError())
            | ssl.SSLError()
        ):
            return Failure(Cause.TLS_FAILED, _innermost(error))
        case aiohttp.ConnectionTimeoutError() | TimeoutError():
            return Failure(Cause.TIMEOUT, "no connection in time")
        case aiohttp.ClientConnectorError(os_error=ConnectionResetError()):
            return Failure(Cause.TLS_FAILED, "the server broke off the TLS handshake")
        case aiohttp.ClientConnectorError():
            return Failure(Cause.CONNECTION_REFUSED, _at_the_door(error))
        case aiohttp.InvalidURL() | ValueError():
            return Failure(Cause.CANNOT_RESOLVE, "the host is neither a name nor an address")
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError():
            return _no_answer(error, encrypted=encrypted)
        case aiohttp.ClientResponseError():
            return Failure(Cause.NOT_WEBSOCKET, error.message or "the answer is not HTTP")
        case _:
            return Failure(Cause.NOT_WEBSOCKET, str(error) or type(error).__name__)


def _no_answer(error: aiohttp.ClientError, *, encrypted: bool) -> Failure:
    """The connection ended before any answer. A reset can overtake the TLS alert that would have said why."""
    reset = encrypted and isinstance(error, aiohttp.ClientOSError)
    return Failure(Cause.TLS_FAILED if reset else Cause.NOT_WEBSOCKET, NO_ANSWER[encrypted])


def _at_the_door(error: aiohttp.ClientConnectorError) -> str:
    """Where nobody let us in, and the system's word for why; asyncio's own words are for programmers."""
    where = f"{error.host}, port {error.port}"
    return f"{where} ({os.strerror(error.errno)})" if error.errno else where


def _innermost(error: Exception) -> str:
    os_error = getattr(error, "os_error", None)
    return str(os_error or error)
