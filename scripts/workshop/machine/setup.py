"""`scripts/setup`: have environments and parts beforehand; every other command has what it needs by itself."""

import argparse
from collections.abc import Callable
from functools import partial

from ..parts import brokers, chromium, nginx
from ..progress import MissingPartError, say
from . import environments


def _environment(name: str) -> str:
    return str(environments.ready(name).program("python"))


def _broker(kind: str) -> str:
    brokers.available(kind)
    return "ready"


PARTS: dict[str, Callable[[], object]] = {
    **{name: partial(_environment, name) for name in environments.TABLE},
    **{kind: partial(_broker, kind) for kind in brokers.KINDS if kind != "amqtt"},
    "nginx": nginx.unpacked,
    "chromium": chromium.program,
}
"""What can be had, by name; amqtt is an environment."""


def main(arguments: list[str]) -> int:
    """Have the named ones, or all; 1 when one of them cannot be had here."""
    parser = argparse.ArgumentParser(prog="scripts/setup", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"one or more of: {', '.join(PARTS)}; none: all")
    names = parser.parse_args(arguments).part or list(PARTS)
    unknown = set(names) - PARTS.keys()
    if unknown:
        parser.error(f"there is no {min(unknown)}; there are: {', '.join(PARTS)}")
    missing = 0
    for name in names:
        try:
            say(f"  {name}: {PARTS[name]()}")
        except MissingPartError as error:
            missing += 1
            say(f"  {name}: cannot be had here: {error}")
    return 1 if missing else 0
