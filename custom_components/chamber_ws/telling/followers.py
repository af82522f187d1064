"""Who is told what occurs to chambers; what nobody hears waits for somebody who does."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from homeassistant.core import CALLBACK_TYPE

from ..chamber.analysis.findings import Occurrence
from ..chamber.model import Address
from .listeners import registered

MOST_UNHEARD = 50
"""Occurrences of a chamber that wait for somebody who follows it; of more the oldest are in the record alone."""

ToldOf = Callable[[Occurrence], None]

_LOGGER = logging.getLogger(__name__)


class Followers:
    """Those of one entry. `may_tell`: whether anybody would do something about it, rather than be on the way out."""

    def __init__(self, may_tell: Callable[[], bool]) -> None:
        self._may_tell = may_tell
        self._told: dict[Address, list[ToldOf]] = {}
        self._unheard: dict[Address, deque[Occurrence]] = {}

    @property
    def unheard(self) -> Mapping[Address, tuple[Occurrence, ...]]:
        """What waits."""
        return {address: tuple(waiting) for address, waiting in self._unheard.items()}

    def follow(self, address: Address, told: ToldOf) -> CALLBACK_TYPE:
        """Be told what occurs to a chamber, and first what nobody has heard."""
        for occurrence in self._unheard.pop(address, ()):
            told(occurrence)
        return registered(self._told.setdefault(address, []), told)

    def tell(self, address: Address, occurred: Iterable[Occurrence]) -> bool:
        """Tell what occurred to a chamber; whether anybody heard it. One who fails keeps nothing from others."""
        followers = tuple(self._told.get(address, ()))
        if not followers or not self._may_tell():
            waiting = self._unheard.setdefault(address, deque(maxlen=MOST_UNHEARD))
            waiting.extend(occurred)
            return False
        self._tell(followers, occurred)
        return True

    def tell_at_last(self, untold: Mapping[Address, Iterable[Occurrence]]) -> None:
        """Tell now what cannot be kept for later."""
        for address, occurred in untold.items():
            self._tell(tuple(self._told.get(address, ())), occurred)

    def forget(self, address: Address) -> None:
        """A chamber is known no more: what nobody heard of it is of no use."""
        self._unheard.pop(address, None)

    def _tell(self, followers: Iterable[ToldOf], occurred: Iterable[Occurrence]) -> None:
        for occurrence in occurred:
            for told_of in followers:
                try:
                    told_of(occurrence)
                except Exception:
                    _LOGGER.exception("Who was told of %s failed", occurrence.happened.value)
