"""`scripts/lint [--fix]`: the linter, the formatter and the types, without any test."""

import argparse

from ..machine.environments import ready
from ..places import ROOT
from ..progress import say
from ..shell import run
from .outcome import print_table
from .suites import STATIC
from .testing import run as run_checks


def main(arguments: list[str]) -> int:
    """Check, or with `--fix` first repair what the tools can; 1 when something is left."""
    parser = argparse.ArgumentParser(prog="scripts/lint", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="repair what can be repaired")
    options = parser.parse_args(arguments)
    if options.fix:
        ruff = ready("integration").program("ruff")
        say(run([ruff, "check", "--fix", "--exit-zero", "--quiet", "."], cwd=ROOT).rstrip())
        say(run([ruff, "format", "."], cwd=ROOT).rstrip())
    outcomes = run_checks(STATIC, everything=False)
    print_table(outcomes)
    return 1 if any(outcome.failed(everything=False) for outcome in outcomes) else 0
