"""What is wrong with the link to the broker: how its connections end, what the broker refuses, what it speaks."""

import time
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PROTOCOL
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..const import CONF_KEEPALIVE, CONF_SPOKEN_PROTOCOL, DEFAULT_KEEPALIVE, PROTOCOL_AUTO
from ..link.errors import Failure
from ..link.packets import Version
from ..link.session import Up
from . import health
from .board import Data, IssueBoard, listed
from .health import Ailment, Health

REFUSED = "subscription_refused"
DOWNGRADED = "protocol_downgraded"
CUT_TOO_SOON = "idle_cut_short"
AILMENTS = (Ailment.FIGHT, Ailment.UNSTABLE, Ailment.IDLE_CUT, CUT_TOO_SOON)


class LinkNotices:
    """Follows one link."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, board: IssueBoard) -> None:
        self._hass = hass
        self._entry = entry
        self._board = board
        self._health = Health()
        self._well_after: float | None = None
        self._until_well: CALLBACK_TYPE | None = None

    def link_up(self, up: Up) -> None:
        """The broker answers: what does it refuse, what does it speak, and will it last?"""
        if up.refused:
            self._board.pin(REFUSED, "", {"filters": listed(list(up.refused), most=10)})
        else:
            self._board.take_down(REFUSED)
        if self._lost_version_5(up.version):
            self._board.pin(DOWNGRADED, mend={})
        else:
            self._board.take_down(DOWNGRADED)
        self.close()
        if self._well_after is not None:
            self._until_well = async_call_later(self._hass, self._well_after, self._is_well)

    def link_down(self, failure: Failure, retry_in: float) -> None:  # noqa: ARG002
        """A connection ended: is there a pattern?"""
        self.close()
        keepalive = self._entry.data.get(CONF_KEEPALIVE, DEFAULT_KEEPALIVE)
        self._health = health.ended(self._health, failure, time.monotonic(), keepalive)
        if self._health.ailment() is not None:
            self._show()

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._until_well is not None:
            self._until_well()
            self._until_well = None

    @callback
    def _is_well(self, _now: datetime) -> None:
        """The connection lasted."""
        self._until_well = self._well_after = None
        self._health = Health()
        for key in AILMENTS:
            self._board.take_down(key)

    def _show(self) -> None:
        self._well_after = self._health.well_after()
        key, details, mend = self._described()
        for other in AILMENTS:
            if other != key:
                self._board.take_down(other)
        self._board.pin(key, "", details, mend=mend)

    def _described(self) -> tuple[str, dict[str, str], Data | None]:
        ailment = self._health.ailment()
        if ailment is not Ailment.IDLE_CUT:
            return str(ailment), {}, {}
        seconds = {"seconds": f"{self._health.idle:.0f}"}
        keepalive = health.bridging(self._health.idle)
        if keepalive is None:
            return CUT_TOO_SOON, seconds, None
        return ailment, {**seconds, "keepalive": str(keepalive)}, {CONF_KEEPALIVE: keepalive}

    def _lost_version_5(self, spoken: Version) -> bool:
        data = self._entry.data
        chosen_by_itself = data.get(CONF_PROTOCOL, PROTOCOL_AUTO) == PROTOCOL_AUTO
        return (
            chosen_by_itself
            and spoken is not Version.V5
            and data.get(CONF_SPOKEN_PROTOCOL) == Version.V5.value
        )
