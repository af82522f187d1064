"""Bounds of a setting, written beside its type: `Annotated[float, Between(0, 100)]`."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `low` to `high`, both included; `what` describes it better to a person."""

    low: float
    high: float
    what: str = ""

    def admits(self, value: object) -> bool:
        """Tell whether `value` is within the bounds."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def __str__(self) -> str:
        """Say what is expected."""
        return self.what or f"a number from {self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Matching:
    """A text that matches `pattern` as a whole; `what` describes it to a person."""

    pattern: str
    what: str

    def admits(self, value: object) -> bool:
        """Tell whether `value` matches."""
        return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None

    def __str__(self) -> str:
        """Say what is expected."""
        return self.what
