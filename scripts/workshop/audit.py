"""`scripts/audit`: ask the registries what is known of vulnerabilities in all that is pinned here.

What Home Assistant pins is told, and Home Assistant's to mend; all else fails the run. A registry that does not answer
is no good news: what could not be asked about is counted, and where nothing could be, the run fails.
"""

import argparse
import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .machine import environments, node
from .machine.locking import LOCKS, NODE_LOCKS
from .places import ROOT
from .progress import MissingPartError, WorkshopError, say, warn
from .shell import child_environment, tail

_WITHIN = 600


@dataclass(frozen=True)
class Answer:
    """What is known of one file's packages."""

    name: str
    known: tuple[str, ...]
    """A package with what is known of it, and where it is mended."""
    asked: int
    unanswered: int
    ours: bool = True
    """Whether it is for this project to mend."""

    def line(self) -> str:
        """One line of the table."""
        found = ", ".join(self.known) or ("nothing known" if self.asked else "no answer")
        silent = f"; {self.unanswered} could not be asked about" if self.unanswered else ""
        whose = "" if self.ours or not self.known else " (pinned by Home Assistant)"
        return f"{self.name:44} {self.asked:4} packages: {found}{whose}{silent}"


def main(arguments: list[str]) -> int:
    """Ask about everything; 1 where something of ours is vulnerable."""
    parser = argparse.ArgumentParser(
        prog="scripts/audit",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(arguments)
    answers = [*_of_python(), *_of_node()]
    for answer in answers:
        say(answer.line())
    return judged(answers)


def judged(answers: Sequence[Answer]) -> int:
    """Return 1 where something of ours is vulnerable.

    Raises:
        MissingPartError: nobody answered, so nothing is known.
    """
    if not any(answer.asked for answer in answers):
        raise MissingPartError(
            "none of the registries tells of vulnerabilities here: run it where the public ones are reached"
        )
    vulnerable = [answer.name for answer in answers if answer.ours and answer.known]
    if vulnerable:
        warn(f"\nvulnerable: {', '.join(vulnerable)}; scripts/lock --upgrade takes what is mended")
    return 1 if vulnerable else 0


def _of_python() -> Iterable[Answer]:
    program = environments.ready("audit").program("pip-audit")
    for lock in LOCKS:
        options = ["--disable-pip", "--require-hashes", "--format=json", "--progress-spinner=off"]
        told = _json([str(program), *options, "--requirement", str(lock.target)], ROOT)
        name = str(lock.target.relative_to(ROOT))
        yield of_pip_audit(name, told, ours=not lock.home_assistant)


def of_pip_audit(name: str, told: Any, *, ours: bool) -> Answer:
    """Read what pip-audit says of a file."""
    packages = told["dependencies"]
    answered = [package for package in packages if "skip_reason" not in package]
    known = [
        f"{package['name']} {package['version']}: {one['id']}"
        f" (mended in {', '.join(one['fix_versions']) or 'nothing'})"
        for package in answered
        for one in package["vulns"]
    ]
    return Answer(name, tuple(known), len(answered), len(packages) - len(answered), ours)


def _of_node() -> Iterable[Answer]:
    program, npm = node.program(), node.npm()
    for folder in NODE_LOCKS.values():
        lock = folder / "package-lock.json"
        packages = [path for path in json.loads(lock.read_text())["packages"] if path]
        told = _json([str(program), str(npm), "audit", "--json", "--package-lock-only"], folder)
        yield of_npm(str(lock.relative_to(ROOT)), told, len(packages))


def of_npm(name: str, told: Any, packages: int) -> Answer:
    """Read what `npm audit` says of a folder; without `vulnerabilities` it says that nobody answered."""
    if "vulnerabilities" not in told:
        return Answer(name, (), 0, packages)
    known = [
        f"{package}: {one['severity']}" for package, one in sorted(told["vulnerabilities"].items())
    ]
    return Answer(name, tuple(known), packages, 0)


def _json(command: list[str], folder: Path) -> Any:
    """Run what prints JSON, whatever its exit code says.

    Raises:
        WorkshopError: it printed something else.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env=child_environment(node.settings()),
        capture_output=True,
        text=True,
        timeout=_WITHIN,
        check=False,
    )
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise WorkshopError(
            f"{' '.join(command)}\nended with {done.returncode}:\n{tail(done.stderr)}"
        ) from error
