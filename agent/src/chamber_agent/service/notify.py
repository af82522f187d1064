"""Words to the service manager, as sd_notify(3) says them: a datagram to the socket it names."""

import os
import socket

SOCKET = "NOTIFY_SOCKET"


def tell(*assignments: str) -> None:
    """Say `READY=1` and the like, all in one; nobody there to hear it is no failure."""
    address = os.environ.get(SOCKET, "")
    if not address.startswith(("/", "@")):
        return
    # A leading @ stands for the abstract namespace, unix(7).
    where = "\0" + address[1:] if address[0] == "@" else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(0)
            line.sendto("\n".join(assignments).encode(), where)
    except OSError:
        return


def watchdog() -> float | None:
    """Return how often at least systemd wants a sign of life, s; None where it wants none."""
    pid, text = os.environ.get("WATCHDOG_PID"), os.environ.get("WATCHDOG_USEC", "")
    if not text.isdecimal() or int(text) == 0 or pid not in (None, str(os.getpid())):
        return None
    return int(text) / 1e6
