"""What is measured: temperatures, setpoint, duties, power; and what is found of it: extremes, metrics, estimates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .chamber import judgement
from .chamber.analysis.findings import Extreme, Findings
from .chamber.model import Chamber, Kind, Progress
from .coordinator import Coordinator
from .entity import (
    Attributes,
    ChamberEntity,
    ChamberRow,
    JudgedEntity,
    LinkEntity,
    Shown,
    SparedEntity,
    known,
    moment,
    rounded,
)
from .runtime import ChamberConfigEntry

PARALLEL_UPDATES = 0
CELSIUS: dict[str, Any] = {
    "device_class": SensorDeviceClass.TEMPERATURE,
    "native_unit_of_measurement": UnitOfTemperature.CELSIUS,
    "suggested_display_precision": 2,
}
SECONDS: dict[str, Any] = {
    "device_class": SensorDeviceClass.DURATION,
    "native_unit_of_measurement": UnitOfTime.SECONDS,
    "suggested_display_precision": 0,
}
WINDOW: dict[str, int | None] = {
    "coverage": 1,
    "mean": 2,
    "time_above": None,
    "time_below": None,
    "degree_minutes_above": 1,
    "degree_minutes_below": 1,
    "heater_duty": 1,
    "cooler_duty": 1,
    "starts_per_hour": 1,
    "energy": 3,
}
"""What is told of the last 24 hours beside the values themselves, and to how many digits; None: whole ones."""


@dataclass(frozen=True, kw_only=True)
class ChamberSensorDescription(ChamberRow, SensorEntityDescription):
    """A row of the chambers' table; measured values are spared, others say that they are not."""

    deadband: float | None = 0.0


@dataclass(frozen=True, kw_only=True)
class JudgedSensorDescription(SensorEntityDescription):
    """A row of the table of what is found. No state class: none of these values is a measurement."""

    value_fn: Callable[[Findings], float | None]
    attributes_fn: Callable[[Findings], Attributes] = lambda _findings: ()

    def attributes(self, findings: Findings) -> Attributes:
        """What is told beside the value, and of which temperature it is."""
        return *self.attributes_fn(findings), ("judged_on", findings.judged_on)


@dataclass(frozen=True, kw_only=True)
class LinkSensorDescription(SensorEntityDescription):
    """A row of the link's table."""

    value_fn: Callable[[Coordinator], float | None]


def _reports(field: str) -> Callable[[Chamber], bool]:
    return lambda chamber: field in chamber.learned.fields


def _of_sample(field: str) -> Callable[[Chamber], Any]:
    return lambda chamber: getattr(chamber.sample, field, None)


def _mean_duty(kind: Kind) -> Callable[[Chamber], float | None]:
    def mean(chamber: Chamber) -> float | None:
        parts = (chamber.sample and chamber.sample.parts(kind)) or ()
        duties = [part.duty for part in parts if part is not None and part.duty is not None]
        return round(fmean(duties), 1) if duties else None

    return mean


def _setpoint(chamber: Chamber) -> float | None:
    sample = chamber.sample
    if sample is None:
        return None
    return sample.setpoint if sample.effective_setpoint is None else sample.effective_setpoint


def _final_setpoint(chamber: Chamber) -> Attributes:
    return (("final_setpoint", chamber.sample.setpoint),) if chamber.sample else ()


def _control_quality(chamber: Chamber) -> Attributes:
    return judgement.quality_of(chamber.sample, judgement.CONTROL)


def _taken_at(chamber: Chamber) -> datetime | None:
    return moment(chamber.taken_at) if chamber.sample else None


def _progress(chamber: Chamber) -> Progress | None:
    return chamber.sample.profile if chamber.sample else None


def _profile(field: str) -> Callable[[Chamber], Any]:
    return lambda chamber: getattr(_progress(chamber), field, None)


def _profile_attributes(chamber: Chamber) -> Attributes:
    progress = _progress(chamber)
    if progress is None:
        return ()
    return (("name", progress.name), ("steps", progress.steps), ("state", progress.state))


def _extreme(key: str, of: Callable[[Findings], Extreme | None]) -> JudgedSensorDescription:
    def value(findings: Findings) -> float | None:
        extreme = of(findings)
        return None if extreme is None else round(extreme.value, 2)

    def when(findings: Findings) -> Attributes:
        at = moment(extreme.at) if (extreme := of(findings)) else None
        return known(at=at, reset_at=moment(findings.reset_at))

    return JudgedSensorDescription(key=key, value_fn=value, attributes_fn=when, **CELSIUS)


def _of_window(*names: str) -> Callable[[Findings], Attributes]:
    def attributes(findings: Findings) -> Attributes:
        window = findings.window
        return known(**{name: rounded(getattr(window, name), WINDOW[name]) for name in names})

    return attributes


def _time_out_of_range(findings: Findings) -> float | None:
    last = findings.last_excursion
    return None if last is None else rounded(last.out)


def _time_to_breach(findings: Findings) -> float | None:
    """Of a chamber that says nothing any more nobody knows how long it has."""
    breach = None if findings.lost else findings.breach
    return None if breach is None else round(breach.seconds)


def _breach(findings: Findings) -> Attributes:
    breach = None if findings.lost else findings.breach
    return () if breach is None else known(limit=breach.limit, confident=breach.confident)


def _temperature(key: str, **columns: Any) -> ChamberSensorDescription:
    columns = {"state_class": SensorStateClass.MEASUREMENT, "deadband": 1.0, **CELSIUS, **columns}
    return ChamberSensorDescription(key=key, **columns)


def _duty(kind: Kind) -> ChamberSensorDescription:
    return ChamberSensorDescription(
        key=f"{kind}_duty",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        reads=frozenset({f"{kind}s"}),
        exists_fn=_reports(f"{kind}_duty"),
        value_fn=_mean_duty(kind),
    )


