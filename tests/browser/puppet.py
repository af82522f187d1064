"""A chamber whose every word a test decides."""

import asyncio
from typing import Any, Self

from end_to_end.plain import Plain

META: dict[str, Any] = {
    "limits": {"min": -10.0, "max": 60.0, "step": 0.5},
    "modes": ["off", "heat", "cool", "heat_cool"],
    "heaters": ["Heater"],
    "coolers": ["Cooler 1", "Cooler 2"],
    "fans": ["Fan 1", "Fan 2"],
    "probes": {"product": {"role": "product"}},
    "door": True,
    "power": True,
    "replies": True,
}
STATE: dict[str, Any] = {
    "temperature": 5.0,
    "setpoint": 5.0,
    "mode": "heat_cool",
    "action": "cooling",
    "heaters": [0],
    "coolers": [55, 45],
    "fans": [100, 0],
    "probes": {"product": 5.0},
    "door": False,
    "power": 23.8,
}


class Puppet:
    """It says what it is and how it is, and answers what it is told to."""

    def __init__(self, port: int, chamber: str, *, prefix: str = "chamber", **meta: Any) -> None:
        self.chamber = chamber
        self._topic = f"{prefix}/v1/esp/{chamber}"
        self._plain = Plain(port, f"{self._topic}/#")
        self._state = dict(STATE)
        self.describe(**meta)
        self.say()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._plain.__exit__()

    def leave(self) -> None:
        """Be gone for good."""
        for kind in ("meta", "state"):
            self._plain.say(f"{self._topic}/{kind}", b"", retain=True)

    def describe(self, **meta: Any) -> None:
        """Say what it is."""
        self._plain.say(f"{self._topic}/meta", {**META, **meta}, retain=True)

    def say(self, **changes: Any) -> None:
        """Say how it is: as before, but for these."""
        self._state |= changes
        self._plain.say(f"{self._topic}/state", self._state, retain=True)

    async def heard(self, since: int = 0) -> dict[str, Any]:
        """Wait for a command."""
        said = await asyncio.to_thread(self._plain.hears, f"{self._topic}/command", since=since)
        content: dict[str, Any] = said.content
        return content

    def so_far(self) -> int:
        """Where to look for the next command."""
        return self._plain.so_far()

    def reply(self, command: dict[str, Any], status: str, **more: Any) -> None:
        """Answer a command."""
        self._plain.say(f"{self._topic}/reply", {"id": command["id"], "status": status, **more})
