"""The topics of the contract, version 1: `{prefix}/v1/{gateway}/{chamber}/{kind}`."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from .errors import Flaw, WireError
from .fields import ID
from .model import Address

DEFAULT_PREFIX = "chamber"
VERSION = "v1"
NEXT_VERSION = "v2"
PREFIX = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){0,2}")


class Kind(StrEnum):
    """What a topic carries."""

    ANNOUNCE = "announce"
    STATUS = "status"
    META = "meta"
    STATE = "state"
    EVENT = "event"
    COMMAND = "command"
    REPLY = "reply"
    HISTORY = "history"


class Rule(NamedTuple):
    """How a kind is published."""

    retain: bool
    qos: int


RULES = {
    Kind.ANNOUNCE: Rule(retain=False, qos=1),
    Kind.STATUS: Rule(retain=True, qos=1),
    Kind.META: Rule(retain=True, qos=1),
    Kind.STATE: Rule(retain=True, qos=0),
    Kind.EVENT: Rule(retain=False, qos=1),
    Kind.COMMAND: Rule(retain=False, qos=1),
    Kind.REPLY: Rule(retain=False, qos=1),
    Kind.HISTORY: Rule(retain=False, qos=1),
}
OF_CHAMBER = frozenset({Kind.META, Kind.STATE, Kind.EVENT, Kind.COMMAND, Kind.REPLY, Kind.HISTORY})
SPOKEN_BY_GATEWAY = (Kind.META, Kind.STATE, Kind.EVENT, Kind.REPLY, Kind.HISTORY)
"""The description first: it says for how long a sample that the broker hands over may be shown."""
RETAINED_OF_CHAMBER = (Kind.META, Kind.STATE)


class Topic(NamedTuple):
    """A topic taken apart; `gateway` and `chamber` are None where the kind has none."""

    kind: Kind
    gateway: str | None = None
    chamber: str | None = None

    def spell(self, prefix: str = DEFAULT_PREFIX) -> str:
        """The topic as it goes over the wire."""
        return "/".join(
            part for part in (prefix, VERSION, self.gateway, self.chamber, self.kind.value) if part
        )


def of(address: Address, kind: Kind) -> Topic:
    """A chamber's topic of one kind."""
    return Topic(kind, address.gateway, address.chamber)


@lru_cache(16_384)
def parse(topic: str, prefix: str = DEFAULT_PREFIX) -> Topic:
    """Take a topic apart. Raises `WireError` (not ours) for anything the contract does not name."""
    match (
        topic.removeprefix(f"{prefix}/{VERSION}/").split("/")
        if topic.startswith(f"{prefix}/{VERSION}/")
        else []
    ):
        case [Kind.ANNOUNCE.value]:
            return Topic(Kind.ANNOUNCE)
        case [gateway, Kind.STATUS.value] if ID.fullmatch(gateway):
            return Topic(Kind.STATUS, gateway)
        case [gateway, chamber, kind] if (
            kind in OF_CHAMBER and ID.fullmatch(gateway) and ID.fullmatch(chamber)
        ):
            return Topic(Kind(kind), gateway, chamber)
        case _:
            raise WireError(Flaw.NOT_OURS)


def chamber_of(topic: str, prefix: str = DEFAULT_PREFIX) -> Address | None:
    """The chamber that a topic is of; None for any other topic."""
    try:
        _kind, gateway, chamber = parse(topic, prefix)
    except WireError:
        return None
    return None if gateway is None or chamber is None else Address(gateway, chamber)


def heard_by_home_assistant(prefix: str) -> tuple[str, ...]:
    """The filters Home Assistant subscribes to; of what is retained, a broker may hand over only the first thousand."""
    kinds = (Topic(Kind.STATUS, "+"), *(Topic(kind, "+", "+") for kind in SPOKEN_BY_GATEWAY))
    return tuple(topic.spell(prefix) for topic in kinds)


def heard_of_next_version(prefix: str) -> str:
    """The filter by which Home Assistant notices gateways that speak the contract's next version."""
    return f"{prefix}/{NEXT_VERSION}/+/{Kind.STATUS}"


def speaker_of_next_version(topic: str, prefix: str = DEFAULT_PREFIX) -> str | None:
    """The gateway whose status in the contract's next version this topic is; None for any other topic."""
    match topic.removeprefix(f"{prefix}/").split("/"):
        case [version, gateway, Kind.STATUS.value] if (
            topic.startswith(f"{prefix}/") and version == NEXT_VERSION and ID.fullmatch(gateway)
        ):
            return gateway
        case _:
            return None


def subscribed_qos(topic_filter: str) -> int:
    """The QoS of a filter of ours: that of what it lets through."""
    return RULES[Kind(topic_filter.rpartition("/")[2])].qos


def heard_by_gateway(prefix: str, gateway: str) -> tuple[str, ...]:
    """The filters a gateway subscribes to: its chambers' commands, its own status, and Home Assistant's announce."""
    heard = (Topic(Kind.COMMAND, gateway, "+"), Topic(Kind.STATUS, gateway), Topic(Kind.ANNOUNCE))
    return tuple(topic.spell(prefix) for topic in heard)
