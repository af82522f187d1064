"""Answering for the past: as many of the stored samples as a batch may hold."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from .. import wire
from ..errors import WireError
from ..messages import Command, History, HistoryMessage
from ..model import Address, Sample
from . import history

_ANYBODY = Address("gateway", "chamber")
_KEPT_OF_TOO_LARGE = 0.8


def batch(command: Command, samples: Iterable[Sample]) -> History:
    """The answer to a `history` command: stored samples of its epoch from `first` on, ascending.

    What is not stored is lost: the store is the authority. The batch ends early where it would hold more than 500
    rows or 32 KiB.
    """
    assert command.epoch is not None
    assert command.first is not None
    assert command.last is not None
    last = command.last
    numbered = (one for one in samples if one.seq is not None and one.seq <= last)
    stored = list(islice(numbered, history.MOST_ROWS + 1))
    taken = stored[: history.MOST_ROWS]
    while True:
        complete = len(taken) == len(stored)
        answer = _answer(command, taken, last if complete else taken[-1].seq or 0)
        if len(taken) <= 1 or _fits(answer):
            return answer
        taken = taken[: max(1, int(len(taken) * _KEPT_OF_TOO_LARGE))]


def _fits(answer: History) -> bool:
    try:
        return len(wire.encode(HistoryMessage(_ANYBODY, answer))[1]) <= history.LARGEST
    except WireError:
        return False


def _answer(command: Command, taken: list[Sample], end: int) -> History:
    numbers = [sample.seq for sample in taken if sample.seq is not None]
    return History(
        id=command.id,
        epoch=command.epoch or "",
        samples=tuple(taken),
        lost=history.uncovered(numbers, command.first or 0, end),
        complete=end == command.last,
    )
