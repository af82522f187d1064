"""One contender in one Home Assistant, with broker, publisher and watcher; ended with the block."""

import asyncio
import contextlib
import json
import time
from array import array
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workshop.demo.client import Client
from workshop.parts import brokers, home_assistant, nginx, processes
from workshop.progress import WorkshopError

from . import certificates, contenders, load, machine, names
from .tether import environment, tethered
from .watcher import Watcher

USER = "bench"
_ADD_WITHIN = 120.0
_MANY = 400
# Mosquitto queues 1000 messages per client: of more retained ones, whoever subscribes to all gets the first.
_ALL_RETAINED = "max_queued_messages 0"
_QUIET_WITHIN = 60.0
_QUIET = 0.10  # of a core
_RUN_WITHIN = 300.0


@dataclass(frozen=True)
class Setting:
    """What a stand consists of."""

    contender: str
    chambers: int
    version: str
    recorder: bool = False
    tls: bool = False
    broker: str = "mosquitto"
    """One of `brokers.KINDS`."""


@dataclass
class Stand:
    """A running stand."""

    setting: Setting
    folder: Path
    broker: brokers.Broker
    server: home_assistant.HomeAssistant
    client: Client
    entry: str | None
    entities: contenders.Entities
    watcher: Watcher
    publisher: asyncio.subprocess.Process
    resident_before: int
    """Bytes of Home Assistant's memory before it knew a chamber."""
    added_in: float
    """Seconds until a first start showed all entities."""
    next_round: int = 1
    idle: float = 0.0
    """Home Assistant's share of a core while nothing is sent."""

    @property
    def pid(self) -> int:
        """Home Assistant's."""
        return self.server.pid

    def plan(self, rate: float, messages: int, *, together: bool = False) -> load.Run:
        """Return the next run; its rounds follow on those of the run before."""
        run = load.Run(self.setting.chambers, rate, messages, self.next_round, together)
        self.next_round = run.next_round
        return run

    async def publish(self, run: load.Run) -> tuple[dict[str, float], "array[float]"]:
        """Send a run; return what its sender says of it and when it sent each message."""
        stamps = self.folder / "stamps"
        words = {**asdict(run), "stamps": str(stamps)}
        if self.setting.contender == names.BARE:
            async with asyncio.timeout(_RUN_WITHIN):
                answer = await _patiently(self.client, "bench_floor/run", words)
        else:
            answer = await told(self.publisher, {"do": "run", **words})
        times = array("d")
        times.frombytes(stamps.read_bytes())
        return answer, times

    async def quiet(self, within: float = _QUIET_WITHIN) -> float:
        """Wait until Home Assistant has nothing to do; return its share of a core then."""
        deadline = time.monotonic() + within
        while True:
            share = await self.busy(1.0)
            if share < _QUIET or time.monotonic() > deadline:
                return share

    async def busy(self, seconds: float) -> float:
        """Return the share of a core that Home Assistant takes in a while."""
        cpu, start = machine.cpu_seconds(self.pid), time.monotonic()
        await asyncio.sleep(seconds)
        return (machine.cpu_seconds(self.pid) - cpu) / (time.monotonic() - start)

    async def received(self) -> int | None:
        """Return how many messages the integration says that it received."""
        if self.setting.contender != names.OURS:
            return None
        answer = await self.client.get(f"/api/diagnostics/config_entry/{self.entry}")
        return int(answer["data"]["tally"].get("received", 0))


async def _patiently(client: Client, command: str, fields: dict[str, Any]) -> Any:
    """Call a command that takes longer than the client waits for an answer."""
    queue = await client.subscribe(command, **fields)
    return await queue.get()


