"""In a network of its own: a broker, a gateway that announces it, and Home Assistant, which offers it by itself.

`unshare --net python announced.py FOLDER` prints what was offered and what became of it, as JSON. Nothing leaves
the namespace: it has a loopback alone, with one more address, since Home Assistant does not look for 127.0.0.1.
"""

import asyncio
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from end_to_end.plain import Plain
from workshop.demo.chambers import PLATFORM, appear
from workshop.demo.client import Client, Json
from workshop.demo.flows import filled
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS, ready
from workshop.parts import brokers, home_assistant
from workshop.parts.brokers import Broker
from workshop.parts.processes import Process, free_port

ADDRESS = "10.77.0.1"
NODE = b"4.5"
_FLOW = "/api/config/config_entries/flow"
_NETWORK = (
    "link set lo up",
    "link set lo multicast on",
    f"address add {ADDRESS}/24 dev lo",
    "route add default dev lo",
)
_CONFIGURATION = """
[broker]
url = "ws://{address}:{port}/mqtt"
[local]
port = {plain_port}
[gateway]
id = "pi"
prefix = "lab"
advertise = true
advertise_on = ["{address}"]
[[nodes]]
id = "box"
name = "Announced box"
heartbeat = 1.0
temperature = {{ topic = "box/actual" }}
setpoint = {{ topic = "box/desired" }}
"""


def main(folder: Path) -> None:
    """Play it."""
    for words in _NETWORK:
        subprocess.run(["ip", *words.split()], check=True)
    port = free_port()
    listener = f"listener {port} {ADDRESS}\nsocket_domain ipv4\nprotocol websockets"
    with ExitStack() as stack:
        broker = stack.enter_context(brokers.start("mosquitto", folder / "broker", extra=listener))
        server = stack.enter_context(
            home_assistant.start(
                HOME_ASSISTANT_VERSIONS[0], folder / "home-assistant", extra="\nzeroconf:\n"
            )
        )
        print(json.dumps(asyncio.run(_played(folder, broker, port, server.url))))


async def _played(folder: Path, broker: Broker, port: int, url: str) -> Json:
    async with Client(url) as client:
        await client.log_in("owner", "password")
        await client.until_running()
        path = folder / "gateway.toml"
        told = {"address": ADDRESS, "port": port, "plain_port": broker.plain_port}
        path.write_text(_CONFIGURATION.format(**told))
        agent = ready("agent").program("chamber-agent")
        with Process("gateway", [agent, "gateway", "--config", path], folder / "log"):
            offered = await _offered(client)
            form = await client.get(f"{_FLOW}/{offered['flow_id']}")
            fields = {one["name"]: one for one in form["data_schema"]}
            suggested = {
                name: fields[name]["description"]["suggested_value"] for name in ("url", "prefix")
            }
            made = await client.post(f"{_FLOW}/{offered['flow_id']}", filled(form, suggested))
            with Plain(broker.plain_port, "box/#") as node:
                for topic in ("box/desired", "box/actual"):
                    node.say(topic, NODE)
            (chamber,) = await appear(client, 1)
        return {
            "source": offered["context"]["source"],
            "title": offered["context"]["title_placeholders"]["name"],
            **suggested,
            "result": made["type"],
            "chamber": chamber.name,
        }


async def _offered(client: Client) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            for flow in await client.call("config_entries/flow/progress"):
                if flow["handler"] == PLATFORM:
                    return dict(flow)
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
