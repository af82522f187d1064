"""Lists of who is to be told."""

from homeassistant.core import CALLBACK_TYPE


def registered[Listener](listeners: list[Listener], told: Listener) -> CALLBACK_TYPE:
    """Be told from now on; returns how to stop that."""
    listeners.append(told)
    return lambda: listeners.remove(told)
