"""What contradicts itself in a wiring: names without parts, parts without names, one output for two.

What is found here is refused before anything is switched: two chambers at one relay would each undo
what the other decides.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .simulated import Simulated
from .wiring import (
    Bme280,
    Coil,
    Discrete,
    Ds18b20,
    Duty,
    Max31865,
    Plc,
    Pwm,
    Rated,
    Relay,
    Sht31,
    Switch,
    Value,
    Wired,
)

FINENESS = 10
"""A period is at least so many turns of the loop: a duty is then exact to a tenth."""
I2C_PINS, SPI_PINS = (2, 3), (8, 7, 9, 10, 11)
"""The header's pins of I²C bus 1, and of SPI bus 0: chip selects 0 and 1, MISO, MOSI, clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a chamber says of its parts, for its wiring to agree with."""

    heaters: tuple[str, ...]
    coolers: tuple[str, ...]
    fans: tuple[str, ...]
    probes: tuple[str, ...]
    door: bool
    power: bool
    switches: bool
    """Whether its law only switches on and off."""
    interval: float
    """Between two turns, s."""
    safe: Mapping[str, float]
    """The safe state's duties of heaters, coolers and fans."""


def mismatches(wired: Wired, wanted: Wanted) -> Iterator[str]:
    """Yield where a chamber and its wiring contradict each other."""
    for kind in ("heaters", "coolers", "fans"):
        yield from _counted(f"hardware.{kind}", getattr(wired, kind), getattr(wanted, kind), kind)
        if isinstance(wired.meter, Rated):
            ratings = getattr(wired.meter, kind)
            yield from _counted(f"hardware.meter.{kind}", ratings, getattr(wanted, kind), kind)
    yield from _probes(wired, wanted)
    yield from _flag("door", wanted.door, "door", wired.door)
    yield from _flag("power", wanted.power, "meter", wired.meter)
    yield from _periods(wired, wanted)
    yield from _safe(wired, wanted)
    if wired.plc is None:
        for key, part in wired.parts():
            if isinstance(part, Coil | Duty | Value | Discrete):
                yield f'hardware.{key}: "{part.driver}" needs a PLC, expected hardware.plc'


def _flag(flag: str, told: bool, key: str, part: object) -> Iterator[str]:
    if told and part is None:
        yield f"{flag}: is true, and nothing measures it, expected hardware.{key}"
    if part is not None and not told:
        yield f"hardware.{key}: is wired, and {flag} is not true, expected {flag} = true"


def _counted(
    key: str, parts: tuple[object, ...], names: tuple[str, ...], kind: str
) -> Iterator[str]:
    if len(parts) != len(names):
        yield f"{key}: {len(parts)} for {len(names)} {kind}, expected one for each name, in their order"


def _probes(wired: Wired, wanted: Wanted) -> Iterator[str]:
    for name in wanted.probes:
        if name not in wired.probes:
            yield f"probes.{name}: nothing measures it, expected hardware.probes.{name}"
    for name in wired.probes:
        if name not in wanted.probes:
            yield f"hardware.probes.{name}: is no probe of the chamber, expected probes.{name} with its role"


def _periods(wired: Wired, wanted: Wanted) -> Iterator[str]:
    for key, part in wired.actuators.items():
        if not isinstance(part, Relay | Coil) or key.startswith("fans"):
            continue
        if part.period is None and not wanted.switches:
            yield (
                f"hardware.{key}: it only switches, and control.strategy gives duties between 0 and 1, "
                'expected strategy = "hysteresis", or a period (s) if it may switch that often'
            )
        if part.period is not None and part.period < FINENESS * wanted.interval:
            yield (
                f"hardware.{key}.period: {part.period:g} s, expected at least {FINENESS} times "
                f"gateway.interval, {FINENESS * wanted.interval:g} s"
            )


def _safe(wired: Wired, wanted: Wanted) -> Iterator[str]:
    for key, part in wired.actuators.items():
        kind = key.partition("[")[0]
        duty = wanted.safe[kind]
        if isinstance(part, Relay | Coil) and 0 < duty < 1:
            yield (
                f"safe.{kind}: {duty:g}, and hardware.{key} only switches, expected 0 or 1: "
                "once the agent has ended nobody switches it"
            )


class _Claim(NamedTuple):
    """Who claims something: the key of its part, its chamber, and a bus that many may use."""

    key: str
    chamber: str
    bus: str = ""

    def named(self, chamber: str) -> str:
        """Say who it is to somebody of `chamber`."""
        return self.bus or (
            self.key if self.chamber == chamber else f"{self.key} of {self.chamber}"
        )


def shared(chambers: Iterable[tuple[str, str, Simulated | Wired]]) -> Iterator[str]:
    """Yield what two parts claim, of one chamber or of two, each given as the key of its wiring, its id, its wiring."""
    taken: dict[str, _Claim] = {}
    lines: dict[str, Plc] = {}
    for path, chamber, wired in chambers:
        if not isinstance(wired, Wired):
            continue
        for what, key, bus in _claimed(wired):
            claim = _Claim(key, chamber, bus)
            earlier = taken.setdefault(what, claim)
            if earlier is not claim and not (bus and earlier.bus):
                yield f"{path}.{key}: {what} belongs to {earlier.named(chamber)}, expected another"
        if wired.plc:
            yield from _differing(path, wired.plc, lines.setdefault(wired.plc.url, wired.plc))


def _claimed(wired: Wired) -> Iterator[tuple[str, str, str]]:
    """Yield what each part needs for itself, its key, and the bus that it only shares."""
    # Buses first: they cannot move, so it is the other part that shall.
    for key, part in wired.parts():
        for pin in _BUSES.get((type(part), getattr(part, "bus", None)), ()):
            yield f"GPIO {pin}", key, f"the bus of {key}"
    for key, part in wired.parts():
        yield from ((what, where, "") for what, where in _own(key, part, wired.plc))
    if wired.plc and wired.plc.watchdog:
        yield _register(wired.plc, wired.plc.watchdog.register), "plc.watchdog.register", ""
    if isinstance(wired.thermometer, Ds18b20):
        yield f"sensor {wired.thermometer.id}", "thermometer.id", ""


def _own(key: str, part: object, plc: Plc | None) -> Iterator[tuple[str, str]]:
    if isinstance(part, Relay | Pwm | Switch):
        yield f"GPIO {part.pin}", f"{key}.pin"
    elif isinstance(part, Coil) and plc:
        yield f"coil {part.address} of {plc.url} unit {plc.unit}", f"{key}.address"
    elif isinstance(part, Duty) and plc:
        yield _register(plc, part.address), f"{key}.address"


_BUSES: Mapping[tuple[type, object], tuple[int, ...]] = {
    (Sht31, 1): I2C_PINS,
    (Bme280, 1): I2C_PINS,
    (Max31865, 0): SPI_PINS,
}


def _register(plc: Plc, address: int) -> str:
    return f"register {address} of {plc.url} unit {plc.unit}"


def _differing(path: str, plc: Plc, other: Plc) -> Iterator[str]:
    for name in ("baudrate", "parity", "stop_bits", "timeout"):
        mine, theirs = getattr(plc, name), getattr(other, name)
        if mine != theirs:
            yield f"{path}.plc.{name}: found {mine}, and {theirs} elsewhere for {plc.url}, expected one of them"
