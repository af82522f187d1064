"""Thermometers that the kernel reads, from files as the kernel writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chamber_agent.errors import HardwareError, SensorFault
from chamber_agent.hardware import sysfs

ID = "28-0316a2795aff"
GOOD = "55 00 4b 46 7f ff 0b 10 4e : crc=4e YES\n55 00 4b 46 7f ff 0b 10 4e t=5312\n"
COLD = "5e ff 4b 46 7f ff 02 10 20 : crc=20 YES\n5e ff 4b 46 7f ff 02 10 20 t=-10125\n"
POWER_UP = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n"
EIGHTY_FIVE = "50 05 4b 46 7f ff 10 10 3f : crc=3f YES\n50 05 4b 46 7f ff 10 10 3f t=85000\n"
WEAK = "ff 07 4b 46 7f ff 01 10 5a : crc=5a YES\nff 07 4b 46 7f ff 01 10 5a t=127937\n"
GARBLED = "55 00 4b 46 7f ff 0b 10 4e : crc=11 NO\n55 00 4b 46 7f ff 0b 10 4e t=5312\n"
SHORTED = "00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n"


def one_wire(root: Path, content: str) -> Path:
    """A 1-Wire thermometer as the kernel shows it."""
    device = root / "bus/w1/devices" / ID
    device.mkdir(parents=True)
    (device / "w1_slave").write_text(content)
    return root


@pytest.mark.parametrize(
    ("content", "value"),
    [(GOOD, 5.312), (COLD, -10.125), (EIGHTY_FIVE, 85.0), (WEAK, 127.937)],
)
def test_a_ds18b20_is_read(tmp_path: Path, content: str, value: float) -> None:
    assert sysfs.one_wire(one_wire(tmp_path, content), ID) == value


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (POWER_UP, "reset before it had measured"),
        (GARBLED, "checksum"),
        (SHORTED, "short to ground"),
    ],
)
def test_what_a_ds18b20_says_against_itself_is_a_fault(
    tmp_path: Path, content: str, why: str
) -> None:
    with pytest.raises(SensorFault, match=why):
        sysfs.one_wire(one_wire(tmp_path, content), ID)


def test_a_ds18b20_that_left_while_it_was_read_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="does not answer"):
        sysfs.one_wire(one_wire(tmp_path, ""), ID)


def test_a_ds18b20_that_is_not_there_is_told_with_what_to_check(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match=r"28-0316a2795aff is not on the bus.*4\.7 kΩ.*w1-gpio"):
        sysfs.one_wire(tmp_path, ID)


def i2c(root: Path, name: str, content: str) -> Path:
    """A file of a device on an I²C bus."""
    file = root / "bus/i2c/devices" / name
    file.parent.mkdir(parents=True)
    file.write_text(content)
    return root


def test_an_sht31_is_read_behind_hwmon(tmp_path: Path) -> None:
    root = i2c(tmp_path, "1-0044/hwmon/hwmon3/temp1_input", "21530\n")
    assert sysfs.hwmon(root, 1, 0x44) == 21.53


def test_a_bme280_is_read_behind_iio(tmp_path: Path) -> None:
    root = i2c(tmp_path, "1-0076/iio:device0/in_temp_input", "-4250\n")
    assert sysfs.iio(root, 1, 0x76) == -4.25


def test_an_i2c_sensor_that_is_not_there_is_told_with_what_to_check(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match=r"0x45 on I²C bus 1 is not there: .*i2cdetect -y 1"):
        sysfs.hwmon(tmp_path, 1, 0x45)


def test_what_is_no_number_is_no_temperature(tmp_path: Path) -> None:
    root = i2c(tmp_path, "1-0076/iio:device0/in_temp_input", "\n")
    with pytest.raises(HardwareError, match="no number"):
        sysfs.iio(root, 1, 0x76)


def test_a_file_that_cannot_be_read_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "bus/i2c/devices/1-0044/hwmon/hwmon0/temp1_input").mkdir(parents=True)
    with pytest.raises(HardwareError, match="temp1_input cannot be read: Is a directory"):
        sysfs.hwmon(tmp_path, 1, 0x44)


def test_a_folder_that_cannot_be_listed_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "glob", torn)
    with pytest.raises(HardwareError, match="1-0044 cannot be read: Input/output error: check"):
        sysfs.hwmon(tmp_path, 1, 0x44)
