"""The repair issues of one entry: raised, withdrawn, never more than a few of a kind."""

from collections import Counter
from collections.abc import Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN

MOST_OF_A_KIND = 20

Data = Mapping[str, str | int | float | None]


class IssueBoard:
    """Where an entry's issues are pinned. A translation key is one kind, `what` tells those of one kind apart.

    Placeholders and data are shown to users and kept by Home Assistant: no secret may be among them.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._pinned: dict[tuple[str, str], str] = {}
        self._kinds: Counter[str] = Counter()

    def pin(
        self,
        key: str,
        what: str = "",
        details: Mapping[str, str] | None = None,
        *,
        severity: ir.IssueSeverity = ir.IssueSeverity.WARNING,
        mend: Data | None = None,
    ) -> None:
        """Raise an issue, or bring its details up to date; with `mend`, what its repair needs, a click mends it."""
        if (key, what) not in self._pinned:
            if self._kinds[key] >= MOST_OF_A_KIND:
                return
            self._kinds[key] += 1
        parts = (key, self._entry.entry_id, what)
        issue_id = self._pinned[key, what] = "_".join(part for part in parts if part)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data={"entry_id": self._entry.entry_id, "key": key, **(mend or {})},
            is_fixable=mend is not None,
            severity=severity,
            translation_key=key,
            translation_placeholders={"link": self._entry.title, **(details or {})},
        )

    def take_down(self, key: str, what: str = "") -> None:
        """Withdraw an issue, where it is raised."""
        if (issue_id := self._pinned.pop((key, what), None)) is not None:
            self._kinds[key] -= 1
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)

    def clear(self) -> None:
        """Withdraw everything."""
        for key, what in tuple(self._pinned):
            self.take_down(key, what)


def listed(names: list[str], most: int = 5) -> str:
    """Names for a text, not more than can be read."""
    return ", ".join([*names[:most], *(["…"] if len(names) > most else [])])
