"""Where a profile stands: a frozen value that time and temperature move on.

    running ─► waiting ─► soak ─► … ─► done          paused, held: until somebody resumes

Jumps are resolved at the start, so that a run is a row of ramps, soaks and holds. The setpoint in force lies
between that of the step before and that of the step: never beyond the limits if those were within.
Temperatures in °C, durations in s.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate

from ..chamber.model import Progress
from .steps import Hold, Profile, Ramp, Resume, Soak, Step, sequence

DIGITS = 3


class Halt(StrEnum):
    """Why a run stands still though its step does not: somebody paused it, or a power cut did."""

    PAUSED = "paused"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Run:
    """A profile under way. `place` counts the steps taken; `spent` are the seconds spent in the present one."""

    profile: Profile
    start: float
    """The setpoint from which the first step goes."""
    previous: float
    """The setpoint that was asked for before."""
    origin: float
    """The setpoint from which the present step goes."""
    place: int = 0
    spent: float = 0.0
    soaking: bool = False
    """Whether the temperature was within the band since the present step began."""
    halt: Halt | None = None

    @property
    def done(self) -> bool:
        """Whether every step was taken."""
        return self.place >= len(_taken(self.profile))

    @property
    def step(self) -> Step | None:
        """The present step; None at the end."""
        return None if self.done else self.profile.steps[_taken(self.profile)[self.place]]

    @property
    def setpoint(self) -> float:
        """The setpoint to which the present step goes."""
        return self.step.setpoint if isinstance(self.step, Ramp) else self.origin

    @property
    def effective(self) -> float:
        """The setpoint in force."""
        step = self.step
        if not isinstance(step, Ramp):
            return self.origin
        lasts = step.lasts(self.origin)
        share = min(1.0, self.spent / lasts) if lasts else 1.0
        return self.origin + (step.setpoint - self.origin) * share

    @property
    def remaining(self) -> float:
        """Seconds to the end, as far as can be foreseen: waits and holds count as nothing."""
        if self.done:
            return 0.0
        return max(0.0, _ahead(self.profile, self.start)[self.place] - self.spent)

    @property
    def state(self) -> str:
        """The word for it on the wire."""
        if self.done:
            return "done"
        if self.halt is not None:
            return self.halt.value
        match self.step:
            case Hold():
                return "held"
            case Soak(band=band):
                return "soak" if band is None or self.soaking else "waiting"
        return "running"

    @property
    def progress(self) -> Progress:
        """What a sample says of it."""
        taken = _taken(self.profile)
        return Progress(
            name=self.profile.name,
            step=taken[min(self.place, len(taken) - 1)] + 1,
            steps=len(self.profile.steps),
            remaining=round(self.remaining),
            state=self.state,
        )


def started(profile: Profile, start: float, previous: float) -> Run:
    """Return a run at its very beginning; it goes from the setpoint `start`."""
    return Run(profile, start, previous, start)


def advanced(run: Run, seconds: float, temperature: float | None) -> Run:
    """Return the run some seconds later; `temperature` decides whether a guaranteed soak may begin."""
    while not run.done and run.halt is None:
        step = run.step
        if isinstance(step, Hold):
            break
        if isinstance(step, Soak) and not run.soaking:
            if not _within(step, run.origin, temperature):
                break
            run = replace(run, soaking=True)
        left = _lasts(step, run.origin) - run.spent
        if seconds < left:
            return replace(run, spent=run.spent + max(0.0, seconds))
        seconds -= max(0.0, left)
        run = _next(run)
    return run


def paused(run: Run) -> Run:
    """Return the run standing still."""
    return run if run.done else replace(run, halt=Halt.PAUSED)


def resumed(run: Run) -> Run:
    """Return the run going on: from where it stands still, or beyond a hold."""
    if run.halt is not None:
        return replace(run, halt=None)
    return _next(run) if isinstance(run.step, Hold) else run


def interrupted(run: Run, cut: float, temperature: float | None) -> Run | None:
    """Return what becomes of the run after a power cut of so many seconds; None: it is stopped.

    What stood still goes on standing still, unless it shall be stopped.
    """
    if run.done:
        return run
    match run.profile.resume:
        case Resume.STOP:
            return None
        case Resume.RESTART_STEP:
            return replace(run, spent=0.0, soaking=False)
        case Resume.HOLD:
            return replace(run, halt=run.halt or Halt.HELD)
    return advanced(run, cut, temperature)


def _next(run: Run) -> Run:
    return replace(run, place=run.place + 1, spent=0.0, soaking=False, origin=run.setpoint)


def _within(step: Soak, setpoint: float, temperature: float | None) -> bool:
    if step.band is None:
        return True
    return temperature is not None and abs(temperature - setpoint) <= step.band


def _lasts(step: Step | None, origin: float) -> float:
    match step:
        case Ramp():
            return step.lasts(origin)
        case Soak(soak=soak):
            return soak
    return 0.0


@lru_cache(64)
def _taken(profile: Profile) -> tuple[int, ...]:
    return sequence(profile.steps)


@lru_cache(64)
def _ahead(profile: Profile, start: float) -> tuple[float, ...]:
    """Return, for each place, the seconds from its beginning to the end."""
    lasts: list[float] = []
    for index in _taken(profile):
        step = profile.steps[index]
        lasts.append(_lasts(step, start))
        start = step.setpoint if isinstance(step, Ramp) else start
    return tuple(reversed(list(accumulate(reversed(lasts)))))
