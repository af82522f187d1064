"""Limits, delays, latch, acknowledge: a state machine as a table, restartable from its own snapshot.

Rule 1: time is the samples' own. A delay runs from the first value beyond the limit; what is missing in between does
        not end it, as both ends are beyond. Time and dose count no step longer than `LONGEST_STEP`: it is unknown.
Rule 2: a delay in one piece starts anew at the first good value, a cumulative one adds up until the excursion ends.
Rule 3: the deadband holds for coming back alone, and the time back must last as long as the off-delay.
Rule 4: shelving silences, it hides nothing: stages go on, and what is unacknowledged is said when the shelf ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .analysis.conditions import (
    AT_REST,
    TRANSITIONS,
    Condition,
    Input,
    Stage,
    Standing,
    conditions,
    counted_with,
    due_at,
    excursion_of,
    input_of,
)
from .analysis.deeds import Act, Deed
from .analysis.findings import Excursion, Happened, Occurrence
from .analysis.settings import LONGEST_SHELF, OFF, Profile, Settings
from .model import frozen

DATA = "data"
Occurrences = tuple[Occurrence, ...]


OF_A_WARNING = {
    Happened.EXCURSION_STARTED: Happened.WARNING_STARTED,
    Happened.EXCURSION_ENDED: Happened.WARNING_ENDED,
}
OUT = frozenset({Stage.ACTIVE, Stage.ACKNOWLEDGED, Stage.RETURNED})
UNACKNOWLEDGED = frozenset({Stage.ACTIVE, Stage.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A chamber's alarm: its settings, its conditions in their order, and where each stands."""

    settings: Settings = OFF
    conditions: tuple[Condition, ...] = ()
    standings: tuple[Standing, ...] = ()
    shelved_until: float | None = None
    ended: Excursion | None = None
    lost: bool = False
    quiet: bool = field(default=True, compare=False)

    @property
    def excursion(self) -> bool:
        """Whether an excursion goes on, or is over and latched."""
        return not self.quiet and any(
            standing.stage in OUT for condition, standing in self._pairs() if not condition.warning
        )

    @property
    def unacknowledged(self) -> bool:
        """Whether somebody should look."""
        return not self.quiet and any(
            standing.stage in UNACKNOWLEDGED
            for condition, standing in self._pairs()
            if not condition.warning
        )

    @property
    def warning(self) -> bool:
        """Whether an early warning stands."""
        return not self.quiet and any(
            standing.stage in OUT for condition, standing in self._pairs() if condition.warning
        )

    @property
    def pending_until(self) -> float | None:
        """When the first of the running delays ends, if nothing changes."""
        return min(
            (
                due_at(condition, standing)
                for condition, standing in self._pairs()
                if standing.stage is Stage.PENDING and standing.since is not None
            ),
            default=None,
        )

    @property
    def last_excursion(self) -> Excursion | None:
        """The excursion in progress, else the last one."""
        running = [
            excursion_of(condition, standing)
            for condition, standing in self._pairs()
            if standing.stage in (Stage.ACTIVE, Stage.ACKNOWLEDGED) and not condition.warning
        ]
        return min(running, key=lambda one: one.since, default=self.ended)

    def _pairs(self) -> list[tuple[Condition, Standing]]:
        return list(zip(self.conditions, self.standings, strict=True))


def begin(settings: Settings = OFF) -> Alarm:
    """An alarm of which nothing was judged yet."""
    asked = conditions(settings)
    return Alarm(settings=settings, conditions=asked, standings=(AT_REST,) * len(asked))


def judge(alarm: Alarm, at: float, value: float | None) -> tuple[Alarm, Occurrences]:
    """Judge one value in °C by its time; None is unknown and changes nothing."""
    well = value is None or not any(one.violated(value) for one in alarm.conditions)
    if well and alarm.quiet and alarm.shelved_until is None:
        return alarm, ()
    alarm, occurred = advance(alarm, at)
    if value is None:
        return alarm, occurred
    standings = []
    for condition, standing in zip(alarm.conditions, alarm.standings, strict=True):
        after, happened = _judged(condition, standing, at, value)
        if happened is not None:
            occurred = (*occurred, _occurrence(alarm, condition, standing, after, happened, at))
        if happened is Happened.EXCURSION_ENDED:
            if not condition.warning:
                alarm = replace(alarm, ended=excursion_of(condition, after, ended=at))
            after = AT_REST if after.stage is Stage.NORMAL else Standing(stage=after.stage)
        standings.append(after)
    return _standing(alarm, tuple(standings)), occurred


