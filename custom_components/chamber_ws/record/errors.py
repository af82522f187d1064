"""Everything that the record raises, below one root; what SQLite says is translated here and nowhere else."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from typing import override

from ..chamber.errors import ChamberError

_PRIMARY = 0xFF


class Reason(StrEnum):
    """Why a record cannot be used; the key of its explanation to the user."""

    NO_PERMISSION = "no_permission"
    READ_ONLY = "read_only"
    BUSY = "busy"
    DISK_ERROR = "disk_error"
    DAMAGED = "damaged"
    FAILED = "failed"


class RecordError(ChamberError):
    """The root of the record's errors. What was written since the last commit is undone by `rollback`.

    `key` tells the causes apart that are explained to the user.
    """

    @property
    def key(self) -> str:
        """The key of the cause."""
        return Reason.FAILED.value


class RecordTooNew(RecordError):
    """The file was written by a newer version of the integration; it was left as it is."""

    def __init__(self, version: int, known: int) -> None:
        super().__init__(f"the record has version {version}, this integration knows {known}")
        self.version = version
        self.known = known

    @property
    @override
    def key(self) -> str:
        """The key of the cause."""
        return "too_new"


class RecordUnusable(RecordError):
    """The file cannot be opened, read or written; `reason` says why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason

    @property
    @override
    def key(self) -> str:
        """The key of the cause."""
        return self.reason.value


class RecordFull(RecordError):
    """There is no room left, on the disk or within the bounds of the file."""

    @property
    @override
    def key(self) -> str:
        """The key of the cause."""
        return "full"


_REASONS = {
    sqlite3.SQLITE_CANTOPEN: Reason.NO_PERMISSION,
    sqlite3.SQLITE_PERM: Reason.NO_PERMISSION,
    sqlite3.SQLITE_AUTH: Reason.NO_PERMISSION,
    sqlite3.SQLITE_READONLY: Reason.READ_ONLY,
    sqlite3.SQLITE_BUSY: Reason.BUSY,
    sqlite3.SQLITE_LOCKED: Reason.BUSY,
    sqlite3.SQLITE_IOERR: Reason.DISK_ERROR,
    sqlite3.SQLITE_CORRUPT: Reason.DAMAGED,
    sqlite3.SQLITE_NOTADB: Reason.DAMAGED,
}


def translated(error: sqlite3.Error) -> RecordFull | RecordUnusable:
    """What an error of SQLite means for the record."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    if code == sqlite3.SQLITE_FULL:
        return RecordFull(str(error))
    return RecordUnusable(_REASONS.get(code, Reason.FAILED), str(error))
