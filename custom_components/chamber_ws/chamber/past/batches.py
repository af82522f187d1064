"""Answering for the past: as many of the stored samples as a batch may hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .. import wire
from ..fields import MOST_PROBES
from ..messages import Before, Command, History
from ..model import Sample
from ..sequence import Range
from . import history

_NULL = len(",null")
_FIXED = frozenset(history.FIXED)


HANDED_ON_AT_ONCE = 3800
"""Bytes of a batch that Mosquitto 2.0 gives a WebSocket in one piece; of what is larger, 4 KiB in 100 ms (measured)."""


def batch(
    command: Command,
    samples: Iterable[Sample],
    largest: int = history.LARGEST,
    before: Before | None = None,
) -> History:
    """The answer to a `history` command: stored samples of its epoch from `first` on, ascending, none left out.

    What is not stored is lost: the store is the authority. So the caller refuses numbers that it has not given yet.
    The batch ends early where it would hold more than 500 rows, `largest` bytes, or 64 probes; what comes then is not
    fetched. One row is taken in any case. `before` is what came before the epoch.
    """
    assert command.epoch is not None
    assert command.first is not None
    assert command.last is not None
    empty = History(id=command.id, epoch=command.epoch, before=before)
    sheet = _Sheet(empty, command.first, min(largest, history.LARGEST))
    for sample in samples:
        if sample.seq is not None and sample.seq > command.last:
            break
        if not sheet.take(sample):
            return sheet.answer(sheet.next - 1, command.last)
    rest = (sheet.next, command.last)
    return sheet.answer(command.last if sheet.has_room_for(rest) else sheet.next - 1, command.last)


class _Sheet:
    """A batch that fills, and how many bytes it takes up on the wire."""

    def __init__(self, empty: History, first: int, largest: int) -> None:
        self._largest = largest
        self._samples: list[Sample] = []
        self._empty = empty
        self._first = self.next = first
        self._columns = {"seq"}
        self._cells = 0
        self._bytes = len(wire.written(history.spelt(self._empty, wire.spelt_sample)))

    def take(self, sample: Sample) -> bool:
        """Add a sample, and the gap before it, where there is room. The first one is taken in any case."""
        if sample.seq is None:
            return True
        cells = history.cells(wire.spelt_sample(sample))
        columns = self._columns | cells.keys()
        added = (
            len(wire.written(list(cells.values())))
            + sum(len(name) + len('"",') for name in columns - self._columns)
            + len(",")
            + _length((self.next, sample.seq - 1))
        )
        blank = (len(self._samples) + 1) * len(columns) - self._cells - len(cells)
        if self._samples and (
            len(self._samples) >= history.MOST_ROWS
            or len(columns - _FIXED) > MOST_PROBES
            or self._bytes + added + blank * _NULL > self._largest
        ):
            return False
        self._samples.append(sample)
        self._columns, self.next = columns, sample.seq + 1
        self._bytes += added
        self._cells += len(cells)
        return True

    def has_room_for(self, gap: Range) -> bool:
        """Whether a last lost range still fits; it always does where there is nothing else."""
        blank = len(self._samples) * len(self._columns) - self._cells
        return not self._samples or self._bytes + blank * _NULL + _length(gap) <= self._largest

    def answer(self, end: int, last: int) -> History:
        """The batch, which names all numbers up to `end`."""
        numbers = [sample.seq for sample in self._samples if sample.seq is not None]
        return replace(
            self._empty,
            samples=tuple(self._samples),
            lost=history.uncovered(numbers, self._first, end),
            complete=end == last,
        )


def _length(gap: Range) -> int:
    """The bytes of a lost range, with its comma; none for an empty one."""
    return len(f"[{gap[0]},{gap[1]}],") if gap[0] <= gap[1] else 0
