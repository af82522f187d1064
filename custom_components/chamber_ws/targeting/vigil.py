"""Looks at the chambers of a target again and again, and tells of each with which something lasts.

What lasts is read from what is found, not from events: so it is told though Home Assistant was restarted meanwhile.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, override

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.target import TargetEntityChangeTracker, TargetSelection

from ..chamber.analysis.findings import Findings
from .voices import ALARM, findings, voices

EVERY = 5.0
"""Seconds between two looks, unless something is due before."""
Lasts = Callable[[Findings], float | None]
"""For how many seconds something has lasted, as far as that is found; None: it does not."""


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
    """Tells of each chamber with which something `lasts` for a time; `again`: each time it has lasted that long.

    What lasts counts from the look that did not find it yet, at the earliest.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        target: Mapping[str, Any],
        lasts: Lasts,
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
        self._looked_at = time.monotonic()
        self._stop: CALLBACK_TYPE | None = None
        self._look_again = HassJob(self._look, cancel_on_shutdown=True)

    async def start(self) -> CALLBACK_TYPE:
        """Begin; returns how to end it."""
        unsubscribe = await self.async_setup()
        self._look()

        @callback
        def end() -> None:
            if self._stop is not None:
                self._stop()
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
        now = time.monotonic()
        for entity_id in tuple(self._chambers):
            found = findings(self._hass, entity_id)
            if found is None:
                continue
            lasted = self._lasts(found)
            if lasted is None:
                self._seen.pop(entity_id, None)
            else:
                self._see(entity_id, found, now, min(lasted, now - self._looked_at))
        self._looked_at = now
        pauses = [seen.due - now for seen in self._seen.values() if seen.due > now]
        self._stop = async_call_later(self._hass, min([EVERY, *pauses]), self._look_again)

    def _see(self, entity_id: str, found: Findings, now: float, lasted: float) -> None:
        after = self._after.total_seconds()
        seen = self._seen.setdefault(entity_id, _Seen(now - lasted + after))
        if now >= seen.due:
            seen.times += 1
            seen.due = now + after if self._again else math.inf
            self._tell(Lasting(entity_id, found, seen.times))
