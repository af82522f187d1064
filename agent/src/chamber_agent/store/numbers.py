"""The numbers of one chamber's samples: never one twice in an epoch, whatever happens to the machine.

Rule 1: a number is given only where the disk knows already that it may have been: a reservation was committed before.
Rule 2: where that cannot be shown (no disk, a disk that takes nothing, a rival), a new epoch begins. Its numbers need
        no reservation: an epoch that the disk never knew is not gone on with after a restart.
"""

import secrets
from collections.abc import Callable
from typing import NamedTuple

from ..samples import Place

RESERVATION = 1000
"""So many numbers are reserved ahead; after an unclean end the rest of them is lost."""
MOST_ENDED = 16


class Reservation(NamedTuple):
    """What the disk shall know of an epoch: its numbers go on, if at all, above `last`."""

    chamber: str
    epoch: str
    last: int


class Numbers:
    """Gives the numbers of one chamber; the caller keeps threads apart.

    `known` is the number up to which the disk knows the epoch, None while it does not know it at all. `hurry` is called
    when the reservation should be renewed soon.
    """

    def __init__(
        self,
        chamber: str,
        known: Reservation | None = None,
        hurry: Callable[[], None] | None = None,
    ) -> None:
        self.chamber = chamber
        self.epoch = known.epoch if known else secrets.token_hex(4)
        self.last = known.last if known else 0
        self.known: int | None = self.last if known else None
        self._open = False
        self._hurry = hurry or (lambda: None)
        self._ended: dict[str, int] = {}

    def next(self) -> Place:
        """Give the next number, in a new epoch where no further one is reserved."""
        if self.known is not None and self.last >= self.known:
            self.begin()
        self.last += 1
        self._open = True
        if self.known is not None and self.known - self.last == RESERVATION // 2:
            self._hurry()
        return Place(self.epoch, self.last)

    def begin(self) -> None:
        """Begin a new epoch."""
        self._ended[self.epoch] = self.last
        while len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        self.epoch, self.last, self.known = secrets.token_hex(4), 0, None
        self._open = False
        self._hurry()

    def used(self) -> None:
        """The number given last has its sample now."""
        self._open = False

    def ends(self) -> dict[str, int]:
        """Return the last number of each epoch of this run, in the order in which they began.

        A number whose sample is not there yet does not count: nobody may be told that it has none.
        """
        return {**self._ended, self.epoch: self.last - self._open}

    @property
    def ahead(self) -> bool:
        """Whether the disk does not know yet which epoch is in force."""
        return self.known is None

    def wanted(self) -> list[Reservation]:
        """Return what the disk should be told, in the order in which the epochs began."""
        ended = [Reservation(self.chamber, *one) for one in self._ended.items()]
        if self.known is None or self.known - self.last <= RESERVATION // 2:
            return [*ended, Reservation(self.chamber, self.epoch, self.last + RESERVATION)]
        return ended

    def closing(self) -> list[Reservation]:
        """Return what the disk should be told in the end: nothing is left reserved."""
        ended = [Reservation(self.chamber, *one) for one in self._ended.items()]
        return [*ended, Reservation(self.chamber, self.epoch, self.last)]

    def granted(self, reservations: list[Reservation]) -> None:
        """Note what the disk knows now. An epoch that outran its reservation meanwhile stays unknown to it."""
        for _, epoch, last in reservations:
            if self._ended.get(epoch) == last:
                del self._ended[epoch]
            elif epoch == self.epoch and self.last <= last:
                self.known = last
