"""What was seen under which name, how often and when: bounded in memory, and forgotten with time. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace

MOST_NAMES = 10
FORGOTTEN_AFTER = 86_400.0
MENDED_AFTER = 600.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """Seen `count` times, last at `last`; `proper_at` is when the opposite was seen. Monotonic seconds."""

    count: int
    last: float
    proper_at: float = float("-inf")

    def is_over(self, at: float) -> bool:
        """Not seen for a day; or for ten minutes, and its opposite since."""
        quiet = at - self.last
        mended = self.proper_at > self.last and quiet >= MENDED_AFTER
        return mended or quiet >= FORGOTTEN_AFTER


class Sightings:
    """The first `MOST_NAMES` names of what was seen; `show` is told when they change, with the names in order."""

    def __init__(self, show: Callable[[dict[str, int]], None]) -> None:
        self._show = show
        self._seen: dict[str, Sighting] = {}
        self._shown: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._seen

    def __bool__(self) -> bool:
        return bool(self._seen)

    def see(self, name: str, at: float) -> None:
        """It was seen; a new name is shown at once, the count with the next `look`."""
        known = self._seen.get(name)
        if known is not None:
            self._seen[name] = replace(known, count=known.count + 1, last=at)
        elif len(self._seen) < MOST_NAMES:
            self._seen[name] = Sighting(1, at)
            self._tell()

    def proper(self, name: str, at: float) -> None:
        """The opposite was seen: it may be mended."""
        if (known := self._seen.get(name)) is not None:
            self._seen[name] = replace(known, proper_at=at)

    def forget(self, name: str) -> None:
        """It is over."""
        if self._seen.pop(name, None) is not None:
            self._tell()

    def look(self, at: float) -> None:
        """Forget what is over, and show what changed; to be called now and then."""
        self._seen = {name: one for name, one in self._seen.items() if not one.is_over(at)}
        self._tell()

    def _tell(self) -> None:
        now = {name: self._seen[name].count for name in sorted(self._seen)}
        if now != self._shown:
            self._shown = now
            self._show(now)
