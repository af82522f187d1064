"""Limits, delays, latch, acknowledge: a state machine as a table, restartable from its own snapshot.

Rule 1: time is the samples' own. A delay runs from the first value beyond the limit; what is missing in between does
        not end it, as both ends are beyond. Time and dose count no step longer than `LONGEST_STEP`: it is unknown.
        A clock that is set back moves with it what has begun: what has run stays as long as it was.
Rule 2: a delay in one piece starts anew at the first good value, a cumulative one adds up until the excursion ends.
Rule 3: the deadband holds for coming back alone, and the time back must last as long as the off-delay.
Rule 4: shelving silences, it hides nothing: stages go on; what is unacknowledged or lost is said when the shelf ends.
Rule 5: a bound's excursion and delay outlive other settings; another limit is another bound.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .analysis.conditions import (
    AT_REST,
    DELAYED,
    RUNNING,
    TRANSITIONS,
    Condition,
    Input,
    Stage,
    Standing,
    at_rest,
    conditions,
    continued,
    counted_with,
    details_of,
    due_at,
    excursion_of,
    input_of,
)
from .analysis.deeds import Act, Deed
from .analysis.findings import Excursion, Happened, Loss, Occurrence
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
    loss: Loss | None = None
    quiet: bool = field(default=True, compare=False)

    @property
    def lost(self) -> bool:
        """Whether no sample comes any more."""
        return self.loss is not None

    @property
    def excursion(self) -> bool:
        """Whether an excursion goes on, or is over and latched."""
        return not self.quiet and any(
            standing.stage in OUT for condition, standing in self.pairs() if not condition.warning
        )

    @property
    def unacknowledged(self) -> bool:
        """Whether somebody should look."""
        return not self.quiet and any(
            standing.stage in UNACKNOWLEDGED
            for condition, standing in self.pairs()
            if not condition.warning
        )

    @property
    def warning(self) -> bool:
        """Whether an early warning stands."""
        return not self.quiet and any(
            standing.stage in OUT for condition, standing in self.pairs() if condition.warning
        )

    @property
    def pending_until(self) -> float | None:
        """When the first of the running delays ends, if nothing changes."""
        due = (due_at(*pair) for pair in self.pairs() if pair[1].stage in DELAYED)
        return min((time for time in due if time is not None), default=None)

    @property
    def last_excursion(self) -> Excursion | None:
        """The excursion in progress, else the last one."""
        running = [
            excursion_of(condition, standing)
            for condition, standing in self.pairs()
            if standing.stage in RUNNING and not condition.warning
        ]
        return min(running, key=lambda one: one.since, default=self.ended)

    def pairs(self) -> list[tuple[Condition, Standing]]:
        """Each condition with its standing."""
        return list(zip(self.conditions, self.standings, strict=True))


def begin(settings: Settings = OFF) -> Alarm:
    """An alarm of which nothing was judged yet."""
    asked = conditions(settings)
    return Alarm(settings=settings, conditions=asked, standings=(AT_REST,) * len(asked))


def judge(alarm: Alarm, at: float, value: float | None) -> tuple[Alarm, Occurrences]:
    """Judge one value in °C by its time; None is unknown and changes nothing, nor does what is no number."""
    value = value if value is not None and math.isfinite(value) else None
    well = value is None or not any(one.violated(value) for one in alarm.conditions)
    if well and alarm.quiet and alarm.shelved_until is None:
        return alarm, ()
    alarm, occurred = advance(alarm, at)
    if value is None:
        return alarm, occurred
    standings = []
    for condition, standing in alarm.pairs():
        after, happened = _judged(condition, standing, at, value)
        if happened is not None:
            occurred = (*occurred, _occurrence(alarm, condition, standing, after, happened, at))
        if happened is Happened.EXCURSION_ENDED:
            over = excursion_of(condition, after, ended=at)
            alarm = alarm if condition.warning else replace(alarm, ended=over)
            after = at_rest(after.stage, over)
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
            alarm, more = _noticed(alarm, deed)
        case _:
            more = ()
    return alarm, (*occurred, *more)


def advance(alarm: Alarm, at: float) -> tuple[Alarm, Occurrences]:
    """Time passes: a shelf ends, re-alarms fall due; each is dated with the time it was due."""
    return _advanced(alarm, at)


def _advanced(alarm: Alarm, at: float, earliest: float = -math.inf) -> tuple[Alarm, Occurrences]:
    """Time passes; nothing is dated before `earliest`, when it was first asked for."""
    occurred: Occurrences = ()
    while (due := _next_due(alarm)) is not None and due[0] <= at:
        time, index = max(due[0], earliest), due[1]
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
        "loss": alarm.loss,
    }


def restored(raw: Mapping[str, Any]) -> Alarm:
    """The alarm of a snapshot."""
    settings = _settings(OFF, raw["settings"])
    standings = tuple(
        Standing(**{**one, "stage": Stage(one["stage"]), "latched": _excursion(one.get("latched"))})
        for one in raw["standings"]
    )
    alarm = Alarm(
        settings=settings,
        conditions=conditions(settings),
        shelved_until=raw["shelved_until"],
        ended=_excursion(raw["ended"]),
        loss=None if raw.get("loss") is None else Loss(*raw["loss"]),
    )
    return _standing(alarm, standings)


def _excursion(raw: Mapping[str, Any] | None) -> Excursion | None:
    return None if raw is None else Excursion(**raw)


def _standing(alarm: Alarm, standings: tuple[Standing, ...]) -> Alarm:
    quiet = all(standing is AT_REST or standing == AT_REST for standing in standings)
    return replace(alarm, standings=standings, quiet=quiet)


def _judged(
    condition: Condition, standing: Standing, at: float, value: float
) -> tuple[Standing, Happened | None]:
    violated = condition.violated(value)
    if standing.stage is Stage.NORMAL and not violated:
        return AT_REST, None
    counted = counted_with(condition, standing, at, value, violated=violated)
    given = input_of(condition, counted, at, violated=violated)
    if given is None:
        return counted, None
    stage, happened = TRANSITIONS.get((standing.stage, given), (standing.stage, None))
    if given is Input.GOOD:
        return at_rest(stage, standing.latched), None
    if happened is Happened.EXCURSION_STARTED:
        counted = replace(counted, latched=None)
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
    if happened is Happened.EXCURSION_STARTED:
        since = at if after.since is None else after.since
        earliest = before.at if before.at is not None and before.at <= at else at
        due = earliest - before.out if condition.cumulative else since
        at = min(at, max(earliest, due + condition.delay))
    said = OF_A_WARNING.get(happened, happened) if condition.warning else happened
    return _said(alarm, said, at, condition.key, details_of(condition, after))


def _said(
    alarm: Alarm,
    happened: Happened,
    at: float,
    what: str,
    details: Mapping[str, Any] | None = None,
) -> Occurrence:
    silent = alarm.shelved_until is not None
    return Occurrence(happened, at, what, frozen(details or {}), silent)


def _noticed(alarm: Alarm, deed: Deed) -> tuple[Alarm, Occurrences]:
    """The chamber is lost, or back."""
    lost, loss = deed.act is Act.LOST, alarm.loss
    if lost and loss is None:
        loss = Loss(deed.new.get("since", deed.at), deed.at)
        told = _said(alarm, Happened.LOST, deed.at, DATA, {"since": loss.since})
        return replace(alarm, loss=loss), (told,)
    if loss is not None and not lost:
        told = _said(alarm, Happened.RECOVERED, deed.at, DATA, loss._asdict())
        return replace(alarm, loss=None), (told,)
    return alarm, ()


def _next_due(alarm: Alarm) -> tuple[float, int | None] | None:
    """The next thing that happens by itself: the index of a condition, None for the end of the shelf."""
    if alarm.quiet and alarm.shelved_until is None:
        return None
    due: list[tuple[float, int | None]] = [
        (standing.acknowledged_at + condition.realarm, index)
        for index, (condition, standing) in enumerate(alarm.pairs())
        if standing.stage is Stage.ACKNOWLEDGED
        and condition.realarm is not None
        and standing.acknowledged_at is not None
    ]
    if alarm.shelved_until is not None:
        due.append((alarm.shelved_until, None))
    return min(due, key=lambda one: one[0], default=None)


def _unshelved(alarm: Alarm, at: float) -> tuple[Alarm, Occurrences]:
    """The shelf ends: what is unacknowledged or lost is said aloud now."""
    alarm = replace(alarm, shelved_until=None)
    occurred = [Occurrence(Happened.UNSHELVED, at, "alarm")]
    for condition, standing in alarm.pairs():
        if standing.stage in UNACKNOWLEDGED and not condition.warning:
            details = {**details_of(condition, standing), "shelved": True}
            occurred.append(_said(alarm, Happened.EXCURSION_STARTED, at, condition.key, details))
    if alarm.loss is not None:
        details = {"since": alarm.loss.since, "shelved": True}
        occurred.append(_said(alarm, Happened.LOST, at, DATA, details))
    return alarm, tuple(occurred)


def _acknowledged(alarm: Alarm, deed: Deed) -> tuple[Alarm, Occurrences]:
    standings, occurred = [], []
    signature: dict[str, Any] = {
        "acknowledged_by": deed.by.on_behalf_of or deed.by.name or deed.by.user,
        "acknowledged_at": deed.at,
        "comment": deed.why,
    }
    for condition, standing in alarm.pairs():
        latched = standing.latched
        running = latched is not None and standing.since is not None
        given = Input.ACKNOWLEDGE_RUNNING if running else Input.ACKNOWLEDGE
        to = TRANSITIONS.get((standing.stage, given))
        if to is None or condition.warning:
            standings.append(standing)
            continue
        since = standing.since if latched is None else latched.since
        details = _signed(deed, since=since)
        occurred.append(Occurrence(Happened.ACKNOWLEDGED, deed.at, condition.key, details))
        if latched is None:
            standings.append(replace(standing, stage=to[0], **signature))
        else:
            standings.append(replace(standing, stage=to[0], latched=None))
            alarm = _released(alarm, latched, **signature)
    return _standing(alarm, tuple(standings)), tuple(occurred)


def _released(alarm: Alarm, latched: Excursion, **signature: Any) -> Alarm:
    """The alarm, whose last excursion is not latched any more, if it was this one."""
    if alarm.ended != latched:
        return alarm
    return replace(alarm, ended=replace(latched, stage=Stage.NORMAL.value, **signature))


def _configured(alarm: Alarm, deed: Deed) -> tuple[Alarm, Occurrences]:
    """Other settings: bounds that stay go on, those that go take their excursion along."""
    settings = _settings(alarm.settings, deed.new)
    asked = conditions(settings)
    known = alarm.pairs()
    occurred: list[Occurrence] = []
    for condition, standing in known:
        if not any(condition.bounds_as(one) for one in asked):
            alarm, more = _taken_away(alarm, condition, standing, deed.at)
            occurred += more
    standings = tuple(
        next((continued(then, old, new) for old, then in known if old.bounds_as(new)), AT_REST)
        for new in asked
    )
    alarm = _standing(replace(alarm, settings=settings, conditions=asked), standings)
    alarm, more = _advanced(alarm, deed.at, earliest=deed.at)
    return alarm, (*occurred, *more)


def _taken_away(
    alarm: Alarm, condition: Condition, standing: Standing, at: float
) -> tuple[Alarm, Occurrences]:
    """A bound goes: its excursion is over, or latched no more."""
    if standing.latched is not None:
        return _released(alarm, standing.latched), ()
    if standing.stage not in RUNNING:
        return alarm, ()
    over = excursion_of(condition, replace(standing, stage=Stage.NORMAL), ended=at)
    ended = _occurrence(alarm, condition, standing, standing, Happened.EXCURSION_ENDED, at)
    return alarm if condition.warning else replace(alarm, ended=over), (ended,)


def _settings(base: Settings, new: Mapping[str, Any]) -> Settings:
    changes = dict(new)
    if "profile" in changes:
        changes["profile"] = Profile(changes["profile"])
    return replace(base, **changes)


def _signed(deed: Deed, **more: Any) -> Mapping[str, Any]:
    by = deed.by
    named = {"by": by.name or by.user, "on_behalf_of": by.on_behalf_of, "comment": deed.why}
    return frozen({key: value for key, value in {**named, **more}.items() if value is not None})
