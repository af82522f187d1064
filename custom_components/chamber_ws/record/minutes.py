"""What outlives the samples: minutes, and the hours that Home Assistant's statistics do not know yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from ..chamber import judgement
from ..chamber.metrics import LONGEST_STEP, Minute, MinuteRow
from .file.database import Database
from .rows import Row

HOUR = 3600.0

Hour = tuple[int, float]
"""A chamber and when an hour begins, Unix s."""
Mean = tuple[float, float, float, float]
"""Mean, lowest and highest temperature in °C, and the seconds that are known."""

_FIELDS = ", ".join(Minute.FIELDS)
_ADD = (
    f"INSERT OR REPLACE INTO minute (chamber, {_FIELDS})"  # noqa: S608
    f" VALUES (?{', ?' * len(Minute.FIELDS)})"
)
_BETWEEN = f"SELECT {_FIELDS} FROM minute WHERE chamber = ? AND at >= ? AND at < ? ORDER BY at"  # noqa: S608


def add(database: Database, chamber: int, minutes: Iterable[Minute]) -> None:
    """Keep minutes, in place of those of the same time."""
    database.write_many(_ADD, [(chamber, *minute.as_row()) for minute in minutes])


def between(database: Database, chamber: int, start: float, end: float) -> list[Minute]:
    """The minutes that begin from `start` up to `end`, in order."""
    return [Minute.from_row(row) for row in rows(database, chamber, start, end)]


def rows(database: Database, chamber: int, start: float, end: float) -> list[MinuteRow]:
    """The same, as rows for `Metrics.load`."""
    return database.read(_BETWEEN, (chamber, start, end))


def drop(database: Database, chamber: int, after: float) -> None:
    """Let go of the minutes that begin after a time."""
    database.write("DELETE FROM minute WHERE chamber = ? AND at > ?", (chamber, after))


def mark(database: Database, chamber: int, hours: Iterable[float]) -> None:
    """Note hours by their start (Unix s) in which samples came late."""
    database.write_many(
        "INSERT INTO dirty_hour (chamber, start) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(chamber, hour) for hour in hours],
    )


def marked(database: Database, before: float) -> list[Hour]:
    """The noted hours that have ended by `before`, the earliest first."""
    return database.read(
        "SELECT chamber, start FROM dirty_hour WHERE start <= ? ORDER BY start, chamber",
        (before - HOUR,),
    )


def settle(database: Database, hours: Iterable[Hour]) -> None:
    """Forget that these hours were noted."""
    database.write_many("DELETE FROM dirty_hour WHERE chamber = ? AND start = ?", hours)


def step_mean(rows: Sequence[Row], probe: str, start: float, end: float) -> Mean | None:
    """The time-weighted mean from `start` to `end`; None where nothing is known.

    A temperature holds until the next sample, no longer than `LONGEST_STEP`; one that its quality forbids to trust is
    unknown for as long. `rows` are those from `LONGEST_STEP` before `start` on, in the order of time.
    """
    seconds = integral = 0.0
    low, high = float("inf"), float("-inf")
    ends = chain((row.at for row in rows[1:]), (end,))
    for row, until in zip(rows, ends, strict=False):
        value = judgement.temperature(row.sample, probe)
        if value is None or row.at is None or until is None:
            continue
        held = min(until, row.at + LONGEST_STEP, end) - max(row.at, start)
        if held > 0:
            seconds += held
            integral += held * value
            low, high = min(low, value), max(high, value)
    return (integral / seconds, low, high, seconds) if seconds else None
