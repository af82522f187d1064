"""What can go wrong on a link, by cause: one word that a user interface can translate."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Cause(StrEnum):
    """Why a connection could not be made, or ended."""

    CANNOT_RESOLVE = "cannot_resolve"
    CONNECTION_REFUSED = "connection_refused"
    TIMEOUT = "timeout"
    TLS_FAILED = "tls_failed"
    NOT_WEBSOCKET = "not_websocket"
    WRONG_PATH = "wrong_path"
    INVALID_AUTH = "invalid_auth"
    NOT_AUTHORIZED = "not_authorized"
    INVALID_CLIENT_ID = "invalid_client_id"
    TAKEN_OVER = "taken_over"
    UNSUPPORTED_PROTOCOL = "unsupported_protocol"
    NO_GREETING = "no_greeting"
    SILENT = "silent"
    UNAVAILABLE = "unavailable"
    PROTOCOL_ERROR = "protocol_error"
    TOO_LARGE = "too_large"
    LOST = "lost"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Failure:
    """A cause with its detail for people; `retry_after` in seconds where the other side named it.

    The circumstances, told by the link: for how many seconds the connection was up (None: never), and for how many
    nothing had gone either way when it ended.
    """

    cause: Cause
    detail: str = ""
    retry_after: float | None = None
    up_for: float | None = field(default=None, compare=False)
    idle: float = field(default=0.0, compare=False)

    def __str__(self) -> str:
        return f"{self.cause}: {self.detail}" if self.detail else str(self.cause)


class LinkError(Exception):
    """The root of every error of this package."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class NotConnected(LinkError):
    """Nothing can be sent now: there is no connection, or it does not take more."""
