"""The two servers that need no broker, in a process of their own: `python -m bench.lecture38.servers WS HTTP`.

A WebSocket that sends back what it gets, and an HTTP resource that remembers what was put there.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve

from workshop.parts.processes import LOOPBACK, Process, answers, free_port
from workshop.places import ROOT

LARGEST = 1024 * 1024
_START_WITHIN = 20.0


@dataclass(frozen=True)
class Servers:
    """Where they are."""

    websocket_port: int
    http_port: int


@contextmanager
def started(folder: Path) -> Iterator[Servers]:
    """Start both; they end with the block."""
    servers = Servers(free_port(), free_port())
    command = [
        sys.executable,
        "-m",
        "bench.lecture38.servers",
        str(servers.websocket_port),
        str(servers.http_port),
    ]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'scripts'}"}
    log = folder / "servers.log"
    with Process("servers", command, log, env=environment, cwd=ROOT) as process:
        process.wait_until(
            lambda: answers(servers.websocket_port) and answers(servers.http_port),
            "the WebSocket and HTTP servers",
            _START_WITHIN,
        )
        yield servers


async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


class _Resource:
    """What was put there last, for each query by itself."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}

    async def get(self, request: web.Request) -> web.Response:
        return web.Response(
            body=self._bodies.get(request.query_string, b""),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def put(self, request: web.Request) -> web.Response:
        self._bodies[request.query_string] = await request.read()
        return web.Response(status=204)


async def _serve(websocket_port: int, http_port: int) -> None:
    resource = _Resource()
    application = web.Application(client_max_size=LARGEST)
    application.add_routes([web.get("/state", resource.get), web.put("/state", resource.put)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, http_port).start()
    async with serve(_echo, LOOPBACK, websocket_port, compression=None, max_size=LARGEST) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
