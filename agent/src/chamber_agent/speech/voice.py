"""What the gateway says: birth, goodbye and will, descriptions, samples, events and replies.

What cannot go out now is not kept: the next sample tells more than the last one, and what became of a
command is remembered at its desk. Last words are repeated byte for byte (contract, announce).
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from ..chamber import topics, wire
from ..chamber.messages import (
    Event,
    EventMessage,
    Message,
    MetaMessage,
    StateMessage,
    StatusMessage,
)
from ..chamber.model import Address, Meta, Presence, Sample, Status
from ..chamber.topics import RULES, Kind, Topic
from ..link.errors import Cause, NotConnected
from ..link.packets import Greeting, Publication, Subscription
from ..samples import Happening

_LOGGER = logging.getLogger(__name__)
PACE = 0.05
"""Pause before more is said where the link takes no more for now, s."""


SESSIONS_REMEMBERED = 100


class Publisher(Protocol):
    """What carries publications."""

    def publish(self, publication: Publication) -> int:
        """Send now, or raise `NotConnected`."""


class Voice:
    """One gateway's voice over one link."""

    def __init__(
        self, gateway: str, prefix: str, online: Status, metas: Mapping[str, Meta]
    ) -> None:
        self.gateway = gateway
        self.prefix = prefix
        self.publisher: Publisher | None = None
        self._online = online
        self._status: Publication | None = None
        self._metas = {
            name: self._spelt(MetaMessage(self._address(name), meta))
            for name, meta in metas.items()
        }
        self._states: dict[str, Publication] = {}
        self._unannounced = set(metas)
        self._sessions: deque[str | None] = deque(maxlen=SESSIONS_REMEMBERED)

    def introduce(self, chamber: str, meta: Meta) -> None:
        """Say what a chamber is that was not there at the start."""
        self._metas[chamber] = self._spelt(MetaMessage(self._address(chamber), meta))
        self._say(self._metas[chamber])

    def greet(self) -> Greeting:
        """Return what a new connection begins with; its session is fixed here, since the will carries it."""
        self._online = replace(self._online, session=secrets.token_hex(4))
        self._sessions.append(self._online.session)
        self._status = None
        heard = topics.heard_by_gateway(self.prefix, self.gateway)
        return Greeting(
            subscriptions=tuple(Subscription(one, retained=False) for one in heard),
            will=self._presence(Presence.LOST),
        )

    @property
    def status_topic(self) -> str:
        """The topic of this gateway's own status."""
        return Topic(Kind.STATUS, self.gateway).spell(self.prefix)

    def is_own(self, payload: bytes) -> bool:
        """Tell whether a status is what this gateway said last."""
        return self._status is not None and payload == self._status.payload

    def was_ours(self, status: Status) -> bool:
        """Tell whether a status speaks of a session of this gateway, now or before."""
        return status.session in self._sessions

    def say_online(self) -> None:
        """Say, or say again in the same bytes, that the gateway is online."""
        self._status = self._spelt(StatusMessage(self.gateway, self._online))
        self._say(self._status)

    def say_goodbye(self) -> None:
        """Say that the gateway leaves on purpose."""
        self._status = self._presence(Presence.OFFLINE)
        self._say(self._status)

    async def say_all(self) -> None:
        """Say every description and last state again, no faster than the link takes them."""
        for publication in self._all():
            while self._say(publication) is Cause.UNAVAILABLE:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(PACE)

    def sampled(self, chamber: str, sample: Sample) -> None:
        """Say a new sample; with the first one that goes out, that the agent was started."""
        self._states[chamber] = self._spelt(StateMessage(self._address(chamber), sample))
        failure = self._say(self._states[chamber])
        if failure is None and chamber in self._unannounced:
            self._unannounced.remove(chamber)
            self.happened(chamber, Happening("restarted", "the agent was started"), sample)

    def happened(self, chamber: str, happening: Happening, sample: Sample) -> None:
        """Say that something happened; the sample says when."""
        event = Event(
            type=happening.type,
            id=secrets.token_hex(8),
            time=sample.time,
            clock=sample.clock,
            boot=sample.boot,
            uptime=sample.uptime,
            epoch=sample.epoch,
            seq=sample.seq,
            message=happening.message,
        )
        self._say(self._spelt(EventMessage(self._address(chamber), event)))

    def answer(self, address: Address, payload: bytes, response_topic: str | None) -> None:
        """Send a reply; also to a response topic, where that is below this chamber's `reply/`."""
        topic = topics.of(address, Kind.REPLY).spell(self.prefix)
        qos = RULES[Kind.REPLY].qos
        self._say(Publication(topic, payload, qos))
        if response_topic and _is_below(response_topic, topic):
            self._say(Publication(response_topic, payload, qos))

    def recount(self, address: Address, payload: bytes) -> None:
        """Send a batch of the past."""
        topic = topics.of(address, Kind.HISTORY).spell(self.prefix)
        self._say(Publication(topic, payload, RULES[Kind.HISTORY].qos))

    def _all(self) -> Iterator[Publication]:
        """Yield what there is to repeat; each state is looked up when its turn comes."""
        for chamber, meta in tuple(self._metas.items()):
            yield meta
            if state := self._states.get(chamber):
                yield state

    def _say(self, publication: Publication) -> Cause | None:
        """Send; returns why that was not possible."""
        if self.publisher is None:
            return Cause.STOPPED
        try:
            self.publisher.publish(publication)
        except NotConnected as error:
            _LOGGER.debug("not sent to %s: %s", publication.topic, error)
            return error.failure.cause
        return None

    def _presence(self, presence: Presence) -> Publication:
        status = Status(state=presence, session=self._online.session)
        return self._spelt(StatusMessage(self.gateway, status))

    def _spelt(self, message: Message) -> Publication:
        topic, payload = wire.encode(message, self.prefix)
        rule = RULES[topics.parse(topic, self.prefix).kind]
        return Publication(topic, payload, rule.qos, rule.retain)

    def _address(self, chamber: str) -> Address:
        return Address(self.gateway, chamber)


def _is_below(topic: str, base: str) -> bool:
    """Tell whether a topic to publish to lies below `base`; wildcards and NUL are never published to."""
    return topic.startswith(f"{base}/") and not set("+#\0") & set(topic)
