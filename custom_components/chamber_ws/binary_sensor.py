"""What is on or off, well or not: actuators, door, fault, and who is online."""

from collections.abc import Iterator
from dataclasses import dataclass

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .chamber import judgement
from .chamber.model import Address, Chamber, Kind, Presence
from .coordinator import Coordinator
from .entity import Attributes, ChamberEntity, ChamberRow, GatewayEntity, LinkEntity, Shown
from .runtime import ChamberConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ChamberBinarySensorDescription(ChamberRow, BinarySensorEntityDescription):
    """A row of the chambers' table."""


def _door_reported(chamber: Chamber) -> bool:
    return "door" in chamber.learned.fields or bool(chamber.meta and chamber.meta.door)


def _faults(chamber: Chamber) -> Attributes:
    found = judgement.faults(chamber.sample) if chamber.sample else ()
    return (("reasons", list(found)),) if found else ()


DOOR = ChamberBinarySensorDescription(
    key="door",
    reads=frozenset({"door"}),
    device_class=BinarySensorDeviceClass.DOOR,
    exists_fn=_door_reported,
    value_fn=lambda chamber: chamber.sample and chamber.sample.door,
)
FAULT = ChamberBinarySensorDescription(
    key="fault",
    reads=frozenset({"temperature", "quality", "action", "reason"}),
    device_class=BinarySensorDeviceClass.PROBLEM,
    always=True,
    value_fn=lambda chamber: bool(judgement.faults(chamber.sample)) if chamber.sample else None,
    attributes_fn=_faults,
)
ONLINE = BinarySensorEntityDescription(
    key="online", device_class=BinarySensorDeviceClass.CONNECTIVITY
)
CONNECTED = BinarySensorEntityDescription(
    key="connected",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)
PARTS = {
    kind: BinarySensorEntityDescription(
        key=kind.value, device_class=BinarySensorDeviceClass.RUNNING
    )
    for kind in Kind
}


async def async_setup_entry(
    _hass: HomeAssistant, entry: ChamberConfigEntry, add: AddConfigEntryEntitiesCallback
) -> None:
    """Add the link's now, the gateways' and chambers' as they appear."""
    add([LinkConnected(entry.runtime_data.coordinator, CONNECTED)])
    entry.runtime_data.roster.join(
        add,
        _binary_sensors,
        lambda coordinator, gateway: [GatewayOnline(coordinator, gateway, ONLINE.key)],
    )


def _binary_sensors(coordinator: Coordinator, chamber: Chamber) -> Iterator[ChamberEntity]:
    address = chamber.address
    yield ChamberOnline(coordinator, address, ONLINE)
    yield FaultBinarySensor(coordinator, address, FAULT)
    if DOOR.exists_fn(chamber):
        yield ChamberBinarySensor(coordinator, address, DOOR)
    for kind, description in PARTS.items():
        for index in range(len(chamber.names(kind))):
            yield PartRunning(coordinator, address, description, index, kind)


class ShownBinarySensor(BinarySensorEntity):
    """A binary sensor whose value is what is shown."""

    shown: Shown

    @property
    def is_on(self) -> bool | None:
        """The value shown."""
        return self.shown.value  # type: ignore[no-any-return]


class ChamberBinarySensor(ChamberEntity, ShownBinarySensor):
    """Something of a chamber that is on or off, while it is true."""

    entity_description: ChamberBinarySensorDescription

    def look(self) -> Shown:
        """The value, while it is true."""
        row = self.entity_description
        if not self.is_fresh:
            return Shown(available=row.always)
        return Shown(True, row.value_fn(self.chamber), row.attributes_fn(self.chamber))


class FaultBinarySensor(ChamberBinarySensor):
    """A sensor or actuator fault, with the reasons; unknown while nothing is known."""

    _unrecorded_attributes = frozenset({"reasons"})


class PartRunning(ChamberEntity, ShownBinarySensor):
    """One actuator. A single one has the translated name of its kind, several have the chamber's own names."""

    def __init__(
        self,
        coordinator: Coordinator,
        address: Address,
        description: BinarySensorEntityDescription,
        index: int,
        kind: Kind,
    ) -> None:
        super().__init__(coordinator, address, description, index)
        self.reads = frozenset({f"{kind}s"})
        self._index = index
        self._kind = kind

    @property
    def name(self) -> str | None:
        """The chamber's name for it, where there are several."""
        names = self.chamber.names(self._kind)
        if len(names) < 2 or self._index >= len(names):
            return super().name  # type: ignore[return-value]
        return names[self._index] or f"{super().name} {self._index + 1}"

    def look(self) -> Shown:
        """Whether it runs, while that is true."""
        sample = self.chamber.sample
        if not self.is_fresh or sample is None:
            return Shown(available=False)
        parts = sample.parts(self._kind) or ()
        part = parts[self._index] if self._index < len(parts) else None
        return Shown(True, None if part is None else part.on)


class ChamberOnline(ChamberEntity, ShownBinarySensor):
    """Whether the chamber's sample may be shown as true."""

    reads = frozenset()

    def look(self) -> Shown:
        """Fresh or not."""
        return Shown(True, self.is_fresh)


class GatewayOnline(GatewayEntity, ShownBinarySensor):
    """Whether a gateway says that it is online; unknown for one that says nothing."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY

    def look(self) -> Shown:
        """What its last accepted status says."""
        gateway = self.coordinator.census.gateways.get(self.gateway)
        status = gateway.status if gateway else None
        return Shown(True, None if status is None else status.state is Presence.ONLINE)


class LinkConnected(LinkEntity, ShownBinarySensor):
    """Whether the broker is connected."""

    def look(self) -> Shown:
        """Connected or not, and why not."""
        coordinator = self.coordinator
        failure = coordinator.failure
        attributes = () if failure is None else (("cause", failure.cause.value),)
        return Shown(True, coordinator.connected, attributes)
