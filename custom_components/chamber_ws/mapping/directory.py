"""The mapped chambers of one entry, kept in step with its subentries without a new connection."""

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback

from ..chamber.topics import DEFAULT_PREFIX
from ..const import CONF_PREFIX, SUBENTRY_CHAMBER
from ..coordinator import Coordinator
from ..roster import Roster
from . import reading
from .desk import Desk, fan_out
from .table import BadMapping, Table, address_of

_LOGGER = logging.getLogger(__name__)


class Directory:
    """Who is mapped, and by which topics."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: Coordinator, roster: Roster
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._roster = roster
        self._desks: dict[str, Desk] = {}

    @callback
    def follow(self) -> None:
        """Take in the entry's subentries as they are now."""
        tables = dict(self._tables())
        for subentry_id in self._desks.keys() - self._entry.subentries.keys():
            self._remove(subentry_id)
        for subentry_id, table in tables.items():
            known = self._desks.get(subentry_id)
            if known is None or known.table != table:
                self._place(subentry_id, table)
        takers: defaultdict[str, list[Desk]] = defaultdict(list)
        for desk in self._desks.values():
            for topic in desk.table.topics:
                takers[topic].append(desk)
        self._coordinator.hearing.follow({topic: fan_out(all_) for topic, all_ in takers.items()})

    def close(self) -> None:
        """Make no sample of what still waits."""
        for desk in self._desks.values():
            desk.close()

    def _tables(self) -> Mapping[str, Table]:
        prefix = self._entry.data.get(CONF_PREFIX, DEFAULT_PREFIX)
        found: dict[str, Table] = {}
        for subentry in self._entry.subentries.values():
            if subentry.subentry_type == SUBENTRY_CHAMBER and (table := _table(subentry, prefix)):
                found[subentry.subentry_id] = table
        return found

    def _place(self, subentry_id: str, table: Table) -> None:
        if (before := self._desks.get(subentry_id)) is not None:
            before.close()
        address = address_of(subentry_id)
        desk = self._desks[subentry_id] = Desk(self._hass, self._coordinator, address, table)
        self._coordinator.commander.routes[address] = desk
        self._coordinator.census.restore(desk.chamber)
        self._roster.admit(address)

    def _remove(self, subentry_id: str) -> None:
        """Home Assistant has removed its device and entities."""
        self._desks.pop(subentry_id).close()
        address = address_of(subentry_id)
        self._coordinator.commander.routes.pop(address, None)
        self._roster.withdraw(address)
        self._coordinator.census.dismissed.discard(address)


def _table(subentry: ConfigSubentry, prefix: str) -> Table | None:
    data: dict[str, Any] = dict(subentry.data)
    try:
        return replace(reading.read(data, prefix), name=subentry.title)
    except BadMapping as error:
        _LOGGER.warning("The mapping of %s is set aside: %s", subentry.title, error)
        return None
