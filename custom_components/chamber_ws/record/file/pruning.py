"""What leaves the record: what is older than was asked for, and the oldest where the file grows too large.

In slices, so that nothing waits long. The numbers of samples that went stay covered: they are not fetched again. What
is not judged yet stays, however old: its minutes are what remains of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..rows import Position
from .database import Database

SLICE = 5000
"""Rows that go at once."""
DAY = 24 * 3600.0
YEAR = 365.25 * DAY
STEP = 3600.0
"""Seconds of samples by which a file that is too large becomes smaller at once."""
PAGES = 2000
"""Free pages that are given back to the file system at once."""
MOST_FREE = 0.25
"""The share of the file that may be free: it is written again before the file grows."""
NOWHERE = Position(-1, -1)

# An undated sample is as old as the dated ones around it. So it goes first: the newest that is too old shows where.
_NEWEST_AGED = "SELECT stretch, seq FROM sample WHERE chamber = :chamber AND at < :since ORDER BY at DESC LIMIT 1"
_AGED_UNDATED = f"""
    chamber = :chamber AND at IS NULL AND (stretch, seq) <= (:stretch, :seq) AND (stretch, seq) < ({_NEWEST_AGED})
"""
_AGED = "chamber = :chamber AND at < :since AND (stretch, seq) <= (:stretch, :seq) ORDER BY at"
_SETTLED_UNDATED = "chamber = :chamber AND at IS NULL AND (stretch, seq) <= (:stretch, :seq)"
_SETTLED = "chamber = :chamber AND at < :cut AND (stretch, seq) <= (:stretch, :seq) ORDER BY at"
_UNDATED = "chamber = :chamber AND at IS NULL ORDER BY stretch, seq"
_OLDEST_SETTLED = """
    SELECT at FROM sample WHERE chamber = :chamber AND at IS NOT NULL AND (stretch, seq) <= (:stretch, :seq)
    ORDER BY at LIMIT 1
"""
# Apart from each other, since only so an index answers without reading all that lies between.
_TIMES = tuple(
    f"SELECT {end}(at) FROM sample WHERE chamber = ? AND at IS NOT NULL"  # noqa: S608
    for end in ("min", "max")
)
_SAMPLES = "DELETE FROM sample WHERE (stretch, seq) IN (SELECT stretch, seq FROM sample WHERE {} LIMIT :most)"
_MINUTES = (
    "DELETE FROM minute WHERE chamber = :chamber AND at IN"
    " (SELECT at FROM minute WHERE chamber = :chamber AND at < :cut ORDER BY at LIMIT :most)"
)
_OCCURRENCES = (
    "DELETE FROM occurrence WHERE id IN"
    " (SELECT id FROM occurrence WHERE chamber = :chamber AND at < :cut ORDER BY at LIMIT :most)"
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may stay: samples `since` then, all else `long_since` (Unix s), and how many bytes.

    `keep` holds by chamber the position up to which its samples were judged: what comes after stays.
    """

    since: float
    long_since: float
    most_bytes: int
    keep: Mapping[int, Position]


def prune(database: Database, bounds: Bounds) -> bool:
    """Let a slice go; whether there is more that may."""
    slice_ = _Slice(database, bounds)
    slice_.drop_aged()
    if slice_.room and used(database) > bounds.most_bytes and slice_.drop_for_room():
        return True
    return not slice_.room or _give_back(database, bounds.most_bytes)


def used(database: Database) -> int:
    """The bytes of the file that hold something."""
    pages, free, size = _pages(database)
    return (pages - free) * size


def newest_aged(database: Database, chamber: int, since: float) -> Position | None:
    """The newest sample of a chamber from before `since`, Unix s."""
    found = database.one(_NEWEST_AGED, {"chamber": chamber, "since": since})
    return None if found is None else Position(*found)


def period(database: Database) -> tuple[float, float] | None:
    """When the oldest and the newest sample of all were taken, Unix s; None where there is none."""
    times = [
        time
        for chamber in database.read("SELECT id FROM chamber")
        for sql in _TIMES
        if (time := database.one(sql, chamber)[0]) is not None
    ]
    return (min(times), max(times)) if times else None


class _Slice:
    """What goes in one transaction; `room` is how many rows still may."""

    def __init__(self, database: Database, bounds: Bounds) -> None:
        self._database = database
        self._bounds = bounds
        self._chambers = [
            {"chamber": chamber, **bounds.keep.get(chamber, NOWHERE)._asdict()}
            for (chamber,) in database.read("SELECT id FROM chamber ORDER BY id")
        ]
        self.room = SLICE

    def drop_aged(self) -> None:
        """What is older than was asked for."""
        for sql in (_SAMPLES.format(_AGED_UNDATED), _SAMPLES.format(_AGED)):
            self._drop(sql, since=self._bounds.since)
        for sql in (_MINUTES, _OCCURRENCES):
            self._drop(sql, cut=self._bounds.long_since)
        self._drop_hours(self._bounds.since)

    def drop_for_room(self) -> bool:
        """The least needed that there is; whether anything went."""
        return any(went for went in self._by_need())

    def _by_need(self) -> Iterator[int]:
        yield self._drop(_SAMPLES.format(_SETTLED_UNDATED))
        cut = self._oldest(_OLDEST_SETTLED) + STEP
        self._drop_hours(cut)
        yield self._drop(_SAMPLES.format(_SETTLED), cut=cut)
        # Samples that nothing will ever date would else be the ones that fill the disk.
        yield self._drop(_SAMPLES.format(_UNDATED))
        yield self._drop(_MINUTES, cut=self._oldest(_OLDEST_MINUTE) + DAY)

    def _drop_hours(self, cut: float) -> None:
        """Of an hour that is not there whole, nothing true can be said."""
        self._database.write("DELETE FROM dirty_hour WHERE start < ?", (cut,))

    def _oldest(self, sql: str) -> float:
        found = [row[0] for one in self._chambers if (row := self._database.one(sql, one))]
        return min(found, default=0.0)

    def _drop(self, sql: str, **more: float) -> int:
        before = self.room
        for one in self._chambers:
            if self.room > 0:
                self.room -= self._database.write(sql, {**one, **more, "most": self.room})
        return before - self.room


_OLDEST_MINUTE = "SELECT at FROM minute WHERE chamber = :chamber ORDER BY at LIMIT 1"


def _give_back(database: Database, most_bytes: int) -> bool:
    """Give free pages back to the file system where they are many; whether more of them are to go."""
    for _last in (False, True):
        pages, free, size = _pages(database)
        if not free or (pages * size <= most_bytes and free <= MOST_FREE * pages):
            return False
        if not _last:
            database.begin()
            database.read(f"PRAGMA incremental_vacuum({PAGES})")
    return True


def _pages(database: Database) -> tuple[int, int, int]:
    """How many pages the file has, how many of them are free, and the bytes of each."""
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (int(database.one(f"PRAGMA {name}")[0]) for name in names)
    return pages, free, size
