"""One connection to one SQLite file: transactions that begin by themselves, and errors in the record's words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import translated

PATIENCE = 5.0
"""Seconds to wait for another process that holds the file."""
PAGES_LOGGED = 1000
"""Pages in the log after which they are brought into the file."""

Values = Sequence[Any] | dict[str, Any]


class Database:
    """A connection, used by one thread at a time. Nothing written is durable before `commit`.

    `only_read`: it sees the file as it is now, for as long as it is open, and keeps nobody from writing to it.
    """

    def __init__(self, path: Path, *, only_read: bool = False) -> None:
        with _own_words():
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro" if only_read else path,
                timeout=PATIENCE,
                isolation_level=None,
                check_same_thread=False,
                uri=only_read,
            )
            if only_read:
                self._connection.execute("BEGIN")

    @property
    def writing(self) -> bool:
        """Whether something was written that is not yet committed."""
        return self._connection.in_transaction

    def read(self, sql: str, values: Values = ()) -> list[Any]:
        """All rows of a query. No statement stays open, so that nothing holds back a commit or a checkpoint."""
        with _own_words():
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                if hasattr(error, "sqlite_errorcode"):
                    raise
                # Not from SQLite: a text that is no UTF-8 any more must not cost the rows around it.
                self._connection.text_factory = readable
                return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: Values = ()) -> Any:
        """The first row of a query, or None."""
        with _own_words():
            cursor = self._connection.execute(sql, values)
            row = cursor.fetchone()
            cursor.close()
            return row

    def write(self, sql: str, values: Values = ()) -> int:
        """Change something; how many rows were changed."""
        self.begin()
        with _own_words():
            return self._connection.execute(sql, values).rowcount

    def insert(self, sql: str, values: Values = ()) -> int:
        """Insert one row; its id."""
        self.begin()
        with _own_words():
            return self._connection.execute(sql, values).lastrowid or 0

    def write_many(self, sql: str, rows: Iterable[Values]) -> int:
        """Change something for each of these rows; how many were changed."""
        self.begin()
        with _own_words():
            return self._connection.executemany(sql, rows).rowcount

    def begin(self) -> None:
        """Begin a transaction, if none is running."""
        if not self._connection.in_transaction:
            with _own_words():
                self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make durable what was written, or undo all of it and raise `RecordError`."""
        if not self._connection.in_transaction:
            return
        try:
            with _own_words():
                self._connection.execute("COMMIT")
        except BaseException:
            self.rollback()
            raise

    def rollback(self) -> None:
        """Undo what was written since the last commit."""
        if self._connection.in_transaction:
            with _own_words():
                self._connection.execute("ROLLBACK")

    def keep_log(self, *, kept: bool) -> None:
        """Whether what is committed stays in the log, also at the end, so that the file itself does not change."""
        with _own_words():
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {0 if kept else PAGES_LOGGED}")
            self._connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, kept)

    def close(self) -> None:
        """Close the file; what is not committed is undone."""
        with _own_words():
            self._connection.close()


def readable(text: bytes) -> str:
    """A text that may be no UTF-8 any more."""
    return text.decode(errors="replace")


@contextmanager
def _own_words() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise translated(error) from error
