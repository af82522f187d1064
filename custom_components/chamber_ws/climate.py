"""The thermostat: shows what the chamber confirmed, and returns from a change only once the chamber confirmed it."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from homeassistant.components.climate import (
    ATTR_HVAC_MODE,
    ClimateEntity,
    ClimateEntityDescription,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.const import ATTR_TEMPERATURE, PRECISION_TENTHS, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .chamber import judgement
from .chamber.errors import ChamberError, Code, NotPermitted
from .chamber.model import Action, Address, Chamber, Limits, Mode
from .coordinator import Coordinator
from .entity import ChamberEntity, PatientEntity, Shown
from .errors import translated
from .link.errors import LinkError
from .runtime import ChamberConfigEntry

PARALLEL_UPDATES = 0
TEMPERATURE_EVERY = 5.0
MODES = frozenset(mode.value for mode in Mode)
THERMOSTAT = ClimateEntityDescription(key="chamber")
ACTIONS = {
    Action.OFF: HVACAction.OFF,
    Action.IDLE: HVACAction.IDLE,
    Action.HEATING: HVACAction.HEATING,
    Action.COOLING: HVACAction.COOLING,
}


async def async_setup_entry(
    _hass: HomeAssistant, entry: ChamberConfigEntry, add: AddConfigEntryEntitiesCallback
) -> None:
    """Add thermostats as chambers appear."""
    entry.runtime_data.roster.join(add, _thermostats)


def _thermostats(coordinator: Coordinator, chamber: Chamber) -> Iterator[ChamberEntity]:
    """A chamber has one once a setpoint or modes were seen."""
    described = bool(chamber.meta and chamber.meta.modes)
    if described or chamber.learned.fields & {"setpoint", "mode"}:
        yield ChamberClimate(coordinator, chamber.address, THERMOSTAT)


class Facts(NamedTuple):
    """What is written at once when it changes."""

    setpoint: float | None = None
    mode: Mode | None = None
    action: Action | None = None
    modes: tuple[Mode, ...] = ()
    limits: Limits = Limits()


class ChamberClimate(PatientEntity, ClimateEntity):
    """The chamber as a thermostat.

    Its current temperature is written rarely: the frontend's buttons lose presses with every write, and the live value
    belongs to the sensor.
    """

    reads = frozenset(
        {"temperature", "quality", "setpoint", "mode", "action", "reason", "heaters", "coolers"}
    )
    _attr_name = None
    _attr_precision = PRECISION_TENTHS

    def __init__(
        self, coordinator: Coordinator, address: Address, description: ClimateEntityDescription
    ) -> None:
        super().__init__(coordinator, address, description)
        self._current: float | None = None
        self._current_at = float("-inf")

    def look(self) -> Shown:
        """Setpoint, mode, action and limits at once; the current temperature now and then."""
        chamber = self.chamber
        if not self.is_fresh:
            return Shown(available=False)
        sample = chamber.sample
        facts = Facts(
            None if sample is None else sample.setpoint,
            judgement.mode(chamber),
            judgement.action(sample),
            chamber.modes,
            chamber.limits,
        )
        reason = (("reason", sample.reason),) if sample and sample.reason else ()
        self._refresh_current(chamber, facts != self._facts)
        return Shown(True, (facts, self._current), reason)

    def _refresh_current(self, chamber: Chamber, due: bool) -> None:
        temperature = judgement.temperature(chamber.sample, judgement.CONTROL)
        rounded = None if temperature is None else round(temperature, 1)
        now = time.monotonic()
        unknown_changes = (rounded is None) != (self._current is None)
        if due or unknown_changes or now - self._current_at >= TEMPERATURE_EVERY:
            self._current, self._current_at = rounded, now
        if rounded == self._current:
            self._wait_no_more()
        else:
            self._wait(self._current_at + TEMPERATURE_EVERY - now)

    @property
    def _facts(self) -> Facts:
        return self.shown.value[0] if self.shown.value else Facts()

    # Home Assistant 2026.10 reads the names without, 2026.11 those with `native_`.

    @property
    def native_temperature_unit(self) -> str:
        """The contract's unit."""
        return UnitOfTemperature.CELSIUS

    @property
    def temperature_unit(self) -> str:
        """The contract's unit."""
        return self.native_temperature_unit

    @property
    def native_current_temperature(self) -> float | None:
        """The control probe's temperature, in tenths, some seconds old at most."""
        return self.shown.value[1] if self.shown.value else None

    @property
    def current_temperature(self) -> float | None:
        """The control probe's temperature."""
        return self.native_current_temperature

    @property
    def native_target_temperature(self) -> float | None:
        """The setpoint that the chamber reports."""
        return self._facts.setpoint

    @property
    def target_temperature(self) -> float | None:
        """The setpoint that the chamber reports."""
        return self.native_target_temperature

    @property
    def hvac_mode(self) -> HVACMode | None:
        """The mode that the chamber reports."""
        mode = self._facts.mode
        return None if mode is None else HVACMode(mode.value)

    @property
    def hvac_action(self) -> HVACAction | None:
        """What the chamber does; none while it reports a fault."""
        action = self._facts.action
        return None if action is None else ACTIONS.get(action)

    @property
    def hvac_modes(self) -> list[HVACMode]:
        """The modes that the chamber offers."""
        return [HVACMode(mode.value) for mode in self.chamber.modes]

    @property
    def min_temp(self) -> float:
        """The lowest setpoint that the chamber accepts."""
        return self.chamber.limits.min

    @property
    def max_temp(self) -> float:
        """The highest setpoint that the chamber accepts."""
        return self.chamber.limits.max

    @property
    def target_temperature_step(self) -> float:
        """The grid of the setpoints."""
        return self.chamber.limits.step

    @property
    def supported_features(self) -> ClimateEntityFeature:
        """A setpoint always; off and on where the chamber offers them."""
        modes = self.chamber.modes
        features = ClimateEntityFeature.TARGET_TEMPERATURE
        if Mode.OFF in modes:
            features |= ClimateEntityFeature.TURN_OFF
            if len(modes) > 1:
                features |= ClimateEntityFeature.TURN_ON
        return features

    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Ask the chamber for a setpoint, and a mode where one is given."""
        await self._ask(setpoint=kwargs.get(ATTR_TEMPERATURE), mode=kwargs.get(ATTR_HVAC_MODE))

    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Ask the chamber for a mode."""
        await self._ask(mode=hvac_mode)

    async def _ask(self, *, setpoint: float | None = None, mode: HVACMode | None = None) -> None:
        command = self.coordinator.commander.command
        try:
            wanted = None if mode is None else _mode(mode, self.chamber)
            by = await self.async_signature()
            await command(self.address, setpoint=setpoint, mode=wanted, by=by)
        except (ChamberError, LinkError) as error:
            self.write_anew()
            raise translated(error, self.chamber_name) from error


def _mode(mode: HVACMode, chamber: Chamber) -> Mode:
    """Home Assistant does not check the mode that comes with a setpoint."""
    if mode.value not in MODES:
        known = ", ".join(chamber.modes)
        raise NotPermitted(
            Code.BAD_MODE, f"{mode} is not a chamber's mode", {"mode": mode.value, "modes": known}
        )
    return Mode(mode.value)
