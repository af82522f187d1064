"""A probe that shows the same to the last digit, though heaters and coolers do something else than before.

A probe with steps of 1/16 K (DS18B20) is rightly flat under good control, whose duty follows the surroundings slowly: a
usual duty that creeps along sets that apart. One with coarse steps, or with none seen yet, is given an hour.
"""

from __future__ import annotations

from .blocks import Block

CHANGED = 20.0
"""The duty is another one, %."""
CREEP = 1.0 / 60.0
"""How fast the surroundings change the duty that is usual, %/s."""
FINE = 0.125
"""A step of a fine probe, K."""
PATIENCE = 3600.0


class Flat:
    """The control probe's last `value`, shown `since`; its least `step` so far, and the duty that goes with it."""

    __slots__ = ("since", "step", "usual", "value")

    def __init__(
        self,
        value: float | None = None,
        since: float = 0.0,
        step: float | None = None,
        usual: float | None = None,
    ) -> None:
        self.value = value
        self.since = since
        self.step = step
        self.usual = usual

    def see(self, at: float, value: float) -> None:
        """Take in what the probe shows."""
        before = self.value
        if value == before:
            return
        self.value, self.since = value, at
        if before is not None:
            moved = value - before if value > before else before - value
            if self.step is None or moved < self.step:
                self.step = moved

    def close(self, block: Block) -> None:
        """Take in what was done meanwhile."""
        drive, usual = block.drive, self.usual
        if usual is None or self.since > block.began:
            self.usual = drive
        elif usual != drive:
            most = CREEP * (block.at - block.began)
            self.usual = usual + max(-most, min(most, drive - usual))

    def is_dull(self, block: Block) -> bool:
        """Whether the probe is flat where it should not be."""
        if self.usual is None or abs(block.drive - self.usual) <= CHANGED:
            return False
        fine = self.step is not None and self.step <= FINE
        return fine or block.at - self.since >= PATIENCE

    def restart(self) -> None:
        """What the probe showed in between is unknown."""
        self.value = self.usual = None

    def snapshot(self) -> tuple[float | None, ...]:
        """All of it as JSON, in the order of the arguments."""
        return self.value, self.since, self.step, self.usual
