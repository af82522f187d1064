"""Keeping a file of samples within its bounds: the oldest go first. What is gone counts as lost."""

import sqlite3
from typing import NamedTuple

from .file import transaction

CHUNK = 500
DAY = 86_400.0
MEGABYTE = 1_000_000
SPARE = 0.05
"""Beyond the bound so much more is removed, so that it is not met again with the next row."""


class Bounds(NamedTuple):
    """How much is kept."""

    days: float
    megabytes: float


def expire(database: sqlite3.Connection, before: float) -> int:
    """Remove what was taken before a Unix time, and epochs that are empty and over; returns how many rows went.

    Rows of one epoch are in the order of time: those without one go with their later neighbours.
    """
    removed = 0
    with transaction(database):
        for (epoch,) in database.execute("SELECT id FROM epochs").fetchall():
            while seq := _last_before(database, epoch, before):
                removed += _remove(database, epoch, seq)
        database.execute(
            "DELETE FROM epochs WHERE NOT EXISTS (SELECT 1 FROM samples WHERE samples.epoch = epochs.id)"
            " AND id NOT IN (SELECT max(id) FROM epochs GROUP BY chamber)"
        )
    return removed


def shrink(database: sqlite3.Connection, most: float) -> int:
    """Remove the oldest part of every chamber's rows where more than `most` bytes are used; returns how many went."""
    used = bytes_used(database)
    if used <= most:
        return 0
    share, removed = min(1.0, 1 - most / used + SPARE), 0
    with transaction(database):
        for (chamber,) in database.execute("SELECT DISTINCT chamber FROM epochs").fetchall():
            removed += _remove_oldest(database, chamber, share)
    return removed


def bytes_used(database: sqlite3.Connection) -> int:
    """Return how many bytes of the file hold something."""
    pages, free, size = (
        database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _last_before(database: sqlite3.Connection, epoch: int, before: float) -> int | None:
    """Return the last of an epoch's first rows that is too old."""
    found = database.execute(
        "SELECT max(seq) FROM (SELECT seq, time FROM samples WHERE epoch = ? ORDER BY seq LIMIT ?) WHERE time < ?",
        (epoch, CHUNK, before),
    ).fetchone()[0]
    return None if found is None else int(found)


def _remove_oldest(database: sqlite3.Connection, chamber: str, share: float) -> int:
    counts = database.execute(
        "SELECT epochs.id, count(seq) FROM epochs JOIN samples ON samples.epoch = epochs.id"
        " WHERE chamber = ? GROUP BY epochs.id ORDER BY epochs.id",
        (chamber,),
    ).fetchall()
    left = removed = int(share * sum(count for _, count in counts))
    for epoch, count in counts:
        if left > 0:
            seq = database.execute(
                "SELECT seq FROM samples WHERE epoch = ? ORDER BY seq LIMIT 1 OFFSET ?",
                (epoch, min(left, count) - 1),
            ).fetchone()[0]
            left -= _remove(database, epoch, seq)
    return removed - left


def _remove(database: sqlite3.Connection, epoch: int, up_to: int) -> int:
    gone = database.execute("DELETE FROM samples WHERE epoch = ? AND seq <= ?", (epoch, up_to))
    return gone.rowcount
