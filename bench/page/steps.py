"""What is done with a page at a stand, and the figures it yields."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from bench import load, packets
from bench.names import MQTT, OURS
from bench.numbers import percentile
from bench.publisher import Connection
from bench.stand import USER, Stand, end, told
from bench.tether import environment, tethered
from workshop.machine import environments

from .awake import awake
from .bystander import listening
from .samples import delays, shown, slope, state, temperature

Figures = dict[str, float]
_DASHBOARD = "bench-page"
_SLOWER = 6.0
"""Times: a cheap tablet, by the usual reckoning."""
_STREAM = 10.0
"""Samples a second."""
_HEAP_EVERY = 10.0
_WARM = 5.0
_EMPTY, _CARD = "empty", "card"
"""The views of the dashboard, which is the same for both."""
_NOTHING = {"type": "heading", "heading": "Bench"}


class Browser:
    """A browser in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, do: str, **words: Any) -> Any:
        """Have it do something; return its answer.

        Raises:
            WorkshopError: it ended.
        """
        return await told(self._process, {"do": do, **words})


@contextlib.asynccontextmanager
async def looking(stand: Stand, view: str = _CARD) -> AsyncIterator[Browser]:
    """Open the page that has the contender's card alone, or none, in a browser of its own."""
    _card, where = cards(stand)[view]
    await _lay_out(stand)
    python = environments.ready("integration").program("python")
    process = await asyncio.create_subprocess_exec(
        *tethered("bench.page.browser", stand.server.url, USER, python=python),
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    browser = Browser(process)
    try:
        await browser.ask("open", path=f"/{_DASHBOARD}/{view}", selector=where)
        yield browser
        assert process.stdin
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 10)
    finally:
        await end(process)


async def _lay_out(stand: Stand) -> None:
    existing = await stand.client.call("lovelace/dashboards/list")
    if any(one["url_path"] == _DASHBOARD for one in existing):
        return
    views = [
        {"title": view, "path": view, "type": "sections", "sections": [_section(card)]}
        for view, (card, _where) in cards(stand).items()
    ]
    entry = {"mode": "storage", "url_path": _DASHBOARD, "title": "Bench"}
    await stand.client.call("lovelace/dashboards/create", **entry)
    config = {"views": views}
    await stand.client.call("lovelace/config/save", url_path=_DASHBOARD, config=config)


def _section(card: dict[str, Any]) -> dict[str, Any]:
    return {"type": "grid", "cards": [card]}


def cards(stand: Stand) -> dict[str, tuple[dict[str, Any], str]]:
    """Return the views' cards, and where in the page there is something to be seen."""
    if stand.setting.contender == OURS:
        entity, kind = stand.entities.climates[0], "custom:chamber-card"
        where = "chamber-card [data-role=actual]"
    else:
        (entity,) = stand.entities.temperatures
        kind, where = "tile", "hui-tile-card state-display"
    return {
        _EMPTY: (_NOTHING, "hui-heading-card"),
        _CARD: ({"type": kind, "entity": entity}, where),
    }


async def stream(stand: Stand, rate: float, samples: int) -> list[tuple[float, float]]:
    """Publish the first chamber's samples at a rate per second; return when which temperature was sent."""
    sent = []
    connection = await asyncio.to_thread(Connection, stand.broker.plain_port, "bench-page")
    topic = packets.text(load.topic(0, "state"))
    start, first = time.monotonic(), stand.next_round
    stand.next_round += samples
    with contextlib.closing(connection.socket):
        for number in range(samples):
            await asyncio.sleep(start + number / rate - time.monotonic())
            now, turn = time.time(), first + number
            connection.send(packets.publish(topic, state(turn, now), retain=True))
            sent.append((now, temperature(turn)))
        await asyncio.to_thread(connection.settle)
    return sent


