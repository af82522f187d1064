"""Is anything still missing? Asked of the record's file from outside, while Home Assistant writes it."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from custom_components.chamber_ws.chamber.past.ranges import Ranges

from .chambers import CHAMBERS

_STRETCHES = "SELECT covered, lost, ended FROM stretch"
_NEWEST = """
    SELECT chamber.chamber, stretch, max(seq) FROM sample JOIN chamber ON chamber.id = sample.chamber
    GROUP BY chamber.id, stretch ORDER BY stretch
"""

Newest = Mapping[str, tuple[int, int]]
"""The last sample of each chamber by its stretch and number: gateways' clocks are set now and then."""


def newest(record: Path) -> Newest:
    """What was heard last and is committed."""
    try:
        with closing(_opened(record)) as file:
            return {chamber: (stretch, seq) for chamber, stretch, seq in file.execute(_NEWEST)}
    except sqlite3.OperationalError:
        return {}


def missing(record: Path, before: Newest) -> int | None:
    """How many numbers are still missing; None while not all chambers were heard since `before`."""
    now = newest(record)
    # Where the file could not be read nobody was heard, whoever was before.
    if any(now.get(one.id) in (None, before.get(one.id)) for one in CHAMBERS):
        return None
    with closing(_opened(record)) as file:
        return sum(_holes(*stretch) for stretch in file.execute(_STRETCHES))


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


def _holes(covered: str, lost: str, ended: int | None) -> int:
    known = Ranges.of((first, last) for text in (covered, lost) for first, last in json.loads(text))
    last = max(known.last or 0, ended or 0)
    return sum(end - begin + 1 for begin, end in known.missing(1, last))
