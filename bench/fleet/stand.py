"""One broker, one Home Assistant, several entries of it, and all chambers; measured entry by entry."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from bench import machine
from workshop.demo.client import Client, Json
from workshop.demo.flows import add_integration
from workshop.demo.states import States
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS
from workshop.parts import brokers, home_assistant
from workshop.parts.brokers import Broker
from workshop.parts.home_assistant import HomeAssistant
from workshop.places import ROOT, SCRIPTS
from workshop.progress import WorkshopError, say
from workshop.shell import child_environment

from .chambers import ROUND, prefix

FOLLOWED = 50
"""Chambers whose temperature is looked at as a page does."""
LOOK_EVERY = 3.0
"""Seconds between two looks at what is there: they cost Home Assistant something too."""
QUIET = 20.0
PATIENCE = 4
"""So often half a minute without an answer is borne."""
_PLATFORM = "chamber_ws"
_ADDED_WITHIN = 300.0
_RECEIVED = "received"


@dataclass(frozen=True)
class Fleet:
    """So many entries of so many chambers each; states a second in all, and for how long, s."""

    entries: int
    chambers: int
    rate: float
    seconds: float


@dataclass(frozen=True)
class Added:
    """What there is after one more entry: memory in 10⁶ bytes, and the seconds it took."""

    chambers: int
    entities: int
    memory: float
    seconds: float


@dataclass(frozen=True)
class Run:
    """What a run under load gave: rates a second, shares of a core, delays in ms."""

    said: float
    received: float
    idle: float
    """Home Assistant's share before anything was said."""
    core: float
    broker_core: float
    memory: float
    broker_memory: float
    median: float
    p99: float


@dataclass
class Hall:
    """All that runs."""

    fleet: Fleet
    broker: Broker
    server: HomeAssistant
    client: Client
    chambers: "subprocess.Popen[str]"
    entries: list[str]

    async def add(self, number: int) -> Added:
        """Add one more entry, and wait until all of its chambers are there."""
        begun = time.monotonic()
        settings = {"url": self.broker.url, "prefix": prefix(number)}
        entry = await add_integration(self.client, _PLATFORM, settings)
        self.entries.append(entry["entry_id"])
        wanted = (number + 1) * self.fleet.chambers
        while (there := (await self._entities()).count("temperature")) < wanted:
            if time.monotonic() - begun > _ADDED_WITHIN:
                raise WorkshopError(f"{there} of {wanted} chambers are there")
            await asyncio.sleep(LOOK_EVERY)
        took = time.monotonic() - begun
        memory = machine.resident_bytes(self.server.pid) / 1e6
        return Added(wanted, len(await self._entities()), memory, took)

    async def under_load(self) -> Run:
        """Let all chambers speak, and look at some of them."""
        chosen = (await self._temperatures())[:: max(1, self._count // FOLLOWED)]
        idle = await self._quiet()
        before, received = self._processor(), await self._received()
        assert self.chambers.stdin
        self.chambers.stdin.write("go\n")
        self.chambers.stdin.flush()
        begun = time.monotonic()
        async with States(self.client, chosen) as states:
            await asyncio.sleep(self.fleet.seconds)
            spent = [after - one for after, one in zip(self._processor(), before, strict=True)]
            passed = time.monotonic() - begun
            delays = [
                1000 * ((at - float(value)) % ROUND)
                for one in chosen
                for at, value in states[one].history[1:]
                if _is_number(value)
            ]
        told = json.loads((await asyncio.to_thread(self.chambers.communicate))[0].splitlines()[-1])
        await asyncio.sleep(5.0)
        cuts = quantiles(delays, n=100, method="inclusive")
        return Run(
            told["states"] / told["seconds"],
            (await self._received() - received) / told["seconds"],
            idle,
            spent[0] / passed,
            spent[1] / passed,
            machine.resident_bytes(self.server.pid) / 1e6,
            machine.resident_bytes(self.broker.pid) / 1e6,
            cuts[49],
            cuts[98],
        )

    async def _quiet(self) -> float:
        """Let what adding has left behind be done, and return the share of a core that is taken then."""
        await asyncio.sleep(QUIET)
        before, begun = self._processor(), time.monotonic()
        await asyncio.sleep(QUIET)
        return (self._processor()[0] - before[0]) / (time.monotonic() - begun)

    @property
    def _count(self) -> int:
        return self.fleet.entries * self.fleet.chambers

    def _processor(self) -> tuple[float, float]:
        return machine.cpu_seconds(self.server.pid), machine.cpu_seconds(self.broker.pid)

    async def _entities(self) -> list[str]:
        """What each entity of ours is."""
        return [str(one.get("tk")) for one in await self._listed()]

    async def _temperatures(self) -> list[str]:
        return [one["ei"] for one in await self._listed() if one.get("tk") == "temperature"]

    async def _listed(self) -> list[Json]:
        """Home Assistant may be too busy with adding to answer at once."""
        for patience in reversed(range(PATIENCE)):
            try:
                listed = await self.client.call("config/entity_registry/list_for_display")
                break
            except TimeoutError:
                if not patience:
                    raise
        return [one for one in listed["entities"] if one.get("pl") == _PLATFORM]

    async def _received(self) -> int:
        found = 0
        for entry in self.entries:
            answer = await self.client.get(f"/api/diagnostics/config_entry/{entry}")
            found += int(answer["data"]["tally"].get(_RECEIVED, 0))
        return found


@asynccontextmanager
async def standing(fleet: Fleet, folder: Path) -> AsyncIterator[Hall]:
    """Start all parts; the broker has what is retained of all chambers."""
    with ExitStack() as stack:
        extra = "max_queued_messages 0"
        broker = stack.enter_context(brokers.start("mosquitto", folder / "broker", extra=extra))
        chambers = stack.enter_context(_started(fleet, broker.plain_port))
        stack.callback(chambers.kill)
        assert chambers.stdout
        if chambers.stdout.readline() != "retained\n":
            raise WorkshopError("the chambers ended")
        say("· the broker has all that is retained")
        config = folder / "home-assistant"
        version = HOME_ASSISTANT_VERSIONS[0]
        server = stack.enter_context(home_assistant.start(version, config))
        async with Client(server.url) as client:
            await client.log_in("bench", "bench")
            await client.until_running()
            yield Hall(fleet, broker, server, client, chambers, [])


def _started(fleet: Fleet, port: int) -> "subprocess.Popen[str]":
    words = (port, fleet.entries, fleet.chambers, fleet.rate, fleet.seconds)
    return subprocess.Popen(
        [sys.executable, "-m", "bench.fleet.chambers", *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=child_environment({"PYTHONPATH": f"{ROOT}:{SCRIPTS}"}),
    )


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
