"""Thermometers that the Linux kernel reads: 1-Wire, hwmon and IIO, as files below /sys.

Formats: the kernel's documentation of w1_therm, hwmon (temp1_input) and IIO (in_temp_input).
"""

import re
from pathlib import Path

from ..errors import HardwareError, SensorFault

SYSFS = Path("/sys")
MILLI = 1000.0
POWER_UP = 85.0
"""What a DS18B20 holds before its first conversion, °C …"""
POWER_UP_RESERVED = 0x0C
"""… and then alone its reserved byte 6 has this value: a measured 85.0 has another."""
_SCRATCHPAD = re.compile(r"((?:[0-9a-f]{2} ){9}): crc=[0-9a-f]{2} (YES|NO)")
_MILLIDEGREES = re.compile(r"t=(-?\d+)")


def one_wire(sysfs: Path, name: str) -> float:
    """Return what a thermometer of the 1-Wire bus measures, °C; takes 0.75 s.

    Raises:
        SensorFault: checksum, a shorted line or the value before the first conversion.
        HardwareError: it is not on the bus.
    """
    advice = "wiring, the pull-up of 4.7 kΩ to 3.3 V, dtoverlay=w1-gpio in config.txt"
    text = _read(sysfs / "bus/w1/devices" / name / "w1_slave", f"{name} is not on the bus", advice)
    scratchpad, shown = _SCRATCHPAD.search(text), _MILLIDEGREES.search(text)
    if scratchpad is None or shown is None:
        raise HardwareError(f"{name} does not answer: check {advice}")
    if scratchpad[2] != "YES":
        raise SensorFault(f"{name}: wrong checksum: check the cable's length and the pull-up")
    content = bytes.fromhex(scratchpad[1])
    if not any(content):
        raise SensorFault(f"{name}: all bits are 0: the data line has a short to ground")
    value = int(shown[1]) / MILLI
    if value == POWER_UP and content[6] == POWER_UP_RESERVED:
        raise SensorFault(f"{name}: it was reset before it had measured: check its supply of 3.3 V")
    return value


def hwmon(sysfs: Path, bus: int, address: int) -> float:
    """Return the temperature of a device on an I²C bus behind hwmon, °C. Raises `HardwareError`."""
    return _of_device(sysfs, bus, address, "hwmon/hwmon*/temp1_input")


def iio(sysfs: Path, bus: int, address: int) -> float:
    """Return the temperature of a device on an I²C bus behind IIO, °C. Raises `HardwareError`."""
    return _of_device(sysfs, bus, address, "iio:device*/in_temp_input")


def _of_device(sysfs: Path, bus: int, address: int, pattern: str) -> float:
    device = sysfs / "bus/i2c/devices" / f"{bus}-{address:04x}"
    name = f"the sensor 0x{address:02x} on I²C bus {bus}"
    advice = (
        f"wiring (i2cdetect -y {bus}), dtparam=i2c_arm=on and dtoverlay=i2c-sensor in config.txt"
    )
    try:
        files = sorted(device.glob(pattern))
    except OSError as error:
        raise HardwareError(f"{device} cannot be read: {error.strerror}: check {advice}") from None
    if not files:
        raise HardwareError(f"{name} is not there: check {advice}")
    text = _read(files[0], f"{name} is not there", advice)
    try:
        return float(text) / MILLI
    except ValueError:
        raise HardwareError(f"{name} says {text.strip()!r}, which is no number") from None


def _read(file: Path, missing: str, advice: str) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        raise HardwareError(f"{missing}: check {advice}") from None
    except OSError as error:
        raise HardwareError(f"{file} cannot be read: {error.strerror}: check {advice}") from None
