"""The course of a soak: a past of days, an absence of days, troubles at random, peace, and then the audit."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..progress import WorkshopError
from . import prelude, recorder, waiting
from .audit import Audit, audit
from .chambers import CHAMBERS
from .house import House
from .lines import End
from .recorder import Statistics
from .stage import Stage
from .troubles import Scene, troubles

_AGO = 80 * 3600.0
_HOUR = 3600.0
_MOST_PAUSE = 2.5
_COMMITTED_AFTER = 7.0
_POLL = 0.5


@dataclass(frozen=True)
class Plan:
    """How long, and what chance is seeded with."""

    version: str
    seconds: float
    """Of troubles; at least."""
    seed: int
    since: str = "-72h"
    peace_within: float = 180.0


@dataclass
class Outcome:
    """What a soak came to; times in s."""

    plan: Plan
    cuts: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    backfilled: float = 0.0
    """Rows per second while the past of days was fetched, beside troubles."""
    peace: float = 0.0
    audit: Audit = field(default_factory=Audit)
    statistics: Statistics = field(default_factory=Statistics)
    differences: list[str] = field(default_factory=list)


class Course:
    """One soak in a folder; `tell` is told of its progress."""

    def __init__(self, plan: Plan, folder: Path, tell: Callable[[str], None]) -> None:
        """Take what is to be done; nothing is yet."""
        self._plan = plan
        self._folder = folder
        self._tell = tell
        self._chance = random.Random(plan.seed)  # noqa: S311 - nothing is secret
        self._outcome = Outcome(plan)
        self._record: Path
        self._log = ""

    def run(self) -> Outcome:
        """Do it, and compare.

        Raises:
            WorkshopError: a part did not start, ended by itself, or peace did not come in time.
        """
        began = time.monotonic()
        with Stage(self._folder, self._plan.version, self._plan.seed) as stage:
            house = self._prepare(stage)
            self._begin(stage, house)
            self._suffer(stage, house)
            self._rest(stage, house)
            self._close(stage)
        self._compare(stage)
        self._outcome.seconds = time.monotonic() - began
        return self._outcome

    def _prepare(self, stage: Stage) -> House:
        """The chambers live through their past, while Home Assistant is set up; both end."""
        self._tell(f"a past of {self._plan.since}, and a new Home Assistant")
        stage.write_past(self._plan.since)
        stage.start_house()
        stage.server.ready()
        house = House(stage.server.url)
        entry = house.furnish(stage.lines.url(End.HOUSE))
        self._record = stage.house / "chamber_ws" / f"{entry}.db"
        stage.server.stop()
        recorder.set_back(stage.house)
        prelude.set_limits(self._record, time.time() - _AGO)
        stage.past_is_written()
        return house

    def _begin(self, stage: Stage, house: House) -> None:
        """The first contact, after an absence of days."""
        self._tell("the first contact")
        stage.go_live()
        stage.start_house()
        stage.server.ready()
        house.meet()
        before, since = waiting.rows(self._record), time.monotonic()
        stage.wait(6.0)
        fetched = waiting.rows(self._record) - before
        self._outcome.backfilled = fetched / (time.monotonic() - since)

    def _suffer(self, stage: Stage, house: House) -> None:
        until = time.monotonic() + self._plan.seconds
        scene = Scene(stage, house, self._record, self._chance)
        for name, strike in troubles(self._chance):
            left = until - time.monotonic()
            if left <= 0:
                break
            self._tell(f"{left:4.0f} s of troubles left: {name}")
            strike(scene)
            self._outcome.troubles[name] += 1
            stage.wait(self._chance.uniform(0.2, _MOST_PAUSE))

    def _rest(self, stage: Stage, house: House) -> None:
        """Everything is left in peace until nothing is missing any more."""
        for end in End:
            stage.lines.mend(end)
        stage.set_clock(0.0)
        stage.server.ready()
        began = time.monotonic()
        # Of what was heard amid troubles a part is not committed yet.
        stage.wait(_COMMITTED_AFTER)
        before = waiting.newest(self._record)
        told: int | None = -1
        while (left := waiting.missing(self._record, before)) != 0:
            if left != told:
                told = left
                self._tell(
                    f"peace: {'not all are heard yet' if left is None else f'{left} numbers are missing'}"
                )
            if time.monotonic() - began > self._plan.peace_within:
                raise WorkshopError(f"no peace within {self._plan.peace_within:.0f} s")
            stage.wait(_POLL)
        self._outcome.peace = time.monotonic() - began
        self._complete_statistics(stage, house)
        stage.wait(_COMMITTED_AFTER)

    def _complete_statistics(self, stage: Stage, house: House) -> None:
        end = time.time() // _HOUR * _HOUR - _HOUR
        began = time.monotonic()
        house.meet()
        house.say_that_an_hour_is_compiled()
        while waiting.dirty_hours(self._record, end):
            if time.monotonic() - began > self._plan.peace_within:
                self._outcome.differences.append("hours are left that statistics do not know")
                break
            stage.wait(_POLL)

    def _close(self, stage: Stage) -> None:
        """Home Assistant goes first: of what comes later it knows nothing."""
        stage.server.stop()
        stage.agent.stop()
        self._outcome.cuts, self._outcome.ends = stage.lines.cuts, stage.ends
        self._log = stage.server.log.read_text(errors="replace")

    def _compare(self, stage: Stage) -> None:
        self._tell("comparing")
        out = self._outcome
        said = {
            number: one
            for chamber in CHAMBERS
            for number, one in stage.witness.of(chamber.id).items()
        }
        out.audit = audit(self._record, stage.samples, said)
        out.statistics = recorder.look(stage.house, self._log)
        out.differences += [
            *(f"{one} was used twice" for one in stage.witness.contradictions),
            *out.audit.differences,
            *(found for chamber in out.audit.chambers for found in chamber.differences),
            *out.statistics.differences,
        ]
