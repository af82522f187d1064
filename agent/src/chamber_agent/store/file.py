"""The file of samples: SQLite, synchronous, for one thread at a time.

Every commit reaches the disk (`synchronous=FULL` in WAL mode), so what was committed survives a power cut; commits are
rare, to spare SD cards. Raises `sqlite3.Error` where the disk takes nothing.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..errors import StateError
from .numbers import Reservation
from .rows import Row

VERSION = 1
_SCHEMA = """
CREATE TABLE epochs (
    id INTEGER PRIMARY KEY, chamber TEXT NOT NULL, epoch TEXT NOT NULL, last INTEGER NOT NULL, UNIQUE (chamber, epoch)
) STRICT;
CREATE TABLE samples (
    epoch INTEGER NOT NULL REFERENCES epochs ON DELETE CASCADE, seq INTEGER NOT NULL, time REAL, content TEXT NOT NULL,
    PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
_COLUMNS = (
    "SELECT id, chamber, epoch, last FROM epochs LIMIT 0",
    "SELECT epoch, seq, time, content FROM samples LIMIT 0",
    "SELECT name, content FROM facts LIMIT 0",
)
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PATIENCE = 5.0


class TooNewError(StateError):
    """A file of samples that a newer agent wrote."""


class DamagedError(StateError):
    """A file that is no file of samples, or one no more."""


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error says that the file itself is corrupt."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGED


class SampleFile:
    """The samples of all chambers, with their epochs."""

    def __init__(self, path: Path) -> None:
        """Open the file, made when missing. Raises `TooNewError`, `DamagedError`, `sqlite3.Error`."""
        self.path = path
        self.database = _connected(path)
        try:
            self._prepare()
        except sqlite3.Error as error:
            self.database.close()
            if is_damage(error):
                raise DamagedError(str(error)) from None
            raise
        except StateError:
            self.database.close()
            raise

    def current(self) -> dict[str, Reservation]:
        """Return the epoch of each chamber that began last."""
        rows = self.database.execute("SELECT chamber, epoch, last FROM epochs ORDER BY id")
        return {chamber: Reservation(chamber, epoch, last) for chamber, epoch, last in rows}

    def fact(self, name: str) -> str | None:
        """Return what is known under a name."""
        row = self.database.execute("SELECT content FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def commit(
        self, rows: Sequence[Row], reservations: Iterable[Reservation], **facts: str
    ) -> None:
        """Store everything at once, or nothing; what is stored already stays. A row without its epoch is left out."""
        with transaction(self.database):
            self.database.executemany(
                "INSERT INTO epochs (chamber, epoch, last) VALUES (?, ?, ?)"
                " ON CONFLICT (chamber, epoch) DO UPDATE SET last = excluded.last",
                reservations,
            )
            self.database.executemany(
                "INSERT OR IGNORE INTO samples (epoch, seq, time, content)"
                " SELECT id, ?3, ?4, ?5 FROM epochs WHERE chamber = ?1 AND epoch = ?2",
                rows,
            )
            self.database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def close(self) -> None:
        """Close the file; nothing is raised."""
        with contextlib.suppress(sqlite3.Error):
            self.database.close()

    def _prepare(self) -> None:
        version = self.database.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise TooNewError(
                f"{self.path} was written by a newer chamber-agent (version {version}, this one knows {VERSION}): "
                "update chamber-agent, or move the file elsewhere to begin anew"
            )
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = FULL")
        self.database.execute("PRAGMA foreign_keys = ON")
        self.database.execute("PRAGMA journal_size_limit = 4194304")
        if version == 0:
            self._make()
        try:
            for query in _COLUMNS:
                self.database.execute(query)
        except sqlite3.OperationalError as error:
            raise DamagedError(str(error)) from None
        if self.fact("closed") != "cleanly":
            self._check()

    def _make(self) -> None:
        if self.database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise DamagedError("it holds something else")
        with transaction(self.database):
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self.database.execute(statement)
            self.database.execute(f"PRAGMA user_version = {VERSION}")

    def _check(self) -> None:
        found = self.database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise DamagedError(found)


@contextlib.contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            database.execute("ROLLBACK")
        raise


def set_aside(path: Path) -> Path:
    """Move a file and what SQLite keeps beside it out of the way; returns where it is kept. Raises `OSError`."""
    number = 1
    while (kept := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(kept.with_name(kept.name + ending))
    return kept


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=32
    )
