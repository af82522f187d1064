"""What to ask the broker for by its exact topic.

RabbitMQ gives no retained messages to wildcards, and Mosquitto no more than a thousand at once. So what known chambers
and their gateways retain, and what did not come by itself, is subscribed to by name: once in a connection, since where
both kinds of subscription match, a broker may say everything twice.
"""

from collections.abc import Iterable, Iterator

from .chamber.model import Address
from .chamber.topics import RETAINED_OF_CHAMBER, Kind, Topic
from .mapping.table import is_mapped

COMES_WITHIN = 1.0


class Inquiry:
    """Notes what was heard on a connection. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._begun_at = float("inf")
        self._settled: set[tuple[str, str | None, Kind]] = set()

    def begin(self, at: float) -> None:
        """A new connection: nothing was heard on it."""
        self._begun_at = at
        self._settled.clear()

    def heard(self, address: Address, kind: Kind) -> None:
        """A chamber's message of this kind arrived."""
        self._settled.add((*address, kind))

    def heard_status(self, gateway: str) -> None:
        """A gateway's status arrived."""
        self._settled.add((gateway, None, Kind.STATUS))

    def missing(self, known: Iterable[Address], at: float) -> Iterator[Topic]:
        """The topics that are to be asked for now, each once."""
        if at - self._begun_at < COMES_WITHIN:
            return
        for gateway, chamber in [address for address in known if not is_mapped(address)]:
            wanted = (
                (gateway, None, Kind.STATUS),
                *((gateway, chamber, kind) for kind in RETAINED_OF_CHAMBER),
            )
            for one in wanted:
                if one not in self._settled:
                    self._settled.add(one)
                    yield Topic(one[2], one[0], one[1])
