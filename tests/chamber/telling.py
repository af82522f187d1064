"""What a watched chamber goes through, told in samples made by hand, and what the watch says of faults meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from chamber.given import NOON, sample
from chamber_agent.chamber.analysis.deeds import Act, Deed
from chamber_agent.chamber.analysis.findings import Happened, Occurrence, Reading
from chamber_agent.chamber.analysis.watch import Watch
from chamber_agent.chamber.model import Part

FAULTS = {Happened.FAULT_STARTED, Happened.FAULT_ENDED}
OFF, ON = Part(on=False), Part(on=True)
Curve = Callable[[float], float | None]


def at_work(duty: float) -> Part:
    """A part with a duty."""
    return Part(on=duty > 0, duty=duty)


def straight(start: float, per_minute: float) -> Curve:
    """From `start` on by so many kelvin a minute."""
    return lambda after: start + per_minute * after / 60.0


class Tale:
    """A watch and its readings so far. `after`: the time of the next one, in s after noon."""

    def __init__(self, **roles: str) -> None:
        self.watch = Watch()
        self.after = 0.0
        self.occurred: list[Occurrence] = []
        if roles:
            self.done(Act.DESCRIBED, roles=roles)

    @property
    def said(self) -> list[tuple[str, str, float]]:
        """All that was said of faults: `+` or `-`, which, and when, in s after noon."""
        return [
            ("+" if one.happened is Happened.FAULT_STARTED else "-", one.what, one.at - NOON)
            for one in self.occurred
            if one.happened in FAULTS
        ]

    @property
    def last(self) -> Occurrence:
        """What was said of faults last."""
        return [one for one in self.occurred if one.happened in FAULTS][-1]

    @property
    def active(self) -> tuple[str, ...]:
        """The faults now."""
        return self.watch.findings(NOON + self.after).faults

    def goes(
        self, seconds: float, shown: float | Curve | None, every: float = 10.0, **fields: Any
    ) -> Self:
        """For so long the chamber shows this; a curve is over the seconds since this began."""
        begun = self.after
        while self.after < begun + seconds:
            value = shown(self.after - begun) if callable(shown) else shown
            reading = Reading(NOON + self.after, sample(value, **fields))
            self.occurred += self.watch.feed(reading).occurrences
            self.after += every
        return self

    def misses(self, seconds: float) -> Self:
        """For so long no sample comes."""
        self.after += seconds
        return self

    def done(self, act: Act, **new: Any) -> Self:
        """Somebody does something."""
        deed = Deed(act=act, at=NOON + self.after, new=new)
        self.occurred += self.watch.perform(deed)
        return self
