"""The chambers that are watched, and their limits: such that the simulated ones break them often."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

GATEWAY = "pi"


@dataclass(frozen=True)
class Chamber:
    """A chamber of `chamber-agent simulate`; temperatures in °C, delays in s."""

    id: str
    setpoint: float
    """The one it begins with."""
    limits: Mapping[str, Any]
    """What is changed of an alarm's settings."""


CHAMBERS = (
    # Its noise is 0.08 K: it is beyond these limits all the time, now and then for longer than the delay.
    Chamber(
        "lecture-box",
        30.0,
        MappingProxyType(
            {"low": 29.9, "high": 30.1, "delay_low": 25.0, "delay_high": 15.0, "deadband": 0.05}
        ),
    ),
    Chamber(
        "vaccine-carrier",
        5.0,
        MappingProxyType(
            {
                "low": 2.0,
                "high": 6.5,
                "delay_low": 3.0,
                "delay_high": 10.0,
                "cumulative": True,
                "latch": True,
                "warning": 2.0,
                "realarm": 20.0,
            }
        ),
    ),
    Chamber(
        "incubator-1",
        37.0,
        MappingProxyType(
            {"low": 36.9, "high": 37.3, "delay_low": 2.0, "off_delay": 12.0, "time_constant": 20.0}
        ),
    ),
)
