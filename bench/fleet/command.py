"""The command: add entry by entry, let all chambers speak, and show what it cost."""

import argparse
import asyncio
import re
import tempfile
from pathlib import Path

from bench.gateway.command import conditions
from workshop.parts import brokers
from workshop.progress import say

from .stand import Added, Fleet, Run, standing

_MARK = re.compile(r"(<!-- measured: fleet -->\n).*?(<!-- /measured -->)", re.DOTALL)


def main(arguments: list[str]) -> int:
    """Measure and show."""
    parser = argparse.ArgumentParser(prog="bench fleet", description=__doc__)
    parser.add_argument("--entries", type=int, default=12, help="each with a prefix (12)")
    parser.add_argument("--chambers", type=int, default=834, help="of each entry (834)")
    parser.add_argument("--rate", type=float, default=200.0, help="states a second in all (200)")
    parser.add_argument("--seconds", type=float, default=30.0, help="of load (30)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="renew the tables in a file")
    options = parser.parse_args(arguments)
    brokers.available("mosquitto")
    fleet = Fleet(options.entries, options.chambers, options.rate, options.seconds)
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(asyncio.run(_measured(fleet, Path(folder))))
    say(text)
    if options.markdown:
        page = options.markdown.read_text()
        options.markdown.write_text(_MARK.sub(f"\\1\n{conditions()}\n\n{text}\n\n\\2", page))
    return 0


async def _measured(fleet: Fleet, folder: Path) -> list[str]:
    added: list[Added] = []
    async with standing(fleet, folder) as hall:
        for number in range(fleet.entries):
            added.append(await hall.add(number))
            say(f"· {added[-1]}")
        run = await hall.under_load()
    return [*_growth(added), "", *_load(run)]


def _growth(added: list[Added]) -> list[str]:
    shown = [one for one in added if one in (added[0], added[len(added) // 2], added[-1])]
    rows = [
        f"| {one.chambers} | {one.entities} | {one.seconds:.0f} s | {one.memory:.0f} MB |"
        for one in shown
    ]
    head = "| chambers | entities | the last entry's took | Home Assistant's memory |"
    return [head, "|---|---|---|---|", *rows]


def _load(run: Run) -> list[str]:
    cells = (
        f"{run.said:.0f}",
        f"{run.received:.0f}",
        f"{100 * run.idle:.0f} %",
        f"{100 * run.core:.0f} % of a core, {run.memory:.0f} MB",
        f"{100 * run.broker_core:.0f} %, {run.broker_memory:.0f} MB",
        f"{run.median:.0f} ms",
        f"{run.p99:.0f} ms",
    )
    head = (
        "states/s",
        "received/s",
        "idle",
        "Home Assistant",
        "broker",
        "delay to a page",
        "99th of 100",
    )
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", f"| {' | '.join(cells)} |"]
