"""The ports between the loop and a chamber's sensors and actuators.

A kind of hardware is one module here that builds a `Rig`; the loop knows nothing else of it. Whatever
does not answer raises `HardwareError`. Temperatures in °C, duties 0..1, power in W, times in s.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

Duties = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Drive:
    """What every actuator shall do: duties 0..1, in the order of the chamber's parts."""

    heaters: Duties
    coolers: Duties
    fans: Duties


class Thermometer(Protocol):
    """One temperature probe."""

    async def temperature(self) -> float:
        """Return the temperature in °C, whatever the probe says. Raises `HardwareError`."""


class Actuators(Protocol):
    """All heaters, coolers and fans of one chamber."""

    async def drive(self, drive: Drive) -> None:
        """Do what `drive` says until told otherwise. Raises `HardwareError`."""


class Contact(Protocol):
    """A door contact."""

    async def is_open(self) -> bool:
        """Tell whether the door is open. Raises `HardwareError`."""


class Meter(Protocol):
    """An electrical power meter."""

    async def power(self) -> float:
        """Return the power in W. Raises `HardwareError`."""


def real_time(elapsed: float) -> Iterator[float]:
    """Yield the control steps that `elapsed` seconds are worth on real hardware: one."""
    yield elapsed


async def nothing_to_close() -> None:
    """Let nothing go: there is nothing but memory."""


@dataclass(frozen=True, slots=True)
class Rig:
    """Everything wired to one chamber."""

    thermometer: Thermometer
    """The control probe."""
    actuators: Actuators
    probes: Mapping[str, Thermometer] = field(default_factory=lambda: MappingProxyType({}))
    door: Contact | None = None
    meter: Meter | None = None
    pace: Callable[[float], Iterator[float]] = real_time
    """Some seconds of real time as control steps, in s of the chamber's own time."""
    rested: bool = False
    """Whether it is known that no actuator ran before the start."""
    close: Callable[[], Awaitable[None]] = nothing_to_close
    """Let pins and connections go, once everything is off."""
