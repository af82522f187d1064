"""Relays, PWM and contacts at the pins of a Raspberry Pi, through gpiozero and lgpio.

Setting a pin takes microseconds: no thread. A pin is off from the moment it is taken, and an input
again after it is let go: the board's own resistor has to mean "off" (README, wiring). A relay that
is on when the agent ends is on because that is its chamber's safe state: its pin is left as it is,
and Raspberry Pi OS keeps it so.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

from ..errors import HardwareError, missing
from .wiring import Pwm, Relay, Switch

FIRST_AID = "is another program using it, such as a running agent? is this a Pi?"
HALF = 0.5
"""From this duty on a relay is on."""
_PULLS = {"up": True, "down": False, "none": None}


@cache
def _lgpio_first() -> None:
    """Import lgpio in a folder that can be written: it makes a pipe in the current one, which may be `/`."""
    # Whatever goes wrong here, gpiozero says with the first pin.
    with (
        contextlib.suppress(ImportError, OSError),
        tempfile.TemporaryDirectory(prefix="chamber-agent-") as folder,
        contextlib.chdir(folder),
    ):
        import lgpio  # noqa: F401, PLC0415 - only a chamber with GPIO needs it


def _library() -> ModuleType:
    try:
        import gpiozero  # noqa: PLC0415 - only a chamber with GPIO needs it
    except ImportError:
        raise missing("gpiozero", "gpio") from None
    if gpiozero.Device.pin_factory is None:
        # Else gpiozero takes what it can get, down to what fails on a Pi 5 and has no PWM.
        os.environ.setdefault("GPIOZERO_PIN_FACTORY", "lgpio")
        _lgpio_first()
    module: ModuleType = gpiozero
    return module


def _taken(name: str, pin: int, **options: object) -> Any:
    """Return the device of gpiozero that has taken a pin."""
    library = _library()
    try:
        return getattr(library, name)(pin, **options)
    except ModuleNotFoundError as error:
        cause = missing(str(error.name), "gpio")
        raise HardwareError(f"GPIO {pin} cannot be used: {cause}") from None
    except (library.GPIOZeroError, OSError, RuntimeError) as error:
        raise HardwareError(f"GPIO {pin} cannot be used: {error}: {FIRST_AID}") from error
    except Exception as error:
        # lgpio's own errors have no root but this one.
        raise HardwareError(f"GPIO {pin} cannot be used: {error!r}: {FIRST_AID}") from error


@contextlib.contextmanager
def _asked(pin: int) -> Iterator[None]:
    """Make an error of the hardware of whatever gpiozero and lgpio raise, which has no common root."""
    try:
        yield
    except Exception as error:
        raise HardwareError(f"GPIO {pin} does not answer: {error!r}: {FIRST_AID}") from error


def _leave(device: Any) -> None:
    """Keep gpiozero, which makes every pin an input at the end of the process, from doing so with this one."""
    device.pin_factory.release_all(device)
    device.pin_factory.pins.pop(device.pin.info, None)
    # A device closes itself when nobody knows it any more.
    device.close = _stay


def _stay() -> None:
    """Close nothing."""


class RelayOutput:
    """A relay: off until told otherwise."""

    def __init__(self, told: Relay) -> None:
        """Take the pin and switch it off. Raises `HardwareError`."""
        self._pin = told.pin
        self._device = _taken("DigitalOutputDevice", told.pin, active_high=not told.active_low)

    async def set(self, duty: float) -> None:
        """Switch on at half a duty or more, else off. Raises `HardwareError`."""
        with _asked(self._pin):
            self._device.value = duty >= HALF

    async def close(self) -> None:
        """Let the pin go if it is off; leave it as it is if it is on."""
        if self._device.value:
            _leave(self._device)
        else:
            self._device.close()


class PwmOutput:
    """A PWM output: at 0 until told otherwise, and after the agent: the pulses are made by it."""

    def __init__(self, told: Pwm) -> None:
        """Take the pin at a duty of 0. Raises `HardwareError`."""
        options = {"active_high": not told.active_low, "frequency": told.frequency}
        self._pin = told.pin
        self._device = _taken("PWMOutputDevice", told.pin, **options)

    async def set(self, duty: float) -> None:
        """Apply a duty. Raises `HardwareError`."""
        with _asked(self._pin):
            self._device.value = min(1.0, max(0.0, duty))

    async def close(self) -> None:
        """Switch off and let the pin go."""
        try:
            self._device.off()
        finally:
            self._device.close()


class SwitchContact:
    """A door contact."""

    def __init__(self, told: Switch) -> None:
        """Take the pin with its pull. Raises `HardwareError`."""
        self._pin = told.pin
        pull = _PULLS[told.pull]
        options = {"active_state": told.open_when == "high"} if pull is None else {}
        self._device = _taken("InputDevice", told.pin, pull_up=pull, **options)
        # gpiozero calls an input active when it is pulled against its pull.
        self._inverted = pull is not None and (told.open_when == "high") == pull

    async def is_open(self) -> bool:
        """Tell whether the door is open. Raises `HardwareError`."""
        with _asked(self._pin):
            return bool(self._device.value) is not self._inverted

    async def close(self) -> None:
        """Let the pin go."""
        self._device.close()
