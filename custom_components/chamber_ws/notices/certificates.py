"""Certificates that end soon: the broker's, and the one this entry shows to it."""

import time
from datetime import UTC, datetime, timedelta

from cryptography import x509
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval

from ..const import CONF_CLIENT_CERTIFICATE
from ..link.errors import Failure
from ..link.session import Up
from .board import IssueBoard

SERVER = "certificate_expires"
CLIENT = "client_certificate_expires"
SOON = 14 * 86_400.0
LOOK = timedelta(days=1)


def ends(pem: str) -> float | None:
    """Unix seconds at which the first of these certificates ends; None where there is none to read."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        return None
    return min(one.not_valid_after_utc.timestamp() for one in found)


def severity(end: float | None, at: float) -> ir.IssueSeverity | None:
    """How much it matters at `at` (both Unix seconds) that a certificate ends at `end`; None while it does not."""
    if end is None or end - at > SOON:
        return None
    return ir.IssueSeverity.WARNING if end > at else ir.IssueSeverity.ERROR


async def async_client_certificate_ends(hass: HomeAssistant, entry: ConfigEntry) -> float | None:
    """Unix seconds at which the entry's own certificate ends; None where it has none."""
    pem = entry.data.get(CONF_CLIENT_CERTIFICATE)
    return await hass.async_add_executor_job(ends, pem) if pem else None


class CertificateNotices:
    """Looks at each connection, and each day, how long certificates are valid. Times are Unix seconds."""

    def __init__(self, board: IssueBoard, client_ends: float | None) -> None:
        self._board = board
        self._ends = {SERVER: None, CLIENT: client_ends}
        self.look()

    def watch(self, hass: HomeAssistant) -> CALLBACK_TYPE:
        """Look each day; returns how to stop that."""

        @callback
        def look(_now: datetime) -> None:
            self.look()

        return async_track_time_interval(hass, look, LOOK, cancel_on_shutdown=True)

    def link_up(self, up: Up) -> None:
        """The broker showed its certificate."""
        self._ends[SERVER] = up.certificate_ends
        self.look()

    def link_down(self, failure: Failure, retry_in: float) -> None:
        """Without a connection nothing new is known."""

    def look(self) -> None:
        """Say what ends soon, or has ended."""
        for key, end in self._ends.items():
            severe = severity(end, time.time())
            if end is None or severe is None:
                self._board.take_down(key)
            else:
                day = datetime.fromtimestamp(end, UTC).date().isoformat()
                self._board.pin(key, "", {"day": day}, severity=severe)
