"""One connection, from CONNECT to its end, as events and effects: no IO, no clock; `at` is monotonic seconds.

greeting ─ CONNACK ─► subscribing ─ every SUBACK ─► up ─► ended
└─ deadline, refusal, garbage, silence ──────────────► ended
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto

from .engine import Engine
from .errors import Cause, Failure, NotConnected
from .packets import (
    Accepted,
    Ended,
    Greeting,
    News,
    Publication,
    Published,
    Received,
    Settings,
    Subscribed,
    Subscription,
    Version,
)

CONNACK_WITHIN = 5.0
SUBACK_WITHIN = 10.0
PUBACK_WITHIN = 30.0
ASK_AGAIN_AFTER = 5.0
ASK_AGAIN_LATEST = 300.0
FILTERS_PER_SUBSCRIBE = 8


class Phase(Enum):
    """Where a connection stands."""

    GREETING = auto()
    SUBSCRIBING = auto()
    UP = auto()
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes as one frame."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Up:
    """The link is up; `refused` are the filters that the broker does not let us subscribe to.

    `certificate_ends`, in Unix seconds, is the end of the server's certificate where one was verified.
    """

    version: Version
    session_present: bool
    refused: tuple[str, ...] = ()
    certificate_ends: float | None = None


Effect = Send | Up | Received | Published | Ended


class Session:
    """The life of one connection. Every method returns what is to be done now, in order."""

    def __init__(self, settings: Settings, greeting: Greeting, version: Version) -> None:
        self.phase = Phase.GREETING
        self.version = version
        self._engine = Engine(settings, greeting, version)
        self._subscriptions = greeting.subscriptions
        self._deadline = 0.0
        self._session_present = False
        self._awaited: dict[int, tuple[Subscription, ...]] = {}
        self._refused: dict[Subscription, None] = {}
        self._further: deque[Subscription] = deque()
        self._unacknowledged: set[int] = set()
        self._unacknowledged_since: float | None = None
        self._ask_again_at = 0.0
        self._pause = ASK_AGAIN_AFTER

    def open(self, at: float) -> list[Effect]:
        """The transport is open: greet the broker."""
        self._deadline = at + CONNACK_WITHIN
        self._engine.connect()
        return self._drained([])

    def feed(self, data: bytes) -> None:
        """Bytes arrived; `read` makes something of them."""
        self._engine.feed(data)

    def read(self, at: float) -> list[Effect]:
        """What the bytes mean, a slice at a time: to be called until it returns nothing."""
        effects: list[Effect] = []
        while not effects and self.phase is not Phase.ENDED and (heard := self._engine.read()):
            for news in heard:
                if self.phase is Phase.UP and isinstance(news, Received):
                    effects.append(news)
                else:
                    effects += self._heard(news, at)
        return self._drained(effects)

    def tick(self, at: float) -> list[Effect]:
        """Time passes; to be called about once a second."""
        if self.phase in (Phase.GREETING, Phase.SUBSCRIBING) and at >= self._deadline:
            awaited = "CONNACK" if self.phase is Phase.GREETING else "SUBACK"
            cause = Cause.SILENT if self.phase is Phase.GREETING else Cause.TIMEOUT
            return self._end(Failure(cause, f"the broker did not answer with a {awaited}"))
        if self._stalls(at):
            return self._end(
                Failure(Cause.LOST, "the broker owes a PUBACK and sends none any more")
            )
        if self.phase is not Phase.ENDED:
            self._engine.tick()
        return [*self._ask_again(at), *self.read(at)]

    def lost(self, failure: Failure) -> list[Effect]:
        """The transport is gone."""
        if self.phase is Phase.GREETING and failure.cause is Cause.LOST:
            failure = Failure(Cause.NO_GREETING, failure.detail)
        return self._end(failure)

    def publish(self, publication: Publication) -> tuple[int, list[Effect]]:
        """Hand over a publication; raises `NotConnected` where it could not go out now."""
        if self.phase is not Phase.UP:
            raise NotConnected(Failure(Cause.LOST, "there is no connection"))
        if not self._engine.takes(publication):
            raise NotConnected(Failure(Cause.TOO_LARGE, "the broker takes no message of this size"))
        mid = self._engine.publish(publication)
        if mid is None:
            raise NotConnected(Failure(Cause.UNAVAILABLE, "too many messages wait for the broker"))
        if self._engine.is_acknowledged(publication):
            self._unacknowledged.add(mid)
        return mid, self._drained([])

    def subscribe(self, subscriptions: Iterable[Subscription]) -> list[Effect]:
        """Subscribe to more, a few at a time; without a connection nothing happens.

        Another `Up` tells what is refused.
        """
        if self.phase is not Phase.UP:
            return []
        self._further.extend(subscriptions)
        return self._ask_further()

    def unsubscribe(self, filters: Iterable[str]) -> list[Effect]:
        """Subscribe to these no more; what was refused of them is forgotten."""
        gone = frozenset(filters)
        if self.phase is not Phase.UP or not gone:
            return []
        self._further = deque(one for one in self._further if one.filter not in gone)
        self._awaited = {
            mid: tuple(replace(one, optional=one.optional or one.filter in gone) for one in asked)
            for mid, asked in self._awaited.items()
        }
        forgotten = [one for one in self._refused if one.filter in gone]
        for one in forgotten:
            del self._refused[one]
        self._engine.unsubscribe(tuple(sorted(gone)))
        return self._drained([self._up()] if forgotten else [])

    def close(self) -> list[Effect]:
        """Take leave, so that the broker does not publish the will."""
        if self.phase is Phase.ENDED:
            return []
        self._engine.disconnect()
        return [*self._drained([]), *self._end(Failure(Cause.STOPPED))]

    def _heard(self, news: News, at: float) -> list[Effect]:
        if self.phase is Phase.ENDED:
            return []
        greeted = self.phase is not Phase.GREETING
        match news:
            case Ended(failure):
                return self._end(failure)
            case Accepted(session_present) if not greeted:
                return self._accepted(session_present, at)
            case Subscribed(mid, granted) if greeted:
                return self._subscribed(mid, granted, at)
            case Published(mid) if greeted:
                self._published(mid)
                return [news]
            case Received() if greeted:
                return [news]
            case _:
                return self._end(Failure(Cause.PROTOCOL_ERROR, "the broker speaks out of turn"))

    def _published(self, mid: int) -> None:
        if mid in self._unacknowledged:
            self._unacknowledged.remove(mid)
            self._unacknowledged_since = None

    def _stalls(self, at: float) -> bool:
        """Whether no PUBACK came for long, though some are owed.

        Each that never comes takes a place among the few messages that may be on their way (section 3.3.4 of MQTT 5),
        until nothing goes out any more, while pings are answered.
        """
        if not self._unacknowledged:
            return False
        if self._unacknowledged_since is None:
            self._unacknowledged_since = at
        return at - self._unacknowledged_since >= PUBACK_WITHIN

    def _accepted(self, session_present: bool, at: float) -> list[Effect]:
        self.phase = Phase.SUBSCRIBING
        self._deadline = at + SUBACK_WITHIN
        self._session_present = session_present
        for batch in _batched(self._subscriptions):
            if (mid := self._engine.subscribe(batch)) is None:
                return []  # it has ended: that is the next news
            self._awaited[mid] = batch
        return self._perhaps_up(at)

    def _subscribed(self, mid: int, granted: tuple[bool, ...], at: float) -> list[Effect]:
        asked = self._awaited.pop(mid, ())
        flags = (*granted, *[False] * len(asked))
        before = tuple(self._refused)
        for one, flag in zip(asked, flags, strict=False):
            if flag:
                self._refused.pop(one, None)
            elif not one.optional:
                self._refused[one] = None
        if self.phase is not Phase.UP:
            return self._perhaps_up(at)
        changed = tuple(self._refused) != before
        return [*([self._up()] if changed else []), *self._ask_further()]

    def _perhaps_up(self, at: float) -> list[Effect]:
        if self._awaited or self.phase is not Phase.SUBSCRIBING:
            return []
        self.phase = Phase.UP
        self._ask_again_at = at + self._pause
        return [self._up()]

    def _up(self) -> Up:
        refused = tuple(one.filter for one in self._refused)
        return Up(self.version, self._session_present, refused)

    def _ask_again(self, at: float) -> list[Effect]:
        """A broker that refuses may be one that only recovers: a cluster without a leader does."""
        if self.phase is not Phase.UP or not self._refused or at < self._ask_again_at:
            return []
        self._pause = min(2 * self._pause, ASK_AGAIN_LATEST)
        self._ask_again_at = at + self._pause
        return self.subscribe(self._refused)

    def _ask_further(self) -> list[Effect]:
        """The next few, once the broker has answered to the last ones: what it retains for them comes bit by bit."""
        if self._awaited or not self._further:
            return []
        most = min(len(self._further), FILTERS_PER_SUBSCRIBE)
        batch = tuple(self._further.popleft() for _ in range(most))
        if (mid := self._engine.subscribe(batch)) is not None:
            self._awaited[mid] = batch
        return self._drained([])

    def _end(self, failure: Failure) -> list[Effect]:
        if self.phase is Phase.ENDED:
            return []
        self.phase = Phase.ENDED
        return [Ended(failure)]

    def _drained(self, effects: list[Effect]) -> list[Effect]:
        """What was written goes out before the news is told."""
        data = self._engine.drain()
        return [Send(data), *effects] if data else effects


def _batched(subscriptions: tuple[Subscription, ...]) -> list[tuple[Subscription, ...]]:
    """Some brokers take no more than eight filters at once (AWS IoT Core)."""
    starts = range(0, len(subscriptions), FILTERS_PER_SUBSCRIBE)
    return [subscriptions[start : start + FILTERS_PER_SUBSCRIBE] for start in starts]
