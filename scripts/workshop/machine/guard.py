"""One set-up at a time: a lock file that two processes can share and that a crash releases."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from ..places import LOCKS
from ..progress import say


@contextmanager
def exclusively(name: str) -> Iterator[None]:
    """Hold the lock `name` of this project; wait for whoever has it."""
    LOCKS.mkdir(parents=True, exist_ok=True)
    with (LOCKS / f"{name}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"· waiting for another process that sets up {name}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
