"""The whole chain of the lecture: node, gateway, broker behind TLS, Home Assistant, page; and what each leg takes.

    node ─ TCP ─ Mosquitto of the Pi ─ TCP ─ gateway ─ TLS ─ nginx ─ Mosquitto ─ TLS ─ Home Assistant ─ WebSocket ─ page

Everything runs on this machine, so one clock times all. Observers on both brokers see a message when it passes.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client as Paho
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from end_to_end.parts import have
from end_to_end.plain import Plain
from integration.certificates import self_signed
from workshop.demo.chambers import PLATFORM, Chamber, appear
from workshop.demo.client import Client
from workshop.demo.flows import add_integration
from workshop.demo.states import States
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS, ready
from workshop.parts import brokers, home_assistant, nginx
from workshop.parts.brokers import Broker
from workshop.parts.home_assistant import HomeAssistant
from workshop.parts.nginx import Proxy
from workshop.parts.processes import LOOPBACK, Process

BOX = "box1"
STATE, COMMAND, REPLY = (f"chamber/v1/pi/{BOX}/{kind}" for kind in ("state", "command", "reply"))
UP = (
    "node → Pi's broker",
    "→ gateway → TLS → broker",
    "→ TLS → Home Assistant → page",
    "node → page, in all",
)
DOWN = (
    "page → Home Assistant → TLS → broker",
    "→ TLS → gateway → Pi's broker → node",
    "node's echo → reply at the broker",
    "page: confirmed, in all",
)
_CONFIGURATION = """
[broker]
url = "{url}"
ca_file = "certificate.pem"
[local]
port = {port}
[gateway]
id = "pi"
interval = 0.1
state_folder = "state"
[[nodes]]
match = "boxes/+/actual"
name = "Lecture box"
limits = {{ min = 0.0, max = 60.0, step = 0.1 }}
heartbeat = 5.0
temperature = {{ topic = "boxes/{{id}}/actual" }}
setpoint = {{ topic = "boxes/{{id}}/desired" }}
heaters = [{{ name = "Heater", topic = "boxes/{{id}}/heater" }}]
coolers = [{{ name = "Cooler", topic = "boxes/{{id}}/cooler" }}]
availability = {{ topic = "boxes/{{id}}/status" }}
[nodes.commands]
setpoint = {{ topic = "boxes/{{id}}/desired/set" }}
"""


class Box:
    """The lecture's node: it says plain numbers over plain TCP, and obeys."""

    def __init__(self, port: int) -> None:
        self.obeyed: list[tuple[float, float]] = []
        self._client = client = Paho(CallbackAPIVersion.VERSION2)
        client.on_message = self._asked
        client.will_set(f"boxes/{BOX}/status", "offline", 1, retain=True)
        client.connect(LOOPBACK, port)
        client.subscribe(f"boxes/{BOX}/desired/set")
        client.loop_start()
        self.say(status="online", desired=30)

    def say(self, **values: object) -> None:
        """Publish each value on its topic."""
        for name, value in values.items():
            self._client.publish(f"boxes/{BOX}/{name}", str(value), retain=name == "status")

    def measure(self, temperature: float) -> None:
        """Say all that a turn of its loop gives."""
        self.say(actual=temperature, heater=int(temperature < 30), cooler=int(temperature > 30))

    def die(self) -> None:
        """Be cut off: the broker publishes the will."""
        self._client.loop_stop()
        self._client.socket().close()  # type: ignore[union-attr]

    def _asked(self, _client: Paho, _data: object, message: MQTTMessage) -> None:
        setpoint = float(message.payload)
        self.obeyed.append((time.monotonic(), setpoint))
        self.say(desired=setpoint)


@dataclass
class Legs:
    """What each leg took, in ms."""

    names: tuple[str, ...]
    taken: list[tuple[float, ...]] = field(default_factory=list)

    def note(self, *moments: float) -> None:
        """Take in when a message passed each place, the first being its beginning."""
        legs = [after - before for before, after in pairwise(moments)]
        whole = moments[-1] - moments[0]
        self.taken.append(tuple(1000 * one for one in (*legs[: len(self.names) - 1], whole)))

    def lines(self) -> Iterator[str]:
        """The table, in Markdown."""
        yield "| leg | median, ms | most, ms |"
        yield "|---|---|---|"
        for name, values in zip(self.names, zip(*self.taken, strict=True), strict=True):
            yield f"| {name} | {statistics.median(values):.1f} | {max(values):.1f} |"

    def slowest(self) -> float:
        """The longest of all, in ms."""
        return max(row[-1] for row in self.taken)


