"""A door that nobody reports, told by its rate: the air runs away faster than lost cooling or heating lets it.

The rate is taken over 30 s. From 3 K/min on it is a door, where it goes the surroundings' way and heaters and coolers
cannot have done it: those at work within the last minutes may just have stopped, or died, so the faster they can let go
the more it takes; and nothing is said of a rise while something heats, or of a fall while something cools. The air of a
box weighs nothing: it comes back much of the way within a minute after the door is closed, so what stays away is a door
that stays open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from .blocks import Blocks
from .drive import Drive
from .surroundings import Surroundings

TICK = 9.0
"""Ten seconds, with room for clocks that are not exact."""
SHORTEST, SPAN, LONGEST = 25.0, 30.0, 90.0
RATE = 3.0
"""K/min."""
LOST_COOLING, LOST_HEATING = 4.5, 6.0
"""How fast the air runs away when full cooling or heating stops, K/min: the model's 3.7 and 4.8, and a quarter more."""
LATELY = 300.0
"""After actuators went off their fans run on for a while, and it is their end that moves the air, s."""
EXPLAINS = 1800.0
"""How long a door that seems open explains whatever else there is, s."""
EASED = 20.0
"""By how much less the actuators must do to be the likelier cause, %."""
RETURNED = 0.2
"""The part of the way by which the air comes back when the door is closed, at least 1 K."""


class Swing(NamedTuple):
    """The air ran away from `base` at `since`; `sign` 1: it rose; `peak` is the farthest it came."""

    since: float
    base: float
    sign: int
    peak: float

    def after(self, value: float) -> Swing | None:
        """The same with another value, None: it is back."""
        if self.sign * (value - self.peak) > 0.0:
            return self._replace(peak=value)
        back = max(1.0, RETURNED * abs(self.peak - self.base))
        return None if self.sign * (self.peak - value) >= back else self


class Door:
    """What the control probe says of the door. `swing`: it seems open; `disturbed`: when it last seemed so."""

    __slots__ = ("_recent", "disturbed", "due", "swing")

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque()
        self.due = 0.0
        self.swing: Swing | None = None
        self.disturbed: float | None = None

    def look(
        self,
        at: float,
        value: float,
        drive: Drive,
        blocks: Blocks,
        surroundings: Surroundings | None,
    ) -> None:
        """Take in a temperature; `due` says when the next one matters."""
        self.due = at + TICK
        recent = self._recent
        recent.append((at, value))
        while len(recent) > 1 and recent[1][0] <= at - SPAN:
            recent.popleft()
        if self.swing is not None:
            self.swing = self.swing.after(value)
            self.disturbed = at
            return
        since, base = recent[0]
        rise, age = value - base, at - since
        pull = 0 if surroundings is None else surroundings.pull
        if rise * pull * 60.0 < RATE * age or not pull or not SHORTEST <= age <= LONGEST:
            return
        if rise * pull * 60.0 >= _explained(pull, at, drive, blocks) * age:
            self.swing, self.disturbed = Swing(since, base, pull, value), at

    def disturbs(self, since: float) -> bool:
        """Whether the door was open at `since` or later. One that seems open for long explains nothing any more."""
        swing, disturbed = self.swing, self.disturbed
        if disturbed is None or (swing is not None and disturbed - swing.since > EXPLAINS):
            return False
        return disturbed >= since

    def calm(self, at: float) -> float:
        """For how long no door was open, s."""
        return float("inf") if self.disturbed is None else at - self.disturbed

    def restart(self) -> None:
        """Forget what was just before; a door that seemed open stays so until the air is back."""
        self._recent.clear()
        self.due = 0.0

    def move(self, seconds: float) -> None:
        """The clock was set by so much."""
        if self.swing is not None:
            self.swing = self.swing._replace(since=self.swing.since + seconds)
        if self.disturbed is not None:
            self.disturbed += seconds

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "recent": [list(one) for one in self._recent],
            "due": self.due,
            "swing": self.swing and list(self.swing),
            "disturbed": self.disturbed,
        }

    @classmethod
    def restored(cls, raw: Mapping[str, Any]) -> Door:
        """The door of a snapshot."""
        door = cls()
        door._recent.extend((at, value) for at, value in raw["recent"])
        door.due, door.disturbed = raw["due"], raw["disturbed"]
        door.swing = raw["swing"] and Swing(*raw["swing"])
        return door


def _explained(sign: int, at: float, drive: Drive, blocks: Blocks) -> float:
    """Up to which rate heaters and coolers may be the cause, K/min; infinite where nothing can be said."""
    lately = list(blocks.since(at - LATELY))
    if not lately or lately[-1].began > at - LATELY or (drive.heat is None and drive.cool is None):
        return float("inf")
    heats, cools = [one.heat or 0.0 for one in lately], [one.cool or 0.0 for one in lately]
    heats.append(drive.heat or 0.0)
    cools.append(drive.cool or 0.0)
    with_it, against, lost = (
        (heats, cools, LOST_COOLING) if sign > 0 else (cools, heats, LOST_HEATING)
    )
    if any(with_it):
        return float("inf")
    rate = max(RATE, lost * max(against) / 100.0)
    return 2.0 * rate if max(against) - against[-1] > EASED else rate
