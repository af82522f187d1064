"""A rig of real parts: each table of the wiring becomes the driver that it names."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from ..errors import HardwareError
from . import Drive, Meter, Rig, Thermometer, sysfs, wiring
from .bus import Bus, Probe
from .gpio import PwmOutput, RelayOutput, SwitchContact
from .max31865 import Converter, Spi, spidev
from .plc import CoilOutput, DiscreteContact, DutyOutput, Heartbeat, Line, Measured, Plc


class Output(Protocol):
    """One heater, cooler or fan."""

    async def set(self, duty: float) -> None:
        """Apply a duty 0..1 until told otherwise. Raises `HardwareError`."""

    async def close(self) -> None:
        """Switch off and let it go."""


class Proportioned:
    """A relay whose duty is the part of every period that it is on."""

    def __init__(self, output: Output, period: float, clock: Callable[[], float]) -> None:
        """Take the relay and the period in s."""
        self._output = output
        self._period = period
        self._clock = clock

    async def set(self, duty: float) -> None:
        """Be on for the first part of each period. Raises `HardwareError`."""
        await self._output.set(float(self._clock() % self._period < duty * self._period))

    async def close(self) -> None:
        """Switch off and let it go."""
        await self._output.close()


class Absent:
    """An actuator that could not be taken."""

    def __init__(self, why: str) -> None:
        self._why = why

    async def set(self, duty: float) -> None:  # noqa: ARG002 - so the port is
        """Raise `HardwareError`: it does nothing."""
        raise HardwareError(self._why)

    async def close(self) -> None:
        """Nothing to let go."""


@dataclass(slots=True)
class Outputs:
    """All actuators of one chamber. What goes off does so before anything goes on, and fans go on first."""

    parts: Sequence[tuple[str, Output]]
    """Heaters, coolers and fans in the order of a drive, each with its key."""
    heartbeat: Heartbeat | None = None
    driven: Drive | None = None
    """What the actuators do; None where one of them failed."""

    async def drive(self, drive: Drive) -> None:
        """Do what `drive` says. Every part is told, whatever another raises. Raises `HardwareError`."""
        told = list(zip(self.parts, (*drive.heaters, *drive.coolers, *drive.fans), strict=True))
        self.driven = None
        # At once: a part that hangs keeps no other from going off.
        off = await asyncio.gather(*(_failure(*one) for one in told if _is_off(one)))
        failures = [failure for failure in off if failure]
        for part, duty in sorted((one for one in told if not _is_off(one)), key=_is_no_fan):
            # Nothing is switched on where something could not be switched off, or a fan not on.
            if failure := await _failure(part, 0.0 if failures else duty):
                failures.append(failure)
        if failures:
            raise HardwareError(_listed(failures))
        if self.heartbeat:
            await self.heartbeat.beat()
        self.driven = drive


def _is_off(told: tuple[tuple[str, Output], float]) -> bool:
    return not told[1] > 0


def _is_no_fan(told: tuple[tuple[str, Output], float]) -> bool:
    return not told[0][0].startswith("fans")


async def _failure(part: tuple[str, Output], duty: float) -> tuple[str, str] | None:
    """Tell a part its duty; return its key and why it did not take it, None where it did."""
    key, output = part
    try:
        await output.set(duty)
    except HardwareError as error:
        return key, str(error)
    except Exception as error:  # noqa: BLE001 - a driver's mistake must not keep the others from being told
        return key, repr(error)
    return None


def _listed(failures: Sequence[tuple[str, str]]) -> str:
    """Return what failed and why, each reason once."""
    keys: dict[str, list[str]] = {}
    for key, why in failures:
        keys.setdefault(why, []).append(key)
    return "; ".join(f"{', '.join(k)}: {why}" for why, k in keys.items())


class RatedMeter:
    """An estimate of the power: rated watts times duties."""

    def __init__(self, told: wiring.Rated, outputs: Outputs) -> None:
        self._told = told
        self._outputs = outputs

    async def power(self) -> float:
        """Return the estimate in W. Raises `HardwareError` where it is not known what is on."""
        drive, told = self._outputs.driven, self._told
        if drive is None:
            raise HardwareError("it is not known what is on")
        duties = (*drive.heaters, *drive.coolers, *drive.fans)
        watts = (*told.heaters, *told.coolers, *told.fans)
        return told.standby + sum(w * duty for w, duty in zip(watts, duties, strict=True))


class Bench:
    """What the chambers of one agent share: buses, and lines to PLCs."""

    def __init__(
        self,
        sysfs_root: Path = sysfs.SYSFS,
        spi: Callable[[], Spi] = spidev,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take where the kernel's files are, what opens SPI, and any monotonic clock in s."""
        self._sysfs = sysfs_root
        self._spi = spi
        self._clock = clock
        self._buses: dict[str, Bus] = {}
        self._lines: dict[str, Line] = {}

    def rig(self, wired: wiring.Wired, *, partly: bool = False) -> Rig:
        """Take everything that is wired to a chamber, all actuators off.

        Raises `HardwareError`; not for an actuator where the chamber is taken `partly`.
        """
        take = self._output_or_absent if partly else self._output
        line = self._line(wired.plc) if wired.plc else None
        plc = Plc(line, wired.plc.unit) if line and wired.plc else None
        watchdog = wired.plc and wired.plc.watchdog
        outputs = Outputs(
            [(key, take(part, plc)) for key, part in wired.actuators.items()],
            Heartbeat(plc, watchdog.register) if plc and watchdog else None,
        )
        door = _contact(wired.door, plc) if wired.door else None
        owned = [*(output for _, output in outputs.parts), door, line]
        return Rig(
            thermometer=self._thermometer(wired.thermometer, plc),
            actuators=outputs,
            probes=MappingProxyType(
                {name: self._thermometer(probe, plc) for name, probe in wired.probes.items()}
            ),
            door=door,
            meter=_meter(wired.meter, plc, outputs) if wired.meter else None,
            close=partial(_close, [one for one in owned if one is not None]),
        )

    def _line(self, told: wiring.Plc) -> Line:
        if told.url not in self._lines:
            self._lines[told.url] = Line(told, self._clock)
        return self._lines[told.url].taken()

    def _output(self, told: wiring.Actuator, plc: Plc | None) -> Output:
        output: Output
        if isinstance(told, wiring.Pwm):
            return PwmOutput(told)
        if isinstance(told, wiring.Duty):
            return DutyOutput(_needed(plc), told)
        output = (
            RelayOutput(told) if isinstance(told, wiring.Relay) else CoilOutput(_needed(plc), told)
        )
        return Proportioned(output, told.period, self._clock) if told.period else output

    def _output_or_absent(self, told: wiring.Actuator, plc: Plc | None) -> Output:
        try:
            return self._output(told, plc)
        except HardwareError as error:
            return Absent(str(error))

    def _thermometer(self, told: wiring.Thermometer, plc: Plc | None) -> Thermometer:
        if isinstance(told, wiring.Value):
            return Measured(_needed(plc), told)
        if isinstance(told, wiring.Ds18b20):
            return self._probe("1-wire", partial(sysfs.one_wire, self._sysfs, told.id), told.offset)
        if isinstance(told, wiring.Max31865):
            read = Converter(told, self._spi).read
            return self._probe(f"spi-{told.bus}", read, told.offset)
        kernel = sysfs.hwmon if isinstance(told, wiring.Sht31) else sysfs.iio
        place = partial(kernel, self._sysfs, told.bus, told.address)
        return self._probe(f"i2c-{told.bus}", place, told.offset)

    def _probe(self, name: str, read: Callable[[], float], offset: float) -> Probe:
        return Probe(self._buses.setdefault(name, Bus(name)), read, offset, self._clock)


