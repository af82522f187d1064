"""CSV as of RFC 4180, in UTF-8: rows of samples, of excursions and of the journal, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ..rows import Row
from .account import Account, Audited, Episode
from .columns import Cell, Column
from .times import timestamp

AT_ONCE = 2000
# Behind these a spreadsheet looks for a formula; the wide ones are read alike in East Asian editions. A text's own
# apostrophe gets another one, so that taking one off gives back what was there.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
NEGATIVE_NUMBER = re.compile(r"-\d+(\.\d+)?", re.ASCII)
SWITCHED = {True: "true", False: "false"}


def defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula; a plain negative number stays one."""
    if text.startswith(DANGEROUS) and not NEGATIVE_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def samples(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """The CSV of samples, piece by piece; its bytes are the rows' canonical form."""
    reads = [column.read for column in columns]
    header = [column.name for column in columns]
    return _encoded(header, ([read(row) for read in reads] for row in rows))


def digest(pieces: Iterable[bytes]) -> str:
    """The SHA-256 of bytes in pieces, in hexadecimal digits."""
    total = hashlib.sha256()
    for piece in pieces:
        total.update(piece)
    return total.hexdigest()


EPISODES = (
    "kind", "what", "start_utc", "start_unix", "announced_utc", "end_utc", "end_unix", "limit", "peak",
    "seconds_out", "degree_minutes", "silent", "acknowledged_utc", "acknowledged_by", "on_behalf_of",
    "comment",
)  # fmt: skip


def episodes(account: Account) -> Iterator[bytes]:
    """The CSV of what happened: excursions, early warnings, faults and losses of data, one row per acknowledgement."""
    kinds = {
        "excursion": account.excursions,
        "warning": account.warnings,
        "fault": account.faults,
        "data_lost": account.losses,
    }
    rows = (row for kind, found in kinds.items() for one in found for row in _episode(kind, one))
    return _encoded(EPISODES, rows)


JOURNAL = (
    "id", "time_utc", "unix", "act", "user_id", "user_name", "on_behalf_of", "old", "new", "why", "content",
    "previous", "hash",
)  # fmt: skip


def journal(account: Account) -> Iterator[bytes]:
    """The CSV of the journal."""
    return _encoded(JOURNAL, (_audited(entry) for entry in account.audit))


def _encoded(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(header)
    pending = iter(rows)
    while True:
        writer.writerows([_cell(cell) for cell in row] for row in islice(pending, AT_ONCE))
        if not buffer.tell():
            return
        yield buffer.getvalue().encode("utf-8", "replace")
        buffer.seek(0)
        buffer.truncate()


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return SWITCHED[cell]
    return defused(str(cell)) if isinstance(cell, str) else cell


def _episode(kind: str, episode: Episode) -> Iterator[Sequence[Cell]]:
    told = (
        kind,
        episode.what,
        timestamp(episode.start),
        episode.start,
        timestamp(episode.announced),
        None if episode.end is None else timestamp(episode.end),
        episode.end,
        episode.limit,
        episode.peak,
        episode.out,
        episode.degree_minutes,
        episode.silent,
    )
    for at, by, on_behalf_of, comment in episode.acknowledged:
        yield (*told, timestamp(at), by, on_behalf_of, comment)
    if not episode.acknowledged:
        yield (*told, None, None, None, None)


def _audited(entry: Audited) -> Sequence[Cell]:
    return (
        entry.id,
        timestamp(entry.at),
        entry.at,
        entry.act,
        entry.user,
        entry.name,
        entry.on_behalf_of,
        json.dumps(dict(entry.old), sort_keys=True) if entry.old else None,
        json.dumps(dict(entry.new), sort_keys=True) if entry.new else None,
        entry.why,
        entry.content,
        entry.previous,
        entry.hash,
    )
