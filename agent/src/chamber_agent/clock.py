"""What the machine knows of time: its clocks, its boot, and whether its UTC can be relied on."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from .chamber.model import Clock

TIMESYNCD = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd makes this file when it has set the clock (systemd-timesyncd(8))."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
BOOT_ID_LENGTH = 8
STEP = 1.0
"""UTC that moves this much against the uptime was set, s."""
_TIME_ERROR = 5
_UNSYNCHRONISED = 0x0040


class Moment(NamedTuple):
    """One moment: Unix time (None where it cannot be relied on), and seconds since which boot."""

    utc: float | None
    uptime: float
    boot: str | None = None

    @property
    def clock(self) -> Clock:
        """Where the time comes from."""
        return Clock.NONE if self.utc is None else Clock.NTP

    def stepped_from(self, earlier: "Moment") -> float:
        """Return by how many seconds UTC was set since `earlier`; 0 where it was not."""
        if self.utc is None or earlier.utc is None:
            return 0.0
        step = (self.utc - earlier.utc) - (self.uptime - earlier.uptime)
        return step if abs(step) > STEP else 0.0


def uptime() -> float:
    """Return seconds since boot, time asleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str | None:
    """Return a short id of this boot; None where the kernel gives none."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()[:BOOT_ID_LENGTH] or None
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Clocks:
    """The machine's clocks; `synchronised` says whether UTC can be relied on."""

    synchronised: Callable[[], bool]
    utc: Callable[[], float] = time.time
    uptime: Callable[[], float] = uptime
    boot: str | None = field(default_factory=boot_id)

    def now(self) -> Moment:
        """Read the clocks."""
        return Moment(self.utc() if self.synchronised() else None, self.uptime(), self.boot)

    def unsynchronised_for(self, seconds: float) -> "Clocks":
        """Return these clocks as if UTC became reliable only `seconds` from now."""
        until = self.uptime() + seconds
        return replace(self, synchronised=lambda: self.uptime() >= until and self.synchronised())


def synchronised() -> bool:
    """Tell whether a time service keeps the machine's clock: timesyncd's mark, or the kernel's."""
    return TIMESYNCD.exists() or _kernel_synchronised()


def _kernel_synchronised() -> bool:
    """Ask the kernel, whose clock chrony and ntpd mark; reading needs no right.

    `struct timex` (adjtimex(2)) begins with an int `modes`, which 0 makes read only, and four longs;
    the int `status` follows.
    """
    try:
        import ctypes  # noqa: PLC0415 - it fails where memory may not be made executable

        timex = (ctypes.c_long * 128)()
        state = ctypes.CDLL(None).adjtimex(timex)
        status = ctypes.c_int.from_buffer(timex, 5 * ctypes.sizeof(ctypes.c_long)).value
    except (ImportError, MemoryError, OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR and not status & _UNSYNCHRONISED
