"""Numbers, times and names as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..times import DAY, HOUR, MINUTE, offset, timestamp
from .markup import Markup, element

UNKNOWN = "–"
NAMED = {"vaccine_2_8": "Vaccines, 2 to 8 °C"}
"""Words of ours that have a name of their own."""


@dataclass(frozen=True, slots=True)
class Units:
    """°C, or °F where asked for. Inside everything is °C."""

    fahrenheit: bool = False

    @property
    def symbol(self) -> str:
        """The unit's sign."""
        return "°F" if self.fahrenheit else "°C"

    def number(self, celsius: float) -> float:
        """A temperature in the unit."""
        return celsius * 1.8 + 32.0 if self.fahrenheit else celsius

    def temperature(self, celsius: float | None) -> str:
        """A temperature with its unit."""
        return UNKNOWN if celsius is None else f"{decimal(self.number(celsius))} {self.symbol}"

    def difference(self, kelvin: float | None) -> str:
        """A difference with its unit."""
        if kelvin is None:
            return UNKNOWN
        return f"{decimal(kelvin * 1.8)} °F" if self.fahrenheit else f"{decimal(kelvin)} K"

    def dose(self, kelvin_minutes: float | None) -> str:
        """A dose: the temperature beyond a limit times its duration."""
        if kelvin_minutes is None:
            return UNKNOWN
        scaled = kelvin_minutes * 1.8 if self.fahrenheit else kelvin_minutes
        return f"{decimal(scaled, 1)} {self.symbol}·min"


def decimal(value: float, places: int = 2) -> str:
    """A number with a true minus, and no minus before nothing."""
    said = f"{value:.{places}f}"
    if not said.strip("-0."):
        said = said.lstrip("-")
    return said.replace("-", "−")


def percent(value: float | None, places: int = 1) -> str:
    """A share; one that is nearly all, or nearly nothing, is not rounded to all or nothing."""
    if value is None:
        return UNKNOWN
    step = 10.0**-places
    if value not in (0.0, 100.0):
        value = min(max(value, step), 100.0 - step)
    return f"{value:.{places}f} %"


def duration(seconds: float | None) -> str:
    """A duration in its two largest units."""
    if seconds is None:
        return UNKNOWN
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    if seconds < HOUR:
        minutes, rest = divmod(round(seconds), MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if seconds < 2 * DAY:
        hours, minutes = divmod(round(seconds / MINUTE), MINUTE)
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    days, hours = divmod(round(seconds / HOUR), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def moment(at: float, zone: tzinfo) -> str:
    """A local time that cannot be taken for another, not even in the hour that comes twice."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S} {offset(at, zone)}"


def time_element(at: float, zone: tzinfo) -> Markup:
    """A local time, which says in UTC what it is."""
    return element("time", moment(at, zone), datetime=timestamp(at))


def phrase(word: str) -> str:
    """A word of ours as a phrase: `heater_not_responding` is `Heater not responding`."""
    return NAMED.get(word, word.replace("_", " ").capitalize())


def count(number: int, one: str, many: str | None = None) -> str:
    """How many there are of something, with thousands set apart."""
    noun = one if number == 1 else many or f"{one}s"
    return f"{number:,} {noun}".replace(",", "\u202f")