def perform(alarm: Alarm, deed: Deed) -> tuple[Alarm, Occurrences]:
    """Take in what was done; what is not for alarms changes nothing."""
    alarm, occurred = advance(alarm, deed.at)
    match deed.act:
        case Act.SETTINGS:
            alarm, more = _configured(alarm, deed)
        case Act.ACKNOWLEDGE:
            alarm, more = _acknowledged(alarm, deed)
        case Act.SHELVE:
            until = min(float(deed.new["until"]), deed.at + LONGEST_SHELF)
            alarm = replace(alarm, shelved_until=until)
            more = (Occurrence(Happened.SHELVED, deed.at, "alarm", _signed(deed, until=until)),)
        case Act.UNSHELVE:
            alarm, more = _unshelved(alarm, deed.at) if alarm.shelved_until else (alarm, ())
        case Act.LOST | Act.RECOVERED:
            lost = deed.act is Act.LOST
            happened = Happened.LOST if lost else Happened.RECOVERED
            more = () if lost is alarm.lost else (_said(alarm, happened, deed.at, DATA),)
            alarm = replace(alarm, lost=lost)
        case _:
            more = ()
    return alarm, (*occurred, *more)


def advance(alarm: Alarm, at: float) -> tuple[Alarm, Occurrences]:
    """Time passes: a shelf ends, re-alarms fall due; each is dated with the time it was due."""
    occurred: Occurrences = ()
    while (due := _next_due(alarm)) is not None and due[0] <= at:
        time, index = due
        if index is None:
            alarm, more = _unshelved(alarm, time)
        else:
            condition, standing = alarm.conditions[index], alarm.standings[index]
            stage, happened = TRANSITIONS[standing.stage, Input.REALARM]
            assert happened is not None
            after = replace(standing, stage=stage)
            more = (_occurrence(alarm, condition, standing, after, happened, time),)
            standings = (*alarm.standings[:index], after, *alarm.standings[index + 1 :])
            alarm = _standing(alarm, standings)
        occurred = (*occurred, *more)
    return alarm, occurred


def snapshot(alarm: Alarm) -> dict[str, Any]:
    """The alarm as JSON."""
    return {
        "settings": asdict(alarm.settings),
        "standings": [asdict(standing) for standing in alarm.standings],
        "shelved_until": alarm.shelved_until,
        "ended": None if alarm.ended is None else asdict(alarm.ended),
        "lost": alarm.lost,
    }


def restored(raw: Mapping[str, Any]) -> Alarm:
    """The alarm of a snapshot."""
    settings = _settings(OFF, raw["settings"])
    standings = tuple(Standing(**{**one, "stage": Stage(one["stage"])}) for one in raw["standings"])
    alarm = Alarm(
        settings=settings,
        conditions=conditions(settings),
        standings=standings,
        shelved_until=raw["shelved_until"],
        ended=None if raw["ended"] is None else Excursion(**raw["ended"]),
        lost=raw["lost"],
    )
    return _standing(alarm, standings)


def _standing(alarm: Alarm, standings: tuple[Standing, ...]) -> Alarm:
    quiet = all(standing is AT_REST or standing == AT_REST for standing in standings)
    return replace(alarm, standings=standings, quiet=quiet)


def _judged(
    condition: Condition, standing: Standing, at: float, value: float
) -> tuple[Standing, Happened | None]:
    violated = condition.violated(value)
    if standing is AT_REST and not violated:
        return standing, None
    counted = counted_with(condition, standing, at, value, violated=violated)
    given = input_of(condition, counted, at, violated=violated)
    stage, happened = (
        TRANSITIONS.get((standing.stage, given), (standing.stage, None))
        if given
        else (standing.stage, None)
    )
    if stage is Stage.NORMAL and happened is None:
        return AT_REST, None
    if happened is Happened.EXCURSION_STARTED:
        counted = replace(counted, acknowledged_by=None, acknowledged_at=None, comment=None)
    if stage is Stage.RETURNED and happened is None and not violated:
        return Standing(stage=stage), None
    return replace(counted, stage=stage), happened


def _occurrence(
    alarm: Alarm,
    condition: Condition,
    before: Standing,
    after: Standing,
    happened: Happened,
    at: float,
) -> Occurrence:
    """What happened to a condition; the end of a delay is dated when it was due, between the values around it."""
    if happened is Happened.EXCURSION_STARTED and not condition.cumulative:
        earliest = before.at if before.at is not None and before.at <= at else at
        since = at if after.since is None else after.since
        at = min(at, max(earliest, since + condition.delay))
    details = {
        "limit": condition.limit,
        "since": after.since,
        "value": after.value,
        "peak": after.peak,
        "out": after.out,
        "degree_minutes": after.dose / 60,
    }
    said = OF_A_WARNING.get(happened, happened) if condition.warning else happened
    return _said(alarm, said, at, condition.key, details)


