"""A platinum resistor at a MAX31865: its registers over SPI, and the Callendar-Van Dusen equation.

Registers, times and fault bits: data sheet of the MAX31865 (19-6478). Coefficients: IEC 60751.
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from ..errors import HardwareError, SensorFault, missing
from .wiring import Max31865

A, B, C = 3.9083e-3, -5.775e-7, -4.183e-12
"""Of platinum, in 1/K, 1/K² and 1/K⁴; C counts below 0 °C alone."""
NEWTON_STEPS = 4
"""From the quadratic's root on, they leave less than 1 mK at -200 °C."""
FULL_SCALE = 1 << 15
BIAS, ONE_SHOT, THREE_WIRES, CLEAR, FILTER_50_HZ = 0x80, 0x20, 0x10, 0x02, 0x01
WRITE = 0x80
SETTLE = 0.0105
"""From bias to conversion: 10 ms and some, for the filter at the inputs, s."""
CONVERSION = {50: 0.0665, 60: 0.055}
"""The longest conversion by the hum that is filtered, s."""
SPEED, MODE = 500_000, 1
FAULTS = {
    0x80: "the resistance is too high: the sensor's wire is open",
    0x40: "the resistance is too low: the sensor has a short",
    0x20: "REFIN- is too high: an open wire or a wrong setting of the board's wires",
    0x10: "REFIN- is too low: FORCE- is open",
    0x08: "RTDIN- is too low: FORCE- is open",
    0x04: "voltage out of range at an input: a short to the supply or to ground",
}


class Spi(Protocol):
    """What is needed of `spidev.SpiDev`."""

    max_speed_hz: int
    mode: int

    def open(self, bus: int, device: int) -> None:
        """Open /dev/spidevBUS.DEVICE."""

    def xfer2(self, values: Sequence[int]) -> Sequence[int]:
        """Write, and return what came back meanwhile."""


def spidev() -> Spi:
    """Return an SPI device that is not open yet. Raises `HardwareError`."""
    try:
        import spidev as library  # noqa: PLC0415 - only a chamber with a MAX31865 needs it
    except ImportError:
        raise missing("spidev", "gpio") from None
    device: Spi = library.SpiDev()
    return device


class Converter:
    """One MAX31865, measured once for each question."""

    def __init__(
        self,
        told: Max31865,
        device: Callable[[], Spi] = spidev,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take what is wired, what opens SPI, and what waits some seconds."""
        self._told = told
        self._device = device
        self._wait = wait
        self._spi: Spi | None = None
        self._name = f"the MAX31865 at spidev{told.bus}.{told.chip}"

    def read(self) -> float:
        """Return the temperature in °C; takes 80 ms.

        Raises:
            SensorFault: a fault that the chip found, or a resistance that platinum cannot have.
            HardwareError: the chip does not answer.
        """
        ratio, fault = self._measure()
        for bit, meaning in FAULTS.items():
            if fault & bit:
                raise SensorFault(f"{self._name}: {meaning}")
        nominal = self._told.nominal
        reference = self._told.reference or 4.3 * nominal
        value = temperature(ratio * reference / nominal)
        if value is None:
            raise SensorFault(
                f"{self._name}: {ratio * reference:.1f} Ω is no temperature of a PT{nominal}"
            )
        return value

    def _measure(self) -> tuple[float, int]:
        """Return the resistance as a part of the reference, and the fault bits."""
        told = self._told
        setting = THREE_WIRES * (told.wires == 3) | FILTER_50_HZ * (told.mains == 50)
        spi = self._opened()
        try:
            spi.xfer2([WRITE, setting | BIAS | CLEAR])
            self._wait(SETTLE)
            spi.xfer2([WRITE, setting | BIAS | ONE_SHOT])
            self._wait(CONVERSION[told.mains])
            registers = spi.xfer2([0] * 9)
            spi.xfer2([WRITE, setting])
        except OSError as error:
            self._spi = None
            raise HardwareError(f"{self._name} does not answer: {error.strerror}") from None
        if len(registers) != 9:
            raise HardwareError(f"{self._name} does not answer: {len(registers)} bytes came, not 9")
        _, config, high, low, *_thresholds, fault = registers
        if config & ~ONE_SHOT != setting | BIAS:
            raise HardwareError(f"{self._name} does not answer: check wiring and chip select")
        word = high << 8 | low
        return (word >> 1) / FULL_SCALE, fault | (0x80 if word >> 1 == FULL_SCALE - 1 else 0)

    def _opened(self) -> Spi:
        if self._spi is None:
            spi = self._device()
            try:
                spi.open(self._told.bus, self._told.chip)
                spi.max_speed_hz, spi.mode = SPEED, MODE
            except OSError as error:
                raise HardwareError(
                    f"{self._name} cannot be opened: {error.strerror}: check dtparam=spi=on in config.txt"
                ) from None
            self._spi = spi
        return self._spi


def temperature(ratio: float) -> float | None:
    """Return the temperature (°C) at which platinum has `ratio` times its resistance at 0 °C.

    None outside of -200 to 850 °C.
    """
    discriminant = A * A - 4 * B * (1 - ratio)
    if discriminant < 0:
        return None
    value = (-A + math.sqrt(discriminant)) / (2 * B)
    for _ in range(NEWTON_STEPS if value < 0 else 0):
        surplus = 1 + A * value + B * value**2 + C * (value - 100) * value**3 - ratio
        slope = A + 2 * B * value + C * (4 * value**3 - 300 * value**2)
        value -= surplus / slope
    return value if -200 <= value <= 850 else None
