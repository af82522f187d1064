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
from .chamber.analysis.findings import Excursion, Findings
from .chamber.model import Address, Chamber, Kind, Presence
from .coordinator import Coordinator
from .entity import (
    Attributes,
    ChamberEntity,
    ChamberRow,
    GatewayEntity,
    JudgedEntity,
    LinkEntity,
    Shown,
    known,
    moment,
    rounded,
)
from .runtime import ChamberConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ChamberBinarySensorDescription(ChamberRow, BinarySensorEntityDescription):
    """A row of the chambers' table."""


def _door_reported(chamber: Chamber) -> bool:
    return "door" in chamber.learned.fields or bool(chamber.meta and chamber.meta.door)


def _of_excursion(excursion: Excursion) -> Attributes:
    return known(
        what=excursion.what,
        since=moment(excursion.since),
        ended=moment(excursion.ended),
        peak=rounded(excursion.peak, 2),
        out=rounded(excursion.out),
        degree_minutes=rounded(excursion.degree_minutes, 1),
        acknowledged_by=excursion.acknowledged_by,
        acknowledged_at=moment(excursion.acknowledged_at),
        comment=excursion.comment,
    )


def _of_alarm(findings: Findings) -> Attributes:
    last = findings.last_excursion
    return (
        *(() if last is None else _of_excursion(last)),
        *known(
            unacknowledged=findings.unacknowledged,
            warning=findings.warning,
            pending_until=moment(findings.pending_until),
            shelved_until=moment(findings.shelved_until),
            judged_on=findings.judged_on,
            provisional=findings.provisional,
        ),
    )


DOOR = ChamberBinarySensorDescription(
    key="door",
    reads=frozenset({"door"}),
    device_class=BinarySensorDeviceClass.DOOR,
    exists_fn=_door_reported,
    value_fn=lambda chamber: chamber.sample and chamber.sample.door,
)
EXCURSION = BinarySensorEntityDescription(
    key="excursion", device_class=BinarySensorDeviceClass.PROBLEM
)
FAULT = BinarySensorEntityDescription(key="fault", device_class=BinarySensorDeviceClass.PROBLEM)
REPORTED = "reported"
"""What a chamber's own word is called among what is found."""
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
    yield ExcursionBinarySensor(coordinator, address, EXCURSION)
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
        if not self.is_fresh:
            return Shown(available=False)
        return Shown(True, self.entity_description.value_fn(self.chamber))


class ExcursionBinarySensor(JudgedEntity, ShownBinarySensor):
    """Out of the limits for longer than the delay, or not acknowledged since; with the last excursion."""

    _unrecorded_attributes = frozenset({"peak", "out", "degree_minutes", "pending_until"})

    def look(self) -> Shown:
        """What is found, once that is known."""
        findings = self.findings
        if findings is None:
            return Shown(available=True)
        return Shown(True, findings.excursion, _of_alarm(findings))


class FaultBinarySensor(JudgedEntity, ShownBinarySensor):
    """A sensor or actuator fault: the chamber says so, or it is found; with the reasons."""

    _unrecorded_attributes = frozenset({"reasons"})
    reads = frozenset({"temperature", "quality", "action", "reason"})
    dispensable = False

    def look(self) -> Shown:
        """What the sample says while it is true, and what is found; unknown where neither says anything."""
        sample = self.chamber.sample if self.is_fresh else None
        findings = self.findings or Findings()
        said = judgement.faults(judgement.missed(sample, findings.judged_on)) if sample else ()
        found = findings.faults
        reasons = [*said, *(key for key in found if not (said and key == REPORTED))]
        if reasons:
            return Shown(True, True, known(reasons=reasons))
        return Shown(True, None if sample is None else False)


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
