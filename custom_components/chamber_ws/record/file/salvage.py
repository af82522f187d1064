"""What is saved from a damaged file into the one that takes its place: who there was, and what was done.

The limits are among that, without which nobody would be alarmed any more. Samples are asked for again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import orjson

from .database import Database, readable

_TABLES = {
    "SELECT id, gateway, chamber FROM chamber ORDER BY id": (
        "INSERT OR IGNORE INTO chamber (id, gateway, chamber) VALUES (?, ?, ?)"
    ),
    "SELECT id, chamber, at, content, previous, hash FROM journal ORDER BY id": (
        "INSERT OR IGNORE INTO journal (id, chamber, at, content, previous, hash)"
        " VALUES (?, ?, ?, ?, ?, ?)"
    ),
}


def salvage(damaged: Path, database: Database) -> None:
    """Take over what can be read; the damaged file stays as it is. Raises `RecordError` where there is no room."""
    with suppress(sqlite3.Error), closing(_opened(damaged)) as old:
        for read, write in _TABLES.items():
            for row in _rows(old, read):
                database.write(write, row)
    heads = [
        head
        for (content,) in database.read("SELECT content FROM journal")
        for head in _head(content)
    ]
    # What was done names samples of the old stretches: no new one may be taken for them.
    database.write(
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('stretch', ?)", (max(heads, default=0),)
    )
    database.commit()


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    connection.text_factory = readable
    return connection


def _rows(connection: sqlite3.Connection, sql: str) -> Iterator[tuple[Any, ...]]:
    """The rows up to where the damage begins."""
    with suppress(sqlite3.Error):
        yield from connection.execute(sql)


def _head(content: str) -> Iterator[int]:
    with suppress(ValueError, LookupError, TypeError):
        yield int(orjson.loads(content)["head"][0])
