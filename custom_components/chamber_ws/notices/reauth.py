"""Asks the user for new credentials when the broker does not take the old ones, and stops asking when it does."""

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant

from ..link.errors import Failure
from ..link.retry import HOPELESS_FOR_NOW
from ..link.session import Up


class Reauthentication:
    """Watches a link. The link itself goes on trying, slowly: a broker can be wrong about us for a while."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._turned_away = False

    def link_up(self, _up: Up) -> None:
        """We are let in: there is nothing to ask."""
        self._turned_away = False
        for flow in tuple(self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH})):
            self._hass.config_entries.flow.async_abort(flow["flow_id"])

    def link_down(self, failure: Failure, retry_in: float) -> None:
        """Ask once every address was tried and one of them turned us away."""
        self._turned_away |= failure.cause in HOPELESS_FOR_NOW
        if self._turned_away and retry_in:
            self._turned_away = False
            self._entry.async_start_reauth(self._hass)
