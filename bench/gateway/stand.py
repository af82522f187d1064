"""One step: brokers, a gateway on a core of its own, all nodes, and a reader above."""

import json
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from workshop.machine.environments import ready
from workshop.parts import brokers
from workshop.parts.processes import Process
from workshop.places import ROOT, SCRIPTS
from workshop.progress import WorkshopError
from workshop.shell import child_environment

SETTLE = 4.0
"""Seconds until every node is known and the first wave is over."""
_CONFIGURATION = """
most_nodes = 2000
[broker]
url = "{url}"
[local]
port = {port}
[gateway]
id = "bench"
state_folder = "state"
[[nodes]]
match = "boxes/+/actual"
limits = {{ min = 0.0, max = 1500.0, step = 0.1 }}
temperature = {{ topic = "boxes/{{id}}/actual" }}
setpoint = {{ topic = "boxes/{{id}}/desired" }}
heaters = [{{ name = "Heater", topic = "boxes/{{id}}/heater" }}]
coolers = [{{ name = "Cooler", topic = "boxes/{{id}}/cooler" }}]
[nodes.commands]
setpoint = {{ topic = "boxes/{{id}}/desired/set" }}
"""


@dataclass(frozen=True)
class Load:
    """So many nodes, each with so many turns a second."""

    nodes: int
    turns: float


@dataclass(frozen=True)
class Row:
    """What one step gave: rates a second, delays in ms, the share of a core, memory in 10⁶ bytes."""

    nodes: int
    turns: float
    messages: float
    samples: float
    core: float
    memory: float
    median: float
    p99: float
    lost: int


def measure(load: Load, seconds: float, folder: Path) -> Row:
    """Measure one step.

    Raises:
        WorkshopError: a part did not work.
    """
    folder.mkdir(parents=True)
    own, others = machine.cores()
    with ExitStack() as stack:
        with machine.on(others):
            extra = "max_queued_messages 0"
            near = stack.enter_context(brokers.start("mosquitto", folder / "near", extra=extra))
            far = stack.enter_context(brokers.start("mosquitto", folder / "far", extra=extra))
        file = folder / "gateway.toml"
        file.write_text(_CONFIGURATION.format(url=far.url, port=near.plain_port))
        program = ready("agent").program("chamber-agent")
        with machine.on(own):
            command = [str(program), "gateway", "--config", str(file)]
            gateway = stack.enter_context(Process("gateway", command, folder / "gateway.log"))
        gateway.wait_until(lambda: gateway.output().count("connected") == 2, "both links", 20)
        with machine.on(others):
            whole = seconds + SETTLE + 1.0
            sending = _started("nodes", near.plain_port, load.nodes, load.turns, whole)
            time.sleep(SETTLE)
            reading = _started("page", far.plain_port, seconds)
            before, begun = machine.cpu_seconds(gateway.pid), time.monotonic()
            read = _told(reading)
            core = (machine.cpu_seconds(gateway.pid) - before) / (time.monotonic() - begun)
            sent = _told(sending)
        memory = machine.resident_bytes(gateway.pid) / 1e6
        time.sleep(2.0)
        gateway.stop(60)
        found = re.search(r"(\d+) messages so far", gateway.output())
        heard = int(found[1]) if found else 0
    return Row(
        load.nodes,
        load.turns,
        sent["messages"] / sent["seconds"],
        read["samples"] / seconds,
        core,
        memory,
        read["median"],
        read["p99"],
        int(sent["messages"]) - heard,
    )


def _started(module: str, *words: object) -> "subprocess.Popen[str]":
    path = f"{ROOT}:{SCRIPTS}"
    return subprocess.Popen(
        [sys.executable, "-m", f"bench.gateway.{module}", *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=child_environment({"PYTHONPATH": path}),
    )


def _told(process: "subprocess.Popen[str]") -> dict[str, float]:
    said, _ = process.communicate()
    if process.returncode:
        raise WorkshopError(f"{process.args!r} ended with {process.returncode}")
    told: dict[str, float] = json.loads(said.splitlines()[-1])
    return told
