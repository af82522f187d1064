"""`python -m bench.agent`: what the agent costs the machine it runs on, at 1 Hz and at 10 Hz.

Run it from the project's root with the Python of the environment `integration`. It starts Mosquitto and a simulated
agent with two chambers, waits until both run evenly, and prints a table: processor time, memory, what reached the disk.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SETTLING = 15.0
HOUR = 3600.0


class Cost(NamedTuple):
    """What a running agent took: seconds of processor time, bytes in memory, bytes to the disk."""

    cpu: float
    resident: float
    written: float

    @property
    def shown(self) -> str:
        """A row of the table."""
        return f"{self.cpu:.2%} | {self.resident / 1e6:.0f} MB | {self.written * HOUR / 1e6:.1f} MB"


def written(pid: int) -> int:
    """Return the bytes that a process caused to be written to the disk (proc(5), `write_bytes`)."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


def measured(url: str, hertz: float, seconds: float) -> Cost:
    """Return what an agent costs per second that measures so often."""
    from bench import machine  # noqa: PLC0415 - `workshop` is found only once main() has run

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as state:
        command = [sys.executable, "-m", "chamber_agent", "simulate", "--url", url]
        options = ["--interval", str(1 / hertz), "--state", state, "--seed", "1"]
        agent = subprocess.Popen(
            [*command, *options], cwd=ROOT / "agent" / "src", stderr=subprocess.DEVNULL
        )
        try:
            time.sleep(SETTLING)
            cpu, disk, start = machine.cpu_seconds(agent.pid), written(agent.pid), time.monotonic()
            time.sleep(seconds)
            passed = time.monotonic() - start
            return Cost(
                (machine.cpu_seconds(agent.pid) - cpu) / passed,
                machine.resident_bytes(agent.pid),
                (written(agent.pid) - disk) / passed,
            )
        finally:
            agent.terminate()
            agent.wait()


def rows(seconds: float) -> Iterator[str]:
    """Measure, and yield the table's lines."""
    from workshop.parts import brokers  # noqa: PLC0415

    yield "| readings | of one core | memory | written per hour |"
    yield "|---|---|---|---|"
    with (
        tempfile.TemporaryDirectory() as folder,
        brokers.start("mosquitto", Path(folder) / "broker") as broker,
    ):
        for hertz in (1.0, 10.0):
            yield f"| {hertz:g} Hz | {measured(broker.url, hertz, seconds).shown} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.agent", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="per row (%(default)g)")
    for row in rows(parser.parse_args().seconds):
        print(row, flush=True)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "agent" / "src")]
    main()
