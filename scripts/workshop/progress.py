"""Progress lines such as `· Python 3.14 (Debian, 130 MB) … 12 s`."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class WorkshopError(Exception):
    """Something the workshop cannot go on from; the message names cause and remedy."""


class MissingPartError(WorkshopError):
    """A real part (Python 3.14, Mosquitto, a compiler) is not here and cannot be had here."""


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


def warn(text: str) -> None:
    """Print one line to standard error."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(what: str, *, otherwise: str = "failed") -> Iterator[None]:
    """Announce a piece of work and how long it took, or what an error means; steps are not nested."""
    print(f"· {what} … ", end="", flush=True)
    start = time.monotonic()
    try:
        yield
    except BaseException:
        say(otherwise)
        raise
    say(f"{time.monotonic() - start:.1f} s")
