"""Which chambers have devices and entities: they come with the first valid sample, and change with the description."""

import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_current_platform,
)
from homeassistant.helpers.event import async_call_later

from . import devices, memory
from .census import Change
from .chamber.model import Address, Chamber
from .const import DOMAIN
from .coordinator import Coordinator
from .entity import ChamberEntity, GatewayEntity
from .mapping.table import is_mapped
from .options import Options

META_WITHIN = 2.0

MakeChamberEntities = Callable[[Coordinator, Chamber], Iterable[ChamberEntity]]
MakeGatewayEntities = Callable[[Coordinator, str], Iterable[GatewayEntity]]


def full_chambers(entry: ConfigEntry) -> int:
    """How many chambers of an entry have all their entities."""
    return Options.of(entry.options).full_chambers


class Roster:
    """Admits chambers, and keeps their entities in step with what they are seen to have."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, coordinator: Coordinator) -> None:
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._link = devices.register_link(hass, entry)
        self._gateways: dict[str, dr.DeviceEntry] = {}
        self._waiting: dict[Address, CALLBACK_TYPE] = {}
        self._admitted: set[Address] = set()
        self._desks: list[_Desk] = []

    def join(
        self,
        add: AddConfigEntryEntitiesCallback,
        make: MakeChamberEntities,
        make_for_gateway: MakeGatewayEntities = lambda _coordinator, _gateway: (),
    ) -> None:
        """A platform is ready to add entities, to the chambers of now and of later."""
        desk = _Desk(self._hass, async_get_current_platform().domain, add, make, make_for_gateway)
        self._desks.append(desk)
        chambers = self._coordinator.census.chambers
        desk.serve(self._coordinator, [chambers[address] for address in self._admitted])

    def close(self) -> None:
        """Wait for nothing any more."""
        for cancel in self._waiting.values():
            cancel()
        self._waiting.clear()

    def gateway_changed(self, gateway: str) -> None:
        """A gateway said which agent it runs."""
        if gateway in self._gateways:
            self._register_gateway(gateway)

    def chamber_changed(self, change: Change) -> None:
        """A chamber said something: admit it, or follow what it became."""
        before, after = change.before, change.after
        address = after.address
        if address not in self._admitted:
            if after.meta is not None:
                self.admit(address)
            elif address not in self._waiting:
                self._wait_for_meta(address)
        elif before is None or before.meta is not after.meta or before.learned is not after.learned:
            self.admit(address)

    def _wait_for_meta(self, address: Address) -> None:
        @callback
        def admit_nameless(_now: datetime) -> None:
            self.admit(address)

        self._waiting[address] = async_call_later(self._hass, META_WITHIN, admit_nameless)

    @callback
    def admit(self, address: Address) -> None:
        """Give a chamber its device and its entities, or bring them up to date."""
        if cancel := self._waiting.pop(address, None):
            cancel()
        chamber = self._coordinator.census.chambers.get(address)
        if chamber is None:
            return
        self._admitted.add(address)
        memory.remember_dismissed(
            self._hass, self._entry, frozenset(self._coordinator.census.dismissed)
        )
        via = self._link if is_mapped(address) else self._gateway(address.gateway)
        devices.register_chamber(self._hass, self._entry, chamber, via)
        for desk in self._desks:
            desk.serve(self._coordinator, [chamber])

    def dismiss(self, address: Address) -> None:
        """A chamber's device is being removed: forget it until it gives a live sign."""
        self.withdraw(address)
        memory.remember_dismissed(
            self._hass, self._entry, frozenset(self._coordinator.census.dismissed)
        )

    def withdraw(self, address: Address) -> None:
        """Who removes a chamber's device has its entities removed, too: forget it."""
        self._admitted.discard(address)
        self._coordinator.forget(address)
        for desk in self._desks:
            desk.dismiss(address)

    def has_gateway(self, name: str) -> bool:
        """Whether a chamber of this gateway is admitted."""
        return any(address.gateway == name for address in self._admitted)

    def forget_gateway(self, name: str) -> None:
        """A gateway's device is being removed."""
        self._gateways.pop(name, None)
        for desk in self._desks:
            desk.forget_gateway(name)

    def _gateway(self, name: str) -> dr.DeviceEntry:
        return self._gateways.get(name) or self._register_gateway(name)

    def _register_gateway(self, name: str) -> dr.DeviceEntry:
        known = self._coordinator.census.gateways.get(name)
        device = devices.register_gateway(self._hass, self._entry, name, known, self._link)
        self._gateways[name] = device
        return device


class _Desk:
    """One platform's place: what it gave to whom. It holds no entity that Home Assistant does not hold."""

    def __init__(
        self,
        hass: HomeAssistant,
        domain: str,
        add: AddConfigEntryEntitiesCallback,
        make: MakeChamberEntities,
        make_for_gateway: MakeGatewayEntities,
    ) -> None:
        self._hass = hass
        self._domain = domain
        self._add = add
        self._make = make
        self._make_for_gateway = make_for_gateway
        self._given: dict[Address, dict[str, weakref.ref[ChamberEntity]]] = {}
        self._gateways: set[str] = set()

    def serve(self, coordinator: Coordinator, chambers: Iterable[Chamber]) -> None:
        """Add the entities that chambers have now and had not, remove those that they have no more."""
        new: defaultdict[str | None, list[Entity]] = defaultdict(list)
        for chamber in chambers:
            new[devices.subentry_of(chamber.address)] += self._new(coordinator, chamber)
        for subentry, entities in new.items():
            if entities:
                self._add(entities, config_subentry_id=subentry)

    def _new(self, coordinator: Coordinator, chamber: Chamber) -> Iterator[Entity]:
        given = self._given.setdefault(chamber.address, {})
        full = coordinator.census.is_among_first(chamber.address, full_chambers(coordinator.entry))
        wanted = {
            str(entity.unique_id): entity
            for entity in self._make(coordinator, chamber)
            if full or not entity.dispensable
        }
        for unique_id in given.keys() - wanted.keys():
            del given[unique_id]
            self._remove(unique_id)
        for reference in given.values():
            if (entity := reference()) is not None:
                entity.refresh()
        new = [entity for unique_id, entity in wanted.items() if unique_id not in given]
        given.update({str(entity.unique_id): weakref.ref(entity) for entity in new})
        gateway = chamber.address.gateway
        if gateway not in self._gateways and not is_mapped(chamber.address):
            self._gateways.add(gateway)
            yield from self._make_for_gateway(coordinator, gateway)
        yield from new

    def dismiss(self, address: Address) -> None:
        """A chamber's device, and with it its entities, is gone."""
        self._given.pop(address, None)

    def forget_gateway(self, name: str) -> None:
        """A gateway's device, and with it its entities, is gone."""
        self._gateways.discard(name)

    def _remove(self, unique_id: str) -> None:
        registry = er.async_get(self._hass)
        entity_id = registry.async_get_entity_id(self._domain, DOMAIN, unique_id)
        if entity_id is not None:
            registry.async_remove(entity_id)
