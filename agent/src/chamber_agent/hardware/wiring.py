"""What a chamber of real parts is told about them: one table per part, its `driver` says which.

Pins are BCM numbers of the Pi's header, addresses of a PLC those of the wire (the first is 0).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from ..settings.bounds import Between, Matching

Pin = Annotated[
    int, Between(2, 27, "a GPIO of the Pi's header by its BCM number, 2 to 27 (not the position)")
]
Address = Annotated[int, Between(0, 65_535)]
Period = Annotated[float, Between(1, 600)]
Offset = Annotated[float, Between(-10, 10)]
Watts = Annotated[float, Between(0, 10_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A relay, a solid state relay or a MOSFET at a pin."""

    driver: Literal["relay"]
    pin: Pin
    active_low: bool = False
    """Whether it is on while the pin is low, as on most relay boards."""
    period: Period | None = None
    """A duty between 0 and 1 is on for its part of every period, s; without it only on and off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pwm:
    """A driver at a pin that takes pulse width modulation."""

    driver: Literal["pwm"]
    pin: Pin
    active_low: bool = False
    frequency: Annotated[float, Between(1, 10_000)] = 100.0
    """Hz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coil:
    """A coil of the PLC."""

    driver: Literal["coil"]
    address: Address
    period: Period | None = None
    """As of a relay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A holding register of the PLC that takes a duty."""

    driver: Literal["register"]
    address: Address
    full: Annotated[int, Between(1, 65_535)] = 100
    """What stands for a duty of 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ds18b20:
    """A DS18B20, or another thermometer of its family, at the kernel's 1-Wire bus."""

    driver: Literal["ds18b20"]
    id: Annotated[
        str,
        Matching(
            r"(10|22|28|3b|42)-[0-9a-f]{12}",
            'an id such as "28-0316a2795aff" (ls /sys/bus/w1/devices)',
        ),
    ]
    offset: Offset = 0.0
    """Added to what it shows, K: from its certificate of calibration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Max31865:
    """A PT100 or PT1000 at a MAX31865."""

    driver: Literal["max31865"]
    wires: Literal[2, 3, 4]
    bus: Annotated[int, Between(0, 6)] = 0
    chip: Annotated[int, Between(0, 2)] = 0
    """Which chip select: 0 is CE0."""
    nominal: Literal[100, 1000] = 100
    """The sensor's resistance at 0 °C, ohm."""
    reference: Annotated[float, Between(50, 20_000)] | None = None
    """The board's reference resistor, ohm; without it 4.3 times the nominal."""
    mains: Literal[50, 60] = 50
    """The hum to filter, Hz."""
    offset: Offset = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sht31:
    """An SHT30, SHT31 or SHT35 behind the kernel's hwmon."""

    driver: Literal["sht31"]
    bus: Annotated[int, Between(0, 30)] = 1
    address: Literal[0x44, 0x45] = 0x44
    offset: Offset = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bme280:
    """A BME280 or BMP280 behind the kernel's IIO."""

    driver: Literal["bme280"]
    bus: Annotated[int, Between(0, 30)] = 1
    address: Literal[0x76, 0x77] = 0x76
    offset: Offset = 0.0


class Table(StrEnum):
    """Where a PLC keeps a value."""

    HOLDING = "holding"
    INPUT = "input"


class Number(StrEnum):
    """How a PLC writes a value; 32 bits take two registers."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    FLOAT32 = "float32"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value that the PLC measures: `raw × scale + offset`, in °C or W."""

    driver: Literal["register"]
    address: Address
    table: Table = Table.HOLDING
    type: Number = Number.INT16
    word_order: Literal["big", "little"] = "big"
    """Which of two registers comes first."""
    scale: Annotated[float, Between(-1000, 1000)] = 1.0
    offset: Annotated[float, Between(-1000, 1000)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A door contact at a pin."""

    driver: Literal["switch"]
    pin: Pin
    pull: Literal["up", "down", "none"] = "up"
    open_when: Literal["high", "low"] = "high"
    """With the pull-up and a contact to ground that a closed door closes, a broken wire is an open door."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrete:
    """A door contact at a discrete input of the PLC."""

    driver: Literal["discrete"]
    address: Address
    open_when: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """No meter, but an estimate: each part's rated power times its duty, W."""

    driver: Literal["rated"]
    heaters: tuple[Watts, ...] = ()
    coolers: tuple[Watts, ...] = ()
    fans: tuple[Watts, ...] = ()
    standby: Watts = 0.0
    """What is drawn with everything off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchdog:
    """A holding register that counts up with every turn: the PLC switches off when it stands still."""

    register: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Plc:
    """A PLC by Modbus."""

    url: Annotated[
        str,
        Matching(
            r"tcp://[^\s/:?#@]+(:\d{1,5})?|rtu:///dev/\S+",
            'a URL such as "tcp://192.0.2.5:502" or "rtu:///dev/ttyUSB0"',
        ),
    ]
    unit: Annotated[int, Between(0, 247)] = 1
    timeout: Annotated[float, Between(0.05, 2)] = 0.5
    """For connecting and for every answer, s."""
    baudrate: Annotated[int, Between(1200, 1_000_000)] = 19_200
    parity: Literal["even", "odd", "none"] = "even"
    stop_bits: Literal[1, 2] = 1
    watchdog: Watchdog | None = None


Actuator = Relay | Pwm | Coil | Duty
Thermometer = Ds18b20 | Max31865 | Sht31 | Bme280 | Value
Name = Annotated[str, Matching(r"[a-z0-9][a-z0-9_-]{0,63}", "the name of a probe")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """A chamber of real parts."""

    kind: Literal["wired"]
    thermometer: Thermometer
    """The control probe."""
    heaters: tuple[Actuator, ...] = ()
    coolers: tuple[Actuator, ...] = ()
    fans: tuple[Actuator, ...] = ()
    probes: Mapping[Name, Thermometer] = field(default_factory=lambda: MappingProxyType({}))
    door: Switch | Discrete | None = None
    meter: Value | Rated | None = None
    plc: Plc | None = None

    @property
    def actuators(self) -> Mapping[str, Actuator]:
        """Every actuator by its key."""
        kinds = {"heaters": self.heaters, "coolers": self.coolers, "fans": self.fans}
        return {f"{kind}[{i}]": one for kind, all_ in kinds.items() for i, one in enumerate(all_)}

    @property
    def thermometers(self) -> Mapping[str, Thermometer]:
        """Every thermometer by its key."""
        probes = {f"probes.{name}": probe for name, probe in self.probes.items()}
        return {"thermometer": self.thermometer, **probes}

    def parts(self) -> Iterator[tuple[str, object]]:
        """Yield every part with its key."""
        yield from self.actuators.items()
        yield from self.thermometers.items()
        for key, part in {"door": self.door, "meter": self.meter}.items():
            if part is not None:
                yield key, part
