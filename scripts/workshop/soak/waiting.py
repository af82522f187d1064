"""Is anything still missing? Asked of the record's file from outside, while Home Assistant writes it."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from custom_components.chamber_ws.chamber.past.ranges import Ranges

from .chambers import CHAMBERS

_LIVE = 20.0
"""A sample that young says that its chamber is heard live, s: a heartbeat, a commit and a delay."""
_STRETCHES = """
    SELECT chamber.chamber, covered, lost FROM stretch JOIN chamber ON chamber.id = stretch.chamber
"""
_NEWEST = """
    SELECT chamber.chamber, max(at) FROM sample JOIN chamber ON chamber.id = sample.chamber GROUP BY chamber.id
"""


def missing(record: Path) -> int | None:
    """How many numbers are still missing; None while not all chambers are heard live."""
    try:
        with closing(_opened(record)) as file:
            stretches = file.execute(_STRETCHES).fetchall()
            newest = dict(file.execute(_NEWEST))
    except sqlite3.OperationalError:
        return None
    since = time.time() - _LIVE
    if any((newest.get(one.id) or 0.0) < since for one in CHAMBERS):
        return None
    return sum(_holes(covered, lost) for _chamber, covered, lost in stretches)


def rows(record: Path) -> int:
    """How many samples there are."""
    try:
        with closing(_opened(record)) as file:
            return int(file.execute("SELECT count(*) FROM sample").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def dirty_hours(record: Path, before: float) -> int:
    """How many hours that were over by then still wait for Home Assistant's statistics."""
    with closing(_opened(record)) as file:
        query = "SELECT count(*) FROM dirty_hour WHERE start + 3600 <= ?"
        return int(file.execute(query, (before,)).fetchone()[0])


def _opened(record: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{record.resolve().as_uri()}?mode=ro", uri=True)


def _holes(covered: str, lost: str) -> int:
    known = Ranges.of((first, last) for text in (covered, lost) for first, last in json.loads(text))
    last = known.last or 0
    return sum(end - begin + 1 for begin, end in known.missing(1, last))