PROFILE: dict[str, Any] = {"reads": frozenset({"profile"}), "exists_fn": _reports("profile")}
SENSORS = (
    _temperature(
        "temperature",
        reads=frozenset({"temperature", "quality"}),
        live=True,
        value_fn=lambda chamber: judgement.temperature(chamber.sample, judgement.CONTROL),
        attributes_fn=_control_quality,
    ),
    _temperature(
        "setpoint",
        deadband=None,
        reads=frozenset({"setpoint", "effective_setpoint"}),
        exists_fn=_reports("setpoint"),
        value_fn=_setpoint,
        attributes_fn=_final_setpoint,
    ),
    _duty(Kind.HEATER),
    _duty(Kind.COOLER),
    ChamberSensorDescription(
        key="power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        reads=frozenset({"power"}),
        exists_fn=_reports("power"),
        value_fn=_of_sample("power"),
    ),
    ChamberSensorDescription(
        key="energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=3,
        reads=frozenset({"energy"}),
        exists_fn=_reports("energy"),
        value_fn=_of_sample("energy"),
    ),
    ChamberSensorDescription(
        key="profile_step",
        **PROFILE,
        deadband=None,
        value_fn=_profile("step"),
        attributes_fn=_profile_attributes,
    ),
    ChamberSensorDescription(
        key="profile_remaining",
        **PROFILE,
        **SECONDS,
        value_fn=_profile("remaining"),
    ),
    ChamberSensorDescription(
        key="last_sample",
        reads=None,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        always=True,
        value_fn=_taken_at,
    ),
)
PROBE = _temperature("probe", reads=frozenset({"probes", "quality"}))
JUDGED_SENSORS = (
    _extreme("minimum", lambda findings: findings.minimum),
    _extreme("maximum", lambda findings: findings.maximum),
    JudgedSensorDescription(
        key="mean_kinetic_temperature",
        value_fn=lambda findings: rounded(findings.window.mean_kinetic_temperature, 2),
        attributes_fn=_of_window("coverage", "mean"),
        **CELSIUS,
    ),
    JudgedSensorDescription(
        key="time_in_range",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=2,
        value_fn=lambda findings: rounded(findings.window.time_in_range, 2),
        attributes_fn=_of_window(*(name for name in WINDOW if name != "mean")),
    ),
    JudgedSensorDescription(key="time_out_of_range", value_fn=_time_out_of_range, **SECONDS),
    JudgedSensorDescription(
        key="time_to_breach", value_fn=_time_to_breach, attributes_fn=_breach, **SECONDS
    ),
)
LINK_SENSORS = (
    LinkSensorDescription(
        key="round_trip",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda coordinator: coordinator.round_trip,
    ),
    LinkSensorDescription(
        key="message_rate",
        native_unit_of_measurement="1/s",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda coordinator: coordinator.message_rate,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: ChamberConfigEntry, add: AddConfigEntryEntitiesCallback
) -> None:
    """Add the link's sensors now, the chambers' as they appear."""
    add(LinkSensor(entry.runtime_data.coordinator, description) for description in LINK_SENSORS)
    entry.runtime_data.roster.join(add, _sensors)


def _sensors(coordinator: Coordinator, chamber: Chamber) -> Iterator[ChamberEntity]:
    for description in SENSORS:
        if description.exists_fn(chamber):
            yield ChamberSensor(coordinator, chamber.address, description)
    for probe in chamber.probes:
        yield ProbeSensor(coordinator, chamber.address, PROBE, probe)
    for judged in JUDGED_SENSORS:
        yield JudgedSensor(coordinator, chamber.address, judged)


class ShownSensor(SensorEntity):
    """A sensor whose value is what is shown."""

    shown: Shown

    @property
    def native_value(self) -> Any:
        """The value shown."""
        return self.shown.value


class ChamberSensor(SparedEntity, ShownSensor):
    """A value of a chamber."""

    entity_description: ChamberSensorDescription

    def look(self) -> Shown:
        """The value, while it is true."""
        chamber, row = self.chamber, self.entity_description
        if not (row.always or self.is_fresh):
            return Shown(available=False)
        return Shown(True, row.value_fn(chamber), row.attributes_fn(chamber))


class ProbeSensor(ChamberSensor):
    """A further probe, named after itself."""

    @property
    def name(self) -> str:
        """What the description calls it, else its id made readable."""
        if self._known_name is None:
            described = self.chamber.probes.get(str(self.part))
            readable = str(self.part).replace("_", " ").replace("-", " ").capitalize()
            self._known_name = (described and described.name) or readable
        return self._known_name

    def look(self) -> Shown:
        """The probe's temperature, while it is true."""
        sample = self.chamber.sample
        if not self.is_fresh:
            return Shown(available=False)
        probe = str(self.part)
        return Shown(
            True, judgement.temperature(sample, probe), judgement.quality_of(sample, probe)
        )


class JudgedSensor(JudgedEntity, ShownSensor):
    """A value that is found of a chamber."""

    # They run on, and would fill the recorder.
    _unrecorded_attributes = frozenset(WINDOW)
    entity_description: JudgedSensorDescription

    def look(self) -> Shown:
        """What is found, once that is known."""
        row, findings = self.entity_description, self.findings
        if findings is None:
            return Shown(available=True)
        return Shown(True, row.value_fn(findings), row.attributes(findings))


class LinkSensor(LinkEntity, ShownSensor):
    """A value of the link."""

    entity_description: LinkSensorDescription

    def look(self) -> Shown:
        """The value, while connected."""
        return Shown(self.coordinator.connected, self.entity_description.value_fn(self.coordinator))
