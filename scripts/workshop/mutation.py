"""`scripts/mutation [MODULE…]`: change the chamber's pure code a little, thousandfold, and see whether a test tells.

Each change (a mutant) is made by mutmut in a copy below `.workshop/mutation/`. One that no test notices survives; how
many may is said, with what they are, in docs/mutation.md. More of them fail the run.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from .machine import environments
from .own_tests import PACKAGE, TESTS, own_tests
from .places import ROOT, WORKSHOP
from .progress import WorkshopError, say, step, warn
from .shell import child_environment, tail

CHAMBER = PACKAGE / "chamber"
MODULES = (
    "judgement",
    "freshness",
    "fold",
    "sequence",
    "skew",
    "commands",
    "topics",
    "difference",
    "alarm",
    "wire",
    "metrics",
    "fields",
    "model",
    "analysis/conditions",
    "analysis/forecast",
    "analysis/watch",
    "analysis/rules",
    "analysis/faults",
    "analysis/kinetic",
    "analysis/profiles",
    "analysis/trend",
    "analysis/vial",
    "analysis/physics/blocks",
    "analysis/physics/door",
    "analysis/physics/drive",
    "analysis/physics/effort",
    "analysis/physics/flat",
    "analysis/physics/likeness",
    "analysis/physics/probes",
    "analysis/physics/rest",
    "analysis/physics/scene",
    "analysis/physics/starts",
    "analysis/physics/surroundings",
    "past/asking",
    "past/batches",
    "past/history",
    "past/ranges",
    "past/timeline",
)
"""The modules of chamber/ that are mutated; their own tests have to tell."""
DOCUMENT = ROOT / "docs" / "mutation.md"
_FOLDER = WORKSHOP / "mutation"
_AGENT = ROOT / "agent" / "src" / "chamber_agent"
_KILLED = frozenset({1, 3, 24, -24, 36, 152, 255})
"""mutmut's codes for a failed test, for an error within pytest, and for tests that do not end any more."""
_WITHIN = 5400
_ROW = re.compile(r"^\| `([\w/]+)` \| \d+ \| (\d+) \|", re.MULTILINE)
_SETTINGS = """
[tool.mutmut]
source_paths = ["chamber_agent/chamber"]
only_mutate = {modules}
also_copy = ["chamber_agent", "contract"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-m", "not lasting"]
track_dependencies = false
use_git_change_detection = false
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
markers = ["lasting"]
pythonpath = [".", "tests"]
"""
# The same examples for every mutant, and no search for a small one: that there is one is all that counts.
_PROPERTIES = """
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutants")
"""


def main(arguments: list[str]) -> int:
    """Mutate what was asked for; 1 where more survive than the document says."""
    parser = argparse.ArgumentParser(
        prog="scripts/mutation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("module", nargs="*", help=f"{', '.join(MODULES)}; all where none is named")
    wanted = parser.parse_args(arguments).module or MODULES
    if unknown := set(wanted).difference(MODULES):
        raise WorkshopError(
            f"there are no tests for {min(unknown)}; there are: {', '.join(MODULES)}"
        )
    for name in wanted:
        with step(f"mutants of {name}"):
            _mutate(_laid_out(name))
    return judged({name: _verdicts(name) for name in wanted}, allowed(DOCUMENT.read_text()))


def allowed(document: str) -> dict[str, int]:
    """Return how many mutants of each module may survive, from the document's table."""
    return {name: int(most) for name, most in _ROW.findall(document)}


def judged(verdicts: Mapping[str, Mapping[str, bool]], most: Mapping[str, int]) -> int:
    """Tell what survived; 1 where it is more than allowed. `verdicts` are by module and mutant: whether a test told."""
    worse = []
    for name, killed in verdicts.items():
        survivors = [mutant for mutant, told in killed.items() if not told]
        say(f"{name:20} {len(killed):5} mutants, {len(survivors):3} survive")
        for mutant in survivors:
            say(f"    {mutant}")
        if len(survivors) > most.get(name, 0):
            worse.append(name)
    if worse:
        warn(
            f"\nmore survive than docs/mutation.md says: {', '.join(worse)}\n"
            f"`mutmut show MUTANT` in {_FOLDER.relative_to(ROOT)}/MODULE shows one; write a test that tells"
        )
    return 1 if worse else 0


def _laid_out(name: str) -> Path:
    """Copy code and tests to a folder where a package is what it seems: no links, nothing installed in place."""
    folder = _FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(_AGENT, folder / "chamber_agent", ignore=leave)
    for suite in ("chamber", "contract"):
        shutil.copytree(TESTS / suite, folder / "tests" / suite, ignore=leave)
        (folder / "tests" / suite / "conftest.py").write_text(_PROPERTIES)
    shutil.copy(TESTS / "patience.py", folder / "tests")
    shutil.copytree(ROOT / "contract", folder / "contract")
    # Its own tests alone: what others happen to notice holds no module.
    tests = [str(file.relative_to(ROOT)) for file in own_tests(CHAMBER / f"{name}.py")]
    modules = [f"chamber_agent/chamber/{name}.py"]
    content = _SETTINGS.format(modules=json.dumps(modules), tests=json.dumps(tests))
    (folder / "pyproject.toml").write_text(content)
    return folder


def _mutate(folder: Path) -> None:
    program = environments.ready("mutation").program("mutmut")
    done = subprocess.run(
        [str(program), "run", "--max-children", str(os.cpu_count() or 1)],
        cwd=folder,
        env=child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=_WITHIN,
        check=False,
    )
    if done.returncode:
        raise WorkshopError(f"mutmut ended with {done.returncode}:\n{tail(done.stdout)}")


def _verdicts(name: str) -> dict[str, bool]:
    """Return whether a test told, for each mutant of a module.

    Raises:
        WorkshopError: some were not tried.
    """
    path = _FOLDER / name / "mutants" / "chamber_agent" / "chamber" / f"{name}.py.meta"
    codes: dict[str, int | None] = json.loads(path.read_text())["exit_code_by_key"]
    if None in codes.values():
        raise WorkshopError(f"not every mutant of {name} was tried")
    others = Counter(code for code in codes.values() if code not in {0, *_KILLED})
    if others:
        say(f"{name}: other codes of mutmut's (33: no test calls the function): {dict(others)}")
    return {mutant: code in _KILLED for mutant, code in codes.items()}
