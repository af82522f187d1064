"""What lives while an entry is loaded, and the type of such an entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry

from .coordinator import Coordinator
from .keeping.books import Books
from .mapping.directory import Directory
from .roster import Roster


@dataclass(frozen=True, slots=True)
class Runtime:
    """One broker link: its coordinator, who is admitted, what is recorded, who is mapped, and the options in force."""

    coordinator: Coordinator
    roster: Roster
    books: Books
    directory: Directory
    options: Mapping[str, Any]

    async def async_close(self) -> None:
        """Take leave of the broker, take in what was heard, and close the record."""
        self.roster.close()
        self.directory.close()
        await self.coordinator.stop()
        await self.books.close()


type ChamberConfigEntry = ConfigEntry[Runtime]
