"""Opens a record's file: new, as it is, brought up to date, or, where it is damaged, set aside for a new one."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

from ..errors import Reason, RecordError, RecordFull, RecordUnusable
from .database import Database
from .salvage import salvage
from .schema import APPLICATION_ID, MIGRATIONS, migrate

COMPANIONS = ("-wal", "-shm", "-journal")
LONGEST_LOG = 4 * 1024 * 1024
"""Bytes of the write-ahead log that stay on the disk."""
LARGEST_READ = 256 * 1024 * 1024
"""Bytes of a file that is read as a whole before it is used."""
SMALL = ("sqlite_schema", "chamber", "stretch", "snapshot", "journal")
CACHE = 8 * 1024
"""KiB of pages in memory."""

# Before anything is written: what has to be known before the first table.
_FIRST = ("PRAGMA auto_vacuum = INCREMENTAL", "PRAGMA journal_mode = WAL")
# A commit is on the disk when it returns, so that a power cut costs nothing that was committed.
_ALWAYS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA journal_size_limit = {LONGEST_LOG}",
    f"PRAGMA cache_size = -{CACHE}",
    "PRAGMA cell_size_check = ON",
    "PRAGMA trusted_schema = OFF",
)


class Opened(NamedTuple):
    """An open file, and where the damaged one was moved that stood in its place."""

    database: Database
    set_aside: Path | None = None


def open_file(
    path: Path,
    migrations: Sequence[str] = MIGRATIONS,
    *,
    damaged: bool = False,
    checked: bool = False,
) -> Opened:
    """Open the file of a record, or make it.

    `damaged`: it is known to be, though that does not show at once. `checked`: it is known not to be, which spares
    reading all of it.

    Raises:
        RecordTooNew: it was written by a newer version; it is left alone.
        RecordUnusable: it can be neither used nor replaced.
        RecordFull: there is no room to make it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(error) from error
    if not damaged or not path.exists():
        try:
            return Opened(_opened(path, migrations, checked=checked))
        except RecordUnusable as error:
            if error.reason is not Reason.DAMAGED:
                raise
    aside = set_aside(path)
    database = _opened(path, migrations)
    salvage(aside, database)
    return Opened(database, aside)


def set_aside(path: Path) -> Path:
    """Move a file with its companions to a name that is free: `<name>.corrupt-<n>`. The file itself goes last."""
    aside = next(
        free
        for number in count(1)
        if not any(
            (free := path.with_name(f"{path.name}.corrupt-{number}"))
            .with_name(free.name + companion)
            .exists()
            for companion in ("", *COMPANIONS)
        )
    )
    try:
        for companion in (*COMPANIONS, ""):
            with suppress(FileNotFoundError):
                path.with_name(path.name + companion).rename(
                    aside.with_name(aside.name + companion)
                )
    except OSError as error:
        raise _unusable(error) from error
    return aside


def _opened(path: Path, migrations: Sequence[str], *, checked: bool = False) -> Database:
    database = Database(path)
    try:
        _check(database, quickly=checked)
        if database.one("PRAGMA user_version")[0] == 0:
            for pragma in _FIRST:
                database.one(pragma)
        for pragma in _ALWAYS:
            database.one(pragma)
        migrate(database, migrations)
        # A file that can be read but not written shows it here, and not at the first sample.
        database.begin()
        database.rollback()
    except BaseException:
        with suppress(RecordError):
            database.close()
        raise
    return database


def _check(database: Database, *, quickly: bool) -> None:
    """Raise `RecordUnusable` where the file is damaged, or another program's."""
    (application,) = database.one("PRAGMA application_id")
    (version,) = database.one("PRAGMA user_version")
    (tables,) = database.one("SELECT count(*) FROM sqlite_schema")
    if application != APPLICATION_ID and (tables or version or application):
        raise RecordUnusable(Reason.DAMAGED, "it is not a record")
    for check in () if quickly else _checks(database):
        problems = [problem for (problem,) in database.read(check)]
        if problems != ["ok"]:
            raise RecordUnusable(Reason.DAMAGED, "; ".join(problems))


def _checks(database: Database) -> list[str]:
    """How to find damage: of a large file not among the samples, where it shows when they are read."""
    (pages,), (size,) = database.one("PRAGMA page_count"), database.one("PRAGMA page_size")
    if pages * size <= LARGEST_READ:
        return ["PRAGMA quick_check(1)"]
    return [f"PRAGMA quick_check({table})" for table in SMALL]


_ERRORS = {PermissionError: Reason.NO_PERMISSION, FileExistsError: Reason.NO_PERMISSION}
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def _unusable(error: OSError) -> RecordUnusable | RecordFull:
    if error.errno in _FULL:
        return RecordFull(str(error))
    return RecordUnusable(_ERRORS.get(type(error), Reason.DISK_ERROR), str(error))
