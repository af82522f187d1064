"""Axes of a chart: where a value stands, where the grid is, and how a number is written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_LEAST_TICKS = 4


@dataclass(frozen=True)
class Scale:
    """Maps values to positions; a logarithmic one reaches over whole decades."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """The position of a value; on a logarithmic scale what is below it stands at its start."""
        if self.logarithmic:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """Where the grid is: at each decade, or at least at four round values."""
        if self.logarithmic:
            decades = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
            return [10.0**decade for decade in decades]
        step = 10.0 ** math.floor(math.log10(self.high))
        while self.high / step < _LEAST_TICKS:
            step /= 2
        return [step * number for number in range(int(self.high / step) + 1)]


def scale(values: Sequence[float], start: float, end: float, *, logarithmic: bool) -> Scale:
    """A scale on which all of these positive values have room."""
    if not logarithmic:
        return Scale(0, max(values) * 1.04, start, end)
    low = 10.0 ** math.floor(math.log10(min(values)))
    high = 10.0 ** math.ceil(math.log10(max(values)))
    return Scale(low, max(high, low * 10), start, end, logarithmic=True)


def short(value: float) -> str:
    """A measured number as a person would write it: 0.34, 2.3, 44, 2501."""
    return f"{value:.0f}" if value >= 9.95 else f"{value:.2g}"


def size_name(size: float) -> str:
    """Bytes as a person would write them."""
    return f"{size / 1024:g} KiB" if size >= 1024 else f"{size:g} B"
