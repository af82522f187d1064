"""Find or fetch the Python versions the project runs on: 3.11 (the Pi) and 3.14.2 or later (Home Assistant)."""

import sys
from functools import cache
from pathlib import Path

from ..places import WORKSHOP
from ..progress import MissingPartError, step
from ..shell import CommandError, run
from . import debian
from .guard import exclusively
from .tools import uv

HOME_ASSISTANT = "3.14"
AGENT = "3.11"
_LEAST = {HOME_ASSISTANT: ">=3.14.2,<3.15"}
_FOLDER = WORKSHOP / "python-3.14"
_PATH = "usr/bin/python3.14"
_PROGRAM = _FOLDER / _PATH
_PACKAGES = ("python3.14-venv", "libpython3.14-dev")


@cache
def python(version: str) -> Path:
    """Return an interpreter of that minor version.

    Raises:
        MissingPartError: none is on this machine and none can be fetched.
    """
    if version not in _LEAST and version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(sys.executable)
    found = _unpacked_before(version) or _known_to_uv(version)
    if found:
        return found
    reasons = []
    with exclusively("python"):
        for source in (_fetched, _from_debian):
            try:
                return source(version)
            except (MissingPartError, CommandError) as error:
                reasons.append(str(error))
    raise MissingPartError(
        f"Python {_LEAST.get(version, version)} is not on this machine and cannot be fetched here.\n"
        f"Install it, so that `uv python find {version}` finds it, and start again. What was tried:\n"
        + "\n".join(reasons)
    )


def _unpacked_before(version: str) -> Path | None:
    return (
        _PROGRAM
        if version == HOME_ASSISTANT and debian.is_unpacked(_PACKAGES, debian.TESTING, _FOLDER)
        else None
    )


def _known_to_uv(version: str) -> Path | None:
    """Ask uv for an interpreter that is already on this machine, and try it."""
    options = ("--no-project", "--no-python-downloads", "--quiet")
    try:
        found = uv("python", "find", *options, _LEAST.get(version, version), timeout=60)
        path = Path(found.strip().splitlines()[-1])
        run([path, "-c", "import ssl, sqlite3, ctypes"], timeout=60)
    except (CommandError, IndexError):
        return None
    return path


def _fetched(version: str) -> Path:
    """Let uv download one; in a closed network that fails at once."""
    impatient = {"UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "20"}
    with step(f"Python {version} (uv)", otherwise="not from there; another way follows"):
        uv("python", "install", version, env=impatient, timeout=300)
    found = _known_to_uv(version)
    if found is None:
        raise MissingPartError(f"Python {version} was installed by uv but does not work")
    return found


def _from_debian(version: str) -> Path:
    """Unpack Debian testing's Python next to the project, on any Debian, without root."""
    if version != HOME_ASSISTANT:
        raise MissingPartError(f"Debian {debian.TESTING} has no Python {version}")
    debian.unpacked("Python 3.14, 130 MB", _PACKAGES, debian.TESTING, [_PATH], _FOLDER)
    link = _include_folder() / debian.multiarch() / "python3.14"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(_FOLDER / "usr/include" / debian.multiarch() / "python3.14")
    return _PROGRAM


def _include_folder() -> Path:
    return _FOLDER / "include-for-extensions"


def compiler_environment(interpreter: Path) -> dict[str, str]:
    """Return what a C compiler needs to know about an interpreter.

    Debian keeps `pyconfig.h` in a folder of its own. Only that one goes on the path: the rest of
    the unpacked `usr/include` belongs to another libc.
    """
    if _FOLDER in interpreter.parents:
        return {"CPATH": str(_include_folder())}
    return {}
