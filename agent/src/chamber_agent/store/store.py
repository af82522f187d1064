"""What the chambers said, kept for those who ask later, and the numbers of what they say next.

The event loop only puts samples into memory here. A thread carries them to the disk: every `interval`
seconds, with many of them, and at once when something happened. What is not on the disk yet is answered
from memory; without a disk, memory is all there is.
"""

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from ..chamber.model import Mode, Sample
from ..samples import Happening, Place
from ..state_folder import StateFolder
from . import reading, rows
from .keeping import NAME, FailedError, Keeping
from .numbers import Numbers, Reservation
from .pruning import Bounds
from .reading import Span

Target = tuple[float | None, Mode | None]
"""What a sample says was asked of its chamber."""

_LOGGER = logging.getLogger(__name__)
MANY = 2000
"""So many samples are not left waiting for the interval."""
MOST_IN_MEMORY = 10_000
"""Samples that the disk does not take are kept in memory, the newest of all chambers."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept, and how often the disk is written, in s."""

    bounds: Bounds = Bounds(30.0, 200.0)
    interval: float = 30.0


DEFAULT = Retention()


class Store:
    """The samples of one agent's chambers."""

    def __init__(
        self,
        folder: StateFolder,
        chambers: Iterable[str],
        retention: Retention = DEFAULT,
        utc: Callable[[], float | None] = time.time,
        *,
        goes_on: bool = False,
    ) -> None:
        """Open the store of a state folder; where it `goes_on`, chambers that had samples are there from the start.

        Raises `TooNewError`; any other trouble is logged and lived with.
        """
        path = folder.path / NAME if folder.path else None
        self._keeping = Keeping(folder, path, retention.bounds, utc) if path else None
        self._interval = retention.interval
        self._wake = threading.Condition()
        self._waiting: deque[tuple[str, Sample]] = deque()
        self._first = 0
        self._targets: dict[str, Target] = {}
        self._urgent = self._closing = self._failing = False
        known = self._opened()
        names = {**dict.fromkeys(chambers), **(known if goes_on else {})}
        self._numbers = {name: Numbers(name, known.get(name), self._hurry) for name in names}
        self._thread = threading.Thread(target=self._carry, name="store", daemon=True)
        if self._keeping:
            self._commit()
            self._thread.start()

    def admit(self, chamber: str) -> None:
        """Take in a chamber that was not there at the start."""
        with self._wake:
            if chamber not in self._numbers:
                self._numbers[chamber] = Numbers(chamber, hurry=self._hurry)
                self._hurry()

    def chambers(self) -> list[str]:
        """Return the chambers that are there."""
        with self._wake:
            return list(self._numbers)

    def next(self, chamber: str) -> Place:
        """Give a chamber's next number."""
        with self._wake:
            return self._numbers[chamber].next()

    def begin_epoch(self, chamber: str) -> None:
        """Number a chamber's samples anew."""
        with self._wake:
            self._numbers[chamber].begin()

    def sampled(self, chamber: str, sample: Sample) -> None:
        """Keep a sample."""
        with self._wake:
            self._waiting.append((chamber, sample))
            self._numbers[chamber].used()
            self._notice(chamber, (sample.setpoint, sample.mode))
            if len(self._waiting) > MOST_IN_MEMORY:
                self._waiting.popleft()
                self._first += 1
            if len(self._waiting) >= MANY and self._keeping:
                self._hurry()

    def _notice(self, chamber: str, target: Target) -> None:
        """What was asked of a chamber is carried to the disk at once, as is everything that somebody did."""
        if self._targets.setdefault(chamber, target) != target:
            self._targets[chamber] = target
            self._hurry()

    def happened(self, _chamber: str, _happening: Happening, _sample: Sample) -> None:
        """Carry everything to the disk at once: what happened must survive a power cut."""
        self._hurry()

    def flush(self) -> bool:
        """Carry everything to the disk, and tell whether that was possible. Blocks."""
        with self._wake:
            end = self._first + len(self._waiting)
            self._hurry()
            self._wake.wait_for(lambda: self._first >= end or self._failing)
            return self._first >= end

    def latest(self, chamber: str) -> Sample | None:
        """Return a chamber's last dated sample on the disk. Blocks; raises `sqlite3.Error`."""
        row = reading.latest(self._keeping.path, chamber) if self._keeping else None
        return next(rows.samples("", [(0, row)]), None) if row else None

    def former(self) -> list[str]:
        """Return the chambers that are not there any more, but had samples. Blocks."""
        try:
            known = reading.chambers(self._keeping.path) if self._keeping else []
        except sqlite3.Error:
            return []
        return [name for name in known if name not in self._numbers]

    def ends(self, chamber: str) -> dict[str, int]:
        """Return the last number of each epoch, in the order in which they began. Blocks; raises `sqlite3.Error`."""
        with self._wake:
            numbers = self._numbers.get(chamber)
            own = numbers.ends() if numbers else {}
        stored = reading.ends(self._keeping.path, chamber) if self._keeping else {}
        return {**stored, **own}

    def past(self, span: Span, most: int) -> Iterator[Sample]:
        """Return the first `most` samples of a span that are kept, ascending. Blocks; raises `sqlite3.Error`."""
        with self._wake:
            waiting = tuple(self._waiting)
            numbers = self._numbers.get(span.chamber)
            on_disk = not (numbers and span.epoch == numbers.epoch and numbers.ahead)
        found: dict[int, Sample | str] = {
            sample.seq or 0: sample
            for chamber, sample in waiting
            if (chamber, sample.epoch) == (span.chamber, span.epoch)
            and span.first <= (sample.seq or 0) <= span.last
        }
        if self._keeping and on_disk:
            found.update(reading.stored(self._keeping.path, span, most))
        return rows.samples(span.epoch, ((seq, found[seq]) for seq in islice(sorted(found), most)))

    def close(self) -> None:
        """Carry everything to the disk, and give back the numbers that were not needed. Blocks."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def _opened(self) -> dict[str, Reservation]:
        try:
            return self._keeping.open() if self._keeping else {}
        except FailedError as error:
            self._failed(error)
            return {}

    def _hurry(self) -> None:
        """Let the thread write now."""
        with self._wake:
            self._urgent = True
            self._wake.notify_all()

    def _carry(self) -> None:
        """Live as the thread."""
        closing = False
        while not closing:
            with self._wake:
                self._wake.wait_for(self._is_due, self._interval)
                closing, self._urgent = self._closing, False
            self._commit(closing)
        if self._keeping:
            self._keeping.close()

    def _is_due(self) -> bool:
        """Tell whether the thread has to write before its time; a disk that takes nothing is not pressed."""
        return self._closing or (self._urgent and not self._failing)

    def _commit(self, closing: bool = False) -> None:
        """Write what waits. What fails is tried again after the interval."""
        with self._wake:
            start, waiting = self._first, tuple(self._waiting)
            each = self._numbers.values()
            wanted = [w for one in each for w in (one.closing() if closing else one.wanted())]
            surely = not any(one.ahead for one in each)
        if self._keeping is None or not (waiting or wanted):
            return
        try:
            written = [rows.of_sample(chamber, sample) for chamber, sample in waiting]
            self._keeping.write(written, wanted, surely=surely)
        except FailedError as error:
            self._failed(error)
            return
        self._written(start + len(waiting), wanted)

    def _written(self, end: int, wanted: list[Reservation]) -> None:
        with self._wake:
            while self._waiting and self._first < end:
                self._waiting.popleft()
                self._first += 1
            for one in self._numbers.values():
                one.granted([w for w in wanted if w.chamber == one.chamber])
            sure = not any(one.ahead for one in self._numbers.values())
            recovered, self._failing = self._failing, False
            self._wake.notify_all()
        if self._keeping and sure:
            self._keeping.prove()
        elif not sure:
            self._hurry()
        if recovered:
            _LOGGER.info("samples are stored again")

    def _failed(self, error: FailedError) -> None:
        with self._wake:
            told, self._failing = self._failing, True
            for one in self._numbers.values() if error.damaged else ():
                one.begin()
            self._wake.notify_all()
        if not told:
            _LOGGER.error("samples cannot be stored, they are kept in memory: %s", error)
