"""Somebody on duty for one chamber, a disk that may be full, and all that comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.analysis.findings import Findings, Occurrence
from custom_components.chamber_ws.chamber.metrics import Minute
from custom_components.chamber_ws.chamber.model import Address, Clock, Sample
from custom_components.chamber_ws.chamber.past.asking import Gap
from custom_components.chamber_ws.record.duty import RETRY_AFTER, Duty
from custom_components.chamber_ws.record.errors import RecordError, RecordFull
from custom_components.chamber_ws.record.inputs import (
    Described,
    Done,
    Input,
    Nobodys,
    Outcome,
    Taken,
)
from custom_components.chamber_ws.record.store import Store
from custom_components.chamber_ws.record.upkeep import USUAL, Allowance
from record.given import BOX, EPOCH, NOON

PREFIX = "chamber"
LIMITS = Deed(act=Act.SETTINGS, at=NOON, new={"profile": "custom", "low": 2.0, "high": 8.0})
ADA = Signature(name="Ada")


def taken(seq: int, temperature: float = 7.5, address: Address = BOX, **fields: Any) -> Taken:
    """Sample `seq`, a second after the one before."""
    said = {"epoch": EPOCH, "time": NOON + seq, "clock": Clock.NTP, **fields}
    sample = Sample(temperature=temperature, seq=seq, **said)
    return Taken(address, sample, sample.time or NOON + seq)


def acknowledged(at: float) -> Done:
    """Ada says that she cares."""
    return Done(BOX, Deed(act=Act.ACKNOWLEDGE, at=NOON + at, by=ADA))


class Shift:
    """Somebody on duty, and all that comes of it. A turn is at the time of its last sample.

    The gateway answers when it is asked what was before its first number: nothing was.
    """

    def __init__(
        self, path: Path, *, answers: bool = True, allowance: Allowance = USUAL, now: float = NOON
    ) -> None:
        self.path = path
        self.now = now
        self.announced: list[Occurrence] = []
        self.failed: list[tuple[Input, RecordError]] = []
        self.gaps: list[Gap | None] = []
        self.findings = Findings()
        self._asked: list[Nobodys] = []
        self.duty = Duty(path, PREFIX, allowance)
        self._note(self.duty.begin(self.now))
        self.turn(Described(BOX, answers, {}, now))

    def turn(self, *inputs: Input) -> None:
        """A turn, and all further ones that it asks for; what is asked for before number 1 nobody has."""
        self.now = max([self.now, *(one.received for one in inputs if isinstance(one, Taken))])
        self._note(self.duty.turn(inputs, self.now))
        while self.more or self._asked:
            answers, self._asked = tuple(self._asked), []
            self._note(self.duty.turn(answers, self.now))

    def wait(self, seconds: float = RETRY_AFTER) -> None:
        """Time passes, until the file is tried again."""
        self.now += seconds
        self.turn()

    def _note(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            for address, gap in outcome.gaps.items():
                if gap is not None and gap.last == 0:
                    self._asked.append(Nobodys(address, *gap))
            self.announced += [one for _address, one in outcome.occurrences]
            self.failed += outcome.failed
            self.gaps += outcome.gaps.values()
            self.findings = outcome.findings.get(BOX, self.findings)
        self.more = outcomes[-1].more

    @contextmanager
    def full(self) -> Iterator[None]:
        """Nothing can be committed to the file."""
        commit = Store.commit

        def fail(store: Store) -> None:
            if store.path == self.path:
                store.rollback()
                raise RecordFull("no room")
            commit(store)

        with patch.object(Store, "commit", fail):
            yield

    def problem(self) -> str | None:
        """The key of why the file cannot be used."""
        return None if self.duty.problem is None else self.duty.problem.key

    def end(self) -> None:
        """The process ends in order."""
        self.duty.end((), {}, self.now)

    @property
    def happened(self) -> list[tuple[str, float]]:
        """What was told, and when it was."""
        return [(one.happened.value, one.at - NOON) for one in self.announced]

    def kept(self) -> list[int]:
        """The numbers in the file."""
        return self.duty.run(
            lambda store: [row.seq for row in store.rows(store.chamber(BOX), None, 99999)], self.now
        )

    def occurred(self) -> list[tuple[str, float]]:
        """What occurred, by the file."""
        found = self.duty.run(
            lambda store: store.occurrences(store.chamber(BOX), 0.0, 2 * NOON), self.now
        )
        return [(one.happened.value, one.at - NOON) for one in found]

    def journal(self) -> list[Deed]:
        """What was done, by the file."""
        entries = self.duty.run(lambda store: store.journal(None, 0.0, 2 * NOON), self.now)
        return [entry.deed for entry in entries]

    def minutes(self, address: Address = BOX) -> list[Minute]:
        """The minutes in the file."""
        return self.duty.run(
            lambda store: store.minutes(store.chamber(address), 0.0, 10 * NOON), self.now
        )
