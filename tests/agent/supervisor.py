"""What systemd makes of the agent's unit, as far as tests need it: its lines, and what runs after any end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

UNIT = Path(__file__).parents[2] / "agent" / "systemd" / "chamber-agent.service"
WITHIN = 30.0


def lines(unit: Path = UNIT) -> dict[str, list[str]]:
    """The unit's settings by key; a key may have several."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in unit.read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "[")):
            found[key].append(value)
    return found


class Supervisor:
    """Starts the unit's ExecStart= and, however that ends, what its ExecStopPost= says."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.unit = lines()
        self.environment = {
            **os.environ,
            "CONFIGURATION_DIRECTORY": str(folder),
            "STATE_DIRECTORY": str(folder / "state"),
            **environment,
        }

    def command(self, key: str) -> list[str]:
        """A command line of the unit, with its variables filled in, for the agent under test."""
        (line,) = self.unit[key]
        program, *arguments = line.removeprefix("-").split()
        assert program == "chamber-agent"
        filled = [
            argument.replace(
                "${CONFIGURATION_DIRECTORY}", self.environment["CONFIGURATION_DIRECTORY"]
            )
            for argument in arguments
        ]
        return [sys.executable, "-m", "chamber_agent", *filled]

    def start(self) -> subprocess.Popen[str]:
        """Start the service."""
        return subprocess.Popen(
            self.command("ExecStart"), stderr=subprocess.PIPE, text=True, env=self.environment
        )

    def finish(self, service: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
        """Wait for the service's end; what runs afterwards, with its outcome."""
        service.communicate(timeout=WITHIN)
        return subprocess.run(
            self.command("ExecStopPost"),
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
            env=self.environment,
        )
