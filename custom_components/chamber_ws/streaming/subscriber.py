"""One subscription: which chambers it follows, what its user may, and what waits until the client can take it.

Of each chamber at most one event waits, which says how it is by then: the newest wins, and a client that is slow, or
does not confirm, costs nobody else anything.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import orjson
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.core import HomeAssistant, callback

from ..actions.rights import may
from ..chamber.errors import ChamberError
from .sheet import Section, Seen, Sheet

AT_LEAST = 1 / 50
"""Seconds between two events of a chamber for a client that does not confirm."""


class BadCount(ChamberError):
    """A client confirms more than was sent to it."""


class _Rights(NamedTuple):
    read: bool
    control: bool


class Subscriber:
    """A client that follows chambers: `wanted` ones (None: all), at most `window` events ahead of what it confirmed.

    `hurry` has it flushed soon.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        connection: ActiveConnection,
        subscription: int,
        wanted: frozenset[str] | None,
        window: int | None,
        sheets: Mapping[str, Sheet],
        hurry: Callable[[Subscriber], None],
    ) -> None:
        self._hass = hass
        self._connection = connection
        self._head = b'{"id":%d,"type":"event","event":' % subscription
        self._wanted = wanted
        self._window = window
        self._sheets = sheets
        self._hurry = hurry
        self._seen: dict[str, Seen] = {}
        self._rights: dict[str, _Rights] = {}
        self._doubtful: set[str] = set()
        self._waiting: dict[str, None] = {}
        self._sent = self._confirmed = 0
        self._sent_at: dict[str, float] = {}

    def wants(self, device_id: str) -> bool:
        """Whether it follows a chamber."""
        return self._wanted is None or device_id in self._wanted

    # What it hears

    @callback
    def sampled(self, sheet: Sheet) -> None:
        """There is a new sample: send it now, or as soon as that can be."""
        device_id = sheet.device_id
        now = time.monotonic()
        if device_id in self._waiting:
            return
        if self._has_room and self._due_in(device_id, now) <= 0:
            self._send(device_id, now)
        else:
            self.changed(sheet)

    @callback
    def changed(self, sheet: Sheet) -> None:
        """Something may have changed: look at it soon."""
        self.expect((sheet.device_id,))

    @callback
    def expect(self, device_ids: Iterable[str]) -> None:
        """Look at these chambers soon."""
        self._waiting.update(dict.fromkeys(device_ids))
        self._hurry(self)

    @callback
    def reviewed(self, device_ids: Iterable[str] | None) -> None:
        """What the user may do with these chambers (None: with all) may be something else."""
        known = {*self._sheets, *self._seen} if device_ids is None else device_ids
        wanted = [device_id for device_id in known if self.wants(device_id)]
        self._doubtful.update(wanted)
        self.expect(wanted)

    @callback
    def received(self, count: int) -> None:
        """The client has handled so many events since it subscribed. Raises `BadCount`."""
        if count > self._sent:
            raise BadCount(f"only {self._sent} events were sent")
        self._confirmed = max(self._confirmed, count)
        if self._waiting:
            self._hurry(self)

    # What it says

    @callback
    def flush(self, until: float) -> float | None:
        """Send what waits, at least something of it, and go on up to a monotonic time.

        Seconds until there is more to be sent; None: nothing by itself.
        """
        soonest: float | None = None
        for device_id in tuple(self._waiting):
            if not self._has_room:
                return None
            now = time.monotonic()
            due_in = self._due_in(device_id, now)
            if due_in > 0:
                soonest = due_in if soonest is None else min(due_in, soonest)
                continue
            self._send(device_id, now)
            if now >= until:
                return 0.0
        return soonest

    @property
    def _has_room(self) -> bool:
        return self._window is None or self._sent - self._confirmed < self._window

    def _due_in(self, device_id: str, now: float) -> float:
        """Seconds until the next event of a chamber may be sent."""
        if self._window is not None:
            return 0.0
        return self._sent_at.get(device_id, 0.0) + AT_LEAST - now

    def _send(self, device_id: str, now: float) -> None:
        self._waiting.pop(device_id, None)
        if (event := self._event(device_id)) is not None:
            self._sent += 1
            if self._window is None:
                self._sent_at[device_id] = now
            self._connection.send_message(self._head + event + b"}")

    def _event(self, device_id: str) -> bytes | None:
        sheet = self._sheets.get(device_id)
        rights = None if sheet is None else self._rights_of(device_id)
        if sheet is None or rights is None or not rights.read:
            self._sent_at.pop(device_id, None)
            self._doubtful.discard(device_id)
            if self._seen.pop(device_id, None) is None:
                return None
            return orjson.dumps({"device_id": device_id, "gone": True})
        seen = self._seen.setdefault(device_id, [0] * len(Section))
        return sheet.event(seen, controllable=rights.control)

    def _rights_of(self, device_id: str) -> _Rights:
        rights = self._rights.get(device_id)
        if rights is not None and device_id not in self._doubtful:
            return rights
        self._doubtful.discard(device_id)
        user = self._connection.user
        now = self._rights[device_id] = _Rights(
            may(self._hass, user, device_id, POLICY_READ),
            may(self._hass, user, device_id, POLICY_CONTROL),
        )
        if now != rights and (seen := self._seen.get(device_id)) is not None:
            seen[Section.DESCRIBED] = 0
        return now
