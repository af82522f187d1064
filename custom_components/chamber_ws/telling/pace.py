"""How much of the event loop's time entities may take: it belongs to all of Home Assistant."""

RESERVE = 0.25
LONGEST_INTERVAL = 10.0


class Pace:
    """A share of all time, of which some can be saved. Seconds throughout.

    The less of the reserve is left, the longer is the interval in which one chamber is told of; while there is enough,
    it is told of at once.
    """

    def __init__(self, share: float, now: float) -> None:
        self._share = share
        self._saved = RESERVE
        self._saved_at = now

    def spend(self, seconds: float, now: float) -> None:
        """So much was used; there is no debt."""
        self._saved = max(0.0, self._saving(now) - seconds)
        self._saved_at = now

    def interval(self, now: float) -> float:
        """Seconds between two tellings of one chamber: 0 while half of the reserve is there."""
        missing = max(0.0, 1 - 2 * self._saving(now) / RESERVE)
        return LONGEST_INTERVAL * missing * missing

    def _saving(self, now: float) -> float:
        return min(RESERVE, self._saved + self._share * (now - self._saved_at))
