"""One bound, how it is judged, and where it stands. Temperatures in °C, times in Unix s, durations in s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from .findings import Excursion, Happened
from .settings import Profile, Settings

LONGEST_STEP = 300.0
# Decimals such as 7.8 have no exact binary form; far below any probe's resolution, in K.
ROUNDING = 1e-9


class Stage(StrEnum):
    """Where a condition stands."""

    NORMAL = "normal"
    PENDING = "pending"
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"


class Input(StrEnum):
    """What can befall a condition. ACKNOWLEDGE_RUNNING: what is over, while the next delay runs already."""

    BEYOND = "beyond"
    DUE = "due"
    GOOD = "good"
    OVER = "over"
    OVER_LATCHED = "over_latched"
    ACKNOWLEDGE = "acknowledge"
    ACKNOWLEDGE_RUNNING = "acknowledge_running"
    REALARM = "realarm"


TRANSITIONS: Mapping[tuple[Stage, Input], tuple[Stage, Happened | None]] = {
    (Stage.NORMAL, Input.BEYOND): (Stage.PENDING, None),
    (Stage.NORMAL, Input.DUE): (Stage.ACTIVE, Happened.EXCURSION_STARTED),
    (Stage.PENDING, Input.DUE): (Stage.ACTIVE, Happened.EXCURSION_STARTED),
    (Stage.PENDING, Input.GOOD): (Stage.NORMAL, None),
    (Stage.ACTIVE, Input.OVER): (Stage.NORMAL, Happened.EXCURSION_ENDED),
    (Stage.ACTIVE, Input.OVER_LATCHED): (Stage.RETURNED, Happened.EXCURSION_ENDED),
    (Stage.ACTIVE, Input.ACKNOWLEDGE): (Stage.ACKNOWLEDGED, Happened.ACKNOWLEDGED),
    (Stage.ACKNOWLEDGED, Input.OVER): (Stage.NORMAL, Happened.EXCURSION_ENDED),
    (Stage.ACKNOWLEDGED, Input.OVER_LATCHED): (Stage.NORMAL, Happened.EXCURSION_ENDED),
    (Stage.ACKNOWLEDGED, Input.REALARM): (Stage.ACTIVE, Happened.REALARMED),
    (Stage.RETURNED, Input.BEYOND): (Stage.RETURNED, None),
    (Stage.RETURNED, Input.GOOD): (Stage.RETURNED, None),
    (Stage.RETURNED, Input.DUE): (Stage.ACTIVE, Happened.EXCURSION_STARTED),
    (Stage.RETURNED, Input.ACKNOWLEDGE): (Stage.NORMAL, Happened.ACKNOWLEDGED),
    (Stage.RETURNED, Input.ACKNOWLEDGE_RUNNING): (Stage.PENDING, Happened.ACKNOWLEDGED),
}
DELAYED = frozenset({Stage.PENDING, Stage.RETURNED})
RUNNING = frozenset({Stage.ACTIVE, Stage.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One bound and how it is judged; delays in s, `realarm` counts from the acknowledgement.

    `inclusive`: the limit itself is beyond it.
    """

    key: str
    limit: float
    above: bool
    inclusive: bool = False
    delay: float = 0.0
    cumulative: bool = False
    deadband: float = 0.0
    off_delay: float = 0.0
    latch: bool = False
    realarm: float | None = None
    warning: bool = False

    def excess(self, value: float) -> float:
        """By how many kelvin a value is beyond the limit; negative where it is on the good side."""
        return value - self.limit if self.above else self.limit - value

    def violated(self, value: float) -> bool:
        """Whether a value is beyond the limit."""
        excess = self.excess(value)
        return excess > 0 or (self.inclusive and excess == 0)

    def cleared(self, value: float) -> bool:
        """Whether a value is back by more than the deadband."""
        return not self.violated(value) and self.excess(value) <= ROUNDING - self.deadband

    def bounds_as(self, other: Condition) -> bool:
        """Whether both are the same bound, however it is judged."""
        return (self.key, self.limit) == (other.key, other.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One condition's stage. `since`: when it was first beyond; `at`, `value`: the last value judged here.

    `out` in s, `dose` in K·s; `back_since`: when it came back. `latched`: the excursion that is over, but returned
    only: all else is of the next one, whose delay may run.
    """

    stage: Stage = Stage.NORMAL
    since: float | None = None
    at: float | None = None
    value: float | None = None
    back_since: float | None = None
    out: float = 0.0
    dose: float = 0.0
    peak: float | None = None
    acknowledged_by: str | None = None
    acknowledged_at: float | None = None
    comment: str | None = None
    latched: Excursion | None = None


AT_REST = Standing()


def conditions(settings: Settings) -> tuple[Condition, ...]:
    """What the settings ask for, as conditions."""
    if settings.profile is Profile.OFF:
        return ()
    how: dict[str, Any] = {
        "cumulative": settings.cumulative,
        "deadband": settings.deadband,
        "off_delay": settings.off_delay,
        "latch": settings.latch,
        "realarm": settings.realarm,
    }
    early: dict[str, Any] = {
        "deadband": settings.deadband,
        "delay": settings.warning,
        "warning": True,
    }
    low, high, freeze = settings.low, settings.high, settings.freeze
    asked: tuple[tuple[str, float | None, bool, dict[str, Any]], ...] = (
        ("high", high, True, {"delay": settings.delay_high, **how}),
        ("low", None if freeze is not None else low, False, {"delay": settings.delay_low, **how}),
        ("freeze", freeze, False, {"delay": settings.delay_low, "inclusive": True, **how}),
        ("warning_high", None if settings.warning is None else high, True, early),
        ("warning_low", None if settings.warning is None else low, False, early),
    )
    return tuple(
        Condition(key=key, limit=limit, above=above, **details)
        for key, limit, above, details in asked
        if limit is not None
    )


def at_rest(stage: Stage, latched: Excursion | None) -> Standing:
    """A standing of which nothing runs."""
    return Standing(stage=stage, latched=latched) if stage is Stage.RETURNED else AT_REST


def continued(standing: Standing, old: Condition, new: Condition) -> Standing:
    """A standing under other rules for the same bound.

    A delay that added up does not say since when the last piece lasts: in one piece it starts anew.
    """
    if old.cumulative and not new.cumulative and standing.stage in DELAYED:
        return at_rest(standing.stage, standing.latched)
    return standing


def due_at(condition: Condition, standing: Standing) -> float | None:
    """When its delay ends, if it stays as it is; None: no delay runs, or it stands still."""
    if standing.since is None or standing.at is None or standing.value is None:
        return None
    if not condition.cumulative:
        return standing.since + condition.delay
    running = condition.violated(standing.value)
    return standing.at + condition.delay - standing.out if running else None


def excursion_of(condition: Condition, standing: Standing, ended: float | None = None) -> Excursion:
    """What a standing says of the excursion; of time that passed without any step to count nobody knows how it was."""
    known = standing.out > 0 or standing.at == standing.since
    return Excursion(
        what=condition.key,
        stage=standing.stage.value,
        since=standing.since or 0.0,
        ended=ended,
        out=standing.out if known else None,
        peak=standing.peak,
        degree_minutes=standing.dose / 60 if known else None,
        acknowledged_by=standing.acknowledged_by,
        acknowledged_at=standing.acknowledged_at,
        comment=standing.comment,
    )


def details_of(condition: Condition, standing: Standing) -> Mapping[str, Any]:
    """What is said of an excursion: of the one in progress, else of the one that is over and latched."""
    latched = standing.latched
    one = latched or excursion_of(condition, standing)
    details = {
        "limit": condition.limit,
        "since": one.since,
        "value": standing.value,
        "peak": one.peak,
        "out": one.out,
        "degree_minutes": one.degree_minutes,
    }
    return details if latched is None else {**details, "ended": latched.ended}


def counted_with(
    condition: Condition, standing: Standing, at: float, value: float, *, violated: bool
) -> Standing:
    """The standing with time, dose and peak brought up to this value.

    Where the clock was set back, all that began before moves with it, so that what has run stays as long as it was.
    """
    if standing.at is not None and at < standing.at:
        standing = _moved(standing, at)
    fresh = standing.since is None
    out, dose = standing.out, standing.dose
    if (
        standing.at is not None
        and standing.value is not None
        and condition.violated(standing.value)
    ):
        step = max(0.0, at - standing.at)
        if step <= LONGEST_STEP:
            out += step
            excess = condition.excess(standing.value) + max(0.0, condition.excess(value))
            dose += step * excess / 2
    beyond = max if condition.above else min
    peak = standing.peak
    if violated:
        peak = value if peak is None or fresh else beyond(peak, value)
    cleared = not violated and condition.cleared(value)
    back_since = standing.back_since if standing.back_since is not None else at
    return replace(
        standing,
        since=at if fresh and violated else standing.since,
        at=at,
        value=value,
        back_since=back_since if cleared else None,
        out=out,
        dose=dose,
        peak=peak,
    )


def _moved(standing: Standing, at: float) -> Standing:
    """The standing as of `at`, by a clock that was set back to it."""
    since, back_since = (
        None if time is None or standing.at is None else at - (standing.at - time)
        for time in (standing.since, standing.back_since)
    )
    return replace(standing, since=since, back_since=back_since, at=at)


def input_of(condition: Condition, counted: Standing, at: float, *, violated: bool) -> Input | None:
    """What befalls a condition with a value that was counted already; None: nothing."""
    adding_up = condition.cumulative and counted.since is not None and counted.stage in DELAYED
    if violated or adding_up:
        since = at if counted.since is None else counted.since
        elapsed = counted.out if condition.cumulative else at - since
        if elapsed >= condition.delay:
            return Input.DUE
        return Input.BEYOND if violated else None
    if counted.stage in DELAYED:
        return Input.GOOD
    if counted.back_since is None or at - counted.back_since < condition.off_delay:
        return None
    return Input.OVER_LATCHED if condition.latch else Input.OVER
