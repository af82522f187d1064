"""Pins, by the real gpiozero on its own mock of a Pi's header."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin

from agent.doubles import box
from chamber_agent.control import Safe
from chamber_agent.errors import HardwareError
from chamber_agent.hardware import Drive, gpio, rigs
from chamber_agent.hardware.gpio import PwmOutput, RelayOutput, SwitchContact
from chamber_agent.hardware.wired import Bench
from chamber_agent.hardware.wiring import Ds18b20, Pwm, Rated, Relay, Switch, Wired
from chamber_agent.safe import secure
from chamber_agent.state_folder import StateFolder

PROBE = Ds18b20(driver="ds18b20", id="28-0316a2795aff")


@pytest.fixture
def header() -> Iterator[MockFactory]:
    """A Pi's header."""
    before = Device.pin_factory
    Device.pin_factory = MockFactory(pin_class=MockPWMPin)
    yield Device.pin_factory
    Device.pin_factory.reset()
    Device.pin_factory = before


def relay(pin: int, **told: object) -> Relay:
    return Relay(driver="relay", pin=pin, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize("active_low", [False, True])
async def test_a_relay_is_off_from_the_start_and_switches(
    header: MockFactory, active_low: bool
) -> None:
    output, pin = RelayOutput(relay(17, active_low=active_low)), header.pin(17)
    on = not active_low
    assert (pin.function, pin.state) == ("output", not on)
    for duty, expected in ((1.0, on), (0.49, not on), (0.5, on), (0.0, not on)):
        await output.set(duty)
        assert pin.state == expected
    await output.close()
    assert pin.function == "input"


async def test_a_relay_that_is_on_for_safety_stays_on_after_the_end(header: MockFactory) -> None:
    safe, other = RelayOutput(relay(17)), RelayOutput(relay(27))
    pins = [header.pin(17), header.pin(27)]
    await safe.set(1.0)
    for output in (safe, other):
        await output.close()
    header.close()
    assert [pin.function for pin in pins] == ["output", "input"]
    assert pins[0].state == 1
    await RelayOutput(relay(17)).set(1.0)


def test_lgpio_is_imported_where_it_can_make_its_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lgpio.py").write_text(
        "import os\nopen('pipe', 'w').close()\nPLACE = os.getcwd()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "lgpio", raising=False)
    here = Path.cwd()
    gpio._lgpio_first.cache_clear()
    gpio._lgpio_first()
    place = sys.modules.pop("lgpio").PLACE
    assert Path.cwd() == here
    assert place not in {str(here), "/"}


async def test_pwm_takes_duties(header: MockFactory) -> None:
    output, pin = PwmOutput(Pwm(driver="pwm", pin=18, frequency=200)), header.pin(18)
    assert (pin.frequency, pin.state) == (200, 0)
    await output.set(0.3)
    assert pin.state == pytest.approx(0.3)
    await output.set(1.7)
    assert pin.state == 1
    await output.close()
    assert pin.function == "input"


async def test_pwm_that_is_active_low_starts_off(header: MockFactory) -> None:
    output, pin = PwmOutput(Pwm(driver="pwm", pin=18, active_low=True)), header.pin(18)
    assert pin.state == 1
    await output.set(0.25)
    assert pin.state == pytest.approx(0.75)


@pytest.mark.parametrize("pull", ["up", "down", "none"])
@pytest.mark.parametrize("open_when", ["high", "low"])
async def test_a_door_is_open_at_the_level_that_says_so(
    header: MockFactory, pull: str, open_when: str
) -> None:
    told = Switch(driver="switch", pin=22, pull=pull, open_when=open_when)  # type: ignore[arg-type]
    contact, pin = SwitchContact(told), header.pin(22)
    pin.drive_high()
    assert await contact.is_open() is (open_when == "high")
    pin.drive_low()
    assert await contact.is_open() is (open_when == "low")


async def test_a_broken_wire_of_the_usual_contact_is_an_open_door(header: MockFactory) -> None:
    contact = SwitchContact(Switch(driver="switch", pin=22))
    assert header.pin(22).pull == "up"
    assert await contact.is_open() is True


def test_a_pin_that_is_taken_is_told_with_what_to_look_for(header: MockFactory) -> None:
    holder = [RelayOutput(relay(17))]
    with pytest.raises(HardwareError, match=r"GPIO 17 cannot be used: .*another program"):
        holder.append(RelayOutput(relay(17)))


def test_a_machine_without_lgpio_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(
        HardwareError, match=r"GPIO 17 cannot be used: lgpio is missing: .* -m pip install"
    ):
        RelayOutput(relay(17))


def test_a_missing_library_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    with pytest.raises(HardwareError, match=r"pip install 'chamber-agent\[gpio\]'") as told:
        RelayOutput(relay(17))
    assert sys.executable in str(told.value)  # another Python's pip would not help


def wired(**changes: object) -> Wired:
    told = {
        "heaters": (relay(17),),
        "coolers": (Pwm(driver="pwm", pin=18), Pwm(driver="pwm", pin=19)),
        "fans": (relay(27),),
        "door": Switch(driver="switch", pin=22),
        "meter": Rated(
            driver="rated", heaters=(40.0,), coolers=(60.0, 60.0), fans=(3.0,), standby=2.0
        ),
    }
    return Wired(kind="wired", thermometer=PROBE, **{**told, **changes})  # type: ignore[arg-type]


async def test_a_rig_drives_every_part_and_lets_all_go(header: MockFactory, tmp_path: Path) -> None:
    rig = Bench(tmp_path).rig(wired())
    await rig.actuators.drive(Drive((0.0,), (0.4, 0.6), (1.0,)))
    assert [header.pin(pin).state for pin in (17, 18, 19, 27)] == [0, 0.4, 0.6, 1]
    assert rig.meter is not None
    assert await rig.meter.power() == pytest.approx(2 + 60 * 0.4 + 60 * 0.6 + 3)
    await rig.actuators.drive(Drive((0.0,), (0.0, 0.0), (0.0,)))
    await rig.close()
    assert {header.pin(pin).function for pin in (17, 18, 19, 22, 27)} == {"input"}


async def test_what_goes_off_does_so_before_anything_goes_on(header: MockFactory) -> None:
    rig = Bench().rig(wired())
    await rig.actuators.drive(Drive((0.0,), (1.0, 1.0), (1.0,)))
    for pin in (17, 18):
        header.pin(pin).clear_states()
    await rig.actuators.drive(Drive((1.0,), (0.0, 0.0), (1.0,)))
    assert header.pin(18)._last_change < header.pin(17)._last_change


async def test_nothing_cools_or_heats_where_a_fan_does_not_start(
    header: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Bench().rig(wired())

    async def stuck(self: object, duty: float) -> None:
        if duty:
            raise HardwareError("stuck")

    monkeypatch.setattr(RelayOutput, "set", stuck)
    with pytest.raises(HardwareError, match=r"^fans\[0\]: stuck$"):
        await rig.actuators.drive(Drive((0.0,), (1.0, 1.0), (1.0,)))
    assert [header.pin(pin).state for pin in (18, 19)] == [0, 0]


async def test_a_part_that_fails_is_named_and_nothing_is_switched_on_beside_it(
    header: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Bench().rig(wired())
    await rig.actuators.drive(Drive((0.0,), (1.0, 1.0), (1.0,)))

    async def stuck(self: object, duty: float) -> None:
        raise HardwareError("stuck")

    monkeypatch.setattr(PwmOutput, "set", stuck)
    with pytest.raises(HardwareError, match=r"^coolers\[0\], coolers\[1\]: stuck$"):
        await rig.actuators.drive(Drive((1.0,), (0.0, 0.0), (0.0,)))
    assert header.pin(17).state == 0
    assert header.pin(27).state == 0
    assert rig.meter is not None
    with pytest.raises(HardwareError, match="not known what is on"):
        await rig.meter.power()


@pytest.mark.parametrize("error", [RuntimeError("lgpio"), OSError(5, "I/O"), KeyError(18)])
async def test_whatever_one_part_raises_every_other_is_told(
    header: MockFactory, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    rig = Bench().rig(wired())
    await rig.actuators.drive(Drive((1.0,), (1.0, 1.0), (1.0,)))
    odd = rig.actuators.parts[1][1]  # type: ignore[attr-defined]

    async def broken(duty: float) -> None:
        raise error

    monkeypatch.setattr(odd, "set", broken)
    with pytest.raises(HardwareError, match=r"^coolers\[0\]: \w+Error\("):
        await rig.actuators.drive(Drive((0.0,), (0.0, 0.0), (0.0,)))
    assert [header.pin(pin).state for pin in (17, 19, 27)] == [0, 0, 0]


async def test_a_part_that_hangs_keeps_no_other_from_going_off(
    header: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Bench().rig(wired())
    await rig.actuators.drive(Drive((1.0,), (1.0, 1.0), (1.0,)))
    hung = rig.actuators.parts[0][1]  # type: ignore[attr-defined]
    monkeypatch.setattr(hung, "set", lambda _: asyncio.sleep(1e6))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await rig.actuators.drive(Drive((0.0,), (0.0, 0.0), (0.0,)))
    assert [header.pin(pin).state for pin in (18, 19, 27)] == [0, 0, 0]


async def test_a_pin_that_is_lost_is_an_error_of_the_hardware(header: MockFactory) -> None:
    output, duty = RelayOutput(relay(17)), PwmOutput(Pwm(driver="pwm", pin=18))
    contact = SwitchContact(Switch(driver="switch", pin=22))
    for part in (output, duty, contact):
        part._device.close()
    with pytest.raises(HardwareError, match=r"^GPIO 17 does not answer: .*closed"):
        await output.set(1.0)
    with pytest.raises(HardwareError, match=r"^GPIO 18 does not answer: .*closed"):
        await duty.set(1.0)
    with pytest.raises(HardwareError, match=r"^GPIO 22 does not answer: .*closed"):
        await contact.is_open()


async def test_a_part_that_cannot_be_let_go_keeps_no_other_taken(
    header: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Bench().rig(wired())

    async def broken(self: object) -> None:
        raise RuntimeError("lgpio")

    monkeypatch.setattr(RelayOutput, "close", broken)
    with pytest.raises(HardwareError, match="lgpio"):
        await rig.close()
    assert {header.pin(pin).function for pin in (18, 19, 22)} == {"input"}


async def test_what_is_safe_reaches_every_part_that_can_be_taken(header: MockFactory) -> None:
    holder, door = RelayOutput(relay(17)), SwitchContact(Switch(driver="switch", pin=22))
    with pytest.raises(HardwareError, match="GPIO 17 cannot be used"):
        rigs.build(box(hardware=wired()))
    rig = rigs.acting(box(hardware=wired()))
    with pytest.raises(HardwareError, match=r"^heaters\[0\]: GPIO 17 cannot be used"):
        await rig.actuators.drive(Drive((0.0,), (0.0, 0.0), (0.0,)))
    assert [header.pin(pin).function for pin in (18, 19, 27)] == ["output"] * 3
    await rig.close()
    await holder.close()
    await door.close()


async def test_what_is_safe_needs_no_sensor(header: MockFactory) -> None:
    holder = SwitchContact(Switch(driver="switch", pin=22))
    chamber = box(hardware=wired(), coolers=("Cooler 1", "Cooler 2"), safe=Safe(coolers=0.4))
    assert await secure([chamber], StateFolder()) == []
    await holder.close()


async def test_a_relay_with_a_period_is_on_for_its_part_of_it(header: MockFactory) -> None:
    now = [1000.0]
    rig = Bench(clock=lambda: now[0]).rig(
        wired(heaters=(relay(17, period=20.0),), coolers=(), fans=(), meter=None)
    )
    on = []
    for second in range(40):
        now[0] = 1000.0 + second
        await rig.actuators.drive(Drive((0.3,), (), ()))
        on.append(header.pin(17).state)
    assert sum(on) == 12
    await rig.actuators.drive(Drive((0.0,), (), ()))
    assert header.pin(17).state == 0
