"""Node.js, as it is on this machine or in its Debian, and packages for it, locked in `requirements/`."""

import re
import shutil
from functools import cache
from pathlib import Path

from ..places import ENVIRONMENTS, REQUIREMENTS
from ..progress import MissingPartError, step
from ..shell import run
from . import debian
from .guard import exclusively

_LEAST = 18  # Debian 12's
_FILES = ("package.json", "package-lock.json")
# It shall neither ask the Internet for advice nor run what a package wants to be run.
_QUIETLY = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


@cache
def program(name: str = "node") -> Path:
    """Return `node` or `npm`; root on a Debian has both installed.

    Raises:
        MissingPartError: it is not here and cannot be had.
    """
    with exclusively("node"):
        if not shutil.which("node") or not shutil.which("npm"):
            debian.install(["nodejs", "npm"], "Node.js")
    found = run([shutil.which("node") or "node", "--version"])
    version = re.match(r"v(\d+)", found)
    if not version or int(version[1]) < _LEAST:
        raise MissingPartError(f"Node.js {_LEAST} or later is needed, and here is {found.strip()}")
    return Path(shutil.which(name) or name)


def ready(name: str) -> Path:
    """Return the folder with the packages of `requirements/<name>/`, installed if they are not.

    Raises:
        MissingPartError: there is no Node.js.
        CommandError: npm failed.
    """
    folder, source = ENVIRONMENTS / name, REQUIREMENTS / name
    npm, stamp = program("npm"), folder / ".complete"
    wanted = "".join((source / file).read_text() for file in _FILES) + str(folder)
    with exclusively(f"environment-{name}"):
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for file in _FILES:
                shutil.copyfile(source / file, folder / file)
            with step(f"environment {name} (Node.js)"):
                run([npm, "ci", *_QUIETLY], cwd=folder, timeout=300)
            stamp.write_text(wanted)
    return folder


def lock(name: str, *, upgrade: bool) -> None:
    """Pin what `requirements/<name>/package.json` needs; no address of a registry goes into the file."""
    folder = REQUIREMENTS / name
    npm = program("npm")
    options = ["--package-lock-only", "--omit-lockfile-registry-resolved", *_QUIETLY]
    run([npm, "update" if upgrade else "install", *options], cwd=folder, timeout=300)
