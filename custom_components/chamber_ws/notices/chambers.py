"""What is wrong with chambers: their clocks, their numbers, how many there are."""

from ..census import Census, Change
from ..chamber.model import Address
from .board import IssueBoard

TOO_MANY = "too_many_chambers"
CLOCK_SKEW = "clock_skew"
RENUMBERED = "renumbered"
TWO_PUBLISHERS = "two_publishers"
STRAYS_TOLERATED = 4


class ChamberNotices:
    """Follows all chambers of a link."""

    def __init__(self, board: IssueBoard, census: Census) -> None:
        self._board = board
        self._census = census

    def chamber_changed(self, change: Change) -> None:
        """A clock that is wrong, and numbers that began again."""
        before, after = change.before, change.after
        seconds = round(after.skew.offset)
        if seconds != (round(before.skew.offset) if before else 0):
            self._set_skew(after.address.gateway, seconds)
        if before is None or before.sequence is after.sequence:
            return
        name = "/".join(after.address)
        if after.sequence.rewinds > before.sequence.rewinds:
            self._board.pin(RENUMBERED, name, {"chamber": name})
        if before.sequence.strays <= STRAYS_TOLERATED < after.sequence.strays:
            self._board.pin(TWO_PUBLISHERS, name, {"chamber": name})
        if after.sequence.epoch != before.sequence.epoch:
            self._end_of_numbers(name)

    def chamber_forgotten(self, address: Address) -> None:
        """A chamber was deleted: what was wrong with it went with it."""
        self._end_of_numbers("/".join(address))
        of_gateway = (
            chamber
            for other, chamber in self._census.chambers.items()
            if other.gateway == address.gateway
        )
        if not any(chamber.skew.offset for chamber in of_gateway):
            self._board.take_down(CLOCK_SKEW, address.gateway)

    def gateway_changed(self, gateway: str) -> None:
        """A gateway's status needs no mending."""

    def surplus_changed(self, surplus: int) -> None:
        """More chambers announce themselves than are admitted."""
        if surplus:
            details = {"surplus": str(surplus), "most": str(self._census.most)}
            self._board.pin(TOO_MANY, "", details, mend={})
        else:
            self._board.take_down(TOO_MANY)

    def _set_skew(self, gateway: str, seconds: int) -> None:
        if seconds:
            details = {"gateway": gateway, "seconds": f"{seconds:+d}"}
            self._board.pin(CLOCK_SKEW, gateway, details)
        else:
            self._board.take_down(CLOCK_SKEW, gateway)

    def _end_of_numbers(self, name: str) -> None:
        self._board.take_down(RENUMBERED, name)
        self._board.take_down(TWO_PUBLISHERS, name)
