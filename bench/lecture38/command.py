"""The command: measure, show, and write what the document is made of."""

import argparse
import asyncio
import os
import platform
import re
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from workshop.parts import brokers
from workshop.parts.brokers import Broker
from workshop.progress import MissingPartError, say, step
from workshop.shell import run

from . import (
    age,
    capture,
    facts,
    figures,
    nagle,
    own_link,
    results,
    round_trips,
    tables,
    wire_bytes,
)
from .results import Capture, Results
from .rows import Delay
from .servers import Servers, started
from .ways import ways

KINDS = ("mosquitto", "mosquitto-testing")
_LIBRARIES = ("paho-mqtt", "websockets", "aiohttp")
_WHAT = "MQTT over TCP and WebSocket, bare WebSocket and HTTP polling, side by side; some seven minutes."
_AS_IT_COMES = "set_tcp_nodelay false"


@dataclass(frozen=True)
class _Parts:
    """What is measured: brokers with TCP_NODELAY, the same without, and the two other servers."""

    nodelay: list[Broker]
    plain: list[Broker]
    servers: Servers
    folder: Path


def main(arguments: list[str]) -> int:
    """Measure, or read what was measured; show it, and write what is asked for."""
    options = _parser().parse_args(arguments)
    found = results.load(options.read) if options.read else _measured(options)
    if options.json:
        found.save(options.json)
    if options.figures:
        figures.write(options.figures, found)
    if options.markdown:
        tables.write(options.markdown, found)
    say(tables.everything(found))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench lecture38", description=_WHAT)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results")
    parser.add_argument("--figures", type=Path, metavar="FOLDER", help="write the figures (SVG)")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="renew the tables between the file's markers"
    )
    parser.add_argument(
        "--read", type=Path, metavar="FILE", help="results written before, instead of measuring"
    )
    parser.add_argument("--rounds", type=int, default=5, help="of which the median is taken (5)")
    parser.add_argument("--count", type=int, default=200, help="exchanges in a round (200)")
    return parser


def _measured(options: argparse.Namespace) -> Results:
    rounds, count = options.rounds, options.count
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        machine = _machine()
        parts = _start(Path(folder), stack)
        first = parts.nodelay[0]
        with step("round trips"):
            every = ways(parts.nodelay, parts.servers)
            trips = asyncio.run(round_trips.measure(every, rounds, count))
        with step("age of what is seen"):
            ages = asyncio.run(age.measure(first, parts.servers))
        with step("bytes on the wire"):
            costs = asyncio.run(wire_bytes.measure(first, parts.servers))
        with step("capture"):
            seen = _captured(parts)
        with step("TCP_NODELAY"):
            delays = _delays(parts, rounds, max(count // 8, 1))
        taken = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        versions = _versions(parts.nodelay)
        return Results(taken, machine, versions, trips, ages, costs, seen, delays)


def _start(folder: Path, stack: ExitStack) -> _Parts:
    nodelay: list[Broker] = []
    plain: list[Broker] = []
    for kind in KINDS:
        try:
            brokers.available(kind)
        except MissingPartError as error:
            say(f"· {kind}: not measured here: {error}")
            continue
        nodelay.append(stack.enter_context(brokers.start(kind, folder / kind)))
        without = brokers.start(kind, folder / f"{kind}-plain", extra=_AS_IT_COMES)
        plain.append(stack.enter_context(without))
    if not nodelay:
        raise MissingPartError("there is no Mosquitto to measure")
    return _Parts(nodelay, plain, stack.enter_context(started(folder)), folder)


def _delays(parts: _Parts, rounds: int, count: int) -> list[Delay]:
    rows = nagle.measure(nagle.cases(parts.plain, parts.nodelay), rounds, count)
    both = [(one, False) for one in parts.plain] + [(one, True) for one in parts.nodelay]
    return [*rows, *asyncio.run(own_link.measure(both, rounds, count))]


def _captured(parts: _Parts) -> Capture:
    try:
        decoded = asyncio.run(capture.record(parts.nodelay[0], parts.servers, parts.folder))
    except MissingPartError as error:
        return Capture([], [], str(error).partition("\n")[0])
    return Capture(facts.check(decoded), list(decoded.frames))


def _machine() -> dict[str, str]:
    """With the load before the run: what other work there is."""
    return {
        "cores": f"{os.cpu_count()} shared cores ({platform.machine()})",
        "system": f"{platform.system()} {platform.release()}",
        "load": f"load average {os.getloadavg()[0]:.1f} before the run",
        "network": "loopback",
    }


def _versions(measured: list[Broker]) -> dict[str, str]:
    """Of the brokers as they say themselves."""
    said = {
        broker.kind: re.search(r"version (\S+) starting", broker.output()) for broker in measured
    }
    found = {kind: match[1] if match else "(unknown)" for kind, match in said.items()}
    found |= {"Python": platform.python_version()}
    found |= {name: metadata.version(name) for name in _LIBRARIES}
    if shutil.which("tshark"):
        line = re.search(r"\d+\.\d+\.\d+", run(["tshark", "--version"], timeout=20))
        found["Wireshark"] = line[0] if line else "(unknown)"
    return found