@contextlib.asynccontextmanager
async def standing(setting: Setting, folder: Path) -> AsyncIterator[Stand]:
    """Start all parts and add the contender; all chambers are known and shown."""
    async with contextlib.AsyncExitStack() as stack:
        theirs, others = machine.cores()
        enter = stack.enter_context
        enter(machine.on(others))
        extra = _ALL_RETAINED if setting.chambers > _MANY else ""
        broker = enter(brokers.start(setting.broker, folder / "broker", extra=extra))
        port, certificate = broker.port, ""
        if setting.tls:
            chain, key = certificates.loopback(folder)
            proxy = enter(nginx.start(broker, folder / "nginx", tls=(chain, key)))
            port, certificate = proxy.port, chain.read_text()
        config = folder / "home-assistant"
        with machine.on(theirs):
            server = enter(start_server(setting, config, processes.free_port()))
        client = await stack.enter_async_context(Client(server.url))
        await client.log_in(USER, USER)
        await client.until_running()
        sender = await publisher(broker.plain_port)
        stack.push_async_callback(end, sender)
        resident = machine.resident_bytes(server.pid)
        start = time.monotonic()
        if setting.contender != names.BARE:
            discover = setting.contender == names.MQTT
            words = {"chambers": setting.chambers, "turn": 0, "discover": discover}
            await told(sender, {"do": "announce", **words})
        entry = await contenders.add(client, setting.contender, port, certificate)
        entities = await _all_entities(client, setting)
        watcher = await stack.enter_async_context(Watcher(server.url, client.token))
        watcher.temperatures = entities.temperatures
        await _all_shown(watcher, setting)
        added_in = time.monotonic() - start
        stand = Stand(
            setting,
            folder,
            broker,
            server,
            client,
            entry,
            entities,
            watcher,
            sender,
            resident,
            added_in,
        )
        await stand.quiet()
        stand.idle = await stand.busy(3.0)
        yield stand


def start_server(setting: Setting, folder: Path, port: int) -> home_assistant.HomeAssistant:
    """Start Home Assistant with a configuration that has a recorder or not, or start it again."""
    home_assistant.prepare(folder, port)
    contenders.install(setting.contender, folder)
    lines = ["homeassistant:", "logger:", "  default: error"]
    lines += ["recorder:", "history:"] if setting.recorder else []
    more = contenders.configuration(setting.contender, setting.chambers)
    (folder / "configuration.yaml").write_text("\n".join([*lines, more]))
    # `python -m` looks for custom components where it is started, before Home Assistant's own folder.
    with contextlib.chdir(folder):
        return home_assistant.HomeAssistant(setting.version, folder, port).ready()


async def _all_entities(client: Client, setting: Setting) -> contenders.Entities:
    deadline = time.monotonic() + _ADD_WITHIN
    before = -1
    while time.monotonic() < deadline:
        found = await contenders.entities(client, setting.contender)
        complete = len(found.temperatures) == len(found.climates) == setting.chambers
        if complete and len(found.all) == before:
            return found
        before = len(found.all)
        await asyncio.sleep(0.2 + setting.chambers / 500)
    raise WorkshopError(f"{setting}: only {len(found.temperatures)} chambers came up")


async def _all_shown(watcher: Watcher, setting: Setting) -> None:
    if not await watcher.until(lambda: len(watcher.shown) == setting.chambers, _ADD_WITHIN, 0.05):
        raise WorkshopError(f"{setting}: only {len(watcher.shown)} chambers are shown")


async def publisher(port: int) -> asyncio.subprocess.Process:
    """Start a process that publishes to a broker's plain port."""
    return await asyncio.create_subprocess_exec(
        *tethered("bench.publisher", port),
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def told(publisher: asyncio.subprocess.Process, words: dict[str, Any]) -> Any:
    """Let a publisher do something; return its answer.

    Raises:
        WorkshopError: it ended.
    """
    assert publisher.stdin
    assert publisher.stdout
    publisher.stdin.write(json.dumps(words).encode() + b"\n")
    async with asyncio.timeout(_RUN_WITHIN):
        line = await publisher.stdout.readline()
    if not line:
        raise WorkshopError("the publisher ended")
    return json.loads(line)


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process."""
    if process.returncode is None:
        process.kill()
    await process.wait()
