"""What lives while an entry is loaded, and the type of such an entry."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .coordinator import Coordinator
from .keeping.books import Books
from .roster import Roster


@dataclass(frozen=True, slots=True)
class Runtime:
    """One broker link: its coordinator, who is admitted, and what is recorded."""

    coordinator: Coordinator
    roster: Roster
    books: Books


type ChamberConfigEntry = ConfigEntry[Runtime]