@dataclass(frozen=True)
class Shown:
    """From publishing a sample to its number in the page's text."""

    label: str
    rate: float
    samples: int
    contenders: tuple[str, ...] = (OURS, MQTT)
    drawn: bool = False
    """Whether to wait for the frame that has it, too."""
    awake: bool = False
    """Whether the processors are kept from falling asleep between samples."""

    async def measure(self, stand: Stand) -> Figures:
        """Warm up, watch, and pair what was seen with what was sent."""
        with awake() if self.awake else contextlib.nullcontext():
            return await self._measure(stand)

    async def _measure(self, stand: Stand) -> Figures:
        async with looking(stand) as browser, listening(stand.broker.url) as heard:
            await stream(stand, _STREAM, int(_WARM * _STREAM))
            await browser.ask("watch", drawn=self.drawn)
            heard.clear()
            sent = await stream(stand, self.rate, self.samples)
            await asyncio.sleep(1.0)
            seen = await browser.ask("seen")
        took = delays(sent, [(at, shown(text)) for at, text in seen])
        bare = delays(sent, heard)
        return {
            "page_p50": 1000 * percentile(took, 0.5),
            "page_p95": 1000 * percentile(took, 0.95),
            "page_max": 1000 * percentile(took, 1.0),
            "page_shown": 100 * len(took) / len(sent),
            "bare_p50": 1000 * percentile(bare, 0.5),
            "bare_p95": 1000 * percentile(bare, 0.95),
        }


@dataclass(frozen=True)
class Frames:
    """The longest frame and task of the page while samples come, on a slow processor, with the card and without."""

    label: str
    seconds: float
    contenders: tuple[str, ...] = (OURS,)

    async def measure(self, stand: Stand) -> Figures:
        """Look at the empty page first."""
        figures: Figures = {}
        for view in (_EMPTY, _CARD):
            async with looking(stand, view) as browser:
                await stream(stand, _STREAM, int(_WARM * _STREAM))
                answer, _sent = await asyncio.gather(
                    browser.ask("frames", seconds=self.seconds, slower=_SLOWER),
                    stream(stand, _STREAM, int(self.seconds * _STREAM)),
                )
            frames, tasks = sorted(answer["frames"]), answer["tasks"]
            figures |= {
                f"frame_longest {view}": max(frames),
                f"frame_p95 {view}": percentile(frames, 0.95),
                f"longtask_longest {view}": max(tasks, default=0.0),
                f"longtasks {view}": float(len(tasks)),
            }
        return figures


@dataclass(frozen=True)
class Heap:
    """What JavaScript's heap grows by under samples, with the card and without; garbage is collected each time."""

    label: str
    minutes: float
    contenders: tuple[str, ...] = (OURS,)

    def lasting(self, minutes: float) -> "Heap":
        """Return the same for another time."""
        return replace(self, minutes=minutes)

    async def measure(self, stand: Stand) -> Figures:
        """Look every few seconds."""
        looks = max(2, round(self.minutes * 60 / _HEAP_EVERY) + 1)
        samples = int((2 * _WARM + self.minutes * 60) * _STREAM)
        async with looking(stand, _EMPTY) as empty, looking(stand) as card:
            flow = asyncio.create_task(stream(stand, _STREAM, samples))
            without, points = await asyncio.gather(_heaps(empty, looks), _heaps(card, looks))
            await flow
        return {
            "heap_mib card": points[-1][1] / 2**20,
            "heap_kb_per_minute card": slope(points) / 1000,
            "heap_kb_per_minute empty": slope(without) / 1000,
        }


async def _heaps(browser: Browser, looks: int) -> list[tuple[float, float]]:
    """Return minutes and bytes."""
    points = []
    await asyncio.sleep(_WARM)
    start = time.monotonic()
    for number in range(looks):
        await asyncio.sleep(start + number * _HEAP_EVERY - time.monotonic())
        size = await browser.ask("heap")
        points.append(((time.monotonic() - start) / 60, size))
    return points
