"""Why a report cannot be made; each names the remedy."""

from __future__ import annotations

from ...chamber.errors import ChamberError


class BadRange(ChamberError):
    """The period does not begin before it ends."""

    def __init__(self, start: float, end: float) -> None:
        super().__init__("the start of the period must be earlier than its end")
        self.start = start
        self.end = end


class PeriodTooLong(ChamberError):
    """The period is longer than anything is kept; `most` in days."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the period may be at most {most} days long; choose a shorter one")
        self.most = most


class NothingRecorded(ChamberError):
    """The record holds nothing of this chamber in this period."""

    def __init__(self, chamber: str) -> None:
        super().__init__(
            f"nothing was recorded of {chamber} in this period; choose a period in which it was recorded"
        )
        self.chamber = chamber


class ExportTooLarge(ChamberError):
    """The period holds more rows than one export carries; a shorter period is the remedy."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"the period holds more than {most} rows, the most that one export carries; choose a shorter period"
        )
        self.most = most