def sensors(wired: wiring.Wired) -> wiring.Wired:
    """Return a wiring without its actuators, which taking them would switch off, and what is told from them."""
    meter = None if isinstance(wired.meter, wiring.Rated) else wired.meter
    plc = wired.plc and replace(wired.plc, watchdog=None)
    return replace(wired, heaters=(), coolers=(), fans=(), meter=meter, plc=plc)


def actuators_of(wired: wiring.Wired) -> wiring.Wired:
    """Return a wiring without what is not needed to switch; the control probe is not touched until it is asked."""
    return replace(wired, probes=MappingProxyType({}), door=None, meter=None)


class _Owned(Protocol):
    async def close(self) -> None: ...


async def _close(owned: Sequence[_Owned]) -> None:
    """Let everything go, also after one could not be. Raises `HardwareError`."""
    ends = await asyncio.gather(*(one.close() for one in owned), return_exceptions=True)
    if failures := [str(end) or repr(end) for end in ends if end is not None]:
        raise HardwareError("; ".join(failures))


def _contact(
    told: wiring.Switch | wiring.Discrete, plc: Plc | None
) -> "SwitchContact | DiscreteContact":
    if isinstance(told, wiring.Switch):
        return SwitchContact(told)
    return DiscreteContact(_needed(plc), told)


def _meter(told: wiring.Value | wiring.Rated, plc: Plc | None, outputs: Outputs) -> Meter:
    if isinstance(told, wiring.Rated):
        return RatedMeter(told, outputs)
    return Measured(_needed(plc), told)


def _needed(plc: Plc | None) -> Plc:
    """Return the PLC; that it is there was judged with the configuration."""
    if plc is None:
        raise HardwareError("a part of a PLC is wired, and no PLC: expected hardware.plc")
    return plc
