"""Keeps a record within its bounds, a slice between two turns at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..options import USUAL as USUAL_OPTIONS
from ..options import Options
from .care import Care
from .file.pruning import DAY, STEP
from .judge import due
from .keeper import Keeper
from .rows import Stretch
from .store import Store

EVERY = 3600.0
"""Seconds after which it is looked for what has become too old."""
PAUSE = 1.0
"""Seconds between two slices, and between two looks at the size."""
REST = 60.0
"""Seconds without a look after the last slice: where nothing more may go, looking does not help."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many `days` samples are kept in full, how many `years` minutes and occurrences, and how much all may take."""

    days: float = USUAL_OPTIONS.record_days
    years: float = USUAL_OPTIONS.record_years
    megabytes: float = USUAL_OPTIONS.record_megabytes

    @classmethod
    def of(cls, options: Options) -> Self:
        """What the options of an entry allow."""
        return cls(options.record_days, options.record_years, options.record_megabytes)

    @property
    def bytes(self) -> float:
        """How much all may take."""
        return self.megabytes * 1024 * 1024


USUAL = Allowance()


class Upkeep:
    """Sees to one record. Nothing goes that the settled watches, as they are saved, have not seen."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._looked_at = 0.0
        self._begun_at = 0.0
        self._today = 0.0
        self._pause = 0.0
        self._goes_on = False

    def see_to(self, keeper: Keeper, now: float) -> None:
        """Let a slice go, where it is time and the keeper has nothing else to do. Raises `RecordError`."""
        if keeper.outcome.more or not due(now, self._looked_at, self._pause):
            return
        self._looked_at, self._pause = now, PAUSE
        if not self._goes_on and not self._begin(keeper, now):
            return
        asked, keep = self._allowance, {care.id: care.saved for care in keeper.cares.values()}
        self._goes_on = keeper.store.prune(
            self._today, asked.days, asked.years, int(asked.bytes), keep
        )
        if not self._goes_on:
            _drop_stretches(keeper)
            self._pause = REST
        keeper.commit(now)

    def _begin(self, keeper: Keeper, now: float) -> bool:
        """Whether it is time, and nothing is left to be judged first."""
        too_large = keeper.store.used() > self._allowance.bytes
        if not too_large and not due(now, self._begun_at, EVERY):
            return False
        oldest, newest = keeper.store.period() or (now, now)
        # A clock of ours that is ahead must not make everything too old.
        self._today = min(now, newest)
        since = self._today - self._allowance.days * DAY
        if keeper.give_up(max(since, oldest + STEP) if too_large else since):
            keeper.commit(now)
            return False
        keeper.save(now)
        self._begun_at = now
        return True


def _drop_stretches(keeper: Keeper) -> None:
    """Let go of the oldest stretches of which no sample is left, and of which nobody will be asked any more."""
    for care in keeper.cares.values():
        while len(care.stretches) > 1 and _is_over(keeper.store, care, *care.stretches[:2]):
            keeper.store.drop(care.stretches.pop(0).id)


def _is_over(store: Store, care: Care, stretch: Stretch, following: Stretch) -> bool:
    """Whether a stretch is of no use any more; an answer for the one that follows would tell of it again."""
    is_open = care.is_open(stretch) or care.is_open(following)
    return stretch.id < care.saved.stretch and not is_open and not store.holds(stretch.id)
