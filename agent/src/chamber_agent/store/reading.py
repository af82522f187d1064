"""Reading stored samples: a connection of its own for each question, beside the one that writes."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_PATIENCE = 5.0
Stored = tuple[int, str]


class Span(NamedTuple):
    """Numbers of one chamber's epoch, inclusive."""

    chamber: str
    epoch: str
    first: int
    last: int


def ends(path: Path, chamber: str) -> dict[str, int]:
    """Return the last number of each stored epoch, in the order in which they began. Raises `sqlite3.Error`."""
    query = "SELECT epoch, last FROM epochs WHERE chamber = ? ORDER BY id"
    with _opened(path) as database:
        return dict(database.execute(query, (chamber,)))


def chambers(path: Path) -> list[str]:
    """Return whose samples are stored. Raises `sqlite3.Error`."""
    with _opened(path) as database:
        return [name for (name,) in database.execute("SELECT DISTINCT chamber FROM epochs")]


def stored(path: Path, span: Span, most: int) -> list[Stored]:
    """Return the first `most` rows of a span: number and content. Raises `sqlite3.Error`."""
    query = (
        "SELECT seq, content FROM samples JOIN epochs ON epochs.id = samples.epoch"
        " WHERE chamber = ? AND epochs.epoch = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
    )
    with _opened(path) as database:
        return database.execute(query, (*span, most)).fetchall()


def latest(path: Path, chamber: str) -> str | None:
    """Return the content of a chamber's last dated row. Raises `sqlite3.Error`."""
    query = (
        "SELECT content FROM samples WHERE time IS NOT NULL AND epoch ="
        " (SELECT max(epochs.id) FROM epochs WHERE chamber = ? AND EXISTS"
        " (SELECT 1 FROM samples AS any_of WHERE any_of.epoch = epochs.id)) ORDER BY seq DESC LIMIT 1"
    )
    with _opened(path) as database:
        row = database.execute(query, (chamber,)).fetchone()
    return row[0] if row else None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open for reading; a file that is not there is not made."""
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)
    try:
        yield database
    finally:
        database.close()
