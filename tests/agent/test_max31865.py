"""A platinum resistor: the equation against the standard's table, the registers against a fake chip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from chamber_agent.errors import HardwareError, SensorFault
from chamber_agent.hardware.max31865 import Converter, temperature
from chamber_agent.hardware.wiring import Max31865


@dataclass
class Chip:
    """A MAX31865 at its SPI port: registers, and a conversion when it is asked for one."""

    ohms: float = 100.0
    reference: float = 430.0
    fault: int = 0
    dead: bool = False
    missing: bool = False
    max_speed_hz: int = 0
    mode: int = 0
    config: int = 0
    result: int = 0
    waited: list[float] = field(default_factory=list)

    def open(self, bus: int, device: int) -> None:
        """Open it."""
        if self.missing:
            raise FileNotFoundError(2, "No such file or directory")

    def xfer2(self, values: Sequence[int]) -> Sequence[int]:
        """Write the configuration, or read all registers."""
        if self.dead:
            return [0xFF] * len(values)
        if values[0] & 0x80:
            self.config = values[1] & ~0x22
            if values[1] & 0x20:
                assert self.config & 0x80, "a conversion without bias"
                self.result = min(0x7FFF, round(self.ohms / self.reference * 0x8000)) << 1
            return [0, 0]
        high, low = divmod(self.result | bool(self.fault), 256)
        return [0, self.config, high, low, 0xFF, 0xFF, 0, 0, self.fault]


def converter(chip: Chip, **told: object) -> Converter:
    """The driver of a chip."""
    wired = {"driver": "max31865", "wires": 4, **told}
    return Converter(Max31865(**wired), lambda: chip, chip.waited.append)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("celsius", "ohms"),
    [
        (-190.0, 22.83),
        (-100.0, 60.26),
        (-50.0, 80.31),
        (-20.0, 92.16),
        (0.0, 100.0),
        (5.0, 101.953),
        (100.0, 138.51),
        (400.0, 247.09),
        (850.0, 390.48),
    ],
)
def test_the_equation_agrees_with_the_table_of_iec_60751(celsius: float, ohms: float) -> None:
    assert temperature(ohms / 100) == pytest.approx(celsius, abs=0.02)


@pytest.mark.parametrize("ratio", [0.0, 0.18, 4.0, 10.0])
def test_what_platinum_cannot_have_is_no_temperature(ratio: float) -> None:
    assert temperature(ratio) is None


def test_a_pt100_is_read_to_a_thirtieth_of_a_kelvin() -> None:
    chip = Chip(ohms=101.953)
    assert converter(chip).read() == pytest.approx(5.0, abs=0.035)
    assert (chip.max_speed_hz, chip.mode) == (500_000, 1)
    assert chip.waited == [0.0105, 0.0665]


def test_the_bias_is_off_between_readings_so_that_the_sensor_does_not_warm_itself() -> None:
    chip = Chip()
    converter(chip).read()
    assert not chip.config & 0x80


def test_a_pt1000_with_three_wires_and_sixty_hertz() -> None:
    chip = Chip(ohms=1385.1, reference=4300.0)
    assert converter(chip, nominal=1000, wires=3, mains=60).read() == pytest.approx(100, abs=0.05)
    assert chip.config == 0x10


def test_a_board_with_another_reference() -> None:
    assert converter(Chip(reference=400.0), reference=400.0).read() == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(
    ("chip", "why"),
    [
        (Chip(ohms=1e9), "wire is open"),
        (Chip(fault=0x80), "wire is open"),
        (Chip(fault=0x40), "short"),
        (Chip(fault=0x04), "voltage"),
        (Chip(ohms=0.0), r"0\.0 Ω is no temperature of a PT100"),
    ],
)
def test_a_broken_sensor_is_a_fault(chip: Chip, why: str) -> None:
    with pytest.raises(SensorFault, match=why):
        converter(chip).read()


def test_a_chip_that_is_not_there_does_not_answer() -> None:
    with pytest.raises(HardwareError, match=r"spidev0\.0 does not answer: check wiring"):
        converter(Chip(dead=True)).read()


def test_a_pi_without_spi_is_told_what_to_set() -> None:
    with pytest.raises(HardwareError, match=r"dtparam=spi=on"):
        converter(Chip(missing=True)).read()


@pytest.mark.parametrize(
    ("answer", "why"), [([0, 0, 0], "3 bytes came, not 9"), ([], "0 bytes came, not 9")]
)
def test_a_bus_that_gives_too_little_is_an_error_of_the_hardware(
    monkeypatch: pytest.MonkeyPatch, answer: list[int], why: str
) -> None:
    chip = Chip()
    monkeypatch.setattr(chip, "xfer2", lambda _: answer)
    with pytest.raises(HardwareError, match=why):
        converter(chip).read()


def test_a_speed_that_the_bus_refuses_is_an_error_of_the_hardware() -> None:
    class Refusing(Chip):
        def __setattr__(self, name: str, value: object) -> None:
            if name == "max_speed_hz" and value:
                raise OSError(22, "Invalid argument")
            super().__setattr__(name, value)

    with pytest.raises(HardwareError, match="cannot be opened: Invalid argument"):
        converter(Refusing()).read()
