"""A real capture on loopback: dumpcap records two ports of ours, tshark decodes them.

MQTT inside WebSocket is decoded with one line of Lua beside this file, which Wireshark 4.0 needs for it.
"""

import shutil
import time
from pathlib import Path

import aiohttp

from chamber_agent.link.packets import Subscription
from workshop.parts.brokers import Broker
from workshop.parts.processes import LOOPBACK, Process, ProcessError
from workshop.progress import MissingPartError
from workshop.shell import run

from .browser import HEADERS
from .decoded import Decoded, read
from .mqtt import connected, over_websocket
from .payloads import CAPTURED, STATE_SIZE, TOPIC, payload
from .servers import Servers

POLLS = 3
_LONGEST, _LARGEST = "duration:90", "filesize:20000"
_DISSECTOR = Path(__file__).with_name("mqtt_in_websocket.lua")
_QUIET = 0.7


async def record(broker: Broker, servers: Servers, folder: Path) -> Decoded:
    """Capture a conversation over the project's own link and some polls.

    Raises:
        MissingPartError: tshark is not here, or may not capture.
    """
    for name in ("dumpcap", "tshark"):
        if not shutil.which(name):
            raise MissingPartError(
                f"{name} is not on this machine (Debian's package tshark has it)"
            )
    file = folder / "lecture38.pcapng"
    ports = {broker.port, servers.http_port}
    expression = " or ".join(f"tcp port {port}" for port in sorted(ports))
    options = ["-q", "-i", "lo", "-f", expression, "-a", _LONGEST, "-a", _LARGEST, "-w", str(file)]
    with Process("dumpcap", ["dumpcap", *options], folder / "dumpcap.log") as process:
        try:
            process.wait_until(lambda: "File:" in process.output(), "the capture", 10)
        except ProcessError as error:
            raise MissingPartError(f"this machine does not let us capture: {error}") from error
        await _converse(broker, servers)
        _wait_until_quiet(file)
    return read(_decode(file, ports), ports)


async def _converse(broker: Broker, servers: Servers) -> None:
    dial = over_websocket(broker.port)
    async with connected(dial, Subscription(TOPIC, 1)) as page, connected(dial) as gateway:
        for size, qos in CAPTURED:
            gateway.say(TOPIC, payload(size), qos)
            await page.hear()
    url = f"http://{LOOPBACK}:{servers.http_port}/state"
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        await session.put(url, data=payload(STATE_SIZE))
        for _number in range(POLLS):
            async with session.get(url) as response:
                await response.read()


def _wait_until_quiet(file: Path) -> None:
    """Until dumpcap has written what the kernel still holds."""
    deadline = time.monotonic() + 10
    size, since = -1, time.monotonic()
    while time.monotonic() < min(deadline, since + _QUIET):
        if size != (now := file.stat().st_size):
            size, since = now, time.monotonic()
        time.sleep(0.05)


def _decode(file: Path, ports: set[int]) -> str:
    """What tshark says, as PDML; its own remarks stand before and are cut off."""
    as_http = [word for port in ports for word in ("-d", f"tcp.port=={port},http")]
    layers = ["-J", "tcp http websocket mqtt", "-Y", "http or websocket", "-T", "pdml"]
    lua = ["-X", f"lua_script:{_DISSECTOR}"]
    said = run(["tshark", *lua, "-r", file, *as_http, *layers], timeout=60)
    return said[said.index("<pdml") : said.index("</pdml>") + len("</pdml>")]