class Chain:
    """Everything that runs, from the node to the page."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts = ExitStack()
        self.near: Broker
        self.far: Broker
        self.front: Proxy
        self.gateway: Process
        self.server: HomeAssistant
        self.box: Box
        self.client: Client
        self.chamber: Chamber

    def start(self) -> None:
        """Start all processes; what a failure leaves is ended by `end`."""
        folder, keep = self._folder, self._parts.enter_context
        identity = self_signed(address=LOOPBACK)
        tls = folder / "certificate.pem", folder / "key.pem"
        tls[0].write_text(identity.certificate)
        tls[1].write_text(identity.key)
        self._authority = identity.certificate
        self.near = keep(have(lambda: brokers.start("mosquitto", folder / "near")))
        self.far = keep(have(lambda: brokers.start("mosquitto", folder / "far")))
        self.front = keep(have(lambda: nginx.start(self.far, folder / "nginx", tls=tls)))
        configuration = folder / "gateway.toml"
        told = {"url": self.front.url, "port": self.near.plain_port}
        configuration.write_text(_CONFIGURATION.format(**told))
        agent = have(lambda: ready("agent")).program("chamber-agent")
        command = [str(agent), "gateway", "--config", str(configuration)]
        self.gateway = keep(Process("gateway", command, folder / "gateway.log"))
        version = HOME_ASSISTANT_VERSIONS[0]
        self.server = keep(have(lambda: home_assistant.start(version, folder / "home-assistant")))
        self.client = Client(self.server.url)

    def end(self) -> None:
        """End everything."""
        self._parts.close()

    async def furnish(self) -> None:
        """Log in, add the broker by its one port, and let the node begin."""
        await self.client.log_in("owner", "password")
        await self.client.until_running()
        settings: dict[str, Any] = {"url": self.front.url}
        settings["advanced"] = {"ca_certificate": self._authority}
        await add_integration(self.client, PLATFORM, settings)
        self.box = Box(self.near.plain_port)
        self.box.measure(25.0)
        (self.chamber,) = await appear(self.client, 1)

    async def upwards(self, count: int) -> Legs:
        """Let the node measure, and time how its temperature comes to the page."""
        legs = Legs(UP)
        with self._observer(self.near, "boxes/#") as near, self._observer(self.far, STATE) as far:
            async with States(self.client, [self.chamber.one("temperature")]) as states:
                for number in range(count):
                    await asyncio.sleep(0.3)
                    legs.note(*await self._upward(20.25 + number / 2, states, near, far))
        return legs

    async def _upward(
        self, wanted: float, states: States, near: Plain, far: Plain
    ) -> tuple[float, ...]:
        sensor = states[self.chamber.one("temperature")]
        begun = time.monotonic()
        self.box.measure(wanted)
        await states.until(lambda: sensor.number == wanted, "the temperature", 10)
        shown = sensor.history[-1][0]
        passed = near.hears(f"boxes/{BOX}/actual", lambda said: bool(said == wanted))
        said = far.hears(STATE, lambda state: bool(state["temperature"] == wanted))
        return begun, passed.at, said.at, shown

    async def downwards(self, count: int) -> Legs:
        """Ask for setpoints as a page does, and time how they come to the node and are confirmed."""
        legs = Legs(DOWN)
        with self._observer(self.far, COMMAND, REPLY) as far:
            for number in range(count):
                await asyncio.sleep(0.3)
                wanted, since = 20.0 + number / 2, far.so_far()
                begun = time.monotonic()
                await self.client.call_service(
                    "climate.set_temperature", self.chamber.climate, temperature=wanted
                )
                confirmed = time.monotonic()
                asked = far.hears(COMMAND, since=since)
                reply = far.hears(REPLY, lambda one: one["status"] == "applied", since=since)
                obeyed, setpoint = self.box.obeyed[-1]
                assert setpoint == wanted
                legs.note(begun, asked.at, obeyed, reply.at, confirmed)
        return legs

    def _observer(self, broker: Broker, *filters: str) -> Plain:
        return Plain(broker.plain_port, *filters)
