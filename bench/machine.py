"""What the kernel says of a process, and which core it is to run on (Linux)."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workshop.progress import MissingPartError

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def check() -> None:
    """Say what is missing.

    Raises:
        MissingPartError: this system does not tell what has to be measured.
    """
    if not Path("/proc/self/stat").exists():
        raise MissingPartError("processor time is read from /proc: this needs Linux")


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process so far: user and system, all of its threads."""
    return parse_cpu(Path(f"/proc/{pid}/stat").read_text())


def parse_cpu(stat: str) -> float:
    """Return user and system seconds from the text of /proc/PID/stat (proc(5): fields 14 and 15)."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_bytes(pid: int) -> int:
    """Return how much memory a process has in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def cores() -> tuple[frozenset[int], frozenset[int]]:
    """Return the cores for Home Assistant and for all else; the same where there is but one."""
    own = sorted(os.sched_getaffinity(0))
    return (frozenset(own[-1:]), frozenset(own[:-1] or own))


@contextmanager
def on(chosen: frozenset[int]) -> Iterator[None]:
    """Let what is started in this block run on these cores only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def description() -> dict[str, str | int]:
    """Return what a reader of the numbers has to know of the machine."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in info if "model name" in line), "")
    return {"processor": model, "cores": os.cpu_count() or 1, "system": platform.platform()}
