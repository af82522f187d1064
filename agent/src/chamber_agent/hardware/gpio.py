"""Relays, PWM and contacts at the pins of a Raspberry Pi, through gpiozero.

Setting a pin takes microseconds: no thread. A pin is off from the moment it is taken, and an input
again after it is let go: the board's own resistor has to mean "off" (README, wiring).
"""

from types import ModuleType
from typing import Any

from ..errors import HardwareError
from .wiring import Pwm, Relay, Switch

FIRST_AID = (
    "is another program using it, such as a running agent? is this a Pi, and lgpio installed?"
)
HALF = 0.5
"""From this duty on a relay is on."""
_PULLS = {"up": True, "down": False, "none": None}


def _library() -> ModuleType:
    try:
        import gpiozero  # noqa: PLC0415 - only a chamber with GPIO needs it
    except ImportError:
        raise HardwareError("gpiozero is missing: pip install 'chamber-agent[gpio]'") from None
    module: ModuleType = gpiozero
    return module


def _taken(name: str, pin: int, **options: object) -> Any:
    """Return the device of gpiozero that has taken a pin."""
    library = _library()
    try:
        return getattr(library, name)(pin, **options)
    except (library.GPIOZeroError, OSError, RuntimeError) as error:
        raise HardwareError(f"GPIO {pin} cannot be used: {error}: {FIRST_AID}") from error
    except Exception as error:
        # lgpio's own errors have no root but this one.
        raise HardwareError(f"GPIO {pin} cannot be used: {error!r}: {FIRST_AID}") from error


class RelayOutput:
    """A relay: off until told otherwise."""

    def __init__(self, told: Relay) -> None:
        """Take the pin and switch it off. Raises `HardwareError`."""
        self._device = _taken("DigitalOutputDevice", told.pin, active_high=not told.active_low)

    async def set(self, duty: float) -> None:
        """Switch on at half a duty or more, else off."""
        self._device.value = duty >= HALF

    async def close(self) -> None:
        """Switch off and let the pin go."""
        self._device.off()
        self._device.close()


class PwmOutput:
    """A PWM output: at 0 until told otherwise."""

    def __init__(self, told: Pwm) -> None:
        """Take the pin at a duty of 0. Raises `HardwareError`."""
        options = {"active_high": not told.active_low, "frequency": told.frequency}
        self._device = _taken("PWMOutputDevice", told.pin, **options)

    async def set(self, duty: float) -> None:
        """Apply a duty."""
        self._device.value = min(1.0, max(0.0, duty))

    async def close(self) -> None:
        """Switch off and let the pin go."""
        self._device.off()
        self._device.close()


class SwitchContact:
    """A door contact."""

    def __init__(self, told: Switch) -> None:
        """Take the pin with its pull. Raises `HardwareError`."""
        pull = _PULLS[told.pull]
        options = {"active_state": told.open_when == "high"} if pull is None else {}
        self._device = _taken("InputDevice", told.pin, pull_up=pull, **options)
        # gpiozero calls an input active when it is pulled against its pull.
        self._inverted = pull is not None and (told.open_when == "high") == pull

    async def is_open(self) -> bool:
        """Tell whether the door is open."""
        return bool(self._device.value) is not self._inverted

    async def close(self) -> None:
        """Let the pin go."""
        self._device.close()
