"""What occurred to chambers, as rows and back."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from ...chamber.analysis.findings import Happened, Occurrence
from ...chamber.model import frozen
from ..rows import dumps, read
from .database import Database

_ADD = "INSERT INTO occurrence (chamber, happened, at, what, details, silent) VALUES (?, ?, ?, ?, ?, ?)"
_DROP_NEWEST = (
    "DELETE FROM occurrence WHERE id IN"
    " (SELECT id FROM occurrence WHERE chamber = ? ORDER BY id DESC LIMIT ?)"
)


def add(database: Database, chamber: int, occurrences: Iterable[Occurrence]) -> None:
    """Keep what occurred."""
    database.write_many(
        _ADD,
        [
            (chamber, happened.value, at, what, dumps(dict(details)), silent)
            for happened, at, what, details, silent in occurrences
        ],
    )


def drop_newest(database: Database, chamber: int, count: int) -> None:
    """Let go of so many that were kept last."""
    database.write(_DROP_NEWEST, (chamber, count))


def between(database: Database, chamber: int, start: float, end: float) -> list[Occurrence]:
    """What occurred from `start` up to `end`, in the order of time."""
    rows = database.read(
        "SELECT happened, at, what, details, silent FROM occurrence"
        " WHERE chamber = ? AND at >= ? AND at < ? ORDER BY at, id",
        (chamber, start, end),
    )
    return [
        Occurrence(read(Happened, word), at, what, frozen(read(orjson.loads, raw)), bool(silent))
        for word, at, what, raw, silent in rows
    ]
