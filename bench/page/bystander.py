"""A bare subscriber to what a page shows: what broker and machine take of the time, whoever shows it."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator

import aiohttp

from bench import load, packets

Arrivals = list[tuple[float, float | None]]
"""Unix seconds and temperature of each message."""


@contextlib.asynccontextmanager
async def listening(url: str) -> AsyncIterator[Arrivals]:
    """Note what comes over MQTT over WebSocket, from its subscription on."""
    heard: Arrivals = []
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, protocols=("mqtt",)) as socket,
    ):
        ready = asyncio.Event()
        hearing = asyncio.create_task(_hear(socket, heard, ready))
        try:
            async with asyncio.timeout(20):
                await ready.wait()
            yield heard
        finally:
            hearing.cancel()


async def _hear(
    socket: aiohttp.ClientWebSocketResponse, heard: Arrivals, ready: asyncio.Event
) -> None:
    splitter = packets.Splitter()
    await socket.send_bytes(packets.connect("bench-bystander"))
    async for frame in socket:
        for kind, flags, body in splitter.feed(frame.data):
            if kind == packets.CONNACK:
                await socket.send_bytes(packets.subscribe(load.topic(0, "state")))
            elif kind == packets.SUBACK:
                ready.set()
            elif kind == packets.PUBLISH and not flags & 1:
                said = json.loads(packets.published(flags, body)[1])
                heard.append((time.time(), said["temperature"]))
