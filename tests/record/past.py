"""A chamber's whole past on one side, a keeper on the other, and a link between them that is cut and mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from custom_components.chamber_ws.chamber import wire
from custom_components.chamber_ws.chamber.analysis.deeds import Deed
from custom_components.chamber_ws.chamber.analysis.findings import Findings, Occurrence
from custom_components.chamber_ws.chamber.messages import Before, Command, HistoryMessage
from custom_components.chamber_ws.chamber.model import Sample
from custom_components.chamber_ws.chamber.past.asking import Gap
from custom_components.chamber_ws.chamber.past.batches import batch
from custom_components.chamber_ws.record.inputs import (
    Described,
    Done,
    Fetched,
    Input,
    Nobodys,
    Outcome,
    Taken,
)
from custom_components.chamber_ws.record.keeper import Keeper
from custom_components.chamber_ws.record.rows import Row
from custom_components.chamber_ws.record.store import Store
from record.given import BOX, NOON

PREFIX = "chamber"
ASKED = 40
"""Numbers that are asked for at once."""


class Beside:
    """A keeper of one chamber whose gateway has `log`: everything it ever measured."""

    def __init__(self, path: Path, log: Iterable[Sample] = ()) -> None:
        self.path = path
        self.log = list(log)
        self.now = NOON
        self.announced: list[Occurrence] = []
        self.findings: Findings | None = None
        self.gap: Gap | None = None
        self.outcome = Outcome()
        self._open()

    def _open(self) -> None:
        self.keeper = Keeper(Store.open(self.path), PREFIX)
        self.keeper.recall()
        self._take(self.keeper.turn((), self.now))

    def turn(self, *inputs: Input) -> Outcome:
        """A turn, and all further ones that it asks for."""
        self._take(self.keeper.turn(inputs, self.now))
        while self.outcome.more:
            self._take(self.keeper.turn((), self.now))
        return self.outcome

    def _take(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.announced += [one for _address, one in outcome.occurrences]
        self.findings = outcome.findings.get(BOX, self.findings)
        self.gap = outcome.gaps.get(BOX, self.gap)

    def describe(self, *, answers: bool = True, **roles: str) -> None:
        """The chamber tells what it is."""
        self.turn(Described(BOX, answers, roles, self.now))

    def hear(self, *samples: Sample) -> None:
        """Samples come live, as soon as they are taken."""
        for sample in samples:
            self.now = self.now if sample.time is None else sample.time
            self.turn(Taken(BOX, sample, self.now))

    def do(self, deed: Deed) -> None:
        """Somebody does something."""
        self.now = deed.at
        self.turn(Done(BOX, deed))

    def ask(self) -> bool:
        """Ask for a part of what is missing, and get it; whether anything was."""
        if self.gap is None:
            return False
        epoch, first, last = self.gap
        last = min(last, first + ASKED - 1)
        command = Command(id="c1", do="history", epoch=epoch, first=first, last=last)
        known = [one for one in self.log if one.epoch == epoch and first <= (one.seq or 0)]
        if not any(one.epoch == epoch for one in self.log):
            self.turn(Nobodys(BOX, epoch, first, last))
            return True
        answer = HistoryMessage(BOX, batch(command, known, before=self._before(epoch)))
        self.turn(Fetched(BOX, "c1", epoch, first, last, wire.encode(answer, PREFIX)[1]))
        return True

    def _before(self, epoch: str) -> Before | None:
        """The epoch of the log before this one."""
        numbers = {one.epoch or "": one.seq or 0 for one in self.log}
        index = list(numbers).index(epoch)
        return Before(*list(numbers.items())[index - 1]) if index else None

    def mend(self) -> None:
        """Ask until nothing is missing."""
        for _time in range(10_000):
            if not self.ask():
                return
        raise AssertionError("it never ends")

    def kill(self) -> None:
        """The process is gone, and what was not committed with it; another one takes up the file."""
        self.keeper.store.close()
        self._open()

    def restart(self) -> None:
        """The process ends in order; another one takes up the file."""
        self.keeper.close(self.now)
        self._open()

    # What is kept

    def rows(self) -> list[Row]:
        """The samples, as they would be had they all come live."""
        self.keeper.commit(self.now)
        store = self.keeper.store
        rows = store.rows(store.chamber(BOX), None, 1_000_000)
        return [row._replace(fetched=False) for row in rows]

    def occurrences(self) -> list[Occurrence]:
        """What occurred."""
        store = self.keeper.store
        return store.occurrences(store.chamber(BOX), 0.0, 10 * NOON)


def kinds(occurrences: Sequence[Occurrence]) -> Counter[tuple[str, str]]:
    """How often what occurred."""
    return Counter((one.happened.value, one.what) for one in occurrences)
