"""The limits of a chamber's alarm and their delays."""

from collections.abc import Iterator
from dataclasses import dataclass

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfTemperature, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .chamber.analysis.settings import LONGEST_DELAY
from .chamber.model import HOTTEST, Chamber
from .coordinator import Coordinator
from .entity import ChamberEntity, SettingEntity, Shown
from .runtime import ChamberConfigEntry

PARALLEL_UPDATES = 0
MINUTE = 60.0
COLDEST = -273.0
"""Forms count their steps from here: a whole degree is one of them, in °C and in °F."""


@dataclass(frozen=True, kw_only=True)
class SettingDescription(NumberEntityDescription):
    """A row of the table: `setting` is the field of the settings, one unit of which is `scale` of it.

    What is set is rounded to `digits`, what is shown to hundredths: conversions of units are inexact.
    """

    setting: str
    scale: float = 1.0
    digits: int = 2


def _limit(side: str) -> SettingDescription:
    return SettingDescription(
        key=f"limit_{side}",
        setting=side,
        device_class=NumberDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        native_min_value=COLDEST,
        native_max_value=HOTTEST,
        native_step=0.1,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
    )


def _delay(side: str) -> SettingDescription:
    return SettingDescription(
        key=f"delay_{side}",
        setting=f"delay_{side}",
        scale=MINUTE,
        digits=0,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        native_min_value=0.0,
        native_max_value=LONGEST_DELAY / MINUTE,
        native_step=1.0,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
    )


NUMBERS = (_limit("low"), _limit("high"), _delay("low"), _delay("high"))


async def async_setup_entry(
    _hass: HomeAssistant, entry: ChamberConfigEntry, add: AddConfigEntryEntitiesCallback
) -> None:
    """Add the settings as chambers appear."""
    entry.runtime_data.roster.join(add, _numbers)


def _numbers(coordinator: Coordinator, chamber: Chamber) -> Iterator[ChamberEntity]:
    for description in NUMBERS:
        yield SettingNumber(coordinator, chamber.address, description)


class SettingNumber(SettingEntity, NumberEntity):
    """A setting in force; unknown where there is none."""

    entity_description: SettingDescription

    def look(self) -> Shown:
        """The setting in force, once that is known."""
        row, findings = self.entity_description, self.findings
        value = None if findings is None else getattr(findings.settings, row.setting)
        return Shown(True, None if value is None else round(value / row.scale, 2))

    @property
    def native_value(self) -> float | None:
        """The setting shown."""
        return self.shown.value  # type: ignore[no-any-return]

    async def async_set_native_value(self, value: float) -> None:
        """Change the setting, and make the profile `custom` by that."""
        row = self.entity_description
        await self.async_configure(**{row.setting: round(value * row.scale, row.digits)})
