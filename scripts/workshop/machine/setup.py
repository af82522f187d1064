"""`scripts/setup`: make environments beforehand; every other command makes what it needs by itself."""

import argparse

from ..progress import MissingPartError, say
from . import environments


def main(arguments: list[str]) -> int:
    """Make the named environments, or all; 1 when a part for one of them cannot be had here."""
    parser = argparse.ArgumentParser(prog="scripts/setup", description=__doc__)
    parser.add_argument(
        "environment", nargs="*", help=f"one or more of: {', '.join(environments.TABLE)}; none: all"
    )
    names = parser.parse_args(arguments).environment or list(environments.TABLE)
    missing = 0
    for name in names:
        try:
            environment = environments.ready(name)
            say(f"  {name}: {environment.program('python')}")
        except MissingPartError as error:
            missing += 1
            say(f"  {name}: cannot be had here: {error}")
    return 1 if missing else 0
