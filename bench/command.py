"""`scripts/bench`: what a message costs, compared with Home Assistant's own mqtt under the same load.

Starts, on loopback, Mosquitto, one Home Assistant at a time and a publisher, measures, and prints
figures as ratios. It asserts nothing: the exit code says only whether it could be measured. Trust
the ratios of one run; other work on the machine disturbs times more than processor time.

`scripts/bench lecture38 …` measures the ways to bring a value to a page instead, `scripts/bench gateway …` what a
gateway carries, `scripts/bench fleet …` ten thousand chambers; see their own --help.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from workshop.machine import environments
from workshop.parts import brokers
from workshop.places import ROOT, SCRIPTS
from workshop.progress import say
from workshop.shell import child_environment

_VERSIONS = environments.HOME_ASSISTANT_VERSIONS
_OTHERS = ("lecture38", "gateway", "fleet")
_INSIDE = "CHAMBER_WS_BENCH_INSIDE"
_CONTENDERS = ("ours", "mqtt", "bare")
_SCENARIOS = ("live", "recorder", "one", "few", "many", "wss", "page", "floor")


def other(name: str, arguments: list[str]) -> NoReturn:
    """Become another measurement, in the environment that has its libraries."""
    python = environments.ready("integration").program("python")
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(python, [str(python), "-m", f"bench.{name}", *arguments])  # noqa: S606 - no shell is wanted


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument(
        "--quick", action="store_true", help="10 and 100 chambers, some 7 minutes (the default)"
    )
    extent.add_argument(
        "--full", action="store_true", help="1 to 1000 chambers, all searches, some 40 minutes"
    )
    parser.add_argument(
        "--only", nargs="+", choices=_SCENARIOS, metavar="NAME", help=f"of {', '.join(_SCENARIOS)}"
    )
    parser.add_argument(
        "--against",
        type=_contenders,
        default=_CONTENDERS,
        metavar="NAMES",
        help="such as ours,mqtt,bare",
    )
    parser.add_argument("--repeat", type=_count, default=1, help="repetitions; medians are shown")
    parser.add_argument(
        "--minutes", type=_minutes, default=3.0, help="how long the page's memory is watched (3)"
    )
    parser.add_argument("--home-assistant", choices=_VERSIONS, default=_VERSIONS[0])
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "results" / "latest.json")
    parser.add_argument("--markdown", type=Path, help="a file for the same tables as a page")
    return parser.parse_args(arguments)


def _contenders(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    if unknown := set(names) - set(_CONTENDERS):
        raise argparse.ArgumentTypeError(
            f"{', '.join(unknown)}: there are {', '.join(_CONTENDERS)}"
        )
    return names


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 9:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 9")
    return int(text)


def _minutes(text: str) -> float:
    if not text.isdecimal() or not 1 <= int(text) <= 600:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 600")
    return float(text)


def main(arguments: list[str]) -> int:
    """Set up what is needed, then go on inside Home Assistant's environment, which has aiohttp."""
    if arguments and arguments[0] in _OTHERS:
        other(arguments[0], arguments[1:])
    options = parse(arguments)
    environment = environments.ready(f"home-assistant-{options.home_assistant}")
    if os.environ.get(_INSIDE) != "1":
        brokers.available("mosquitto")
        settings = child_environment({_INSIDE: "1"})
        command = [str(environment.program("python")), str(SCRIPTS / "bench"), *arguments]
        sys.stdout.flush()
        os.execve(command[0], command, settings)  # noqa: S606 - no shell is wanted
    os.environ.pop(_INSIDE)
    from . import session  # noqa: PLC0415 - needs aiohttp, which is there only now

    wanted = session.Wanted(
        full=options.full,
        only=tuple(options.only or ()),
        contenders=options.against,
        repetitions=options.repeat,
        minutes=options.minutes,
        version=options.home_assistant,
    )
    report = session.run(wanted)
    for file, content in ((options.json, report.json()), (options.markdown, report.page())):
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
            say(f"· written to {file}")
    return 0
