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
from bench.stand import USER, Stand, end, environment, tethered, told
from workshop.machine import environments

from .samples import delays, shown, slope, state, temperature

Figures = dict[str, float]
_DASHBOARD = "bench-page"
_SLOWER = 6.0
"""Times: a cheap tablet, by the usual reckoning."""
_STREAM = 10.0
"""Samples a second."""
_HEAP_EVERY = 10.0
_WARM = 5.0
_EMPTY = ({"type": "heading", "heading": "Bench"}, "hui-heading-card")


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
async def looking(stand: Stand, card: dict[str, Any], where: str) -> AsyncIterator[Browser]:
    """Open a page that has this card alone, in a browser of its own."""
    await _lay_out(stand, card)
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
        await browser.ask("open", path=f"/{_DASHBOARD}/page", selector=where)
        yield browser
        assert process.stdin
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 10)
    finally:
        await end(process)


async def _lay_out(stand: Stand, card: dict[str, Any]) -> None:
    section = {"type": "grid", "cards": [card]}
    view = {"title": "Page", "path": "page", "type": "sections", "sections": [section]}
    existing = await stand.client.call("lovelace/dashboards/list")
    if not any(one["url_path"] == _DASHBOARD for one in existing):
        entry = {"mode": "storage", "url_path": _DASHBOARD, "title": "Bench"}
        await stand.client.call("lovelace/dashboards/create", **entry)
    config = {"views": [view]}
    await stand.client.call("lovelace/config/save", url_path=_DASHBOARD, config=config)


def card(stand: Stand) -> tuple[dict[str, Any], str]:
    """Return a contender's card for the temperature, and where in the page its text is."""
    if stand.setting.contender == OURS:
        entity = stand.entities.climates[0]
        return {"type": "custom:chamber-card", "entity": entity}, "chamber-card [data-role=actual]"
    (entity,) = stand.entities.temperatures
    return {"type": "tile", "entity": entity}, "hui-tile-card state-display"


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

    async def measure(self, stand: Stand) -> Figures:
        """Warm up, watch, and pair what was seen with what was sent."""
        async with looking(stand, *card(stand)) as browser:
            await stream(stand, _STREAM, int(_WARM * _STREAM))
            await browser.ask("watch", drawn=self.drawn)
            sent = await stream(stand, self.rate, self.samples)
            await asyncio.sleep(1.0)
            seen = await browser.ask("seen")
        took = delays(sent, [(at, shown(text)) for at, text in seen])
        return {
            "page_p50": 1000 * percentile(took, 0.5),
            "page_p95": 1000 * percentile(took, 0.95),
            "page_max": 1000 * percentile(took, 1.0),
            "page_shown": 100 * len(took) / len(sent),
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
        for name, (which, where) in (("empty", _EMPTY), ("card", card(stand))):
            async with looking(stand, which, where) as browser:
                await stream(stand, _STREAM, int(_WARM * _STREAM))
                answer, _sent = await asyncio.gather(
                    browser.ask("frames", seconds=self.seconds, slower=_SLOWER),
                    stream(stand, _STREAM, int(self.seconds * _STREAM)),
                )
            frames, tasks = sorted(answer["frames"]), answer["tasks"]
            figures |= {
                f"frame_longest {name}": max(frames),
                f"frame_p95 {name}": percentile(frames, 0.95),
                f"longtask_longest {name}": max(tasks, default=0.0),
                f"longtasks {name}": float(len(tasks)),
            }
        return figures


@dataclass(frozen=True)
class Heap:
    """What JavaScript's heap grows by while samples come, after collecting its garbage each time."""

    label: str
    minutes: float
    contenders: tuple[str, ...] = (OURS,)

    def lasting(self, minutes: float) -> "Heap":
        """Return the same for another time."""
        return replace(self, minutes=minutes)

    async def measure(self, stand: Stand) -> Figures:
        """Look every few seconds."""
        looks = max(2, round(self.minutes * 60 / _HEAP_EVERY) + 1)
        async with looking(stand, *card(stand)) as browser:
            flow = asyncio.create_task(
                stream(stand, _STREAM, int((_WARM + self.minutes * 60) * _STREAM))
            )
            points = await _heaps(browser, looks)
            await flow
        sizes = [size for _minute, size in points]
        half = points[len(points) // 2 :]
        return {
            "heap_mib": sizes[-1] / 2**20,
            "heap_kb_per_minute": slope(points) / 1000,
            "heap_kb_per_minute second half": slope(half) / 1000,
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
