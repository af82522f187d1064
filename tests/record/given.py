"""Short ways to fill a store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from custom_components.chamber_ws.chamber.model import Address, Clock, Sample
from custom_components.chamber_ws.chamber.past.timeline import Placed
from custom_components.chamber_ws.record.rows import Position, Row
from custom_components.chamber_ws.record.store import Store

BOX = Address("pi", "box1")
EPOCH = "k3f9"
NOON = 1_764_000_000.0
DAY = 24 * 3600.0


def dated(stretch: int, seq: int, at: float | None = None, **fields: Any) -> Row:
    """Sample `seq`, taken ten seconds after the one before; its temperature is its number."""
    taken = NOON + 10.0 * seq if at is None else at
    said = {"epoch": EPOCH, "temperature": float(seq % 100), "time": taken, "clock": Clock.NTP}
    return Row(stretch, seq, taken, Placed.OWN, False, Sample(seq=seq, **{**said, **fields}))


def undated(stretch: int, seq: int, boot: str = "b1", **fields: Any) -> Row:
    """Sample `seq` of a boot that has no clock yet; its uptime is ten seconds for each number."""
    said = {"epoch": EPOCH, "temperature": 5.0, "clock": Clock.NONE, "uptime": 10.0 * seq}
    sample = Sample(seq=seq, boot=boot, **{**said, **fields})
    return Row(stretch, seq, None, Placed.UNKNOWN, False, sample)


class Filled:
    """A chamber of a store with a stretch of numbers."""

    def __init__(self, store: Store, address: Address = BOX) -> None:
        self.store = store
        self.chamber = store.chamber(address)
        self.stretch = store.begin(self.chamber, EPOCH)

    def add(self, seqs: Iterable[int]) -> list[Row]:
        """Keep samples of these numbers, with their coverage."""
        rows = [dated(self.stretch.id, seq) for seq in seqs]
        self.store.add(rows)
        for row in rows:
            self.stretch.covered = self.stretch.covered.with_range(row.seq, row.seq)
        self.store.save(self.stretch)
        return rows

    def at(self, seq: int) -> Position:
        """A place in the stretch."""
        return Position(self.stretch.id, seq)

    def rows(self) -> list[Row]:
        """All samples of the chamber."""
        return self.store.rows(self.chamber, None, 1_000_000)

    def seqs(self) -> list[int]:
        """The numbers of all samples of the chamber."""
        return [row.seq for row in self.rows()]
