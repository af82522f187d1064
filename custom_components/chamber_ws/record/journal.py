"""What people and the house did, append-only, each entry chained to the one before by its hash.

The chain shows accidents: an entry that was changed, lost or put in between. It does not protect from somebody who can
write the file and reckons all hashes anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from math import isfinite
from typing import Any, NamedTuple

import orjson

from ..chamber.analysis.deeds import Act, Deed, Signature
from ..chamber.model import Address, frozen
from .file.database import Database, Values
from .rows import Position

BY_THEMSELVES = (Act.LOST.value, Act.RECOVERED.value, Act.DESCRIBED.value)
"""What nobody does."""
BEGINNING = "0" * 64
"""What the first entry is chained to."""


class Entry(NamedTuple):
    """A deed as it was entered; `chamber` is the number in the store and `head` the newest sample by then."""

    id: int
    chamber: int
    address: Address
    head: Position | None
    deed: Deed
    previous: str
    hash: str


class Break(NamedTuple):
    """Where the chain does not hold, and why."""

    id: int
    why: str

    def __str__(self) -> str:
        return f"entry {self.id}: {self.why}"


def canonical(content: Any) -> str:
    """JSON that is the same for the same content: keys sorted, no spaces, ASCII only."""
    return json.dumps(content, allow_nan=False, separators=(",", ":"), sort_keys=True)


def digest(previous: str, content: str) -> str:
    """The SHA-256 that chains an entry of this canonical content to the one before."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def append(
    database: Database, chamber: int, address: Address, deed: Deed, head: Position | None
) -> Entry:
    """Enter a deed, done when `head` was the chamber's newest sample."""
    database.begin()
    last, previous = _end(database)
    content = _content(last + 1, chamber, address, head, deed)
    chained = digest(previous, content)
    database.write(
        "INSERT INTO journal (id, chamber, at, content, previous, hash) VALUES (?, ?, ?, ?, ?, ?)",
        (last + 1, chamber, deed.at, content, previous, chained),
    )
    return _entry(last + 1, chamber, content, previous, chained)


def between(database: Database, chamber: int | None, start: float, end: float) -> list[Entry]:
    """What was done from `start` up to `end`, of one chamber or all, in the order it was entered."""
    return _entries(
        database.read(
            "SELECT id, chamber, content, previous, hash FROM journal"
            " WHERE (?1 IS NULL OR chamber = ?1) AND at >= ?2 AND at < ?3 ORDER BY id",
            (chamber, start, end),
        )
    )


def after(database: Database, chamber: int, id: int) -> list[Entry]:  # noqa: A002
    """What was done to a chamber since the entry `id`, in the order it was entered."""
    return _entries(
        database.read(
            "SELECT id, chamber, content, previous, hash FROM journal"
            " WHERE chamber = ? AND id > ? ORDER BY id",
            (chamber, id),
        )
    )


def touched(database: Database) -> set[Address]:
    """The chambers to which somebody did something; an entry that cannot be read may tell of that."""
    acts = ", ".join("?" for _act in BY_THEMSELVES)
    rows = database.read(
        "SELECT DISTINCT c.gateway, c.chamber FROM chamber AS c JOIN journal AS j ON j.chamber = c.id WHERE"  # noqa: S608
        f" CASE WHEN json_valid(j.content) THEN json_extract(j.content, '$.act') NOT IN ({acts}) ELSE 1 END",
        tuple(BY_THEMSELVES),
    )
    return {Address(gateway, chamber) for gateway, chamber in rows}


def breaks(database: Database) -> Iterator[Break]:
    """Where the chain does not hold."""
    last, previous = 0, BEGINNING
    for number, chamber, at, content, before, chained in database.read(
        "SELECT id, chamber, at, content, previous, hash FROM journal ORDER BY id"
    ):
        if number != last + 1:
            yield Break(number, f"the entries {last + 1} to {number - 1} are missing")
        elif before != previous:
            yield Break(number, "it is not chained to the entry before")
        if digest(before, content) != chained:
            yield Break(number, "it was changed")
        elif not _agrees(content, number, chamber, at):
            yield Break(number, "its columns differ from its content")
        last, previous = number, chained
    entered = _entered(database)
    if entered > last:
        yield Break(last + 1, f"the entries {last + 1} to {entered} are missing")


def content_of(entry: Entry) -> str:
    """The canonical content of an entry, which its hash is made of."""
    return _content(entry.id, entry.chamber, entry.address, entry.head, entry.deed)


def _content(number: int, chamber: int, address: Address, head: Position | None, deed: Deed) -> str:
    return canonical(
        {
            "id": number,
            "gateway": address.gateway,
            "chamber": address.chamber,
            "number": chamber,
            "head": head,
            "act": deed.act.value,
            "at": deed.at,
            "by": asdict(deed.by),
            "old": _plain(deed.old),
            "new": _plain(deed.new),
            "why": deed.why,
        }
    )


def _plain(value: Any) -> Any:
    """A value as JSON has it: a number that is none becomes null."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _agrees(content: str, number: int, chamber: int, at: float) -> bool:
    try:
        said = orjson.loads(content)
        return (said["id"], said["number"], said["at"]) == (number, chamber, at)
    except ValueError, KeyError, TypeError:
        return False


def _end(database: Database) -> tuple[int, str]:
    last, previous = database.one("SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1") or (
        0,
        BEGINNING,
    )
    return max(last, _entered(database)), previous


def _entered(database: Database) -> int:
    """How many entries there ever were: SQLite keeps that number when rows go."""
    row = database.one("SELECT seq FROM sqlite_sequence WHERE name = 'journal'")
    return int(row[0]) if row else 0


def _entries(rows: Iterable[Values]) -> list[Entry]:
    """Entries as they were made; of one that cannot be read any more only `breaks` tells."""
    found = []
    for row in rows:
        with suppress(ValueError, KeyError, TypeError):
            found.append(_entry(*row))
    return found


def _entry(number: int, chamber: int, content: str, previous: str, chained: str) -> Entry:
    said = orjson.loads(content)
    deed = Deed(
        act=Act(said["act"]),
        at=said["at"],
        by=Signature(**said["by"]),
        old=frozen(said["old"]),
        new=frozen(said["new"]),
        why=said["why"],
    )
    return Entry(
        number,
        chamber,
        Address(said["gateway"], said["chamber"]),
        None if said["head"] is None else Position(*said["head"]),
        deed,
        previous,
        chained,
    )
