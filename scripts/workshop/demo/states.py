"""Follow entities over Home Assistant's WebSocket and wait for what they come to."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from ..progress import WorkshopError
from .client import Client, Json


@dataclass
class State:
    """What an entity shows now, and what it has shown since it is followed."""

    value: str = "unknown"
    attributes: dict[str, Any] = field(default_factory=dict)
    history: list[tuple[float, str]] = field(default_factory=list)
    """Each change of the value with its time of arrival (monotonic seconds)."""

    @property
    def number(self) -> float | None:
        """The value as a number, or None where it is none."""
        with suppress(ValueError):
            return float(self.value)
        return None


class States:
    """The followed entities, kept up to date while the block lasts.

    async with States(client, ids) as states:
        await states.until(lambda: states["sensor.x"].value == "on", "it is on", 10)
    """

    def __init__(self, client: Client, entity_ids: Iterable[str]) -> None:
        """Take the entities to follow."""
        self._client = client
        self._states = {entity_id: State() for entity_id in entity_ids}
        self._changed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    def __getitem__(self, entity_id: str) -> State:
        """Return what an entity shows."""
        return self._states[entity_id]

    async def __aenter__(self) -> Self:
        """Subscribe."""
        entity_ids = sorted(self._states)
        queue = await self._client.subscribe("subscribe_entities", entity_ids=entity_ids)
        self._reader = asyncio.create_task(self._follow(queue))
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Stop following."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _follow(self, queue: "asyncio.Queue[Json]") -> None:
        while True:
            self.apply(await queue.get(), time.monotonic())
            self._changed.set()

    def apply(self, event: Json, at: float) -> None:
        """Take in one event of `subscribe_entities`: added (a), changed (c), removed (r)."""
        for entity_id, added in event.get("a", {}).items():
            self._set(entity_id, added, at)
            self._states[entity_id].attributes = dict(added.get("a", {}))
        for entity_id, change in event.get("c", {}).items():
            plus, minus = change.get("+", {}), change.get("-", {})
            self._set(entity_id, plus, at)
            self._states[entity_id].attributes.update(plus.get("a", {}))
            for name in minus.get("a", ()):
                self._states[entity_id].attributes.pop(name, None)
        for entity_id in event.get("r", ()):
            self._set(entity_id, {"s": "removed"}, at)

    def _set(self, entity_id: str, content: Json, at: float) -> None:
        state = self._states.setdefault(entity_id, State())
        if "s" in content and content["s"] != state.value:
            state.value = content["s"]
            state.history.append((at, state.value))

    async def until(self, holds: Callable[[], bool], what: str, timeout: float) -> float:
        """Wait until `holds()`; return the seconds it took.

        Raises:
            WorkshopError: it does not hold after `timeout` seconds; the message shows the states.
        """
        start = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
                return time.monotonic() - start
        shown = ", ".join(f"{name}={state.value}" for name, state in self._states.items())
        raise WorkshopError(f"not within {timeout:.0f} s: {what}; shown: {shown}")
