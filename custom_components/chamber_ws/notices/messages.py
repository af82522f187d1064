"""What is dropped whole, and should not be said in vain: payloads too large, and the contract's next version."""

import time
from datetime import datetime, timedelta

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..census import Census, Change
from ..chamber import topics
from ..chamber.errors import Flaw
from ..chamber.fields import LARGEST_PAYLOAD
from ..chamber.model import Presence
from ..chamber.topics import Kind
from .board import IssueBoard, listed
from .sightings import MOST_NAMES, Sightings

TOO_LARGE = "payload_too_large"
NEWER = "newer_contract"
LOOK = timedelta(minutes=1)


class MessageNotices:
    """Follows what the census drops."""

    def __init__(self, board: IssueBoard, census: Census) -> None:
        self._board = board
        self._census = census
        self._large = Sightings(self._show_large)
        self._newer = Sightings(self._show_newer)

    def watch(self, hass: HomeAssistant) -> CALLBACK_TYPE:
        """Look each minute what is over; returns how to stop that."""

        @callback
        def look(_now: datetime) -> None:
            self._large.look(time.monotonic())
            self._newer.look(time.monotonic())

        return async_track_time_interval(hass, look, LOOK, cancel_on_shutdown=True)

    def dropped(self, topic: str, payload: bytes, flaw: Flaw) -> None:
        """A message was dropped whole."""
        prefix = self._census.prefix
        if flaw is Flaw.TOO_LARGE:
            name = topic.removeprefix(f"{prefix}/{topics.VERSION}/")
            self._large.see(name, time.monotonic())
        elif flaw is Flaw.NOT_OURS and (gateway := topics.speaker_of_next_version(topic, prefix)):
            self._heard_of_newer(gateway, payload)

    def chamber_changed(self, change: Change) -> None:
        """A chamber says something proper, in this version of the contract."""
        address = change.after.address
        if change.live and address.gateway in self._newer:
            self._newer.forget(address.gateway)
        if self._large:
            for kind, name in ((Kind.STATE, "sample"), (Kind.META, "meta")):
                if change.before is None or _differ(change, name):
                    self._large.proper("/".join((*address, kind)), time.monotonic())

    def gateway_changed(self, gateway: str) -> None:
        """A gateway says that it is there, in this version of the contract."""
        if gateway in self._newer and self._speaks(gateway):
            self._newer.forget(gateway)

    def _heard_of_newer(self, gateway: str, payload: bytes) -> None:
        """A gateway that speaks both versions is heard in this one; an empty status takes the other one back."""
        if not payload:
            self._newer.forget(gateway)
        elif not self._speaks(gateway):
            self._newer.see(gateway, time.monotonic())

    def _speaks(self, gateway: str) -> bool:
        known = self._census.gateways.get(gateway)
        return bool(known and known.status and known.status.state is Presence.ONLINE)

    def _show_large(self, counts: dict[str, int]) -> None:
        if not counts:
            self._board.take_down(TOO_LARGE)
            return
        names = listed([f"{name} ({count}×)" for name, count in counts.items()], MOST_NAMES)
        limit = str(LARGEST_PAYLOAD // 1024)
        self._board.pin(TOO_LARGE, "", {"topics": names, "limit": limit})

    def _show_newer(self, counts: dict[str, int]) -> None:
        if not counts:
            self._board.take_down(NEWER)
            return
        details = {"gateways": listed(list(counts), MOST_NAMES), "version": topics.NEXT_VERSION}
        self._board.pin(NEWER, "", details)


def _differ(change: Change, name: str) -> bool:
    return getattr(change.before, name) is not getattr(change.after, name)
