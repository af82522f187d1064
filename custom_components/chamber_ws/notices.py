"""What the user should know and can mend, as repair issues that come and go by themselves."""

from collections.abc import Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .census import Census, Change
from .const import DOMAIN

TOO_MANY = "too_many_chambers"
CLOCK_SKEW = "clock_skew"
RENUMBERED = "renumbered"
TWO_PUBLISHERS = "two_publishers"
STRAYS_TOLERATED = 4


class Notices:
    """Follows all chambers of a link and keeps its repair issues true."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, census: Census) -> None:
        self._hass = hass
        self._entry = entry
        self._census = census
        self._raised: set[str] = set()

    def chamber_changed(self, change: Change) -> None:
        """A clock that is wrong, and numbers that began again."""
        before, after = change.before, change.after
        name = "/".join(after.address)
        seconds = round(after.skew.offset)
        if before is None or round(before.skew.offset) != seconds:
            gateway = after.address.gateway
            if seconds:
                details = {"gateway": gateway, "seconds": f"{seconds:+d}"}
                self._raise(CLOCK_SKEW, gateway, details)
            else:
                self._withdraw(CLOCK_SKEW, gateway)
        if before is None or before.sequence is after.sequence:
            return
        if after.sequence.rewinds > before.sequence.rewinds:
            self._raise(RENUMBERED, name, {"chamber": name})
        if before.sequence.strays <= STRAYS_TOLERATED < after.sequence.strays:
            self._raise(TWO_PUBLISHERS, name, {"chamber": name})
        if after.sequence.epoch != before.sequence.epoch:
            self._withdraw(RENUMBERED, name)
            self._withdraw(TWO_PUBLISHERS, name)

    def gateway_changed(self, gateway: str) -> None:
        """A gateway's status needs no mending."""

    def surplus_changed(self, surplus: int) -> None:
        """More chambers announce themselves than are admitted."""
        if surplus:
            details = {"surplus": str(surplus), "most": str(self._census.most)}
            self._raise(TOO_MANY, "", details, fixable=True)
        else:
            self._withdraw(TOO_MANY, "")

    def withdraw_all(self) -> None:
        """The entry is unloaded: nothing is known any more."""
        for issue_id in self._raised:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        self._raised.clear()

    def _issue_id(self, key: str, what: str) -> str:
        return "_".join(part for part in (key, self._entry.entry_id, what) if part)

    def _raise(
        self, key: str, what: str, details: Mapping[str, str], *, fixable: bool = False
    ) -> None:
        issue_id = self._issue_id(key, what)
        self._raised.add(issue_id)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data={"entry_id": self._entry.entry_id},
            is_fixable=fixable,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders={"link": self._entry.title, **details},
        )

    def _withdraw(self, key: str, what: str) -> None:
        issue_id = self._issue_id(key, what)
        if issue_id in self._raised:
            self._raised.discard(issue_id)
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
