"""Samples summed up minute by minute: what is judged of a chamber's inertia need not be judged with every sample."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...model import Sample
from .drive import Drive, is_idle

LENGTH = 60.0
KEPT = 1200.0
"""How long blocks are kept, s."""


class Block(NamedTuple):
    """What was between two moments (Unix s): means of temperature (°C) and duties (%), else what held in the end.

    `idle`: heaters and coolers were off all the time. `value` is the control probe's.
    """

    began: float
    at: float
    value: float
    heat: float | None
    cool: float | None
    idle: bool
    setpoint: float | None

    @property
    def drive(self) -> float:
        """From -100 (cools) to 100 (heats), in percent."""
        return (self.heat or 0.0) - (self.cool or 0.0)

    @property
    def at_setpoint(self) -> bool:
        """Whether the temperature is within a kelvin of the setpoint."""
        return self.setpoint is not None and abs(self.value - self.setpoint) <= 1.0


class Blocks:
    """The blocks of the last twenty minutes without a gap, and the one that still fills.

    A block ends with the first sample of the next whole minute, which is the last one of it: nothing waits.
    """

    __slots__ = ("_began", "_cool", "_count", "_due", "_heat", "_value", "closed")

    def __init__(self) -> None:
        self.closed: deque[Block] = deque()
        self._began = self._due = self._value = self._heat = self._cool = 0.0
        self._count = 0

    def add(self, at: float, value: float, drive: Drive) -> bool:
        """Take in a known temperature; whether a block is to be closed with it."""
        if not self._count and not self._due:
            self._began = at
            self._due = (at // LENGTH + 1.0) * LENGTH
        self._count += 1
        self._value += value
        if drive.heat:
            self._heat += drive.heat
        if drive.cool:
            self._cool += drive.cool
        return at >= self._due

    def close(self, at: float, sample: Sample, drive: Drive) -> Block:
        """The block that ends with this sample."""
        effective = sample.effective_setpoint
        count = self._count
        block = Block(
            self._began,
            at,
            self._value / count,
            None if drive.heat is None else self._heat / count,
            None if drive.cool is None else self._cool / count,
            not self._heat and not self._cool and is_idle(sample, drive),
            sample.setpoint if effective is None else effective,
        )
        closed = self.closed
        closed.append(block)
        while closed[0].at < at - KEPT:
            closed.popleft()
        self._began, self._due = at, (at // LENGTH + 1.0) * LENGTH
        self._value = self._heat = self._cool = 0.0
        self._count = 0
        return block

    def since(self, since: float) -> Iterator[Block]:
        """The closed blocks that ended then or later, the newest first."""
        for block in reversed(self.closed):
            if block.at < since:
                return
            yield block

    def mean(self, since: float, until: float) -> float | None:
        """The mean temperature of the blocks that ended after `since`, up to `until`."""
        values = [block.value for block in self.since(since) if since < block.at <= until]
        return sum(values) / len(values) if values else None

    def restart(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON."""
        open_one = [self._began, self._due, self._count, self._value, self._heat, self._cool]
        return {"closed": [list(block) for block in self.closed], "open": open_one}

    @classmethod
    def restored(cls, raw: Mapping[str, Any]) -> Blocks:
        """The blocks of a snapshot."""
        blocks = cls()
        blocks.closed.extend(Block(*one) for one in raw["closed"])
        (
            blocks._began,
            blocks._due,
            blocks._count,
            blocks._value,
            blocks._heat,
            blocks._cool,
        ) = raw["open"]
        return blocks
