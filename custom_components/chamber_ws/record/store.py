"""The record of one entry: everything that is kept, in one SQLite file, used by one thread at a time.

chamber ─ stretch ─ sample          the truth
   ├─ snapshot, minute, occurrence  what was made of it
   ├─ dirty_hour                    what Home Assistant's statistics still lack
   └─ journal                       what people and the house did
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import orjson

from ..chamber.analysis.deeds import Deed
from ..chamber.analysis.findings import Occurrence
from ..chamber.metrics import LONGEST_STEP, Minute, MinuteRow
from ..chamber.model import Address
from ..chamber.past.timeline import Placed
from ..chamber.sequence import Range
from . import journal, minutes
from .errors import Reason, RecordUnusable
from .file import occurrences, pruning
from .file.database import Database
from .file.opening import COMPANIONS, open_file
from .file.pruning import Bounds
from .journal import Break, Entry
from .minutes import HOUR, Hour, Mean
from .rows import (
    COLUMNS,
    Position,
    Row,
    Stretch,
    dumps,
    ranges_of,
    read,
    row_of,
    spelt,
    spelt_ranges,
)

CHUNK = 1000
"""Rows that are read at once where they are streamed."""
ROOM = 1000
"""Stretches have their ids in the order they began; so far apart, that others can be put between them later."""

_COLUMNS = ", ".join(COLUMNS)
_ADD = (
    f"INSERT INTO sample ({_COLUMNS}, chamber) "  # noqa: S608
    f"VALUES (?{', ?' * len(COLUMNS)})"
    " ON CONFLICT (stretch, seq) DO NOTHING"
)
_SELECT = f"SELECT {_COLUMNS} FROM sample "  # noqa: S608
_ONE = _SELECT + "WHERE stretch = ? AND seq = ?"
_AFTER = _SELECT + "WHERE stretch = ? AND seq > ? ORDER BY seq LIMIT ?"
_BETWEEN = (
    _SELECT + "WHERE chamber = ? AND at < ? AND (at, stretch, seq) > (?, ?, ?)"
    " ORDER BY at, stretch, seq LIMIT ?"
)
# What `timeline.place` finds a place for as soon as it has an anchor of the boot.
# Without a hint the whole stretch would be searched.
_DATABLE = """sample INDEXED BY sample_undated {}
    WHERE chamber = :chamber AND stretch = :stretch AND at IS NULL AND boot = :boot
    AND uptime IS NOT NULL AND clock IS NOT NULL AND time IS NULL
"""
_DATABLE_RANGE = f"SELECT min(seq), max(seq) FROM {_DATABLE.format('')}"  # noqa: S608
_PLACED = f"SET at = :at - (:uptime - uptime), placed = '{Placed.BOOT}'"
_DATE = f"UPDATE {_DATABLE.format(_PLACED)}"
_BEGIN = """
    INSERT INTO stretch (chamber, epoch, id)
    VALUES (?1, ?2, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'stretch'), 0) / ?3 * ?3 + ?3)
