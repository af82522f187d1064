"""One chamber as it is told: section by section, each written once for all who follow it."""

import time
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

import orjson
from homeassistant.core import CALLBACK_TYPE

from ..chamber import freshness
from ..chamber.model import Address, Chamber
from ..coordinator import Coordinator
from .telling import found, sampled


class Section(IntEnum):
    """What is told of a chamber, in the order of an event."""

    DESCRIBED = 0
    SAMPLE = 1
    FRESH = 2
    LINK = 3
    ALARM = 4


_NAMES = tuple(f',"{section.name.lower()}":'.encode() for section in Section)
_DISCONNECTED = b'{"connected":false,"round_trip":null}'
_NOTHING = b"null"

Describe = Callable[[], bytes | None]
"""A chamber's description; None while its device goes."""
Seen = list[int]
"""The editions of all sections that somebody was told of; 0: of none."""


class Reader(Protocol):
    """Who follows chambers."""

    def sampled(self, sheet: Sheet) -> None:
        """There is a new sample."""

    def changed(self, sheet: Sheet) -> None:
        """Something else may have changed."""


class Sheet:
    """What dashboards are told of one chamber that somebody follows, each section written once for all readers.

    While its entry is not loaded, it stays as it was last, and is not fresh.
    """

    def __init__(self, device_id: str) -> None:
        self.device_id = device_id
        self.readers: dict[Reader, None] = {}
        self._head = b'{"device_id":' + orjson.dumps(device_id)
        self._bytes = [_NOTHING] * len(Section)
        self._editions = [0] * len(Section)
        self._stale: set[Section] = set()
        self._coordinator: Coordinator | None = None
        self._address = Address("", "")
        self._describe: Describe = _unknown
        self._taken: tuple[float, float] | None = None
        self._stops: tuple[CALLBACK_TYPE, ...] = ()

    # Where it comes from

    def attach(
        self,
        coordinator: Coordinator,
        address: Address,
        describe: Describe,
        leave: CALLBACK_TYPE,
    ) -> None:
        """Its entry is loaded.

        `describe` spells the chamber, but for what depends on the reader; `leave` is called when this is over.
        """
        self.detach()
        self._coordinator, self._address, self._describe = coordinator, address, describe
        listening = coordinator.clerk.listen(address, lambda _findings: self.touch(Section.ALARM))
        self._stops = (listening, leave)
        self.touch(*Section)

    def detach(self) -> None:
        """Its entry is not loaded any more."""
        if self._coordinator is None:
            return
        if self.readers:
            self._refresh()
        self._coordinator = None
        for stop in self._stops:
            stop()
        self._write(Section.FRESH, b"false")
        self._write(Section.LINK, _DISCONNECTED)
        self._tell()

    @property
    def attached(self) -> bool:
        """Whether its entry is loaded."""
        return self._coordinator is not None

    # What becomes of it

    def touch(self, *sections: Section) -> None:
        """These sections may have changed; readers are told."""
        self._stale.update(sections)
        self._tell()

    def sampled(self) -> None:
        """There is a new sample: it is told at once."""
        self._stale.add(Section.SAMPLE)
        for reader in tuple(self.readers):
            reader.sampled(self)

    def outdate(self, section: Section) -> None:
        """A section may have changed; readers hear of it with the next thing there is to tell."""
        self._stale.add(section)

    def _tell(self) -> None:
        for reader in tuple(self.readers):
            reader.changed(self)

    # What is told

    def event(self, seen: Seen, *, controllable: bool) -> bytes | None:
        """What has changed since a reader was last told, of which `seen` takes note; None where nothing has."""
        self._refresh()
        pieces = [self._head]
        for section, edition in enumerate(self._editions):
            if seen[section] != edition:
                seen[section] = edition
                pieces += (_NAMES[section], self._told(section, controllable))
        return b"".join((*pieces, b"}")) if len(pieces) > 1 else None

    def _told(self, section: int, controllable: bool) -> bytes:
        written = self._bytes[section]
        if section == Section.SAMPLE and self._taken is not None:
            age, received = self._taken
            now = age + max(0.0, time.monotonic() - received)
            return b'{"age":%.3f,' % now + written[1:]
        if section == Section.DESCRIBED and written != _NOTHING:
            return b'{"controllable":%s,' % (b"true" if controllable else b"false") + written[1:]
        return written

    def _refresh(self) -> None:
        """Write anew what is stale."""
        coordinator = self._coordinator
        if coordinator is None or not self._stale:
            return
        chamber = coordinator.census.chambers.get(self._address)
        for section in self._stale:
            self._write(section, self._written(section, coordinator, chamber))
        self._stale.clear()

    def _written(
        self, section: Section, coordinator: Coordinator, chamber: Chamber | None
    ) -> bytes:
        match section:
            case Section.DESCRIBED:
                return self._describe() or self._bytes[section]
            case Section.SAMPLE:
                return self._sample(chamber)
            case Section.FRESH:
                return orjson.dumps(coordinator.fresh(self._address))
            case Section.LINK:
                link = {"connected": coordinator.connected, "round_trip": coordinator.round_trip}
                return orjson.dumps(link)
            case Section.ALARM:
                return orjson.dumps(found(coordinator.clerk.findings(self._address)))

    def _sample(self, chamber: Chamber | None) -> bytes:
        told = None if chamber is None else sampled(chamber)
        if chamber is None or told is None:
            self._taken = None
            return _NOTHING
        self._taken = (freshness.age(chamber, chamber.received) or 0.0, chamber.received)
        return orjson.dumps(told)

    def _write(self, section: Section, written: bytes) -> None:
        # A sample that says the same as the one before is another one all the same.
        another = section is Section.SAMPLE or not self._editions[section]
        if another or written != self._bytes[section]:
            self._bytes[section] = written
            self._editions[section] += 1


def _unknown() -> None:
    """There is no description yet."""
