"""`scripts/frontend [--check]`: build the modules of card, dashboard and panel from `frontend/`.

With --check nothing is written: the types and the tests of the frontend have to hold, and the modules
that are there have to be what is built from the source.
"""

import argparse
import tempfile
from pathlib import Path

from ..machine import node
from ..places import ROOT
from ..progress import WorkshopError, say, step
from ..shell import run

SOURCE = ROOT / "frontend"
BUILT = ROOT / "custom_components" / "chamber_ws" / "www"


def build(target: Path) -> None:
    """Write the modules, and what belongs to them, into a folder.

    Raises:
        WorkshopError: Node.js cannot be had, or the source cannot be built.
    """
    _run("vite", "build", "--outDir", str(target), "--emptyOutDir", "--logLevel", "warn")


def differences(target: Path) -> list[str]:
    """Return the names of the files that differ between a fresh build and what is there."""
    names = {path.name for folder in (target, BUILT) for path in folder.iterdir()}
    return sorted(name for name in names if _content(target / name) != _content(BUILT / name))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _run(program: str, *arguments: str) -> None:
    packages = node.installed(SOURCE) / "node_modules" / ".bin"
    # Colours are for people, and telling others what is used is not for us.
    settings = node.settings() | {"NO_COLOR": "1", "CI": "1"}
    run([packages / program, *arguments], cwd=SOURCE, env=settings, timeout=300)


def main(arguments: list[str]) -> int:
    """Build, or check; a WorkshopError says what does not hold."""
    parser = argparse.ArgumentParser(prog="scripts/frontend", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, and test everything")
    if not parser.parse_args(arguments).check:
        node.installed(SOURCE)
        with step(str(BUILT.relative_to(ROOT))):
            build(BUILT)
        return 0
    node.installed(SOURCE)
    with step("types (tsc)"):
        _run("tsc", "--noEmit")
    with step("tests (vitest)"):
        _run("vitest", "run")
    with tempfile.TemporaryDirectory() as folder, step("the modules, built anew"):
        build(Path(folder))
        different = differences(Path(folder))
    if different:
        raise WorkshopError(
            f"{BUILT.relative_to(ROOT)} is not what frontend/ says: {', '.join(different)} differ; "
            "build it with scripts/frontend and commit it"
        )
    say("the modules are what is built from their source")
    return 0
