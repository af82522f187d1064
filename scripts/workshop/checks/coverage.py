"""`scripts/coverage`: run the tests that need no other process, and hold what they reach against bounds.

Lines and branches count. The bounds stand in pyproject.toml: of which folders, by which suites, how much.
"""

import argparse
import shutil
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..machine.environments import TABLE, ready
from ..own_tests import PACKAGE, modules, name, own_tests
from ..places import LOGS, ROOT
from ..progress import WorkshopError, say
from ..shell import CommandError, run
from .outcome import State, print_table
from .scheduler import Scheduler
from .suites import BRIEF, Check

ENVIRONMENT = "integration"
DATA = LOGS / "coverage"
SETTINGS = {"COVERAGE_CORE": "sysmon"}
"""Python's own monitoring, which leaves the tests nearly as quick as they are."""
_PYTEST = ("-m", "pytest", "--no-header", "-q")
_WITHOUT_PHACC = ("-p", "no:homeassistant")
SUITES = {
    "integration": ((), ("tests/integration",)),
    "shared": ((*_WITHOUT_PHACC, "-m", BRIEF), ("tests/chamber", "tests/contract", "tests/link")),
    "record": (_WITHOUT_PHACC, ("tests/record", "tests/record_report")),
    "agent": (_WITHOUT_PHACC, ("tests/agent",)),
}
"""What is measured together, each in one process, with which options of pytest; the longest first."""
OWN = "own"
"""Instead of a suite: each module by its own tests alone, which are what says how it behaves."""


def _own(module: Path) -> str:
    return f"{OWN}.{name(module).replace('/', '.')}"


OF_ONE_MODULE = {
    _own(module): (
        (*_WITHOUT_PHACC, "-m", BRIEF),
        tuple(str(file.relative_to(ROOT)) for file in own_tests(module)),
    )
    for folder in ("chamber", "link")
    for module in modules(PACKAGE / folder)
}
"""The suites that `own` stands for."""


@dataclass(frozen=True)
class Bound:
    """How much of some folders some suites have to reach."""

    of: tuple[str, ...]
    by: tuple[str, ...]
    least: float
    """Percent of lines and branches."""
    without: tuple[str, ...] = ()
    """What of it is not meant."""

    def report(self) -> list[str]:
        """Return the arguments of `coverage report` that hold what was measured against it."""
        include = ",".join(one if one.endswith(".py") else f"{one}/*" for one in self.of)
        omit = [f"--omit={','.join(f'{folder}/*' for folder in self.without)}"]
        return [
            f"--include={include}",
            *(omit if self.without else []),
            f"--fail-under={self.least}",
        ]


def singly(bound: Bound) -> list[Bound]:
    """Return the bound itself, or one of each module where their own tests have to reach it."""
    if bound.by != (OWN,):
        return [bound]
    without = [ROOT / folder for folder in bound.without]
    return [
        Bound((str(module.relative_to(ROOT)),), (_own(module),), bound.least)
        for folder in bound.of
        for module in modules(ROOT / folder, without)
    ]


def bounds(settings: Path = ROOT / "pyproject.toml") -> list[Bound]:
    """Return the bounds that are set; whoever measures less is told.

    Raises:
        WorkshopError: a bound is held by a suite that there is not.
    """
    with settings.open("rb") as file:
        tables = tomllib.load(file)["tool"]["chamber_ws"]["coverage"]
    found = [
        Bound(tuple(one["of"]), tuple(one["by"]), one["least"], tuple(one.get("without", ())))
        for one in tables
    ]
    known = [*SUITES, OWN]
    unknown = {suite for one in found for suite in one.by} - set(known)
    if unknown:
        raise WorkshopError(
            f"{settings.name} bounds coverage by {', '.join(sorted(unknown))}; there are: {', '.join(known)}"
        )
    return [each for one in found for each in singly(one)]


def measured(suite: str) -> list[Path]:
    """Return the measurements of a suite: one of each process."""
    return sorted(DATA.glob(f"{suite}.data*"))


def checks(suites: Iterable[str]) -> list[Check]:
    """Return the measured runs.

    Raises:
        WorkshopError: a module has no tests of its own.
    """
    known = SUITES | OF_ONE_MODULE
    if lonely := [suite for suite in suites if not known[suite][1]]:
        raise WorkshopError(f"no tests of a module's own: {', '.join(lonely)}")
    return [
        Check(
            f"coverage {suite}",
            ENVIRONMENT,
            "python",
            ("-m", "coverage", "run", f"--data-file={DATA / suite}.data", *_PYTEST, *options),
            paths,
        )
        for suite in suites
        for options, paths in [known[suite]]
    ]


def holds(bound: Bound) -> bool:
    """Show what a bound's folders have that was not reached; whether it was enough."""
    python = TABLE[ENVIRONMENT].program("python")
    data = f"--data-file={DATA / 'together.data'}"
    coverage: list[str | Path] = [python, "-m", "coverage"]
    found = [path for suite in bound.by for path in measured(suite)]
    run([*coverage, "combine", "--keep", data, *found], cwd=ROOT)
    say(f"\n{', '.join(bound.of)} by {', '.join(bound.by)}: {bound.least} % at least")
    try:
        say(run([*coverage, "report", data, *bound.report()], cwd=ROOT))
    except CommandError as error:
        say(str(error))
        return False
    return True


def main(arguments: list[str]) -> int:
    """Measure; 1 when a test fails or a bound does not hold."""
    argparse.ArgumentParser(prog="scripts/coverage", description=__doc__).parse_args(arguments)
    wanted = bounds()
    ready(ENVIRONMENT)
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir(parents=True)
    asked = {suite for bound in wanted for suite in bound.by}
    suites = [suite for suite in (*SUITES, *OF_ONE_MODULE) if suite in asked]
    outcomes = Scheduler(checks(suites), SETTINGS).run().values()
    print_table(outcomes)
    if any(outcome.state is not State.PASSED for outcome in outcomes):
        say("\nnothing is measured where a test fails")
        return 1
    failed = [bound for bound in wanted if not holds(bound)]
    return 1 if failed else 0
