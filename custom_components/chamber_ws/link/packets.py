"""What is said over a link: publications, subscriptions, and what the engine tells of the other side."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from .errors import Failure


class Version(Enum):
    """The versions of MQTT that are spoken, by their names in the settings."""

    V5 = "5"
    V311 = "3.1.1"


@dataclass(frozen=True, slots=True)
class Publication:
    """A message to publish. `expiry` in seconds goes out as MQTT 5 Message Expiry, and is left out in 3.1.1."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    expiry: int | None = None
    response_topic: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic filter; `retained` False asks an MQTT 5 broker not to send retained messages.

    That a broker refuses an `optional` one is not reported.
    """

    filter: str
    qos: int = 1
    retained: bool = True
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Greeting:
    """What one connection begins with; made anew for each, since a will may name it."""

    subscriptions: tuple[Subscription, ...] = ()
    will: Publication | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Who connects, and how. `keepalive` and `session_expiry` in seconds.

    For `session_expiry` the broker keeps what it could not deliver (MQTT 3.1.1 has no such time: for as long as the
    broker is configured to); 0 is a clean start. What we say is never kept: what was not said in time is not said late.
    `maximum_qos` caps what is published, subscribed and willed, for services that know no more.
    """

    client_id: str
    username: str | None = None
    password: str | None = None
    keepalive: int = 30
    session_expiry: int = 0
    maximum_qos: int = 2

    def __repr__(self) -> str:
        return f"Settings(client_id={self.client_id!r}, keepalive={self.keepalive})"


class Received(NamedTuple):
    """A message from the broker."""

    topic: str
    payload: bytes
    retained: bool = False
    response_topic: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The broker took the connection."""

    session_present: bool = False


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker answered a SUBSCRIBE; `granted` has one flag for each filter."""

    mid: int
    granted: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """The broker has the publication `mid`; `failure` where it refused it."""

    mid: int
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection is over."""

    failure: Failure


News = Received | Accepted | Subscribed | Published | Ended
