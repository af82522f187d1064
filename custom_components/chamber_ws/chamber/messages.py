"""What travels over the wire, decoded: one frozen class for each kind of message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .model import Address, Clock, Meta, Mode, Sample, Status
from .sequence import Range

SetAside = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Announce:
    """Home Assistant asks every gateway to say again what it is."""


@dataclass(frozen=True, slots=True)
class StatusMessage:
    """A gateway's birth, goodbye or will."""

    gateway: str
    status: Status
    set_aside: SetAside = ()


@dataclass(frozen=True, slots=True)
class MetaMessage:
    """What a chamber is; None says that the retained description was cleared."""

    address: Address
    meta: Meta | None
    set_aside: SetAside = ()


@dataclass(frozen=True, slots=True)
class StateMessage:
    """One sample; None says that the retained one was cleared."""

    address: Address
    sample: Sample | None
    set_aside: SetAside = ()


@dataclass(frozen=True, slots=True)
class SpoiledMessage:
    """A sample without a usable temperature: nothing of it counts but its number."""

    address: Address
    epoch: str | None
    seq: int | None
    set_aside: SetAside = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened; `type` is kept as it came."""

    type: str
    id: str | None = None
    time: float | None = None
    clock: Clock | None = None
    boot: str | None = None
    uptime: float | None = None
    epoch: str | None = None
    seq: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class EventMessage:
    """An event of one chamber."""

    address: Address
    event: Event
    set_aside: SetAside = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A request to a chamber. `do` is kept as it came: the gateway answers what it does not know.

    `first` and `last` are the wire's `from` and `to`: the numbers that `history` asks for, inclusive.
    `action` to `resume` are for `profile`, kept as they came: the gateway judges them.
    """

    id: str
    do: str
    setpoint: float | None = None
    mode: Mode | None = None
    by: str | None = None
    time: float | None = None
    ttl: float | None = None
    epoch: str | None = None
    first: int | None = None
    last: int | None = None
    action: str | None = None
    name: str | None = None
    steps: tuple[Mapping[str, Any], ...] | None = None
    end: str | None = None
    resume: str | None = None


@dataclass(frozen=True, slots=True)
class CommandMessage:
    """A command to one chamber."""

    address: Address
    command: Command
    set_aside: SetAside = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What became of a command. `status`: accepted, applied, rejected, expired, failed."""

    id: str
    status: str
    code: str | None = None
    message: str | None = None
    setpoint: float | None = None
    effective_setpoint: float | None = None
    mode: Mode | None = None
    seq: int | None = None
    epoch: str | None = None


@dataclass(frozen=True, slots=True)
class ReplyMessage:
    """A reply of one chamber."""

    address: Address
    reply: Reply
    set_aside: SetAside = ()


@dataclass(frozen=True, slots=True)
class Before:
    """The epoch that came before another one in a gateway's store, and the last number that was given in it."""

    epoch: str
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A batch of past samples in answer to the command `id`; numbers ascend.

    `samples` and `lost` (inclusive ranges) together cover what was asked for up to the last number named; `complete`
    says that this is all of it. `before` is None where nothing came before this epoch, or that is not said.
    """

    id: str
    epoch: str
    samples: tuple[Sample, ...] = ()
    lost: tuple[Range, ...] = ()
    complete: bool = False
    before: Before | None = None


@dataclass(frozen=True, slots=True)
class HistoryMessage:
    """A batch of one chamber's history."""

    address: Address
    history: History
    set_aside: SetAside = ()


Message = (
    Announce
    | StatusMessage
    | MetaMessage
    | StateMessage
    | SpoiledMessage
    | EventMessage
    | CommandMessage
    | ReplyMessage
    | HistoryMessage
)
