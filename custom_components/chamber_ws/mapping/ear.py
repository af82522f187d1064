"""Listens for a while on a living link: what is said, and where."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress

from ..chamber.errors import ChamberError
from ..chamber.topics import VERSION
from ..coordinator import Coordinator
from ..link.packets import Received
from .leaves import Heard

MOST_TOPICS = 300
LARGEST = 4096


class ListeningRefused(ChamberError):
    """The broker does not let us listen."""


class Ear:
    """Keeps the last payload of each topic; chambers that speak the contract need no ear of their own."""

    def __init__(self, prefix: str, awaited: Iterable[str]) -> None:
        self.heard: dict[str, Heard] = {}
        self.enough = asyncio.Event()
        self._contract = f"{prefix}/{VERSION}/"
        self._awaited = set(awaited)

    def hear(self, message: Received) -> None:
        """A message came."""
        topic, payload = message.topic, message.payload
        if topic.startswith(self._contract) or not 0 < len(payload) <= LARGEST:
            return
        self.heard[topic] = Heard(payload, message.retained)
        waited_for = self._awaited and self._awaited <= self.heard.keys()
        if waited_for or len(self.heard) >= MOST_TOPICS:
            self.enough.set()


async def async_listen(
    coordinator: Coordinator,
    prefix: str,
    filters: Iterable[str],
    seconds: float,
    awaited: Iterable[str] = (),
) -> dict[str, Heard]:
    """What is said within some seconds, or until all that is awaited was. Raises `ListeningRefused`."""
    ear, filters = Ear(prefix, awaited), tuple(filters)
    with ExitStack() as stack:
        for one in filters:
            stack.callback(_listening(coordinator, one, ear))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await ear.enough.wait()
        if refused := set(filters) & set(coordinator.refused):
            raise ListeningRefused(", ".join(sorted(refused)))
    return ear.heard


def _listening(coordinator: Coordinator, topic_filter: str, ear: Ear) -> Callable[[], None]:
    def hear(message: Received) -> None:
        ear.hear(message)

    return coordinator.hearing.listen(topic_filter, hear)
