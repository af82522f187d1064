"""What is measured at a stand, as plain numbers by name."""

import asyncio
import contextlib
import math
import time

from . import load, machine
from .outcome import Passed, Seen
from .search import next_rate
from .stand import Stand, start_server
from .tether import environment, tethered
from .watcher import Watcher

FAST = 250.0
"""Milliseconds within which 99 of 100 messages have to be shown."""
_ATTEMPTS = 12
_DRAIN_WITHIN = 90.0
_SILENT = 5.0
"""Seconds after which nothing more is expected to be shown."""


async def passed(
    stand: Stand,
    rate: float,
    messages: int,
    *,
    together: bool = False,
    drain: float = _DRAIN_WITHIN,
) -> Passed:
    """Send messages at a rate and see what comes of them."""
    run = stand.plan(rate, messages, together=together)
    watcher = stand.watcher
    watcher.forget()
    hung_up, received = watcher.disconnected, await stand.received()
    cpu, start = machine.cpu_seconds(stand.pid), time.monotonic()
    answer, sent = await stand.publish(run)
    keys = run.last_keys()
    deadline = time.monotonic() + drain

    def settled() -> bool:
        now = time.monotonic()
        silent = now - max(watcher.last_arrival, start + answer["took"]) > _SILENT
        return not watcher.behind(keys) or silent or now > deadline

    await watcher.until(settled, drain + 1)
    # What was shown last may be followed by what the recorder has to do: it counts as well.
    await stand.quiet(drain) if stand.setting.recorder else await asyncio.sleep(0.2)
    wall = time.monotonic() - start
    used = machine.cpu_seconds(stand.pid) - cpu - stand.idle * wall
    after = await stand.received()
    return Seen(
        run=run,
        sent=sent,
        took=answer["took"],
        late=answer["late"],
        arrivals=watcher.arrivals,
        arrived=None if after is None or received is None else after - received,
        stale=watcher.behind(keys),
        disconnected=watcher.disconnected - hung_up,
        cpu=used,
    ).passed()


async def highest_rate(stand: Stand, first: float, *, seconds: float = 4.0) -> float:
    """Return the highest rate per second that is sustained, found by steps and then by halving between them.

    Sustained is: p99 below `FAST` ms, nothing lost, no chamber stale, and the sender kept its schedule; at the second
    try, since one full garbage collection of Home Assistant's, which takes as long as that, spoils a short run.
    """
    low, high, rate = 0.0, 0.0, first
    for _attempt in range(_ATTEMPTS):
        if await _holds(stand, rate, seconds) or await _holds(stand, rate, seconds):
            low = rate
        else:
            high = rate
        following = next_rate(low, high)
        if following is None:
            break
        rate = following
    return low


async def _holds(stand: Stand, rate: float, seconds: float) -> bool:
    run = await passed(stand, rate, messages_of(rate, seconds, stand), drain=20)
    held = sustained(run, rate)
    if not held:
        await stand.quiet(60)
    return held


def messages_of(rate: float, seconds: float, stand: Stand) -> int:
    """Return how many messages to send so that a run is bounded and all can be told apart."""
    most = min(load.MESSAGES_AT_MOST, load.VALUES * stand.setting.chambers)
    return max(1, min(int(rate * seconds), most))


def sustained(run: Passed, rate: float) -> bool:
    """Tell whether a run was as good as a slow one."""
    keeps_up = run.sent_per_s >= 0.95 * rate
    return keeps_up and not run.lost and not run.stale and run.p99 < FAST


async def commanded(stand: Stand, times: int) -> list[float]:
    """Change setpoints; return after how many ms each was shown as confirmed, in ascending order."""
    with_answers = await asyncio.create_subprocess_exec(
        *tethered("bench.publisher", stand.broker.plain_port, stand.next_round),
        env=environment(),
        start_new_session=True,
    )
    took = []
    try:
        await asyncio.sleep(1.0)  # until it has subscribed
        for turn in range(times):
            chamber = turn % stand.setting.chambers
            took.append(await _command(stand, stand.entities.climates[chamber], 10 + turn / 2))
            await asyncio.sleep(0.05 + turn % 7 / 100)
    finally:
        with_answers.kill()
        await with_answers.wait()
    # The answers' rounds are not used again: a gateway never goes back.
    stand.next_round += times + 1
    return sorted(took)


async def _command(stand: Stand, climate: str, setpoint: float) -> float:
    start = time.monotonic()
    await stand.client.call_service("climate.set_temperature", climate, temperature=setpoint)
    confirmed = await stand.watcher.until_target(climate, setpoint, 20)
    return 1000 * (time.monotonic() - start) if confirmed else math.inf


async def restarted(stand: Stand) -> dict[str, float]:
    """Start Home Assistant again; return the seconds until all entities show something, and its processor time."""
    entities = await _alive(stand)
    with contextlib.ExitStack() as parts:
        stand.server.stop(60)
        theirs, _others = machine.cores()
        port = stand.server.port
        start = time.monotonic()
        with machine.on(theirs):
            server = parts.enter_context(start_server(stand.setting, stand.server.folder, port))
        async with Watcher(server.url, stand.client.token) as watcher:
            watcher.expect(entities)
            watcher.temperatures = stand.entities.temperatures
            complete = await watcher.until(lambda: not watcher.missing, 300, 0.02)
            took = time.monotonic() - start
        used = machine.cpu_seconds(server.pid)
    return {
        "start_s": took if complete else math.inf,
        "start_cpu_s": used,
        "missing": len(watcher.missing),
    }


async def _alive(stand: Stand) -> set[str]:
    """Return the contender's entities that show something."""
    states = await stand.client.call("get_states")
    unknown = {"unavailable", "unknown"}
    return {
        row["entity_id"]
        for row in states
        if row["entity_id"] in stand.entities.all and row["state"] not in unknown
    }
