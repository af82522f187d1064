"""The process that looks at pages: `python -m bench.page.browser URL USER`, told by lines of JSON, answering with such.

It runs in the environment that has Playwright, on all cores: a user's browser shares none with Home Assistant.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import CDPSession, Page

from bench.page.samples import offset
from workshop.demo.client import Client
from workshop.demo.pages import Visitor, browsing

_WATCH = """(element, drawn) => {
  const host = element.shadowRoot ?? element, seen = window.benchSeen = [], waiting = [];
  const note = text => seen.push([performance.timeOrigin + performance.now(), text]);
  let last = host.textContent;
  const look = () => {
    const text = host.textContent;
    if (text !== last) drawn ? waiting.push(text) : note(text);
    last = text;
  };
  if (drawn) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => waiting.splice(0).forEach(note);
    const frame = () => { port2.postMessage(0); requestAnimationFrame(frame); };
    frame();
  }
  const observer = new MutationObserver(look);
  for (const root of new Set([element.getRootNode(), host]))
    observer.observe(root, { subtree: true, childList: true, characterData: true });
}"""
_SEEN = "() => window.benchSeen.splice(0)"
_CLOCK = "() => performance.timeOrigin + performance.now()"
_FRAMES = """seconds => new Promise(resolve => {
  const frames = [], tasks = [], end = performance.now() + 1000 * seconds;
  const note = entries => tasks.push(...entries.map(entry => entry.duration));
  const observer = new PerformanceObserver(list => note(list.getEntries()));
  observer.observe({ type: "longtask" });
  let last;
  const frame = now => {
    if (last !== undefined) frames.push(now - last);
    last = now;
    if (now < end) return requestAnimationFrame(frame);
    note(observer.takeRecords());
    resolve({ frames, tasks });
  };
  requestAnimationFrame(frame);
})"""
_CLOCK_READINGS = 30


class Eyes:
    """One page and what can be asked of it."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._page: Page
        self._tools: CDPSession
        self._selector = ""

    async def open(self, path: str, selector: str) -> None:
        """Open a page and wait until it shows something there."""
        self._page = await self._visitor.open(path)
        self._tools = await self._page.context.new_cdp_session(self._page)
        self._selector = selector
        await self._page.locator(selector).first.wait_for()

    async def watch(self, *, drawn: bool) -> None:
        """Note from now on when the text there changes, or when the frame with the change has been drawn."""
        await self._page.locator(self._selector).first.evaluate(_WATCH, drawn)

    async def seen(self) -> list[tuple[float, str]]:
        """Return the changes since, with their Unix times in seconds by this process's clock."""
        changes = await self._page.evaluate(_SEEN)
        readings = []
        for _turn in range(_CLOCK_READINGS):
            before = time.time()
            other = await self._page.evaluate(_CLOCK) / 1000
            readings.append((before, other, time.time()))
        correction = offset(readings)
        return [(at / 1000 + correction, text) for at, text in changes]

    async def frames(self, seconds: float, slower: float) -> Any:
        """Return the ms between frames and those of long tasks (50 ms and more) on so much slower a processor."""
        await self._tools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        try:
            return await self._page.evaluate(_FRAMES, seconds)
        finally:
            await self._tools.send("Emulation.setCPUThrottlingRate", {"rate": 1})

    async def heap(self) -> float:
        """Return the bytes in use on JavaScript's heap after a garbage collection."""
        await self._tools.send("Performance.enable")
        await self._tools.send("HeapProfiler.collectGarbage")
        metrics = (await self._tools.send("Performance.getMetrics"))["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "JSHeapUsedSize"))


async def look(url: str, user: str) -> None:
    """Do what standard input says, line by line, until it ends."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    async with Client(url) as client, browsing() as browser:
        await client.log_in(user, user)
        visitor = Visitor(browser, client)
        eyes = Eyes(visitor)
        while line := await asyncio.to_thread(sys.stdin.readline):
            words: dict[str, Any] = json.loads(line)
            do: Callable[..., Awaitable[Any]] = getattr(eyes, words.pop("do"))
            print(json.dumps(await do(**words)), flush=True)
        await visitor.leave()


if __name__ == "__main__":
    asyncio.run(look(*sys.argv[1:]))
