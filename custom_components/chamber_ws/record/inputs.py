"""What the keeper takes in, and what a turn of it brings about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..chamber.analysis.deeds import Deed
from ..chamber.analysis.findings import Findings, Occurrence
from ..chamber.model import Address, Sample
from ..chamber.past.asking import Gap
from .errors import RecordError


class Taken(NamedTuple):
    """A new sample that came live, at Unix time `received`."""

    address: Address
    sample: Sample
    received: float


class Done(NamedTuple):
    """Something was done to a chamber."""

    address: Address
    deed: Deed


class Described(NamedTuple):
    """What a chamber says of itself, as far as it matters here: its probes' roles, and whether its past can be had.

    None stands for what it does not say: then it stays as it was known.
    """

    address: Address
    answers: bool | None
    roles: Mapping[str, str] | None
    at: float


class Sought(NamedTuple):
    """Somebody wants to know what is found of a chamber."""

    address: Address


class Fetched(NamedTuple):
    """The answer to the question `command` for the numbers `first` to `last` of an epoch, not parsed yet."""

    address: Address
    command: str
    epoch: str
    first: int
    last: int
    payload: bytes


class Nobodys(NamedTuple):
    """Numbers that the gateway says it cannot give."""

    address: Address
    epoch: str
    first: int
    last: int


class Forgotten(NamedTuple):
    """A chamber is to be known no more; the journal keeps what was done to it."""

    address: Address


class Heard(NamedTuple):
    """Somebody was told what nobody had heard of a chamber when the record was closed."""

    address: Address


Input = Taken | Done | Described | Sought | Fetched | Nobodys | Forgotten | Heard


class Verdict(NamedTuple):
    """Whether the answer to a question was good."""

    address: Address
    command: str
    good: bool


Failed = tuple[Input, RecordError]


@dataclass(slots=True)
class Outcome:
    """What a turn brought about; `more`: work is left, so that another turn is due at once.

    `failed` are inputs that were set aside, and why. `gaps` is what each touched chamber misses next, None: nothing.
    `occurrences` are those that nobody was told of yet, `untold` those from before the record was closed.
    """

    findings: dict[Address, Findings] = field(default_factory=dict)
    occurrences: list[tuple[Address, Occurrence]] = field(default_factory=list)
    untold: dict[Address, tuple[Occurrence, ...]] = field(default_factory=dict)
    gaps: dict[Address, Gap | None] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    more: bool = False
