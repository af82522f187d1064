"""Everything this package raises, below one root."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Flaw(StrEnum):
    """Why a message was set aside whole."""

    NOT_OURS = "not_ours"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    EMPTY = "empty"
    BAD_STATE = "bad_state"
    BAD_ID = "bad_id"
    BAD_TYPE = "bad_type"
    BAD_BATCH = "bad_batch"
    UNEXPECTED = "unexpected"


class Code(StrEnum):
    """Why a command was refused; the contract's reply codes."""

    OUT_OF_RANGE = "out_of_range"
    NOT_SUPPORTED = "not_supported"
    BAD_VALUE = "bad_value"
    BAD_MODE = "bad_mode"
    INTERLOCK = "interlock"
    BUSY = "busy"
    TIMEOUT = "timeout"
    UNKNOWN_COMMAND = "unknown_command"
    EXPIRED = "expired"
    CLOCK = "clock"
    UNKNOWN_EPOCH = "unknown_epoch"
    BAD_RANGE = "bad_range"


class ChamberError(Exception):
    """The root of every error of this package."""


class WireError(ChamberError):
    """A message that the contract does not admit; `flaw` says why."""

    def __init__(self, flaw: Flaw, detail: str = "") -> None:
        super().__init__(f"{flaw}: {detail}" if detail else str(flaw))
        self.flaw = flaw


class NotPermitted(ChamberError):
    """A command that must not be sent, or obeyed; `code` says why, `placeholders` fill its translation."""

    def __init__(
        self, code: Code, message: str, placeholders: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.placeholders = dict(placeholders or {})
