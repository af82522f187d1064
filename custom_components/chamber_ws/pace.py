"""How much of the event loop's time entities may take: it belongs to all of Home Assistant.

Rule 1: in one turn of the loop no more than a slice is taken.
Rule 2: in the long run no more than a share is taken. The less of the reserve is left, the longer is the interval in
        which a chamber's measured values are told of; while there is enough, everything is told at once.
"""

SLICE = 0.003
SHARE = 0.1
RESERVE = 0.5
LONGEST_INTERVAL = 10.0


class Pace:
    """Time to spend, in seconds; `now` is monotonic seconds throughout."""

    def __init__(self, now: float) -> None:
        self._slice = SLICE
        self._saved = RESERVE
        self._saved_at = now

    def new_turn(self, now: float) -> None:
        """The loop has had its turn."""
        self._slice = SLICE
        self._saved = min(RESERVE, self._saved + SHARE * (now - self._saved_at))
        self._saved_at = now

    def spend(self, seconds: float) -> None:
        """So much was used; there is no debt, since what is urgent never waits for the reserve."""
        self._slice -= seconds
        self._saved = max(0.0, self._saved - seconds)

    @property
    def in_turn(self) -> bool:
        """Whether something of this turn's slice is left."""
        return self._slice > 0

    @property
    def interval(self) -> float:
        """Seconds between two tellings of one chamber's measured values: 0 while half of the reserve is there."""
        missing = max(0.0, 1 - 2 * self._saved / RESERVE)
        return LONGEST_INTERVAL * missing * missing
