"""`scripts/soak [--minutes N] [--seed N]`: the proof that the record has no gaps.

A real broker, agent and Home Assistant; the agent begins with a past of days. Lines are cut, processes are
stopped and killed at random, setpoints are changed; then everything is left in peace until nothing is missing. The
record has to equal the agent's own log row by row, and the history of its alarms that of a run that was never cut.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from ..machine import environments
from ..parts import brokers
from ..places import SCRIPTS, WORKSHOP
from ..progress import WorkshopError, say, warn
from ..shell import child_environment

_VERSIONS = environments.HOME_ASSISTANT_VERSIONS
_INSIDE = "CHAMBER_WS_SOAK_INSIDE"


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="scripts/soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="of troubles (%(default)g)")
    parser.add_argument("--seed", type=int, help="to make the same decisions again")
    parser.add_argument("--since", default="-72h", help="the agent's past (%(default)s)")
    parser.add_argument("--home-assistant", choices=_VERSIONS, default=_VERSIONS[0])
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Set up what is needed, then go on inside Home Assistant's environment; 1 where something differs."""
    options = parse(arguments)
    environment = environments.ready(f"home-assistant-{options.home_assistant}")
    if os.environ.get(_INSIDE) != "1":
        environments.ready("agent")
        brokers.available("mosquitto")
        seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
        command = [str(environment.program("python")), str(SCRIPTS / "soak"), *arguments]
        sys.stdout.flush()
        os.execve(command[0], [*command, "--seed", str(seed)], child_environment({_INSIDE: "1"}))
    os.environ.pop(_INSIDE)
    return _soak(options)


def _soak(options: argparse.Namespace) -> int:
    from . import report  # noqa: PLC0415 - needs what is in Home Assistant's environment only
    from .course import Course, Plan  # noqa: PLC0415

    WORKSHOP.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir=WORKSHOP))
    began = time.monotonic()
    plan = Plan(options.home_assistant, options.minutes * 60, options.seed, options.since)
    say(f"seed {plan.seed}")
    try:
        outcome = Course(plan, folder, lambda told: _tell(began, told)).run()
    except WorkshopError:
        warn(f"Logs and state are in {folder}")
        raise
    say("")
    for line in report.lines(outcome):
        say(line)
    if outcome.differences:
        warn(f"Logs and state are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _tell(began: float, told: str) -> None:
    say(f"{time.monotonic() - began:6.0f} s  {told}")
