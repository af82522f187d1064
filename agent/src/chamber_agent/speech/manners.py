"""When a gateway speaks unasked: answering an announce, and guarding its own status. Pure: time in s."""

from dataclasses import dataclass, replace

ANSWER_SPREAD = 1.0
"""Many gateways hear the same announce: each answers after a chance part of this."""
ANSWER_PAUSE = 5.0
GUARD_PAUSE = 5.0
GUARD_PERIOD, GUARD_MOST = 60.0, 5


@dataclass(frozen=True, slots=True)
class Answering:
    """When the last announce was answered, and when the next answer is due."""

    last: float | None = None
    due: float | None = None


def asked(answering: Answering, now: float, chance: float) -> Answering:
    """An announce came; `chance` is 0 to 1. An answer that is due already serves this one too."""
    if answering.due is not None:
        return answering
    due = now + ANSWER_SPREAD * chance
    if answering.last is not None and now - answering.last < ANSWER_PAUSE:
        due = answering.last + ANSWER_PAUSE
    return replace(answering, due=due)


def answered(now: float) -> Answering:
    """The answer is being given now."""
    return Answering(last=now)


@dataclass(frozen=True, slots=True)
class Guard:
    """When this gateway had to correct its own status, and when it must again."""

    corrected: tuple[float, ...] = ()
    due: float | None = None
    gave_up: bool = False


def read_own(guard: Guard) -> Guard:
    """The status says what this gateway said last: nothing to correct any more."""
    return replace(guard, due=None)


def read_foreign(guard: Guard, now: float) -> Guard:
    """The status says something else: correct it, unless that was tried too often."""
    if guard.gave_up:
        return replace(guard, due=None)
    if guard.due is not None:
        return guard
    recent = tuple(at for at in guard.corrected if now - at < GUARD_PERIOD)
    if len(recent) >= GUARD_MOST:
        return Guard(recent, gave_up=True)
    due = max(now, recent[-1] + GUARD_PAUSE) if recent else now
    return Guard(recent, due)


def read_farewell(guard: Guard, now: float) -> Guard:
    """Another gateway with this id took its leave: its last words must not stay.

    Where the dispute was given up, they are corrected once nothing was heard for the whole period.
    """
    if not guard.gave_up:
        return read_foreign(guard, now)
    return replace(guard, due=now + GUARD_PERIOD)


def corrected(guard: Guard, now: float) -> Guard:
    """The status is being corrected now."""
    before = () if guard.gave_up else guard.corrected
    return Guard(corrected=(*before, now))
