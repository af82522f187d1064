"""A wiring is read part by part, or refused with the line, the key, the cause and what is expected."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from chamber_agent.config import ChamberConfig, load, parse
from chamber_agent.errors import ConfigError
from chamber_agent.hardware import wiring
from chamber_agent.settings import reader
from chamber_agent.settings.lines import numbered

HEAD = """
[broker]
url = "wss://broker.example/mqtt"
[gateway]
id = "pi"
"""
BOX = """
[[chambers]]
id = "box"
name = "Box"
setpoint = 5
limits = { min = 0, max = 40 }
heaters = ["Heater"]
coolers = ["Cooler 1", "Cooler 2"]
fans = ["Fan"]
door = true
power = true
[chambers.probes]
product = { role = "product" }
[chambers.hardware]
kind = "wired"
thermometer = { driver = "ds18b20", id = "28-0316a2795aff", offset = -0.2 }
heaters = [{ driver = "relay", pin = 17, period = 20 }]
coolers = [
  { driver = "pwm", pin = 18, frequency = 200 },
  { driver = "pwm", pin = 12, active_low = true },
]
fans = [{ driver = "coil", address = 4 }]
door = { driver = "switch", pin = 22 }
meter = { driver = "register", address = 3, table = "input", type = "float32", word_order = "little" }
probes.product = { driver = "max31865", wires = 3 }
plc = { url = "tcp://192.0.2.5:502", unit = 2, watchdog = { register = 9 } }
"""


def changed(*changes: tuple[str, str], text: str = BOX) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def problems(*boxes: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        parse(HEAD + "".join(boxes), Path())
    return list(refused.value.problems)


def test_every_part_is_read_as_its_driver_says() -> None:
    (chamber,) = parse(HEAD + BOX, Path()).chambers
    wired = chamber.hardware
    assert isinstance(wired, wiring.Wired)
    assert wired.thermometer == wiring.Ds18b20(driver="ds18b20", id="28-0316a2795aff", offset=-0.2)
    assert wired.heaters == (wiring.Relay(driver="relay", pin=17, period=20.0),)
    assert wired.coolers[1] == wiring.Pwm(driver="pwm", pin=12, active_low=True)
    assert wired.fans == (wiring.Coil(driver="coil", address=4),)
    assert wired.probes["product"] == wiring.Max31865(driver="max31865", wires=3)
    assert isinstance(wired.meter, wiring.Value)
    assert wired.meter.type is wiring.Number.FLOAT32
    assert wired.plc == wiring.Plc(
        url="tcp://192.0.2.5:502", unit=2, watchdog=wiring.Watchdog(register=9)
    )


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'kind = "wired"',
            'kind = "wierd"',
            'hardware.kind: found "wierd", expected one of "simulated", "wired"; did you mean "wired"?',
        ),
        (
            '"relay", pin',
            '"rely", pin',
            'expected one of "relay", "pwm", "coil", "register"; did you mean "relay"?',
        ),
        ('driver = "relay", ', "", "heaters[0].driver: missing, expected one of"),
        ("active_low", "activelow", 'coolers[1].activelow: unknown key, did you mean "active_low"?'),
        ("pin = 17", "pin = 40", "heaters[0].pin: found 40, expected a GPIO of the Pi's header"),
        ("pin = 17", "pin = 1", "heaters[0].pin: found 1, expected a GPIO of the Pi's header"),
        ("pin = 17", "pin = true", "heaters[0].pin: found true, expected a whole number"),
        ("28-0316a2795aff", "28-0316A2", 'thermometer.id: found "28-0316A2", expected an id such as'),
        ("wires = 3", "wires = 5", "probes.product.wires: found 5, expected one of 2, 3, 4"),
        ("wires = 3", 'wires = "3"', 'probes.product.wires: found "3", expected one of 2, 3, 4'),
        ("{ driver = \"max31865\", wires = 3 }", '"max"', "expected a table with driver one of"),
        ("tcp://192.0.2.5:502", "http://192.0.2.5", "plc.url: found"),
        ("register = 9", "regster = 9", 'plc.watchdog.regster: unknown key, did you mean "register"?'),
        ('"float32"', '"float"', 'did you mean "float32"?'),
        ('name = "Box"', 'name = "Box"\nheeters = []', 'heeters: unknown key, did you mean "heaters"?'),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_what_is_meant(old: str, new: str, problem: str) -> None:
    assert any(problem in found for found in problems(changed((old, new))))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"Cooler 1", "Cooler 2"', '"Cooler"', "hardware.coolers: 2 for 1 coolers, expected one for"),
        ('heaters = ["Heater"]', "heaters = []", "hardware.heaters: 1 for 0 heaters"),
        ("heaters = [{ driver", "# heaters = [{ driver", "hardware.heaters: 0 for 1 heaters"),
        ("door = true", "door = false", "hardware.door: is wired, and door is not true"),
        ("door = {", "# door = {", "chambers[0].door: is true, and nothing measures it"),
        ("\nmeter = {", "\n# meter = {", "chambers[0].power: is true, and nothing measures it"),
        ("probes.product = {", "# ", "chambers[0].probes.product: nothing measures it, expected"),
        ("product = { role", "other = { role", "hardware.probes.product: is no probe of the chamber"),
        (", period = 20", "", "hardware.heaters[0]: it only switches, and control.strategy gives"),
        ("period = 20", "period = 5", "period: 5 s, expected at least 10 times gateway.interval, 10 s"),
        ("plc = {", "# plc = {", 'hardware.fans[0]: "coil" needs a PLC, expected hardware.plc'),
        ("pin = 12", "pin = 17", "coolers[1].pin: GPIO 17 belongs to heaters[0].pin, expected another"),
        ("pin = 22", "pin = 11", "hardware.door.pin: GPIO 11 belongs to the bus of probes.product, expected"),
        ("pin = 17", "pin = 9", "hardware.heaters[0].pin: GPIO 9 belongs to the bus of probes.product"),
        (
            "[chambers.hardware]",
            "[chambers.safe]\nfans = 0.5\n[chambers.hardware]",
            "chambers[0].safe.fans: 0.5, and hardware.fans[0] only switches, expected 0 or 1",
        ),
        ("min = 0, max = 40", "min = 40, max = 0", "limits.min: 40 °C is not below limits.max"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(old: str, new: str, problem: str) -> None:
    assert any(problem in found for found in problems(changed((old, new))))


def test_hysteresis_needs_no_period() -> None:
    control = '[chambers.control]\nstrategy = "hysteresis"\n[chambers.hardware]'
    parse(HEAD + changed((", period = 20", ""), ("[chambers.hardware]", control)), Path())


def test_two_chambers_may_not_have_one_output_nor_one_control_probe() -> None:
    other = changed(('id = "box"', 'id = "other"'), ("wires = 3", "wires = 3, chip = 1"))
    found = problems(BOX, other)
    assert [one.partition(": ")[2].partition(": ")[2] for one in found] == [
        "GPIO 17 belongs to heaters[0].pin of box, expected another",
        "GPIO 18 belongs to coolers[0].pin of box, expected another",
        "GPIO 12 belongs to coolers[1].pin of box, expected another",
        "coil 4 of tcp://192.0.2.5:502 unit 2 belongs to fans[0].address of box, expected another",
        "GPIO 22 belongs to door.pin of box, expected another",
        "register 9 of tcp://192.0.2.5:502 unit 2 belongs to plc.watchdog.register of box, expected another",
        "sensor 28-0316a2795aff belongs to thermometer.id of box, expected another",
    ]


def test_two_chambers_on_one_line_agree_on_it() -> None:
    other = changed(
        ('id = "box"', 'id = "other"'), ("unit = 2", "unit = 3, timeout = 1.0"), text=PLC_ALONE
    )
    (problem,) = problems(PLC_ALONE, other)
    assert "plc.timeout: found 1.0, and 0.5 elsewhere for tcp://192.0.2.5:502" in problem


PLC_ALONE = """
[[chambers]]
id = "box"
name = "Box"
[chambers.hardware]
kind = "wired"
thermometer = { driver = "register", address = 0 }
plc = { url = "tcp://192.0.2.5:502", unit = 2 }
"""


def line(text: str, marked: str) -> str:
    """The prefix of problems about the line that holds `marked`."""
    return f"line {text[: text.index(marked)].count(chr(10)) + 1}: "


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pin = 17", "pin = 41"),
        ("setpoint = 5", "setpint = 5"),
        ("wires = 3", "wires = 9"),
        ('role = "product"', "rol = 3"),
        ("min = 0, max = 40", "min = 40, max = 0"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str) -> None:
    text = HEAD + changed((old, new))
    found = problems(changed((old, new)))
    assert all(one.startswith(line(text, new)) for one in found if "missing" not in one)


def test_a_mistake_in_a_list_over_several_lines_has_the_line_of_the_list() -> None:
    (problem,) = problems(changed(("pin = 12", "pin = 0")))
    assert problem.startswith(line(HEAD + BOX, "coolers = [\n"))


def test_the_second_chamber_has_lines_of_its_own() -> None:
    other = changed(('id = "box"', 'id = "other"'), ("pin = 17", "pin = 99"))
    (problem,) = problems(BOX, other)
    assert problem.startswith(line(HEAD + BOX + other, "pin = 99"))
    assert "chambers[1].hardware.heaters[0].pin" in problem


def test_what_names_no_key_has_no_line() -> None:
    text = 'a = 1\n"odd key".b = 2\n'
    assert list(numbered(["the file is not TOML", "nothing.here: missing"], text)) == [
        "the file is not TOML",
        "nothing.here: missing",
    ]


AGENT = Path(__file__).parents[2] / "agent"


def test_the_example_for_a_pi_is_right() -> None:
    (chamber,) = load(AGENT / "config.pi.example.toml").chambers
    assert isinstance(chamber.hardware, wiring.Wired)


def readme(part: str) -> str:
    """The TOML that the agent's README shows of something."""
    shown = re.findall(r"```toml\n(.*?)```", (AGENT / "README.md").read_text(), re.DOTALL)
    (found,) = (one for one in shown if part in one)
    return str(found)