"""
_BEGIN_AT = "INSERT INTO stretch (id, chamber, epoch) VALUES (?, ?, ?)"


class Store:
    """One open file. Writing begins a transaction by itself; nothing is durable before `commit`.

    Times are Unix s UTC; spans of time begin with `start` and end before `end`. Every method raises `RecordError` where
    the file fails; what was written since the last commit is then undone by `rollback`, and the store goes on.
    `set_aside` is where a damaged file was moved when this one was opened in its place.
    """

    def __init__(self, path: Path, database: Database, set_aside: Path | None = None) -> None:
        self.path = path
        self.set_aside = set_aside
        self._database = database
        self._stretches: dict[int, tuple[int, str | None]] = {}

    @classmethod
    def open(cls, path: Path, *, damaged: bool = False, checked: bool = False) -> Self:
        """Open a file, or make it; one that is damaged, or known to be, is set aside for a new one.

        `checked`: it is known not to be damaged, which spares reading all of it.

        Raises:
            RecordTooNew: it was written by a newer version; it is left alone.
            RecordUnusable: it can be neither used nor replaced.
            RecordFull: there is no room to make it.
        """
        database, set_aside = open_file(path, damaged=damaged, checked=checked)
        return cls(path, database, set_aside)

    @classmethod
    @contextmanager
    def reading(cls, path: Path) -> Iterator[Self]:
        """A file that is open already, for another thread that only reads: as it was last committed."""
        store = cls(path, Database(path, only_read=True))
        try:
            yield store
        finally:
            store.close()

    def close(self) -> None:
        """Close the file; what is not committed is undone."""
        self._database.close()

    def commit(self) -> None:
        """Make durable, all or nothing, what was written; where that fails all of it is undone."""
        try:
            self._database.commit()
        except BaseException:
            self._stretches.clear()
            raise

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows of a question that changes nothing, for those who know the tables (`file.schema`)."""
        return self._database.read(sql, values)

    def probe(self) -> None:
        """Write and commit what changes nothing: a disk that takes nothing says so here, and not after much work."""
        (version,) = self._database.one("PRAGMA user_version")
        self._database.write(f"PRAGMA user_version = {version}")
        self.commit()

    def rollback(self) -> None:
        """Undo what was written since the last commit."""
        self._stretches.clear()
        self._database.rollback()

    def checkpoint(self) -> bool:
        """Bring everything committed into the file itself, so that a copy of it alone is whole; whether it is."""
        busy, _logged, _brought = self._database.one("PRAGMA wal_checkpoint(TRUNCATE)")
        return not busy

    def is_logged(self) -> bool:
        """Whether there is a log: some network drives have none, and there readers and writers wait for each other."""
        return bool(self._database.one("PRAGMA journal_mode")[0] == "wal")

    def hold(self) -> None:
        """Write to the log alone from now on.

        It only grows: whoever copies file and log, in any order, gets all that was committed before they began.
        """
        self._database.keep_log(kept=True)

    def release(self) -> None:
        """Bring the log into the file again."""
        self._database.keep_log(kept=False)
        self.checkpoint()

    def size(self) -> int:
        """The bytes on the disk, with the log of what is not in the file itself yet."""
        return sum(self._bytes(end) for end in ("", *COMPANIONS))

    def logged(self) -> int:
        """The bytes of the log."""
        return self._bytes("-wal")

    def _bytes(self, end: str) -> int:
        try:
            return self.path.with_name(self.path.name + end).stat().st_size
        except OSError:
            return 0

    # Chambers and their stretches of numbers.

    def chamber(self, address: Address) -> int:
        """The number of a chamber, a new one where it has none."""
        found = self._database.one(
            "SELECT id FROM chamber WHERE gateway = ? AND chamber = ?", address
        )
        if found is not None:
            return int(found[0])
        return self._database.insert(
            "INSERT INTO chamber (gateway, chamber) VALUES (?, ?)", address
        )

    def addresses(self) -> dict[Address, int]:
        """The chambers that are known, and their numbers."""
        rows = self._database.read("SELECT gateway, chamber, id FROM chamber ORDER BY id")
        return {Address(gateway, chamber): number for gateway, chamber, number in rows}

    def forget(self, chamber: int) -> None:
        """Drop all of a chamber but what the journal says of it."""
        self._database.write("DELETE FROM chamber WHERE id = ?", (chamber,))
        self._stretches.clear()

    def stretches(self, chamber: int) -> list[Stretch]:
        """A chamber's stretches in the order they began."""
        rows = self._database.read(
            "SELECT id, chamber, epoch, covered, lost, rewinds, ended FROM stretch"
            " WHERE chamber = ? ORDER BY id",
            (chamber,),
        )
        return [
            Stretch(number, of, epoch, read(ranges_of, covered), read(ranges_of, lost), *rest)
            for number, of, epoch, covered, lost, *rest in rows
        ]

    def begin(self, chamber: int, epoch: str | None) -> Stretch:
        """Begin a new stretch of a chamber's numbers."""
        return Stretch(self._database.insert(_BEGIN, (chamber, epoch, ROOM)), chamber, epoch)

    def begin_before(self, stretch: Stretch, epoch: str) -> Stretch | None:
        """Begin a stretch that turns out to have been right before another one; None where there is no room left."""
        for number in range(stretch.id - 1, stretch.id - ROOM, -1):
            if number % ROOM == 0:
                break
            if not self._database.one("SELECT 1 FROM stretch WHERE id = ?", (number,)):
                self._database.write(_BEGIN_AT, (number, stretch.chamber, epoch))
                return Stretch(number, stretch.chamber, epoch)
        return None

    def save(self, stretch: Stretch) -> None:
        """Write down which numbers of a stretch are covered and lost."""
        self._database.write(
            "UPDATE stretch SET covered = ?, lost = ?, rewinds = ?, ended = ? WHERE id = ?",
            (
                spelt_ranges(stretch.covered),
                spelt_ranges(stretch.lost),
                stretch.rewinds,
                stretch.ended,
                stretch.id,
            ),
        )

    def holds(self, stretch: int) -> bool:
        """Whether any sample of a stretch is left."""
        return bool(self._database.one("SELECT 1 FROM sample WHERE stretch = ?", (stretch,)))

    def drop(self, stretch: int) -> None:
        """Know a stretch no more."""
        self._database.write("DELETE FROM stretch WHERE id = ?", (stretch,))
        self._stretches.pop(stretch, None)

    # Samples.

    def add(self, rows: Sequence[Row]) -> int:
        """Keep samples; one whose number is there already changes nothing. How many were new."""
        spelt_rows = []
        for row in rows:
            chamber, epoch = self._stretch(row.stretch)
            spelt_rows.append((*spelt(row, epoch), chamber))
        return self._database.write_many(_ADD, spelt_rows)

    def taken_at(self, stretch: int, seq: int) -> Row | None:
        """The sample of a number."""
        found = self._database.one(_ONE, (stretch, seq))
        return None if found is None else self._row(found)

    def rows(self, chamber: int, after: Position | None, most: int) -> list[Row]:
        """The next samples after a position (None: from the first), by stretch and number; at most so many."""
        stretch, seq = after or pruning.NOWHERE
        found: list[Row] = []
        for (number,) in self._database.read(
            "SELECT id FROM stretch WHERE chamber = ? AND id >= ? ORDER BY id", (chamber, stretch)
        ):
            values = (number, seq if number == stretch else -1, most - len(found))
            found += [self._row(row) for row in self._database.read(_AFTER, values)]
            if len(found) >= most:
                break
        return found

    def between(self, chamber: int, start: float, end: float) -> Iterator[Row]:
        """A chamber's samples in the order of time; those without a time are left out.

        They are read in chunks, so that others may write meanwhile.
        """
        at, stretch, seq = start, *pruning.NOWHERE
        while chunk := self._database.read(_BETWEEN, (chamber, end, at, stretch, seq, CHUNK)):
            yield from (self._row(row) for row in chunk)
            stretch, seq, at = chunk[-1][:3]

    def unplaced(self, chamber: int) -> int:
        """How many of a chamber's samples have no time."""
        sql = "SELECT count(*) FROM sample WHERE chamber = ? AND at IS NULL"
        return int(self._database.one(sql, (chamber,))[0])

    def undated(self, chamber: int, after: Position | None) -> Position | None:
        """The first sample after a position (None: of all) that has no time."""
        found = self._database.one(
            "SELECT stretch, seq FROM sample WHERE chamber = ? AND at IS NULL"
            " AND (stretch, seq) > (?, ?) ORDER BY stretch, seq LIMIT 1",
            (chamber, *(after or pruning.NOWHERE)),
        )
        return None if found is None else Position(*found)

    def resolve(self, stretch: int, boot: str, uptime: float, at: float) -> Range | None:
        """Date the samples of a boot, of which it is known now that its uptime was `uptime` at `at`.

        The range of the numbers that got a time; None where there was none.
        """
        chamber, _epoch = self._stretch(stretch)
        values = {"stretch": stretch, "boot": boot, "uptime": uptime, "at": at, "chamber": chamber}
        first, last = self._database.one(_DATABLE_RANGE, values)
        if first is None:
            return None
        self._database.write(_DATE, values)
        return int(first), int(last)

    def hourly(self, chamber: int, probe: str, hour: float) -> Mean | None:
        """The time-weighted mean, the lowest and highest of a probe's temperature in an hour, and its known seconds."""
        rows = list(self.between(chamber, hour - LONGEST_STEP, hour + HOUR))
        return minutes.step_mean(rows, probe, hour, hour + HOUR)

    # What was made of them.

    def snapshot(self, chamber: int) -> tuple[Position, dict[str, Any]] | None:
        """Where a chamber's samples are judged up to, and how its engines stood there."""
        found = self._database.one(
            "SELECT stretch, seq, content FROM snapshot WHERE chamber = ?", (chamber,)
        )
        if found is None:
            return None
        return Position(found[0], found[1]), read(orjson.loads, found[2])

    def save_snapshot(self, chamber: int, position: Position, content: Mapping[str, Any]) -> None:
        """Write down where a chamber's samples are judged up to."""
        self._database.write(
            "INSERT OR REPLACE INTO snapshot (chamber, stretch, seq, content) VALUES (?, ?, ?, ?)",
            (chamber, *position, dumps(dict(content))),
        )

    def add_occurrences(self, chamber: int, occurred: Iterable[Occurrence]) -> None:
        """Keep what occurred."""
        occurrences.add(self._database, chamber, occurred)

    def drop_newest_occurrences(self, chamber: int, count: int) -> None:
        """Let go of so many that were kept last."""
        occurrences.drop_newest(self._database, chamber, count)

    def occurrences(self, chamber: int, start: float, end: float) -> list[Occurrence]:
        """What occurred, in the order of time."""
        return occurrences.between(self._database, chamber, start, end)

    def add_minutes(self, chamber: int, closed: Sequence[Minute]) -> None:
        """Keep minutes, in place of those of the same time."""
        minutes.add(self._database, chamber, closed)

    def minutes(self, chamber: int, start: float, end: float) -> list[Minute]:
        """The minutes that begin in a span of time, in order."""
        return minutes.between(self._database, chamber, start, end)

    def minute_rows(self, chamber: int, start: float, end: float) -> list[MinuteRow]:
        """The same as rows, for `Metrics.load`."""
        return minutes.rows(self._database, chamber, start, end)

    def drop_minutes(self, chamber: int, after: float) -> None:
        """Let go of the minutes that begin after a time: the clock that dated them was set back."""
        minutes.drop(self._database, chamber, after)

    def mark_hours(self, chamber: int, hours: Iterable[float]) -> None:
        """Note hours, by their start, in which samples came late."""
        minutes.mark(self._database, chamber, hours)

    def dirty_hours(self, before: float) -> list[Hour]:
        """The noted hours that have ended by `before`, as (chamber, start), the earliest first."""
        return minutes.marked(self._database, before)

    def settle_hours(self, hours: Iterable[Hour]) -> None:
        """Forget that these hours were noted."""
        minutes.settle(self._database, hours)

    # What was done.

    def append(self, chamber: int, deed: Deed, head: Position | None = None) -> Entry:
        """Enter a deed into the journal; `head` is the chamber's newest sample by then."""
        gateway, name = self._database.one(
            "SELECT gateway, chamber FROM chamber WHERE id = ?", (chamber,)
        )
        return journal.append(self._database, chamber, Address(gateway, name), deed, head)

    def journal(self, chamber: int | None, start: float, end: float) -> list[Entry]:
        """What was done, to one chamber or (None) to all, in the order it was entered."""
        return journal.between(self._database, chamber, start, end)

    def deeds(self, chamber: int, after_id: int) -> list[Entry]:
        """What was done to a chamber since an entry, in the order it was entered."""
        return journal.after(self._database, chamber, after_id)

    def touched(self) -> set[Address]:
        """The chambers that are known and to which somebody did something."""
        return journal.touched(self._database)

    def verify(self) -> list[Break]:
        """Where the journal's chain of hashes does not hold."""
        return list(journal.breaks(self._database))

    # Bounds.

    def prune(
        self,
        now: float,
        days: float,
        years: float,
        most_bytes: int,
        keep: Mapping[int, Position],
    ) -> bool:
        """Let a slice of what is too old or too much go; whether there is more. Call, commit, and call again.

        Samples go after `days`, minutes and occurrences after `years`. Where the file holds more than `most_bytes`, the
        oldest samples go earlier; in any case none that `keep`, the position its chamber is judged up to, does not
        include.
        """
        since, long_since = now - days * pruning.DAY, now - years * pruning.YEAR
        return pruning.prune(self._database, Bounds(since, long_since, most_bytes, keep))

    def used(self) -> int:
        """The bytes of the file that hold something."""
        return pruning.used(self._database)

    def newest_aged(self, chamber: int, since: float) -> Position | None:
        """The newest sample of a chamber from before `since`."""
        return pruning.newest_aged(self._database, chamber, since)

    def period(self) -> tuple[float, float] | None:
        """When the oldest and the newest sample of all were taken; None where there is none."""
        return pruning.period(self._database)

    def _stretch(self, number: int) -> tuple[int, str | None]:
        """The chamber and the epoch of a stretch."""
        known = self._stretches.get(number)
        if known is None:
            found = self._database.one("SELECT chamber, epoch FROM stretch WHERE id = ?", (number,))
            if found is None:
                raise RecordUnusable(Reason.FAILED, f"there is no stretch {number}")
            known = self._stretches[number] = (found[0], found[1])
        return known

    def _row(self, values: tuple[Any, ...]) -> Row:
        return row_of(values, self._stretch(values[0])[1])
