"""Processors that do not fall asleep between two samples: `python -m bench.page.awake CORE` keeps one of them busy.

What a virtual machine takes to wake after a second of rest is part of nobody's code, yet more than all code takes.
Work of the lowest kind (SCHED_IDLE, sched(7)) makes room for any other at once.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from bench.tether import environment, tethered


@contextlib.contextmanager
def awake() -> Iterator[list[int]]:
    """Keep all of the machine's processors awake in this block, by a process each; their numbers."""
    with contextlib.ExitStack() as stack:
        pids = []
        for core in range(os.cpu_count() or 1):
            command = tethered("bench.page.awake", core)
            process = stack.enter_context(subprocess.Popen(command, env=environment()))
            stack.callback(process.terminate)
            pids.append(process.pid)
        yield pids


def burn(core: int) -> None:
    """Do nothing, without rest."""
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    while True:
        pass


if __name__ == "__main__":
    burn(int(sys.argv[1]))