def _said(
    alarm: Alarm,
    happened: Happened,
    at: float,
    what: str,
    details: Mapping[str, Any] | None = None,
) -> Occurrence:
    silent = alarm.shelved_until is not None
    return Occurrence(happened, at, what, frozen(details or {}), silent)


def _next_due(alarm: Alarm) -> tuple[float, int | None] | None:
    """The next thing that happens by itself: the index of a condition, None for the end of the shelf."""
    if alarm.quiet and alarm.shelved_until is None:
        return None
    due: list[tuple[float, int | None]] = [
        (standing.acknowledged_at + condition.realarm, index)
        for index, (condition, standing) in enumerate(
            zip(alarm.conditions, alarm.standings, strict=True)
        )
        if standing.stage is Stage.ACKNOWLEDGED
        and condition.realarm is not None
        and standing.acknowledged_at is not None
    ]
    if alarm.shelved_until is not None:
        due.append((alarm.shelved_until, None))
    return min(due, key=lambda one: one[0], default=None)


def _unshelved(alarm: Alarm, at: float) -> tuple[Alarm, Occurrences]:
    """The shelf ends: what is unacknowledged is said aloud now."""
    alarm = replace(alarm, shelved_until=None)
    occurred = [Occurrence(Happened.UNSHELVED, at, "alarm")]
    for condition, standing in zip(alarm.conditions, alarm.standings, strict=True):
        if standing.stage is Stage.ACTIVE and not condition.warning:
            one = _occurrence(alarm, condition, standing, standing, Happened.REALARMED, at)
            occurred.append(
                one._replace(
                    happened=Happened.EXCURSION_STARTED,
                    details=frozen({**one.details, "shelved": True}),
                )
            )
    return alarm, tuple(occurred)


def _acknowledged(alarm: Alarm, deed: Deed) -> tuple[Alarm, Occurrences]:
    standings, occurred = [], []
    for condition, standing in zip(alarm.conditions, alarm.standings, strict=True):
        to = TRANSITIONS.get((standing.stage, Input.ACKNOWLEDGE))
        if to is None or condition.warning:
            standings.append(standing)
            continue
        who = deed.by.on_behalf_of or deed.by.name or deed.by.user
        signed = replace(
            standing, stage=to[0], acknowledged_by=who, acknowledged_at=deed.at, comment=deed.why
        )
        occurred.append(
            Occurrence(
                Happened.ACKNOWLEDGED, deed.at, condition.key, _signed(deed, since=standing.since)
            )
        )
        standings.append(AT_REST if to[0] is Stage.NORMAL else signed)
        if to[0] is Stage.NORMAL and alarm.ended is not None:
            ended = replace(
                alarm.ended,
                stage=to[0].value,
                acknowledged_by=who,
                acknowledged_at=deed.at,
                comment=deed.why,
            )
            alarm = replace(alarm, ended=ended)
    return _standing(alarm, tuple(standings)), tuple(occurred)


def _configured(alarm: Alarm, deed: Deed) -> tuple[Alarm, Occurrences]:
    """Other settings: conditions that stay as they are go on, those that go end their excursion."""
    settings = _settings(alarm.settings, deed.new)
    asked = conditions(settings)
    known = dict(zip(alarm.conditions, alarm.standings, strict=True))
    occurred = tuple(
        _occurrence(alarm, condition, standing, standing, Happened.EXCURSION_ENDED, deed.at)
        for condition, standing in known.items()
        if condition not in asked and standing.stage in (Stage.ACTIVE, Stage.ACKNOWLEDGED)
    )
    ended = alarm.last_excursion
    if occurred and ended is not None and ended.ended is None:
        alarm = replace(alarm, ended=replace(ended, ended=deed.at))
    standings = tuple(known.get(condition, AT_REST) for condition in asked)
    return _standing(replace(alarm, settings=settings, conditions=asked), standings), occurred


def _settings(base: Settings, new: Mapping[str, Any]) -> Settings:
    changes = dict(new)
    if "profile" in changes:
        changes["profile"] = Profile(changes["profile"])
    return replace(base, **changes)


def _signed(deed: Deed, **more: Any) -> Mapping[str, Any]:
    by = deed.by
    named = {"by": by.name or by.user, "on_behalf_of": by.on_behalf_of, "comment": deed.why}
    return frozen({key: value for key, value in {**named, **more}.items() if value is not None})
