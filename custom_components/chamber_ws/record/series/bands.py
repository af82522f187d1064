"""When actuators ran, and how hard."""

from __future__ import annotations

from ...chamber.model import Kind

Band = tuple[float, float, float | None]
"""From, to, and the duty in percent; None for a part that is only switched."""
Raw = bool | float | None
"""A part as a row spells it: on or off, its duty in percent, or not known."""

FIELDS = {kind: f"{kind}s" for kind in Kind}
"""How a sample names the actuators of a kind."""


class Bands:
    """One part's bands: what holds on is one of them. Fed in the order of time."""

    def __init__(self) -> None:
        self.bands: list[Band] = []

    def hold(self, begun: float, ended: float, part: Raw) -> None:
        """What a part did for a while."""
        if part is None or not part or ended <= begun:
            return
        duty = None if part is True else round(float(part), 1)
        if self.bands:
            first, last, before = self.bands[-1]
            if last >= begun and before == duty:
                self.bands[-1] = (first, ended, duty)
                return
        self.bands.append((begun, ended, duty))


class Mean:
    """What a part did on average, each sample counting for as long as it held."""

    def __init__(self) -> None:
        self._seconds = self._amount = 0.0

    def hold(self, seconds: float, part: Raw) -> None:
        """What it did for so long."""
        if part is not None:
            self._seconds += seconds
            self._amount += seconds * (100.0 * part if isinstance(part, bool) else part)

    def taken(self) -> float | None:
        """The duty in whole percent, after which it begins anew; None where it is not known."""
        mean = round(self._amount / self._seconds) if self._seconds else None
        self._seconds = self._amount = 0.0
        return mean
