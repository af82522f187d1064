"""The thermostat: from a temperature to one signed output, and why it is what it is.

    situation ─ law (pid, hysteresis) ─► wish ─ guards (minimum times, limit, interlock) ─ cut-out ─► decision

The output runs from -1 (cool) over 0 to +1 (heat): one number cannot heat and cool together. What the
thermostat remembers is a frozen value, passed in and handed back; time is an argument, in seconds of
any monotonic clock.
"""

from .cutout import watched
from .model import Decision, Memory, Reason, Side, Situation, Trip
from .settings import Control, Cutout, Safe, Strategy
from .thermostat import decide, failed, rest

__all__ = [
    "Control",
    "Cutout",
    "Decision",
    "Memory",
    "Reason",
    "Safe",
    "Side",
    "Situation",
    "Strategy",
    "Trip",
    "decide",
    "failed",
    "rest",
    "watched",
]
