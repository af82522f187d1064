"""Real `chamber-agent` processes, and the topics they use."""

import json
import os
import secrets
import signal
import time
from pathlib import Path
from typing import Any

from end_to_end.parts import have
from workshop.machine.environments import ready
from workshop.parts.processes import Process

BOX = "lecture-box"
_CONFIGURATION = """
[broker]
url = "{url}"
alternate_urls = {alternates}
[gateway]
id = "{gateway}"
interval = 0.2
heartbeat = {heartbeat}
state_folder = "state"
[[chambers]]
id = "{box}"
name = "Lecture box"
setpoint = 30.0
mode = "heat_cool"
limits = {{ min = -5.0, max = 60.0, step = 0.1 }}
heaters = ["Heater"]
coolers = ["Cooler 1", "Cooler 2"]
fans = ["Fan 1", "Fan 2"]
[chambers.hardware]
kind = "simulated"
speed = 50.0
"""


class Gateway:
    """A gateway with simulated chambers; it may be started, killed and started again."""

    def __init__(self, folder: Path, name: str, *arguments: str) -> None:
        self.id = name
        self._program = have(lambda: ready("agent")).program("chamber-agent")
        self._folder = folder
        self._arguments = arguments
        self.process: Process

    def start(self) -> Process:
        """Start the process; the caller ends it."""
        self.process = Process(
            self.id, [self._program, *self._arguments], self._folder / "agent.log"
        )
        return self.process

    def end(self, number: signal.Signals, within: float = 10.0) -> float:
        """Send a signal to the process alone, and wait for its end; the seconds that took."""
        start = time.monotonic()
        os.kill(self.process.pid, number)
        while self.process.exit_code() is None:
            assert time.monotonic() - start < within, self.process.describe_end()
            time.sleep(0.01)
        return time.monotonic() - start

    @property
    def status(self) -> str:
        """Where it says whether it is there."""
        return f"chamber/v1/{self.id}/status"

    def topic(self, kind: str, chamber: str = BOX) -> str:
        """Where a chamber of its says or hears a kind of message."""
        return f"chamber/v1/{self.id}/{chamber}/{kind}"


def simulated(url: str, folder: Path, name: str = "", *more: str) -> Gateway:
    """`chamber-agent simulate` with one chamber that is quick to heat and to cool."""
    name = name or f"pi-{secrets.token_hex(3)}"
    fast = ("--interval", "0.1", "--speed", "50", "--chambers", "1")
    options = ("--url", url, "--gateway", name, "--state", str(folder), *fast)
    return Gateway(folder, name, "simulate", *options, *more)


def configured(url: str, folder: Path, heartbeat: float, *alternates: str) -> Gateway:
    """`chamber-agent run` with the same chamber, from a file, with a heartbeat in seconds."""
    name = f"pi-{secrets.token_hex(3)}"
    path = folder / "config.toml"
    told = {"url": url, "alternates": json.dumps(alternates), "gateway": name}
    path.write_text(_CONFIGURATION.format(**told, heartbeat=heartbeat, box=BOX))
    return Gateway(folder, name, "run", "--config", str(path))


def command(**fields: Any) -> dict[str, Any]:
    """A command to set something, as Home Assistant would send it now."""
    told = {"id": secrets.token_hex(8), "do": "set", "by": "test", "time": time.time(), "ttl": 15}
    return {**told, **fields}
