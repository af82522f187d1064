"""What lives while an entry is loaded, and the type of such an entry."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .coordinator import Coordinator
from .roster import Roster


@dataclass(frozen=True, slots=True)
class Runtime:
    """One broker link: its coordinator, and who is admitted."""

    coordinator: Coordinator
    roster: Roster


type ChamberConfigEntry = ConfigEntry[Runtime]
