"""What a client of `subscribe_entities` sees: which message's temperature a chamber shows, and since when."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from . import load

_UNKNOWN = {"unavailable", "unknown"}


class Sightings:
    """Notes when which temperature was first shown."""

    def __init__(self) -> None:
        self.temperatures: dict[str, int] = {}
        """The chamber of each entity that is a control temperature."""
        self.arrivals: dict[int, float] = {}
        """When the temperature of a message was first seen (monotonic seconds)."""
        self.shown: dict[int, int] = {}
        """The key of the message that a chamber shows."""
        self.missing: set[str] = set()
        """Entities that are waited for, until they show something."""
        self.setpoints: dict[str, float] = {}
        """The target temperatures of thermostats."""
        self.last_arrival = 0.0

    def expect(self, entity_ids: Iterable[str]) -> None:
        """Wait for entities to show something."""
        self.missing = set(entity_ids)

    def forget(self) -> None:
        """Begin a new run."""
        self.arrivals = {}
        self.last_arrival = time.monotonic()

    def behind(self, keys: Mapping[int, int]) -> int:
        """Return how many chambers do not show the message that they should."""
        shown = self.shown
        return sum(shown.get(chamber) != wanted for chamber, wanted in keys.items())

    def take(self, event: dict[str, Any], now: float) -> None:
        """Take in an event of `subscribe_entities`: added (a), changed (c)."""
        changed = event.get("c")
        if changed is not None:
            for entity_id, change in changed.items():
                plus = change.get("+")
                if plus is not None:
                    self._note(entity_id, plus, now)
        for entity_id, state in event.get("a", {}).items():
            self._note(entity_id, state, now)

    def _note(self, entity_id: str, content: dict[str, Any], now: float) -> None:
        chamber = self.temperatures.get(entity_id)
        value = content.get("s")
        if value is not None:
            if chamber is not None and (key := load.seen(chamber, value)) is not None:
                self.shown[chamber] = key
                if key not in self.arrivals:
                    self.arrivals[key] = now
                    self.last_arrival = now
            if self.missing and value not in _UNKNOWN:
                self.missing.discard(entity_id)
        if entity_id.startswith("climate.") and (target := content.get("a", {}).get("temperature")):
            self.setpoints[entity_id] = target
