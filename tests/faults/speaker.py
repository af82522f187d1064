"""Chambers that speak straight to the broker, as seen from Home Assistant's side of a faulty line."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from end_to_end.ends import AGENT, Talk, Where

HEARTBEAT = 1.0
INTERVAL = 0.2
"""Seconds."""


@dataclass
class Speaker:
    """Speaks for one chamber below each prefix. The temperature is the number of the sample: it tells its age."""

    prefixes: list[str]
    said: list[float] = field(default_factory=list)
    """When each number was said, monotonic."""

    def age(self, temperature: float) -> float:
        """How many seconds ago a temperature was true."""
        return time.monotonic() - self.said[round(temperature * 100)]

    async def speak(self, talk: Talk) -> None:
        """Describe the chambers, then sample them for ever."""
        for prefix in self.prefixes:
            meta = json.dumps({"heartbeat": HEARTBEAT}).encode()
            await talk.saying(f"{prefix}/v1/pi/box/meta", meta, retain=True)
        while True:
            number = len(self.said)
            sample = {"temperature": number / 100, "setpoint": 4.0, "seq": number, "epoch": "e"}
            self.said.append(time.monotonic())
            for prefix in self.prefixes:
                talk.say(f"{prefix}/v1/pi/box/state", json.dumps(sample).encode(), qos=0)
            await asyncio.sleep(INTERVAL)


@asynccontextmanager
async def speaking(url: str, *prefixes: str) -> AsyncIterator[Speaker]:
    """A speaker, while the block lasts."""
    speaker = Speaker(list(prefixes))
    async with Talk(AGENT, Where(url), "5") as talk:
        await talk.up()
        task = asyncio.create_task(speaker.speak(talk))
        try:
            yield speaker
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
