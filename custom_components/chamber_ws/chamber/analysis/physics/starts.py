"""How often parts that are only switched go on: more than six times an hour wears relays and compressors out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model import Kind, Sample
from .drive import Running, started

MOST = 6
HOUR = 3600.0


class Starts:
    """The last starts of each part that is only switched. `until`: when the last hour is a calm one again."""

    __slots__ = ("_running", "_starts", "part", "until")

    def __init__(self) -> None:
        self._running: Running | None = None
        self._starts: dict[tuple[Kind, int], tuple[float, ...]] = {}
        self.until = 0.0
        self.part = ""

    def look(self, at: float, sample: Sample, running: Running) -> None:
        """Take in which parts are on."""
        before, self._running = self._running, running
        if before is None or before == running:
            return
        for kind, index in sorted(started(before, running)):
            part = (sample.parts(kind) or ())[index]
            if part is not None and part.duty is None:
                self._start(at, kind, index)

    def _start(self, at: float, kind: Kind, index: int) -> None:
        starts = (*self._starts.get((kind, index), ())[-MOST:], at)
        self._starts[kind, index] = starts
        if len(starts) > MOST and at - starts[0] < HOUR:
            self.until, self.part = starts[0] + HOUR, f"{kind} {index + 1}"

    def restart(self) -> None:
        """Something was missed: what is on now did not start now."""
        self._running = None

    def move(self, seconds: float) -> None:
        """The clock was set by so much."""
        self.until += seconds
        self._starts = {
            part: tuple(at + seconds for at in starts) for part, starts in self._starts.items()
        }

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON."""
        running = None if self._running is None else sorted(map(list, self._running))
        starts = [[*part, list(times)] for part, times in sorted(self._starts.items())]
        return {"running": running, "starts": starts, "until": self.until, "part": self.part}

    @classmethod
    def restored(cls, raw: Mapping[str, Any]) -> Starts:
        """The starts of a snapshot."""
        starts = cls()
        if raw["running"] is not None:
            starts._running = tuple((Kind(kind), index) for kind, index in raw["running"])
        starts._starts = {(Kind(kind), index): tuple(at) for kind, index, at in raw["starts"]}
        starts.until, starts.part = raw["until"], raw["part"]
        return starts
