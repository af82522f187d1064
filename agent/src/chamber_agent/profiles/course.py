"""The profile that one chamber follows, over restarts, too.

After a restart the time without power is counted as the profile chose. Where the machine does not know yet what
time it is, the profile goes on from where it was, and what was missed is made up for once the time is known.
"""

import logging
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..chamber.errors import NotPermitted
from ..chamber.model import Limits
from .run import Halt, Run, advanced, interrupted, paused, resumed, started
from .steps import End, Profile, Resume, read_steps, spelt

_LOGGER = logging.getLogger(__name__)


class Cut(NamedTuple):
    """A profile was kept at `at` (Unix time, None if unknown), and went on for `lived` s since the restart."""

    at: float | None
    lived: float = 0.0


class Course:
    """At most one profile under way, or done."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self._cut: Cut | None = None

    @property
    def active(self) -> Run | None:
        """The run whose setpoint is in force; None where there is none, or it is done."""
        return None if self.run is None or self.run.done else self.run

    def start(self, profile: Profile, origin: float, previous: float) -> None:
        """Begin a profile at the setpoint `origin`."""
        self._cut = None
        self.run = advanced(started(profile, origin, previous), 0.0, None)

    def pause(self) -> None:
        """Stand still."""
        self.run = self.run and paused(self.run)

    def resume(self) -> None:
        """Go on."""
        self.run = self.run and advanced(resumed(self.run), 0.0, None)

    def drop(self) -> None:
        """Follow no profile any more, and forget the one that is done."""
        self.run = self._cut = None

    def follow(self, seconds: float, temperature: float | None, utc: float | None) -> bool:
        """Move on by `seconds`; tells whether that led to another step or state."""
        before = self.run
        if self._cut is not None and self.run is not None:
            self._count(self._cut, temperature, utc)
        if self.run is not None:
            self.run = advanced(self.run, seconds, temperature)
        if self._cut is not None:
            self._cut = self._cut._replace(lived=self._cut.lived + seconds)
        return _mark(before) != _mark(self.run)

    def _count(self, cut: Cut, temperature: float | None, utc: float | None) -> None:
        """Make up for the time without power, once it is known how long that was."""
        assert self.run is not None
        waits = self.run.profile.resume is Resume.CONTINUE and cut.at is not None
        if waits and (utc is None or temperature is None):
            return
        missed = 0.0 if cut.at is None or utc is None else max(0.0, utc - cut.at - cut.lived)
        self._cut = None
        name, self.run = self.run.profile.name, interrupted(self.run, missed, temperature)
        word = "stopped" if self.run is None else self.run.state
        _LOGGER.warning("profile %s after %.0f s without the agent: %s", name, missed, word)

    def as_json(self, utc: float | None) -> dict[str, Any] | None:
        """Return what outlives a restart."""
        run = self.active
        if run is None:
            return None
        profile = run.profile
        # While the last cut is not counted, the time of keeping is still that from before it.
        at = utc if self._cut is None or self._cut.at is None else self._cut.at + self._cut.lived
        return {
            "name": profile.name,
            "steps": [spelt(step) for step in profile.steps],
            "end": profile.end.value,
            "resume": profile.resume.value,
            **{key: getattr(run, key) for key in NUMBERS},
            "place": run.place,
            "soaking": run.soaking,
            "halt": run.halt and run.halt.value,
            "at": at,
        }

    def take_up(self, saved: Mapping[str, Any], limits: Limits) -> None:
        """Take up what was kept, as far as it can be believed and the chamber still allows it."""
        try:
            self.run, self._cut = _run(saved, limits), Cut(_number(saved["at"]))
        except (NotPermitted, KeyError, ValueError, TypeError) as error:
            _LOGGER.error("the saved profile cannot be gone on with, it is stopped: %s", error)  # noqa: TRY400


NUMBERS = ("start", "previous", "origin", "spent")


def _mark(run: Run | None) -> tuple[object, ...] | None:
    return None if run is None else (run.place, run.state)


def _run(saved: Mapping[str, Any], limits: Limits) -> Run:
    steps = read_steps(saved["steps"], limits)
    profile = Profile(str(saved["name"]), steps, End(saved["end"]), Resume(saved["resume"]))
    numbers = {key: _number(saved[key]) for key in NUMBERS}
    if any(value is None for value in numbers.values()) or type(saved["place"]) is not int:
        raise ValueError("a number of it is missing")
    for key in ("start", "origin", "previous"):
        if not limits.min <= numbers[key] <= limits.max:
            raise ValueError(f"{key} is outside the limits")
    halt = None if saved["halt"] is None else Halt(saved["halt"])
    run = Run(profile, **numbers, place=saved["place"], soaking=saved["soaking"] is True, halt=halt)
    if run.place < 0 or run.spent < 0:
        raise ValueError("it is at a place that is none")
    return run


def _number(raw: object) -> Any:
    """Return a finite number as it is, and None."""
    if raw is None:
        return None
    if type(raw) not in (int, float) or not math.isfinite(float(str(raw))):
        raise ValueError(f"{raw!r} is no number")
    return float(str(raw))