def test_the_fridge_of_the_readme_is_right_and_only_measured() -> None:
    (chamber,) = parse(HEAD + readme("fridge"), Path()).chambers
    assert not chamber.controlled
    assert isinstance(chamber.hardware, wiring.Wired)
    assert isinstance(chamber.hardware.thermometer, wiring.Ds18b20)


def test_what_the_readme_calls_refused_is_refused() -> None:
    (line,) = re.findall(r"would have no effect: (.*?)\.", (AGENT / "README.md").read_text())
    named = set(re.findall(r"`(\w+)`", line))
    hints = get_type_hints(ChamberConfig, include_extras=True)
    beside = {key for key, hint in hints.items() if reader._beside(hint)}
    assert named == beside


def test_the_plc_of_the_readme_is_right() -> None:
    shown = readme("plc = ")
    box = BOX[: BOX.index("fans =")].replace('"Cooler 1", ', "") + "door = true\n"
    parse(HEAD + box + shown, Path())
    rtu = re.sub(r"^plc = .*\n# ", "", shown, flags=re.MULTILINE)
    assert "rtu" in str(parse(HEAD + box + rtu, Path()).chambers[0].hardware)


def test_the_readme_names_every_driver() -> None:
    text = (AGENT / "README.md").read_text()
    drivers = {
        driver
        for kind in (*get_args(wiring.Actuator), *get_args(wiring.Thermometer), wiring.Switch,
                     wiring.Discrete, wiring.Rated)
        for driver in get_args(get_type_hints(kind)["driver"])
    }  # fmt: skip
    assert len(drivers) == 11
    assert {driver for driver in drivers if f"| `{driver}` |" in text} == drivers
