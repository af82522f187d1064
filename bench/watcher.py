"""A WebSocket client as a dashboard is one, fast enough to see every state: `subscribe_entities` of all."""

import asyncio
import time
from collections.abc import Callable
from typing import Self

import aiohttp
import orjson

from workshop.progress import WorkshopError

from .sightings import Sightings


class Watcher(Sightings):
    """Sees what Home Assistant shows, as soon as it does."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__()
        self._url = url
        self._token = token
        self._session: aiohttp.ClientSession | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self.disconnected = 0

    async def __aenter__(self) -> Self:
        """Connect, as soon as the server lets us."""
        self._session = aiohttp.ClientSession()
        self._reader = asyncio.create_task(self._stay())
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Leave."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def until(self, holds: Callable[[], bool], within: float, pause: float = 0.01) -> bool:
        """Wait until something holds; return whether it came to that within that many seconds."""
        deadline = time.monotonic() + within
        while not holds():
            if time.monotonic() > deadline:
                return False
            if self._reader and self._reader.done():
                self._reader.result()
                raise WorkshopError("the watcher ended")
            await asyncio.sleep(pause)
        return True

    async def until_target(self, climate: str, setpoint: float, within: float) -> bool:
        """Wait until a thermostat shows a target; return whether it came to that within that many seconds."""
        try:
            async with asyncio.timeout(within):
                while self.setpoints.get(climate) != setpoint:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def _stay(self) -> None:
        """Be connected; Home Assistant hangs up on clients that do not keep up."""
        while True:
            try:
                await self._watch()
            except (aiohttp.ClientError, OSError):
                await asyncio.sleep(0.05)
            else:
                self.disconnected += 1

    async def _watch(self) -> None:
        assert self._session
        url = f"{self._url}/api/websocket"
        async with self._session.ws_connect(url, max_msg_size=0) as socket:
            await socket.receive()
            await socket.send_json({"type": "auth", "access_token": self._token})
            if (await socket.receive_json())["type"] != "auth_ok":
                raise WorkshopError("Home Assistant does not let the watcher in")
            features = {"coalesce_messages": 1}
            await socket.send_json({"id": 1, "type": "supported_features", "features": features})
            await socket.send_json({"id": 2, "type": "subscribe_entities"})
            async for frame in socket:
                now = time.monotonic()
                content = orjson.loads(frame.data)
                for message in content if isinstance(content, list) else (content,):
                    if message["type"] == "event":
                        self.take(message["event"], now)
                self._changed.set()
