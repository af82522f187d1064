"""Run a command to its end: quiet when it succeeds, with the tail of its output when it fails."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .progress import WorkshopError

_REMOVED = (
    "PYTHONDONTWRITEBYTECODE",  # without .pyc files each start of Home Assistant takes twice as long
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "UV_PYTHON",
    "UV_PROJECT_ENVIRONMENT",
)


class CommandError(WorkshopError):
    """A command ended with a non-zero code, could not be started or took too long."""


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment for a child, without what would change how its Python works."""
    kept = {key: value for key, value in os.environ.items() if key not in _REMOVED}
    return kept | dict(extra or {})


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 1800,
) -> str:
    """Run `command` and return what it printed.

    Raises:
        CommandError: it failed, is not there, or took longer than `timeout` seconds.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            env=child_environment(env),
            cwd=cwd,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise CommandError(f"{words[0]} cannot be started: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{' '.join(words[:3])} took longer than {timeout:.0f} s") from error
    if done.returncode:
        raise CommandError(f"{' '.join(words)}\nended with {done.returncode}:\n{tail(done.stdout)}")
    return done.stdout


def tail(text: str, lines: int = 30) -> str:
    """Return the last lines of a text, indented."""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
