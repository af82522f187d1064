"""Everything that is known of gateways and chambers: folds messages, bounded in memory, counts what it sets aside."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from .chamber import fold, freshness, wire
from .chamber.errors import Flaw, WireError
from .chamber.messages import (
    Event,
    Message,
    MetaMessage,
    SpoiledMessage,
    StateMessage,
    StatusMessage,
)
from .chamber.model import Address, Chamber, Gateway, Receipt
from .chamber.topics import DEFAULT_PREFIX

MOST_SURPLUS_REMEMBERED = 10_000
MOST_EVENTS_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """A chamber before and after a message, which came live or was retained; `before` is None for a new one."""

    before: Chamber | None
    after: Chamber
    live: bool = False

    @property
    def sampled_live(self) -> bool:
        """Whether a new sample came live."""
        before = self.before.sample if self.before else None
        return self.live and self.after.sample is not None and self.after.sample is not before


class Census:
    """The chambers of one link. A chamber counts from its first valid sample; at most `most` are kept.

    `dropped` is told topic, payload and flaw of each message that is dropped whole.
    """

    def __init__(self, *, prefix: str = DEFAULT_PREFIX, most: int, heartbeat: float) -> None:
        self.chambers: dict[Address, Chamber] = {}
        self.gateways: dict[str, Gateway] = {}
        self._places: dict[Address, int] = {}
        self._of_gateway: defaultdict[str, dict[Address, None]] = defaultdict(dict)
        self.surplus: set[Address] = set()
        self.dismissed: set[Address] = set()
        self.tally: Counter[str] = Counter()
        self.aside: Counter[tuple[Address, str]] = Counter()
        self.dropped: Callable[[str, bytes, Flaw], None] = _unheard
        self._described: OrderedDict[Address, Chamber] = OrderedDict()
        self._events: OrderedDict[tuple[Address, str], None] = OrderedDict()
        self.prefix = prefix
        self.most = most
        self._heartbeat = heartbeat

    def decode(self, topic: str, payload: bytes) -> Message | None:
        """What a message means; None, counted by its flaw, where it must be dropped whole."""
        self.tally["received"] += 1
        try:
            return wire.decode(topic, payload, self.prefix)
        except WireError as error:
            self.tally[error.flaw.value] += 1
            self.dropped(topic, payload, error.flaw)
            return None

    def greet(self, message: StatusMessage) -> list[Change]:
        """Take in a gateway's status: the chambers it makes available or unavailable."""
        name = message.gateway
        if name not in self.gateways and len(self.gateways) >= self.most:
            self.tally["surplus"] += 1
            return []
        before = self.gateways.get(name, Gateway(id=name))
        after = fold.greet(before, message.status)
        if after is before:
            self.tally["ghost"] += 1
            return []
        self.gateways[name] = after
        changes = []
        for address in self._of_gateway[name]:
            chamber = self.chambers[address]
            self.chambers[address] = fold.apply(chamber, message, Receipt(0.0, 0.0))
            changes.append(Change(chamber, self.chambers[address]))
        return changes

    def take(
        self, message: StateMessage | SpoiledMessage | MetaMessage, at: Receipt
    ) -> Change | None:
        """Take in what a chamber says; None where it is not, or not yet, one of ours."""
        address = message.address
        before = self.chambers.get(address)
        if before is None:
            return self._newcomer(message, at)
        self._count(message)
        after = fold.apply(before, message, at)
        self.chambers[address] = after
        if (
            after.sample is before.sample
            and isinstance(message, StateMessage)
            and message.sample is not None
        ):
            self.tally["copy"] += 1
        return Change(before, after, live=not at.retained)

    def is_news(self, address: Address, event: Event) -> bool:
        """Whether an event was not heard before: at QoS 1 a broker may say it twice. One without an id always is."""
        if event.id is None:
            return True
        known = (address, event.id)
        if known in self._events:
            self.tally["copy"] += 1
            return False
        self._events[known] = None
        if len(self._events) > MOST_EVENTS_REMEMBERED:
            self._events.popitem(last=False)
        return True

    def restore(self, chamber: Chamber) -> None:
        """Know a chamber from before, of which nothing is fresh."""
        self._admit(chamber)

    def forget(self, address: Address) -> None:
        """Know a chamber no more, until it gives a live sign. Its description, said only once, is kept for then."""
        self.dismissed.add(address)
        self._places.pop(address, None)
        self._described.pop(address, None)
        self._of_gateway[address.gateway].pop(address, None)
        gone = self.chambers.pop(address, None)
        if gone is not None and gone.meta is not None and gone.sample is not None:
            self._describe(replace(Chamber(address=address), meta=gone.meta))
        for key in [key for key in self.aside if key[0] == address]:
            del self.aside[key]

    def of_gateway(self, name: str) -> tuple[Address, ...]:
        """The chambers of a gateway."""
        return tuple(self._of_gateway.get(name, ()))

    def is_among_first(self, address: Address, most: int) -> bool:
        """Whether a chamber was admitted before all but so many."""
        return self._places.get(address, 0) < most

    def fresh(self, address: Address, monotonic: float) -> bool:
        """Whether a chamber's sample may be shown as true now."""
        chamber = self.chambers.get(address)
        return chamber is not None and freshness.fresh(chamber, monotonic, self.heartbeat(chamber))

    def heartbeat(self, chamber: Chamber) -> float:
        """Seconds within which the chamber promises a new sample."""
        return freshness.heartbeat(
            chamber, self.gateways.get(chamber.address.gateway), self._heartbeat
        )

    def set_aside(self, address: Address) -> Iterator[tuple[str, int]]:
        """The fields of a chamber's messages that were set aside, and how often."""
        return ((field, count) for (where, field), count in self.aside.items() if where == address)

    def _newcomer(
        self, message: StateMessage | SpoiledMessage | MetaMessage, at: Receipt
    ) -> Change | None:
        address = message.address
        known = self._described.get(address) or Chamber(address=address)
        match message:
            case StateMessage(_, sample) if sample is not None:
                if at.retained and address in self.dismissed:
                    return None
                if len(self.chambers) >= self.most:
                    self._too_many(address)
                    return None
                self.dismissed.discard(address)
                self._described.pop(address, None)
                gateway = self.gateways.get(address.gateway)
                if gateway and gateway.status:
                    known = fold.apply(known, StatusMessage(gateway.id, gateway.status), at)
                self._count(message)
                self._admit(admitted := fold.apply(known, message, at))
                return Change(None, admitted, live=not at.retained)
            case MetaMessage(_, meta) if meta is not None:
                self._describe(fold.apply(known, message, at))
            case _:
                self.tally["before_first_sample"] += 1
        return None

    def _admit(self, chamber: Chamber) -> None:
        self.chambers[chamber.address] = chamber
        self._places.setdefault(chamber.address, len(self._places))
        self._of_gateway[chamber.address.gateway][chamber.address] = None

    def _describe(self, chamber: Chamber) -> None:
        """Remember a description until its chamber's first sample."""
        self._described[chamber.address] = chamber
        self._described.move_to_end(chamber.address)
        if len(self._described) > self.most:
            self._described.popitem(last=False)

    def _too_many(self, address: Address) -> None:
        self.tally["surplus"] += 1
        if len(self.surplus) < MOST_SURPLUS_REMEMBERED:
            self.surplus.add(address)

    def _count(self, message: StateMessage | SpoiledMessage | MetaMessage) -> None:
        for field in message.set_aside:
            self.aside[message.address, field] += 1
        if isinstance(message, SpoiledMessage):
            self.tally["spoiled"] += 1


def _unheard(_topic: str, _payload: bytes, _flaw: Flaw) -> None:
    """Nobody wants to know what is dropped."""
