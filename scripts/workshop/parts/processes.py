"""Long-running processes: started with a log file, watched, and ended with everything they started."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from ..progress import WorkshopError
from ..shell import child_environment, tail

LOOPBACK = "127.0.0.1"
TETHER = Path(__file__).with_name("tether.py")
"""What ties a process to its parent: see there."""


class ProcessError(WorkshopError):
    """A process ended by itself or did not become ready; the message holds its log's tail."""


class Process:
    """One child in a process group of its own.

    It ends with `stop`, at the end of a `with` block, or (on Linux) when the thread that started it is gone.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start `command`, with its output appended to `log`."""
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = log.stat().st_size if log.exists() else 0
        words = [
            sys.executable,
            "-I",
            "-S",
            str(TETHER),
            str(os.getpid()),
            *(str(word) for word in command),
        ]
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                words,
                env=child_environment(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process's id, which is its group's too."""
        return self._popen.pid

    def exit_code(self) -> int | None:
        """Return the code it ended with, or None while it runs."""
        before, code = self._popen.returncode, self._popen.poll()
        if before is None and code is not None:
            self.kill()  # what it left behind in its group
        return code

    def output(self) -> str:
        """Return what this start has written to its log so far."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")

    def describe_end(self) -> str:
        """Say how it ended, where its log is and what is at the log's end."""
        code = self.exit_code()
        state = "is still running" if code is None else f"ended with {code}"
        if code is not None and code < 0:
            state = f"was ended by {signal.Signals(-code).name}"
        return f"{self.name} {state}; its log is {self.log}, its end:\n{tail(self.output())}"

    def wait_until(self, ready: Callable[[], bool], what: str, timeout: float) -> None:
        """Wait until `ready()` holds.

        Raises:
            ProcessError: the process ended first, or `timeout` seconds passed.
        """
        deadline = time.monotonic() + timeout
        while not ready():
            if self.exit_code() is not None:
                raise ProcessError(f"{what}: {self.describe_end()}")
            if time.monotonic() > deadline:
                raise ProcessError(f"{what}: not within {timeout:.0f} s; {self.describe_end()}")
            time.sleep(0.02)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the whole group: the hard end of a power failure, or SIGSTOP for a machine that hangs."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def stop(self, timeout: float = 10) -> None:
        """End the process and its group: politely, and after `timeout` seconds not so."""
        if self.exit_code() is not None:
            return
        self.kill(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout)
        self.kill()
        self._popen.wait()

    def __enter__(self) -> Self:
        """Return the process."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the process."""
        self.stop()


def free_port() -> int:
    """Return a TCP port of loopback that nothing listens on at the moment."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port of loopback."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Tell whether something accepts connections on this port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0
