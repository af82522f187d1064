"""One target in a process of its own: by itself with one input, or with the fuzzer, which never returns."""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from ..places import ROOT

OPTIONS = "CHAMBER_WS_FUZZ_OPTIONS"
ONCE = """
import sys
from pathlib import Path
_program, scripts, name, path = sys.argv
sys.path.insert(0, scripts)
from workshop.fuzz.alone import once
once(name, Path(path))
"""
"""What a Python without the fuzzer's hooks runs."""


def once(name: str, path: Path) -> None:
    """Feed a file to a target; what it raises is the finding."""
    without_home_assistant()
    from . import targets  # noqa: PLC0415 - imports the integration

    targets.TARGETS[name](path.read_bytes())


def fuzz(name: str, folder: Path) -> NoReturn:
    """Hand a target to the fuzzer, which ends this process."""
    import atheris  # noqa: PLC0415 - is in the fuzzer's environment alone

    without_home_assistant()
    with atheris.instrument_imports(include=["custom_components", "paho"]):
        from . import targets  # noqa: PLC0415 - its imports are to be instrumented

    place = folder / name
    own = [f"-artifact_prefix={place}/found-", f"-dict={place / 'words'}"]
    atheris.Setup(
        [sys.argv[0], *os.environ[OPTIONS].split(), *own, str(place / "corpus")],
        targets.TARGETS[name],
    )
    atheris.Fuzz()
    raise SystemExit(0)


def without_home_assistant() -> None:
    """Let the integration's pure rooms be imported without its front door, which needs Home Assistant."""
    name = "custom_components.chamber_ws"
    package = ModuleType(name)
    package.__path__ = [str(ROOT / "custom_components" / "chamber_ws")]
    sys.modules[name] = package
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
