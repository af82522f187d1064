"""Bounds of a setting, written beside its type: `Annotated[float, Between(0, 100)]`."""

import re
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Beside:
    """A key that means nothing unless one of these others names something; `needed` where one does."""

    others: tuple[str, ...]
    needed: bool = False

    def met(self, table: Mapping[str, object]) -> bool:
        """Tell whether the key means something in `table`."""
        return any(table.get(other) for other in self.others)

    def __str__(self) -> str:
        """Say what is wrong where it means nothing, and what to do."""
        return f"is for {' or '.join(self.others)}, and there are none: leave it out, or name them"
