"""The command: measure each step, show the table, and write it where the document wants it."""

import argparse
import json
import re
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench import machine
from workshop.parts import brokers
from workshop.progress import say, step

from .stand import Load, Row, measure

STEPS = (Load(100, 1), Load(300, 1), Load(500, 1), Load(1000, 1), Load(2000, 1), Load(500, 4))
_HEADER = (
    "| nodes | messages/s | samples/s | of one core | MB | delay, median | 99th of 100 | lost |",
    "|---|---|---|---|---|---|---|---|",
)
_MARK = re.compile(r"(<!-- measured: gateway -->\n).*?(<!-- /measured -->)", re.DOTALL)


def main(arguments: list[str]) -> int:
    """Measure and show."""
    parser = argparse.ArgumentParser(prog="bench gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each step (12)")
    parser.add_argument("--nodes", type=int, nargs="+", help="steps of so many nodes only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="renew the table in a file")
    options = parser.parse_args(arguments)
    brokers.available("mosquitto")
    steps = [one for one in STEPS if not options.nodes or one.nodes in options.nodes]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, load in enumerate(steps):
            with step(f"{load.nodes} nodes, {load.turns:g} turns a second"):
                rows.append(measure(load, options.seconds, Path(folder) / str(number)))
    text = "\n".join(table(rows))
    say(text)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    if options.markdown:
        page = options.markdown.read_text()
        whole = f"\\1\n{conditions()}\n\n{text}\n\n\\2"
        options.markdown.write_text(_MARK.sub(whole, page))
    return 0


def table(rows: list[Row]) -> list[str]:
    """Return the table in Markdown."""
    return [*_HEADER, *map(_line, rows)]


def conditions() -> str:
    """Say where and when it was measured."""
    known = machine.description()
    taken = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{taken}, {known['cores']} cores of {known['processor']}, loopback."


def _line(row: Row) -> str:
    words = (
        f"{row.nodes} × {row.turns:g}/s",
        f"{row.messages:.0f}",
        f"{row.samples:.0f}",
        f"{100 * row.core:.0f} %",
        f"{row.memory:.0f}",
        f"{row.median:.0f} ms",
        f"{row.p99:.0f} ms",
        str(row.lost),
    )
    return f"| {' | '.join(words)} |"
