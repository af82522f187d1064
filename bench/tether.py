"""How a module of the bench is run in a process of its own, which ends with this one."""

import os
import sys
from pathlib import Path

from workshop.places import ROOT, SCRIPTS
from workshop.shell import child_environment

_TETHER = SCRIPTS / "workshop" / "parts" / "tether.py"


def tethered(module: str, *arguments: object, python: str | Path = sys.executable) -> list[str]:
    """Return the command that runs a module of the bench for as long as this process lives."""
    start = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid())]
    return [*start, str(python), "-m", module, *map(str, arguments)]


def environment() -> dict[str, str]:
    """Return the environment in which the bench's own modules are found."""
    return child_environment() | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(SCRIPTS)))}
