"""Which tests are a module's own: `test_MODULE.py`, and where they are several, `test_MODULE_*.py` too.

They lie below tests/, in a folder named like the package, or in one below it.
"""

from collections.abc import Iterable
from pathlib import Path

from .places import ROOT

PACKAGE = ROOT / "custom_components" / "chamber_ws"
TESTS = ROOT / "tests"


def modules(folder: Path, without: Iterable[Path] = ()) -> list[Path]:
    """Return the modules of a folder and of those below it, but for `without`."""
    return [
        path
        for path in sorted(folder.rglob("*.py"))
        if path.stem != "__init__" and not any(path.is_relative_to(other) for other in without)
    ]


def name(module: Path) -> str:
    """Return what a module of the integration is called: `chamber/alarm`."""
    return str(module.relative_to(PACKAGE).with_suffix(""))


def own_tests(module: Path) -> list[Path]:
    """Return the tests of a module of the integration; none where the first of them is missing."""
    folder = TESTS / module.relative_to(PACKAGE).parts[0]
    first = list(folder.rglob(f"test_{module.stem}.py"))
    return first + sorted(folder.rglob(f"test_{module.stem}_*.py")) if first else []
