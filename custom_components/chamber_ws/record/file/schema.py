"""The tables of the record, and how an older file becomes a newer one.

The indexes:

- `sample` is stored in the order of (stretch, seq): that is how it is written, replayed and looked up, it makes a
  number unique without a further index, and a batch of history is one place on the disk.
- `sample_at` finds a chamber's samples by time, for hours, exports and the oldest; (stretch, seq) follow by themselves.
- `sample_undated` holds only the samples whose time is not known: those that a later sample may date.
- `occurrence_at` and the keys of `minute` and `dirty_hour` begin with the chamber and go on with time.
- The journal is read along its chain, or by its chamber from an id onwards.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..errors import RecordTooNew
from .database import Database

APPLICATION_ID = 0x43687753
"""`ChwS`: what tells our file from another program's."""

_VERSION_1 = """
CREATE TABLE chamber (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    chamber TEXT NOT NULL,
    UNIQUE (gateway, chamber)
);

CREATE TABLE stretch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chamber INTEGER NOT NULL REFERENCES chamber (id) ON DELETE CASCADE,
    epoch TEXT,
    covered TEXT NOT NULL DEFAULT '[]',
    lost TEXT NOT NULL DEFAULT '[]',
    rewinds INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX stretch_of ON stretch (chamber);

CREATE TABLE sample (
    stretch INTEGER NOT NULL REFERENCES stretch (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    chamber INTEGER NOT NULL,
    at REAL,
    placed TEXT NOT NULL,
    fetched INTEGER NOT NULL,
    time REAL,
    clock TEXT,
    boot TEXT,
    uptime REAL,
    temperature REAL,
    setpoint REAL,
    rest TEXT,
    PRIMARY KEY (stretch, seq)
) WITHOUT ROWID;
CREATE INDEX sample_at ON sample (chamber, at) WHERE at IS NOT NULL;
CREATE INDEX sample_undated ON sample (chamber, stretch, seq) WHERE at IS NULL;

CREATE TABLE snapshot (
    chamber INTEGER PRIMARY KEY REFERENCES chamber (id) ON DELETE CASCADE,
    stretch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    content TEXT NOT NULL
);

CREATE TABLE occurrence (
    id INTEGER PRIMARY KEY,
    chamber INTEGER NOT NULL REFERENCES chamber (id) ON DELETE CASCADE,
    at REAL NOT NULL,
    happened TEXT NOT NULL,
    what TEXT NOT NULL,
    details TEXT NOT NULL,
    silent INTEGER NOT NULL
);
CREATE INDEX occurrence_at ON occurrence (chamber, at);

CREATE TABLE minute (
    chamber INTEGER NOT NULL REFERENCES chamber (id) ON DELETE CASCADE,
    at REAL NOT NULL,
    covered REAL NOT NULL,
    integral REAL NOT NULL,
    low REAL,
    high REAL,
    arrhenius REAL NOT NULL,
    in_range REAL NOT NULL,
    above REAL NOT NULL,
    below REAL NOT NULL,
    dose_above REAL NOT NULL,
    dose_below REAL NOT NULL,
    heater REAL NOT NULL,
    heater_seconds REAL NOT NULL,
    cooler REAL NOT NULL,
    cooler_seconds REAL NOT NULL,
    energy REAL NOT NULL,
    power_seconds REAL NOT NULL,
    observed REAL NOT NULL,
    starts INTEGER NOT NULL,
    PRIMARY KEY (chamber, at)
) WITHOUT ROWID;

CREATE TABLE dirty_hour (
    chamber INTEGER NOT NULL REFERENCES chamber (id) ON DELETE CASCADE,
    start REAL NOT NULL,
    PRIMARY KEY (chamber, start)
) WITHOUT ROWID;

CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chamber INTEGER NOT NULL,
    at REAL NOT NULL,
    content TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX journal_of ON journal (chamber);
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
    BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_not_shortened BEFORE DELETE ON journal
    BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
"""

_VERSION_2 = """
ALTER TABLE stretch ADD COLUMN ended INTEGER;
"""

MIGRATIONS: Sequence[str] = (_VERSION_1, _VERSION_2)
"""What makes version n of version n - 1, for n = 1, 2, …: the first begins with an empty file."""


def migrate(database: Database, migrations: Sequence[str] = MIGRATIONS) -> int:
    """Bring a file up to the newest version, in one transaction; the version it had.

    Raises:
        RecordTooNew: the file is newer than the newest; it is left alone.
    """
    (version,) = database.one("PRAGMA user_version")
    if version > len(migrations):
        raise RecordTooNew(version, len(migrations))
    if version < len(migrations):
        for script in migrations[version:]:
            for statement in _statements(script):
                database.write(statement)
        database.write(f"PRAGMA application_id = {APPLICATION_ID}")
        database.write(f"PRAGMA user_version = {len(migrations)}")
        database.commit()
    return int(version)


def _statements(script: str) -> list[str]:
    """A script's statements, each of which ends with a line.

    `executescript` would commit before it begins.
    """
    found, statement = list[str](), ""
    for line in script.splitlines(keepends=True):
        statement += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(statement):
            found.append(statement)
            statement = ""
    return found
