"""What all entities have in common: their device, their id, and being written only when they show something new."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from . import devices
from .chamber.analysis.deeds import Signature
from .chamber.analysis.findings import Findings
from .chamber.errors import ChamberError
from .chamber.model import Address, Chamber
from .const import EVENT
from .coordinator import LINK, Coordinator
from .errors import translated
from .keeping.acting import Hand, async_signature
from .telling.restraint import NEVER, Restraint, Sparing

Attributes = tuple[tuple[str, Any], ...]


def moment(at: float | None) -> datetime | None:
    """A time in Unix s as frontends show it."""
    return None if at is None else datetime.fromtimestamp(at, UTC)


def rounded(value: float | None, digits: int | None = None) -> float | None:
    """A value to so many digits, None: a whole number; what is unknown stays unknown."""
    return None if value is None else round(value, digits)


def known(**given: Any) -> Attributes:
    """Attributes, without those that are not known."""
    return tuple((name, value) for name, value in given.items() if value is not None)


class Shown(NamedTuple):
    """What an entity shows; two equal ones need no writing."""

    available: bool
    value: Any = None
    attributes: Attributes = ()


@dataclass(frozen=True, kw_only=True)
class ChamberRow:
    """The columns that the platforms' tables share; `always` keeps the entity available whatever happens.

    `reads` names the readings of a sample that value and attributes are made of; None: anything of the chamber.
    `live` rows are shown at the full rate for as long as that can be borne. `deadband` counts the resolutions, as the
    options set them, within which a value is spared; 0: it is exact, and spared the interval alone; None: never spared.
    """

    reads: frozenset[str] | None
    live: bool = False
    deadband: float | None = None
    exists_fn: Callable[[Chamber], bool] = field(default=lambda _chamber: True)
    value_fn: Callable[[Chamber], Any] = field(default=lambda _chamber: None)
    attributes_fn: Callable[[Chamber], Attributes] = field(default=lambda _chamber: ())
    always: bool = False


class TellingEntity(Entity):
    """An entity that is told when to look, and writes its state only where it shows something else."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    reads: frozenset[str] | None = None
    live = False

    def __init__(self, coordinator: Coordinator, source: Hashable, unique_id: str) -> None:
        self.coordinator = coordinator
        self._source = source
        self._attr_unique_id = unique_id
        self.shown = Shown(available=False)
        self._listening = False
        self._described: tuple[Any, ...] = ()

    def look(self) -> Shown:
        """What is to be shown now."""
        raise NotImplementedError

    async def async_added_to_hass(self) -> None:
        """Listen, and begin with what is known."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.herald.listen(self._source, self._told, self.reads, live=self.live)
        )
        self._listening = True
        self._described = self._describe()
        self._take(self.look())

    def refresh(self) -> None:
        """Write again where what describes the entity has changed: its name, or what it offers."""
        if self._listening:
            described = self._describe()
            if described != self._described:
                self._described = described
                self._take(self.look())
                self.async_write_ha_state()
            else:
                self._told()

    def _describe(self) -> tuple[Any, ...]:
        return (self.name, self.capability_attributes, self.supported_features)

    @callback
    def _told(self) -> None:
        shown = self.look()
        if shown != self.shown:
            self._take(shown)
            self.async_write_ha_state()

    def _take(self, shown: Shown) -> None:
        """This is what is written next."""
        self.shown = shown

    @property
    def available(self) -> bool:
        """Whether what is shown is true."""
        return self.shown.available

    @property
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """The attributes, where there are any."""
        return dict(self.shown.attributes) or None


class ChamberEntity(TellingEntity):
    """An entity of one chamber. `part` is the index or the probe where there are several of a kind.

    One that is `dispensable` exists for the first chambers of an entry alone: Home Assistant admits 10 000 to it.
    """

    dispensable = False

    def __init__(
        self,
        coordinator: Coordinator,
        address: Address,
        description: EntityDescription,
        part: int | str | None = None,
    ) -> None:
        entry = coordinator.entry
        path = [devices.path_of(entry, address), description.key]
        super().__init__(
            coordinator, address, "/".join(path if part is None else [*path, str(part)])
        )
        self.entity_description = description
        if isinstance(description, ChamberRow):
            self.reads = description.reads
            self.live = description.live
        self.address = address
        self.part = part
        self._known_name: str | None = None
        self._attr_translation_key = description.key
        self._attr_device_info = DeviceInfo(
            identifiers={devices.chamber_identifier(entry, address)}
        )

    def refresh(self) -> None:
        """Write again; the name may be another one."""
        self._known_name = None
        super().refresh()

    @property
    def chamber(self) -> Chamber:
        """The chamber as it is known now; a forgotten one is empty."""
        return self.coordinator.census.chambers.get(self.address) or Chamber(address=self.address)

    @property
    def chamber_name(self) -> str:
        """What the user calls the chamber."""
        device = self.device_entry
        return (device and devices.name_of(device)) or self.address.chamber

    def write_anew(self) -> None:
        """Frontends keep showing a wish until they hear of the entity again, changed or not."""
        self._attr_force_update = True
        self.async_write_ha_state()
        self._attr_force_update = False

    async def async_signature(self) -> Signature:
        """Who acts on this entity now."""
        return await async_signature(self.hass, self._context)

    @property
    def is_fresh(self) -> bool:
        """Whether the chamber's sample may be shown as true."""
        return self.coordinator.fresh(self.address)


