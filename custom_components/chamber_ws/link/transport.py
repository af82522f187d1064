"""The port: one WebSocket connection that carries bytes, and the rules every implementation keeps.

Rule 1: `open` offers the subprotocol (`mqtt`), without compression, and raises `LinkError` with the
        cause where the other side does not speak WebSocket, or not MQTT.
Rule 2: `send` hands over one whole WebSocket frame with one write, and waits while the other side
        does not take it.
Rule 3: `receive` returns the content of the next frames, never empty, and raises `LinkError` (lost)
        at the end.
Rule 4: `close` ends within `CLOSE_WITHIN` seconds whatever the other side does, and never raises.
"""

from __future__ import annotations

from typing import Protocol

from .errors import Cause, Failure

SUBPROTOCOL = "mqtt"
OPEN_WITHIN = 10.0
CLOSE_WITHIN = 2.0
HEARTBEAT = 25.0
LARGEST_FRAME = 4 * 1024 * 1024


class Transport(Protocol):
    """One connection, opened once and closed once."""

    async def open(self) -> None:
        """Connect and shake hands."""

    async def send(self, data: bytes) -> None:
        """Send one binary frame."""

    async def receive(self) -> bytes:
        """Wait for the next bytes."""

    async def close(self) -> None:
        """End the connection."""

    @property
    def certificate_ends(self) -> float | None:
        """Unix seconds until which the other side's certificate is valid; None where none was verified."""


HTTP_CAUSES = {
    401: Cause.INVALID_AUTH,
    403: Cause.NOT_AUTHORIZED,
    404: Cause.WRONG_PATH,
    407: Cause.INVALID_AUTH,
    410: Cause.WRONG_PATH,
    429: Cause.UNAVAILABLE,
    502: Cause.UNAVAILABLE,
    503: Cause.UNAVAILABLE,
    504: Cause.UNAVAILABLE,
}
HTTP_HINTS = dict.fromkeys(
    (400, 426), "a proxy may not pass the upgrade on, or the server wants another subprotocol"
)
CLOSE_CAUSES = {
    1002: Cause.PROTOCOL_ERROR,
    1003: Cause.PROTOCOL_ERROR,
    1007: Cause.PROTOCOL_ERROR,
    1008: Cause.NOT_AUTHORIZED,
    1009: Cause.TOO_LARGE,
}
"""Close codes of RFC 6455, section 7.4.1, that say more than that the connection is lost."""

CLOSE_REASONS = {"unauthenticated": Cause.INVALID_AUTH}
"""RabbitMQ 3 answers a wrong password so, without a CONNACK."""

BROKEN_OFF = "the connection broke off"
NO_ANSWER = {
    False: "the server ended the connection without an answer",
    True: "the server ended the connection after the TLS handshake without an answer; "
    "it may ask for a client certificate, or not speak HTTP",
}
"""What is known of a connection that ended instead of an answer, in plain and over TLS."""


def http_failure(status: int, reason: str = "", retry_after: str | None = None) -> Failure:
    """What an HTTP answer other than 101 means; `retry_after` is the header, obeyed where it gives seconds."""
    seconds = (
        float(retry_after)
        if retry_after and retry_after.isascii() and retry_after.isdigit()
        else None
    )
    answer = f"HTTP {status} {reason}".rstrip()
    detail = f"{answer} ({HTTP_HINTS[status]})" if status in HTTP_HINTS else answer
    return Failure(HTTP_CAUSES.get(status, Cause.NOT_WEBSOCKET), detail, seconds)


def close_failure(code: int, reason: str = "") -> Failure:
    """What a close frame means, whichever side had to send it."""
    detail = f"the WebSocket was closed with code {code} {reason}".rstrip()
    cause = CLOSE_REASONS.get(reason) or CLOSE_CAUSES.get(code, Cause.LOST)
    return Failure(cause, detail)


def check_subprotocol(negotiated: str | None, wanted: str | None = SUBPROTOCOL) -> Failure | None:
    """Why the negotiated subprotocol does not carry MQTT; None where it does. `wanted` None offers none."""
    if negotiated == wanted:
        return None
    spoken = f"only {negotiated!r}" if negotiated else "no subprotocol"
    return Failure(
        Cause.UNSUPPORTED_PROTOCOL,
        f"its WebSocket offers {spoken}, where {wanted!r} is needed",
    )
