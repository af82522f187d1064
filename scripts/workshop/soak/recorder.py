"""Home Assistant's own statistics, of an entity that is not ours: nothing of them may suffer."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from .stage import FOREIGN

_HOUR = 3600.0
_PERIOD = 300.0
BACK = 3 * _HOUR
_MOVED = ("last_updated_ts", "last_changed_ts", "last_reported_ts")
_OF = "JOIN statistics_meta AS meta ON meta.id = metadata_id WHERE statistic_id"


@dataclass
class Statistics:
    """What there is: rows of the foreign entity, rows of ours that were imported, and what is wrong."""

    foreign: int = 0
    imported: int = 0
    differences: list[str] = field(default_factory=list)


def set_back(folder: Path) -> None:
    """Let Home Assistant believe that it was away for hours, and ought to compile what its entities did."""
    with closing(sqlite3.connect(folder / "home-assistant_v2.db")) as database, database:
        for column in _MOVED:
            database.execute(f"UPDATE states SET {column} = {column} - ?", (BACK,))  # noqa: S608
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - BACK))
        database.execute("DELETE FROM statistics_runs WHERE start > ?", (since,))
        database.execute("DELETE FROM statistics_short_term")
        database.execute("DELETE FROM statistics")


def look(folder: Path, log: str) -> Statistics:
    """Look for holes, and for hours that were imported before Home Assistant had compiled them."""
    found = Statistics()
    path = (folder / "home-assistant_v2.db").resolve()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        for table, step in (("statistics_short_term", _PERIOD), ("statistics", _HOUR)):
            query = f"SELECT start_ts FROM {table} {_OF} = ? ORDER BY start_ts"  # noqa: S608
            starts = [start for (start,) in database.execute(query, (FOREIGN,))]
            found.foreign += len(starts)
            holes = [at for at, then in pairwise(starts) if then - at > step]
            found.differences += [f"{FOREIGN}: {table} has a hole after {at:.0f}" for at in holes]
            if not starts:
                found.differences.append(f"{FOREIGN}: {table} has no row")
        query = f"SELECT start_ts FROM statistics {_OF} LIKE 'sensor.%' AND statistic_id <> ?"  # noqa: S608
        hours = [start for (start,) in database.execute(query, (FOREIGN,))]
        runs = {start for (start,) in database.execute("SELECT start FROM statistics_runs")}
    found.imported = len(hours)
    found.differences += [
        f"the hour {hour:.0f} was imported before it was compiled"
        for hour in sorted(set(hours))
        if _spelt(hour + _HOUR - _PERIOD) not in runs
    ]
    for word in ("Blocked attempt", "duplicated"):
        if word in log:
            found.differences.append(f"Home Assistant's log has: {word}")
    return found


def _spelt(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S.000000", time.gmtime(at))