class PatientEntity(ChamberEntity):
    """An entity that holds back what it was told, and then looks again by itself: the last value is always shown."""

    _waiting: asyncio.TimerHandle | None = None
    _remind_no_more: CALLBACK_TYPE | None = None

    async def async_added_to_hass(self) -> None:
        """Wait for nothing any more once it is gone."""
        await super().async_added_to_hass()
        self.async_on_remove(self._wait_no_more)

    def _wait(self, seconds: float) -> None:
        """Look again then: a timer that comes sooner is left alone, and then finds what is due when."""
        at = self.hass.loop.time() + seconds
        if self._waiting is None or self._waiting.when() > at:
            self._wait_no_more()
            self._waiting = self.hass.loop.call_at(at, self._look_again)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if self._remind_no_more is not None:
            self._remind_no_more()
            self._remind_no_more = None

    @callback
    def _look_again(self) -> None:
        self._waiting = None
        self._remind_no_more = self.coordinator.herald.remind(self._told, live=self.live)


class SparedEntity(PatientEntity):
    """An entity of a measured value, which is written as sparingly as the options say; all else of it at once."""

    def __init__(
        self,
        coordinator: Coordinator,
        address: Address,
        description: EntityDescription,
        part: int | str | None = None,
    ) -> None:
        super().__init__(coordinator, address, description, part)
        self._restraint: Restraint | None = None
        sparing = coordinator.sparing
        if isinstance(description, ChamberRow) and description.deadband is not None:
            near = description.deadband * sparing.deadband
            if near or sparing.interval:
                self._restraint = Restraint(Sparing(near, sparing.interval))

    def _take(self, shown: Shown) -> None:
        super()._take(shown)
        if self._restraint is not None:
            self._restraint.wrote(shown.value if shown.available else None, time.monotonic())
            self._wait_no_more()

    @callback
    def _told(self) -> None:
        if self._restraint is None:
            super()._told()
            return
        shown, now = self.look(), time.monotonic()
        due = self._restraint.due(shown.value, now)
        if shown._replace(value=None) != self.shown._replace(value=None) or due <= now:
            self._take(shown)
            self.async_write_ha_state()
        elif due < NEVER:
            self._wait(due - now)


class JudgedEntity(ChamberEntity):
    """An entity of what the record's engines find of a chamber; available for as long as the entry is loaded."""

    reads = frozenset()
    dispensable = True

    async def async_added_to_hass(self) -> None:
        """Listen for what is found, too."""
        self.async_on_remove(
            self.coordinator.clerk.listen(self.address, lambda _findings: self._told())
        )
        await super().async_added_to_hass()

    @property
    def findings(self) -> Findings | None:
        """What is found of the chamber; None while that is not known yet."""
        return self.coordinator.clerk.findings(self.address)

    async def async_hand(self) -> Hand:
        """The hand of whoever acts on this entity now."""
        return Hand(self.coordinator.clerk, await self.async_signature())

    async def async_act(self, act: Callable[[Hand], Awaitable[object]]) -> None:
        """Let whoever acts on this entity now do something, or be told why that cannot be."""
        try:
            await act(await self.async_hand())
        except ChamberError as error:
            raise translated(error, self.chamber_name) from error

    @callback
    def tell(self, kind: str, details: dict[str, Any]) -> None:
        """Say on the bus, in the entity's context, what happened."""
        assert self.registry_entry is not None
        said = {
            "device_id": self.registry_entry.device_id,
            "entity_id": self.entity_id,
            "type": kind,
            "details": details,
        }
        self.hass.bus.async_fire(EVENT, said, context=self._context)


class SettingEntity(JudgedEntity):
    """An entity that shows a setting of the alarm, and changes it."""

    async def async_configure(self, **changes: Any) -> None:
        """Change settings. What is in force is shown again, whatever was asked for."""
        before = self.shown
        try:
            await self.async_act(lambda hand: hand.configure(self.address, **changes))
        finally:
            if self.shown == before:
                self.write_anew()


class GatewayEntity(TellingEntity):
    """An entity of a gateway."""

    def __init__(self, coordinator: Coordinator, gateway: str, key: str) -> None:
        entry = coordinator.entry
        super().__init__(coordinator, gateway, f"{entry.entry_id}/{gateway}/{key}")
        self.gateway = gateway
        self._attr_translation_key = key
        self._attr_device_info = DeviceInfo(
            identifiers={devices.gateway_identifier(entry, gateway)}
        )


class LinkEntity(TellingEntity):
    """An entity of the link itself."""

    def __init__(self, coordinator: Coordinator, description: EntityDescription) -> None:
        entry = coordinator.entry
        super().__init__(coordinator, LINK, f"{entry.entry_id}/{description.key}")
        self.entity_description = description
        self._attr_translation_key = description.key
        self._attr_device_info = DeviceInfo(identifiers={devices.link_identifier(entry)})
