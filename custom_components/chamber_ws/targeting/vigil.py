"""Looks at the chambers of a target again and again, and tells of each with which something lasts.

What lasts is read from what is found, not from events: so it is told though Home Assistant was restarted meanwhile.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.target import TargetEntityChangeTracker, TargetSelection

from ..chamber.analysis.findings import Findings
from .voices import ALARM, findings, voices

EVERY = timedelta(seconds=5)


class Lasting(NamedTuple):
    """Something lasts with a chamber, whose alarm is `entity_id`; this is the `times`th time that it is told."""

    entity_id: str
    findings: Findings
    times: int


@dataclass(slots=True)
class _Seen:
    """When it is to be told, by the monotonic clock in s; infinity: not any more."""

    due: float
    times: int = 0


class Vigil(TargetEntityChangeTracker):
    """Tells of each chamber with which something has lasted for a time; `again`: each time it has lasted that long."""

    def __init__(
        self,
        hass: HomeAssistant,
        target: Mapping[str, Any],
        lasts: Callable[[Findings], bool],
        after: timedelta,
        tell: Callable[[Lasting], None],
        *,
        again: bool,
    ) -> None:
        super().__init__(
            hass,
            TargetSelection(dict(target)),
            lambda entities: voices(hass, target, entities, ALARM),
        )
        self._lasts = lasts
        self._after = after
        self._tell = tell
        self._again = again
        self._chambers: set[str] = set()
        self._seen: dict[str, _Seen] = {}

    async def start(self) -> CALLBACK_TYPE:
        """Begin; returns how to end it."""
        unsubscribe = await self.async_setup()
        stop = async_track_time_interval(self._hass, self._look, EVERY, cancel_on_shutdown=True)
        self._look()

        @callback
        def end() -> None:
            stop()
            unsubscribe()

        return end

    @callback
    @override
    def _handle_entities_update(self, tracked_entities: set[str]) -> None:
        self._chambers = tracked_entities
        for entity_id in self._seen.keys() - tracked_entities:
            del self._seen[entity_id]

    @callback
    def _look(self, _now: datetime | None = None) -> None:
        for entity_id in tuple(self._chambers):
            found = findings(self._hass, entity_id)
            if found is None:
                continue
            if self._lasts(found):
                self._see(entity_id, found)
            else:
                self._seen.pop(entity_id, None)

    def _see(self, entity_id: str, found: Findings) -> None:
        now, after = time.monotonic(), self._after.total_seconds()
        seen = self._seen.setdefault(entity_id, _Seen(now + after))
        if now >= seen.due:
            seen.times += 1
            seen.due = now + after if self._again else math.inf
            self._tell(Lasting(entity_id, found, seen.times))
