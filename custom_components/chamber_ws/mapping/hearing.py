"""What is heard beyond the contract: topics for as long as they are mapped, filters for as long as somebody listens."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from ..link.filters import matches
from ..link.packets import Received, Subscription

Taker = Callable[[Received], None]
QOS = 1


class Line(Protocol):
    """What of a link is needed here; without a connection nothing is subscribed."""

    @property
    def connected(self) -> bool:
        """Whether there is a connection."""

    def subscribe(self, subscriptions: Iterable[Subscription]) -> None:
        """Subscribe to more."""

    def unsubscribe(self, filters: Iterable[str]) -> None:
        """Subscribe to these no more."""


class Hearing:
    """One link's further topics.

    A broker may keep subscriptions over connections: what could not be left on one is left on the next.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._takers: Mapping[str, Taker] = {}
        self._listeners: dict[Taker, str] = {}
        self._left: set[str] = set()

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """What a new connection begins with."""
        return tuple(Subscription(topic, QOS) for topic in self._takers)

    def hears(self, message: Received) -> bool:
        """Hand a message to whoever wants it; whether its topic is mapped, and so none of the contract's."""
        if self._listeners:
            for listen, topic_filter in tuple(self._listeners.items()):
                if matches(topic_filter, message.topic):
                    listen(message)
        take = self._takers.get(message.topic)
        if take is None:
            return False
        take(message)
        return True

    def follow(self, takers: Mapping[str, Taker]) -> None:
        """These topics are mapped from now on, and no others."""
        before, self._takers = self._takers, takers
        self._line.subscribe([Subscription(topic, QOS) for topic in takers if topic not in before])
        self._leave(before.keys() - takers.keys())

    def listen(self, topic_filter: str, listen: Taker) -> Callable[[], None]:
        """Let somebody hear all that a filter lets through, too; returns how to end that."""
        self._listeners[listen] = topic_filter
        if topic_filter not in self._takers:
            self._line.subscribe([Subscription(topic_filter, QOS)])

        def end() -> None:
            self._listeners.pop(listen, None)
            self._leave({topic_filter})

        return end

    def link_up(self) -> None:
        """There is a connection: what could not be left on the one before is left now."""
        left, self._left = self._left, set()
        self._leave(left)
        wanted = {*self._listeners.values()} - self._takers.keys()
        self._line.subscribe([Subscription(one, QOS) for one in sorted(wanted)])

    def _leave(self, filters: Iterable[str]) -> None:
        wanted = self._takers.keys() | set(self._listeners.values())
        gone = set(filters) - wanted
        if self._line.connected:
            self._line.unsubscribe(sorted(gone))
        else:
            self._left |= gone
