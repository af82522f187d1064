"""Whatever sequence of starts, kills and full disks: a number is never used twice, and nothing goes silently."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
import threading
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chamber_agent.chamber.model import Sample
from chamber_agent.chamber.past.ranges import Ranges
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.file import SampleFile
from chamber_agent.store.numbers import RESERVATION, Numbers, Reservation
from chamber_agent.store.pruning import Bounds
from chamber_agent.store.reading import Span
from chamber_agent.store.store import MOST_IN_MEMORY, Retention, Store
from patience import examples

BY_HAND = Retention(Bounds(30.0, 200.0), 3600.0)


def test_the_first_number_of_a_chamber_is_one() -> None:
    assert Numbers("box").next().seq == 1


def test_a_number_that_is_not_reserved_begins_a_new_epoch() -> None:
    numbers = Numbers("box", Reservation("box", "e", 7))
    assert numbers.next().epoch != "e"
    assert numbers.ends()["e"] == 7


def test_what_is_granted_late_is_no_proof() -> None:
    numbers = Numbers("box")
    wanted = numbers.wanted()
    for _ in range(RESERVATION + 1):
        numbers.next()
    numbers.granted(wanted)
    assert numbers.ahead


def test_an_epoch_that_ended_while_it_was_granted_is_told_of_again() -> None:
    numbers = Numbers("box")
    wanted, place = numbers.wanted(), numbers.next()
    numbers.begin()
    numbers.granted(wanted)
    assert numbers.wanted()[0] == Reservation("box", place.epoch, 1)


def test_in_the_end_nothing_is_left_reserved() -> None:
    numbers = Numbers("box")
    numbers.granted(numbers.wanted())
    place = numbers.next()
    assert numbers.closing() == [Reservation("box", place.epoch, 1)]


class Machine(RuleBasedStateMachine):
    """A store whose thread does nothing by itself: commits, failures and deaths happen in every order."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.given: dict[tuple[str, int], Sample] = {}
        self.safe: set[tuple[str, int]] = set()
        self.full = False
        self.by_hand = patch.object(threading.Thread, "start", lambda _: None)
        self.by_hand.start()
        self.start()

    def start(self) -> None:
        self.unsaved: set[tuple[str, int]] = set()
        with self.disk():
            self.store = Store(StateFolder(self.folder), ["box"], BY_HAND, lambda: None)

    @contextlib.contextmanager
    def disk(self) -> Any:
        """The disk as it is now."""
        if not self.full:
            yield
            return
        error = sqlite3.OperationalError("database or disk is full")
        with patch.object(SampleFile, "commit", side_effect=error):
            yield

    @rule(count=st.one_of(st.integers(1, 20), st.integers(400, 2500)))
    def live(self, count: int) -> None:
        for _ in range(count):
            place = self.store.next("box")
            key = (place.epoch, place.seq)
            assert key not in self.given
            self.given[key] = Sample(temperature=5.0, **place._asdict())
            self.store.sampled("box", self.given[key])
            self.unsaved.add(key)

    @rule()
    def commit(self) -> None:
        with self.disk():
            self.store._commit()
        if not self.full:
            self.safe |= self.unsaved
            self.unsaved = set()

    @rule()
    def rival(self) -> None:
        self.store.begin_epoch("box")
        self.commit()

    @rule(full=st.booleans())
    def fills(self, full: bool) -> None:
        self.full = full

    @rule()
    def die(self) -> None:
        """The process is killed: what was not committed is gone, the file is as it is."""
        keeping = self.store._keeping
        if keeping and keeping._file:
            keeping._file.close()
        self.start()

    @precondition(lambda self: not self.full)
    @rule()
    def stop(self) -> None:
        self.store._commit(True)
        assert self.store._keeping
        self.store._keeping.close()
        self.safe |= self.unsaved
        self.start()

    @invariant()
    def everything_is_kept_or_lost_and_said_so(self) -> None:
        if not hasattr(self, "store"):
            return
        epoch = self.store._numbers["box"].epoch
        end = self.store.ends("box")[epoch]
        samples = list(self.store.past(Span("box", epoch, 1, end), 10**6))
        rows = {(epoch, one.seq or 0) for one in samples}
        wanted = {key for key in self.safe | self.unsaved if key[0] == epoch}
        assert len(self.unsaved) > MOST_IN_MEMORY or wanted <= rows
        assert rows <= set(self.given)
        covered = Ranges.of((seq, seq) for _, seq in rows)
        assert len(covered.union(Ranges.of(covered.missing(1, end)))) == end
        assert max((seq for name, seq in self.given if name == epoch), default=0) <= end

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.by_hand.stop()
            shutil.rmtree(self.folder)


Machine.TestCase.settings = settings(
    max_examples=examples(30), stateful_step_count=25, deadline=None
)
TestMachine = Machine.TestCase
