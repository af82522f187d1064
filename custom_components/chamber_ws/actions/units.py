"""Temperatures of a call and of its response, between Home Assistant's unit and the contract's."""

from collections.abc import Collection, Mapping
from typing import Any

from homeassistant.const import UnitOfTemperature
from homeassistant.util.unit_conversion import TemperatureConverter

CELSIUS = UnitOfTemperature.CELSIUS
PLACES = 4
"""Decimals that are kept of a converted temperature: 46.4 °F are 8 °C."""


def converted(
    values: Mapping[str, Any],
    unit: str,
    to: str,
    *,
    temperatures: Collection[str],
    differences: Collection[str],
) -> dict[str, Any]:
    """The same values with what is a temperature, or a difference of two, in another unit; None stays."""
    told = dict(values)
    for name, value in values.items():
        if value is None:
            continue
        if name in temperatures:
            told[name] = round(TemperatureConverter.convert(value, unit, to), PLACES)
        elif name in differences:
            told[name] = round(TemperatureConverter.convert_interval(value, unit, to), PLACES)
    return told
