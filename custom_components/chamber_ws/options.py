"""What a user may change of an entry without a new connection: each option with its usual value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from .chamber.freshness import DEFAULT_HEARTBEAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of one entry, under the names by which they are kept.

    `heartbeat` in s, of chambers that promise none; `most_chambers` are admitted, `full_chambers` of them have all
    entities. A measured value is written when it changed by more than `resolution` (°C or percent), and not before
    `minimum_interval` s. Samples are kept for `record_days`, minutes and occurrences for `record_years`, all of it in
    `record_megabytes` of 2^20 bytes.
    """

    heartbeat: float = DEFAULT_HEARTBEAT
    most_chambers: int = 2000
    full_chambers: int = 50
    resolution: float = 0.0
    minimum_interval: float = 0.0
    record_days: int = 30
    record_years: int = 2
    record_megabytes: int = 2048

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """The options in force; what an entry does not say is as usual."""
        usual = cls()
        told = asdict(usual).keys() & options.keys()
        return replace(usual, **{name: type(getattr(usual, name))(options[name]) for name in told})


USUAL = Options()
