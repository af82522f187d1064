"""What is wrong with the record: why it cannot be written, and which damaged files were set aside."""

from collections.abc import Iterable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import CONF_SET_ASIDE
from ..record.clerk import Clerk
from ..record.errors import Reason
from .board import IssueBoard

SET_ASIDE = "record_set_aside"
FILE = "file"
PROBLEMS = tuple(f"record_{key}" for key in ("full", "too_new", *Reason))


class RecordNotices:
    """Follows one record. A file that was set aside is told of until somebody says that they know."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, board: IssueBoard, clerk: Clerk
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._board = board
        self._clerk = clerk
        self._told: str | None = None

    @callback
    def show(self) -> None:
        """Say what is wrong now."""
        problem = self._clerk.problem
        key = None if problem is None else f"record_{problem.key}"
        for other in PROBLEMS:
            if other != key:
                self._board.take_down(other)
        if key is not None:
            details = {FILE: self._clerk.path.name, "detail": str(problem)}
            self._board.pin(key, "", details, severity=ir.IssueSeverity.ERROR)
        self._remember()
        for name in set_aside(self._entry):
            self._board.pin(SET_ASIDE, name, {FILE: name}, mend={FILE: name})

    def _remember(self) -> None:
        aside = self._clerk.set_aside
        if aside is not None and aside.name != self._told:
            self._told = aside.name
            names = {*set_aside(self._entry), aside.name}
            _remember_set_aside(self._hass, self._entry, names)


def set_aside(entry: ConfigEntry) -> list[str]:
    """The names of the damaged files that nobody has acknowledged yet."""
    return list(entry.data.get(CONF_SET_ASIDE, ()))


@callback
def acknowledge(hass: HomeAssistant, entry: ConfigEntry, name: str) -> None:
    """Somebody knows that a file was set aside."""
    _remember_set_aside(hass, entry, {*set_aside(entry)} - {name})


def _remember_set_aside(hass: HomeAssistant, entry: ConfigEntry, names: Iterable[str]) -> None:
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_SET_ASIDE: sorted(names)}
    )
