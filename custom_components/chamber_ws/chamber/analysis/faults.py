"""Faults judged by physics: a table of rules, and where each of them stands.

Rule 1: time is the samples' own. After more than `LONGEST_STEP` without a sample delays run anew; so do those of a rule
        that could not tell for as long. What cannot be told neither starts nor ends a fault.
Rule 2: a fault is dated when its delay was due, between the samples around it; so is its end.
Rule 3: what a chamber reports of itself is a fault without a delay.
Rule 4: what a sensor shows as its word for a failure is no temperature: it is unknown to alarm, metrics and extremes.
        Any other doubt, such as a jump, is a fault, but the value counts: it might be true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from ..model import NOTHING, Sample, frozen
from .conditions import LONGEST_STEP
from .findings import Happened, Occurrence
from .physics.drive import Drive
from .physics.scene import Scene
from .rules import AT_ONCE, BY_INERTIA, Details, Rule, Verdict

NOBODY: frozenset[str] = frozenset()


class Standing(NamedTuple):
    """Where a rule stands of which evidence was seen: last weighed `at`; `started` None: its delay runs."""

    since: float
    at: float
    started: float | None = None
    gone: float | None = None
    details: Details = NOTHING


class Change(NamedTuple):
    """A fault started or ended."""

    happened: Happened
    at: float
    key: str
    details: Details


class Faults:
    """The faults of one chamber. `active`: their keys, sorted; `unknown`: probes whose last value is none at all."""

    def __init__(self) -> None:
        self.active: tuple[str, ...] = ()
        self.unknown: frozenset[str] = NOBODY
        self._at: float | None = None
        self._scene = Scene()
        self._at_once: dict[str, Standing] = {}
        self._by_inertia: dict[str, Standing] = {}

    def describe(self, roles: Mapping[str, str]) -> None:
        """Take in what the probes are for."""
        self._scene.describe(roles)

    def feed(self, at: float, sample: Sample, drive: Drive) -> list[Change]:
        """Take in the next sample, and return what changed by it."""
        last = self._at
        if last is not None and not 0.0 <= at - last <= LONGEST_STEP:
            at = self._interrupted(at, last)
        self._at, scene = at, self._scene
        closed = scene.take(at, sample, drive)
        changes: list[Change] = []
        if self._at_once or scene.unusual:
            self._weigh(AT_ONCE, self._at_once, changes)
        doubts = scene.doubts
        self.unknown = frozenset(one.probe for one in doubts if one.certain) if doubts else NOBODY
        if closed and (self._by_inertia or not scene.quiet):
            self._weigh(BY_INERTIA, self._by_inertia, changes)
        if changes:
            changes.sort(key=attrgetter("at"))
            self._name_active()
        return changes

    def aloud(self, at: float) -> list[Change]:
        """What had started before `at`, to be said at the end of a shelf."""
        return [
            Change(Happened.FAULT_STARTED, at, rule.key, {**told(standing), "shelved": True})
            for rule, standing in self._started()
            if standing.started is not None and standing.started < at
        ]

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON."""
        standings = {
            name: [*standing[:-1], dict(standing.details)]
            for name, standing in sorted((self._at_once | self._by_inertia).items())
        }
        return {"at": self._at, "standings": standings, "scene": self._scene.snapshot()}

    @classmethod
    def restored(cls, raw: Mapping[str, Any] | None, roles: Mapping[str, str]) -> Faults:
        """The faults of a snapshot, None: of one that has none yet."""
        faults = cls()
        if raw is not None:
            faults._at = raw["at"]
            faults._scene = Scene.restored(raw["scene"])
            for rules, standings in (
                (AT_ONCE, faults._at_once),
                (BY_INERTIA, faults._by_inertia),
            ):
                for rule in rules:
                    if rule.name in raw["standings"]:
                        since, at, started, gone, details = raw["standings"][rule.name]
                        standing = Standing(since, at, started, gone, frozen(details))
                        standings[rule.name] = standing
            faults._name_active()
        faults.describe(roles)
        return faults

    def copy(self, roles: Mapping[str, str]) -> Faults:
        """Another one that goes on from here by itself."""
        return Faults.restored(self.snapshot(), roles)

    def _interrupted(self, at: float, last: float) -> float:
        """Samples are missing, or the clock was set back; the time as of which to go on."""
        if last - LONGEST_STEP <= at < last:
            return last
        self._scene.interrupt(at)
        back = min(0.0, at - last)
        for standings in (self._at_once, self._by_inertia):
            kept = [(name, one) for name, one in standings.items() if one.started is not None]
            standings.clear()
            standings.update((name, _moved(one, back)) for name, one in kept)
        return at

    def _weigh(
        self, rules: Iterable[Rule], standings: dict[str, Standing], into: list[Change]
    ) -> None:
        scene = self._scene
        for rule in rules:
            verdict, standing = rule.evidence(scene), standings.get(rule.name)
            if standing is None and (verdict is None or verdict is False):
                continue
            after, happened, at = weighed(rule, standing, verdict, scene.at)
            if happened is Happened.FAULT_STARTED and after is not None:
                after = after._replace(details=frozen(rule.details(scene)))
            named = after if after is not None else standing
            if after is None:
                standings.pop(rule.name, None)
            else:
                standings[rule.name] = after
            if happened is not None and named is not None:
                into.append(Change(happened, at, rule.key, told(named)))

    def _started(self) -> list[tuple[Rule, Standing]]:
        return [
            (rule, standing)
            for rules, standings in ((AT_ONCE, self._at_once), (BY_INERTIA, self._by_inertia))
            for rule in rules
            if (standing := standings.get(rule.name)) is not None and standing.started is not None
        ]

    def _name_active(self) -> None:
        self.active = tuple(sorted({rule.key for rule, _standing in self._started()}))


def weighed(
    rule: Rule, standing: Standing | None, verdict: Verdict, at: float
) -> tuple[Standing | None, Happened | None, float]:
    """Where a rule stands after a verdict, and what happened when."""
    if verdict is None:
        if standing is None or (standing.started is None and at - standing.at > LONGEST_STEP):
            return None, None, at
        return standing, None, at
    if verdict is not False:
        return _for(rule, standing or Standing(verdict, at), at)
    if standing is None or standing.started is None:
        return None, None, at
    gone = at if standing.gone is None else standing.gone
    if at - gone < rule.release:
        return standing._replace(at=at, gone=gone), None, at
    return None, Happened.FAULT_ENDED, min(at, max(standing.at, gone + rule.release))


def _for(rule: Rule, standing: Standing, at: float) -> tuple[Standing, Happened | None, float]:
    """The evidence speaks for the fault."""
    due = standing.since + rule.delay
    if standing.started is not None or at < due:
        return standing._replace(at=at, gone=None), None, at
    started = min(at, max(standing.at, due))
    return standing._replace(at=at, started=started, gone=None), Happened.FAULT_STARTED, started


def told(standing: Standing) -> Details:
    """What is told of a fault."""
    return frozen({**standing.details, "since": standing.since})


def _moved(standing: Standing, seconds: float) -> Standing:
    since, at, started, _gone, details = standing
    begun = None if started is None else started + seconds
    return Standing(since + seconds, at + seconds, begun, None, details)


def spoken(changes: Iterable[Change], shelved_until: float | None) -> tuple[Occurrence, ...]:
    """The changes as occurrences, silent while shelved."""
    return tuple(
        Occurrence(
            one.happened,
            one.at,
            one.key,
            one.details,
            shelved_until is not None and one.at < shelved_until,
        )
        for one in changes
    )
