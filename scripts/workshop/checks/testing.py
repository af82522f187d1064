"""`scripts/test [PATH…] [--all] [--nightly NAME] [-- PYTEST OPTION…]`: run the checks, two at a time.

Without a path, what takes little time runs, and properties are held against few examples; with --all
everything does. With paths only the suites that contain them run, whole, with only the environments these need.
"""

import argparse
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..machine.environments import ready
from ..places import LOGS
from ..progress import MissingPartError, WorkshopError, say
from .outcome import Outcome, State, after_second_look, print_table
from .scheduler import Scheduler
from .suites import CHECKS, NIGHTLY, Check, chosen

EVERYTHING = "CHAMBER_WS_TEST_ALL"
"""Set to 1 for the tests when a missing real part is a failure."""
FEW = 5
"""Failed tests of a suite; of more the machine is not to blame."""


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the options and, separately, what stands after `--` for pytest."""
    own, extra = list(arguments), list[str]()
    if "--" in own:
        cut = own.index("--")
        own, extra = own[:cut], own[cut + 1 :]
    parser = argparse.ArgumentParser(prog="scripts/test", description=__doc__)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a file, folder or file::test")
    parser.add_argument(
        "--all", action="store_true", help="everything; a missing real part is a failure"
    )
    parser.add_argument("--nightly", metavar="NAME", help=f"a long run: {', '.join(NIGHTLY)}")
    return parser.parse_args(own), extra


def main(arguments: list[str]) -> int:
    """Run what was asked for; 1 when something does not hold."""
    options, extra = parse(arguments)
    if options.nightly is not None and options.nightly not in NIGHTLY:
        raise WorkshopError(
            f"there is no nightly run {options.nightly}; there are: {', '.join(NIGHTLY)}"
        )
    checks = (
        list(NIGHTLY[options.nightly])
        if options.nightly
        else chosen(options.paths, everything=options.all)
    )
    if extra:
        checks = [
            replace(check, arguments=(*check.arguments, *extra))
            for check in checks
            if check.is_pytest
        ]
    outcomes = run(checks, everything=options.all)
    print_table(outcomes)
    failed = [outcome.name for outcome in outcomes if outcome.failed(everything=options.all)]
    ran = any(outcome.state in {State.PASSED, State.UNSTEADY} for outcome in outcomes)
    if failed:
        say(f"\nnot all holds: {', '.join(failed)}")
    elif not ran:
        say("\nnothing ran")
    else:
        say("\nall that ran holds" if any_skipped(outcomes) else "\nall holds")
    if not (options.paths or options.all or options.nightly):
        left = [check.name for check in CHECKS if not check.always]
        say(f"left to --all: {', '.join(left)}, and what takes long in the others")
    return 1 if failed or (not ran and not extra) else 0


def any_skipped(outcomes: Iterable[Outcome]) -> bool:
    """Tell whether something was left out."""
    return any(
        outcome.state in {State.SKIPPED, State.EMPTY} or (outcome.tests and outcome.tests.skipped)
        for outcome in outcomes
    )


def run(checks: Sequence[Check], *, everything: bool) -> list[Outcome]:
    """Have the environments, run the checks, and return their outcomes in the same order."""
    _forget_old_logs()
    outcomes, waiting = dict[str, Outcome](), list[Check]()
    for check in checks:
        present = check.present()
        problem = _unready(check, present)
        if problem:
            outcomes[check.name] = problem
        elif present:
            waiting.append(present)
    waiting.sort(key=lambda check: (check.alone, -check.minutes))
    settings = {EVERYTHING: "1"} if everything else {}
    outcomes |= Scheduler(waiting, settings).run()
    doubtful = [check for check in waiting if _is_doubtful(check, outcomes[check.name])]
    for name, second in (
        Scheduler([check.second_look() for check in doubtful], settings).run().items()
    ):
        outcomes[name] = after_second_look(outcomes[name], second)
    return [outcomes[check.name] for check in checks]


def _is_doubtful(check: Check, outcome: Outcome) -> bool:
    """Tell whether so few tests failed that the machine may have been too busy for them."""
    return check.looks_twice and 0 < outcome.failures <= FEW


def _unready(check: Check, present: Check | None) -> Outcome | None:
    if present is None:
        return Outcome(check.name, State.EMPTY, reason=", ".join(check.paths))
    try:
        for environment in (check.environment, *check.needs):
            ready(environment)
    except MissingPartError as error:
        return Outcome(check.name, State.SKIPPED, reason=str(error))
    except WorkshopError as error:
        return Outcome(check.name, State.FAILED, reason=str(error))
    return None


def _forget_old_logs() -> None:
    """Remove the logs of earlier runs, but not of one that is still going on."""
    for folder in LOGS.glob("test-*"):
        try:
            os.kill(int(folder.name.removeprefix("test-")), 0)
        except (ProcessLookupError, ValueError):
            shutil.rmtree(folder, ignore_errors=True)
        except PermissionError:
            continue
