"""The whole line: a gateway's process, a broker, and Home Assistant as its users' browsers see it."""

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from end_to_end.gateways import Gateway, configured
from end_to_end.parts import TIMEOUT, Part, again, have
from end_to_end.plain import Plain
from workshop.demo import proof
from workshop.demo.chambers import PLATFORM, Chamber, chambers
from workshop.demo.client import Client, HomeAssistantError, Json
from workshop.demo.flows import add_integration
from workshop.demo.states import State, States
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS
from workshop.parts import brokers, home_assistant
from workshop.parts.brokers import Broker
from workshop.parts.home_assistant import HomeAssistant
from workshop.parts.processes import Process

pytestmark = [TIMEOUT, pytest.mark.asyncio(loop_scope="module")]

HEARTBEAT = 1.0
MISSED = 3 * HEARTBEAT + 2.0
"""Seconds after which a silent chamber is not shown as live: three heartbeats, and a look each second."""
MINIMAL = {"temperature": 30.05, "setpoint": 30.0, "heater": False, "cooler": True}

PROC = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="it looks into Linux's /proc")
Running = TypeVar("Running", bound=Process)


class House:
    """Everything that runs, and what it looks like."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts = ExitStack()
        self.broker: Broker
        self.gateway: Gateway
        self.server: HomeAssistant
        self.client: Client
        self.entry: Json = {}

    def start(self) -> None:
        """Start everything; what a failure leaves is ended by `end`."""
        version, folder = HOME_ASSISTANT_VERSIONS[0], self._folder
        self.broker = self._kept(have(lambda: brokers.start("mosquitto", folder / "broker")))
        self.gateway = configured(self.broker.url, folder, HEARTBEAT)
        self._kept(self.gateway.start())
        self.server = self._kept(
            have(lambda: home_assistant.start(version, folder / "home-assistant"))
        )
        self.client = Client(self.server.url)

    def _kept(self, part: Running) -> Running:
        self._parts.enter_context(part)
        return part

    def end(self) -> None:
        """End everything."""
        self._parts.close()

    async def furnish(self) -> None:
        """Log in and add the integration as a user does."""
        await self.client.log_in("owner", "password")
        await self.client.until_running()
        self.entry = await add_integration(self.client, PLATFORM, {"url": self.broker.url})
        await self.chamber("Lecture box")

    async def chamber(self, name: str) -> Chamber:
        """A chamber by its name, as soon as it is there."""
        async with asyncio.timeout(10):
            while True:
                entities = await self.client.call("config/entity_registry/list")
                found = chambers(entities, await self.client.call("config/device_registry/list"))
                for one in found:
                    if one.name == name:
                        return one
                await asyncio.sleep(0.1)

    def restart_broker(self) -> None:
        """Start the broker where it was."""
        self.broker = self._kept(again(self.broker))

    def restart_gateway(self) -> None:
        """Start the gateway again."""
        self._kept(self.gateway.start())

    def sockets(self) -> int:
        """How many connections Home Assistant's process has to the broker."""
        return _connections(self.server.pid, self.broker.port)

    async def entry_command(self, command: str) -> None:
        """Reload, disable or enable the entry."""
        entry_id = self.entry["entry_id"]
        if command == "reload":
            await self.client.post(f"/api/config/config_entries/entry/{entry_id}/reload")
        else:
            disabled = "user" if command == "disable" else None
            await self.client.call(
                "config_entries/disable", entry_id=entry_id, disabled_by=disabled
            )


def farewells(log: str) -> list[str]:
    """How Home Assistant's clients ended, by Mosquitto's log: `disconnected`, or another end."""
    return re.findall(r"Client chamber[0-9a-f]{16} (disconnected|closed|has)", log)


def _connections(pid: int, port: int) -> int:
    """Count a process's established connections to a port (proc(5), /proc/net/tcp)."""
    owned = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            owned.add(str(link.readlink()))
        except FileNotFoundError:
            continue
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(
        row[2].endswith(f":{port:04X}") and row[3] == "01" and f"socket:[{row[9]}]" in owned
        for row in rows
    )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One house for all tests of this file; each leaves it as it was."""
    made = House(tmp_path_factory.mktemp("house"))
    try:
        made.start()
        async with made.client:
            await made.furnish()
            yield made
    finally:
        made.end()


@pytest.fixture
def plain(house: House) -> Iterator[Plain]:
    """A client that hears everything."""
    with Plain(house.broker.plain_port, "chamber/v1/#") as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def box(house: House) -> Chamber:
    """The gateway's chamber."""
    return await house.chamber("Lecture box")


def follow(house: House, chamber: Chamber) -> States:
    """Look at all of a chamber's entities."""
    return States(house.client, [one for ids in chamber.entities.values() for one in ids])


async def live(states: States, sensor: State, within: float = 10.0) -> float:
    """Wait for a value that is new; the seconds it took."""
    before = len(sensor.history)

    def new() -> bool:
        return len(sensor.history) > before and sensor.number is not None

    return await states.until(new, "a new value", within)


async def meanwhile(look: Callable[[], Part]) -> Part:
    """Wait in another thread, so that the client goes on reading."""
    return await asyncio.to_thread(look)


async def test_an_address_where_nothing_is_is_told_as_such_by_the_flow(house: House) -> None:
    with pytest.raises(HomeAssistantError) as refusal:
        await add_integration(house.client, PLATFORM, {"url": "ws://127.0.0.1:9/mqtt"})
    assert refusal.value.code == "connection_refused"


async def test_the_same_broker_cannot_be_added_twice(house: House) -> None:
    with pytest.raises(HomeAssistantError) as refusal:
        await add_integration(house.client, PLATFORM, {"url": house.broker.url})
    assert refusal.value.code == "already_configured"


async def test_the_chamber_is_shown_with_its_name_and_its_parts(box: Chamber) -> None:
    parts = {kind: len(box.entities[kind]) for kind in ("heater", "cooler", "fan")}
    assert parts == {"heater": 1, "cooler": 2, "fan": 2}


async def test_live_values_come_over_the_websocket(house: House, box: Chamber) -> None:
    async with follow(house, box) as states:
        sensor = states[box.one("temperature")]
        for _ in range(3):
            await live(states, sensor)


async def test_a_value_is_shown_soon_after_it_was_said(
    house: House, box: Chamber, plain: Plain
) -> None:
    async with follow(house, box) as states:
        sensor = states[box.one("temperature")]
        # Values are told apart by what they are, and a chamber at rest says the same ones again.
        while len({value for _at, value in sensor.history}) < 5:
            await live(states, sensor)
        said = {
            one.content["temperature"]: one.at for one in plain.all(house.gateway.topic("state"))
        }
        shown = {float(value): at for at, value in sensor.history}
        delays = [shown[value] - at for value, at in said.items() if value in shown]
        assert len(delays) >= 3
        assert max(delays) < 2.0


@pytest.mark.parametrize(("kelvin", "part"), [(6, "heater"), (-6, "cooler")])
async def test_a_setpoint_is_confirmed_and_worked_for(
    house: House, box: Chamber, plain: Plain, kelvin: int, part: str
) -> None:
    async with follow(house, box) as states:
        sensor, climate = states[box.one("temperature")], states[box.climate]
        await live(states, sensor)
        setpoint = round(sensor.number or 0.0) + kelvin
        await house.client.call_service(
            "climate.set_temperature", box.climate, temperature=setpoint
        )
        await meanwhile(lambda: plain.hears(house.gateway.topic("reply")))
        replies = [said.content for said in plain.all(house.gateway.topic("reply"))]
        assert [(one["status"], one["setpoint"]) for one in replies] == [("applied", setpoint)]
        target = lambda: climate.attributes.get("temperature") == setpoint  # noqa: E731
        await states.until(target, "the setpoint", 5.0)
        parts = [states[one] for one in box.entities[part]]
        await states.until(lambda: any(one.value == "on" for one in parts), part, 10.0)


async def test_a_setpoint_beyond_the_limits_is_refused_and_not_sent(
    house: House, box: Chamber, plain: Plain
) -> None:
    with pytest.raises(HomeAssistantError):
        await house.client.call_service("climate.set_temperature", box.climate, temperature=90)
    assert plain.all(house.gateway.topic("command")) == []


async def test_a_minimal_chamber_works_and_is_confirmed_by_its_echo(
    house: House, plain: Plain
) -> None:
    state, asked = "chamber/v1/esp/box/state", "chamber/v1/esp/box/command"
    plain.say(state, MINIMAL)
    chamber = await house.chamber("box")

    def obey() -> Json:
        heard: Json = plain.hears(asked).content
        plain.say(state, {**MINIMAL, "temperature": 29.9, "setpoint": heard["setpoint"]})
        return heard

    async with follow(house, chamber) as states:
        climate = states[chamber.climate]
        await states.until(lambda: climate.attributes.get("temperature") == 30.0, "its state", 5.0)
        assert states[chamber.one("cooler")].value == "on"
        assert states[chamber.one("heater")].value == "off"
        confirmed, heard = await asyncio.gather(
            house.client.call_service("climate.set_temperature", chamber.climate, temperature=25.0),
            meanwhile(obey),
        )
        assert confirmed is None
        assert (heard["do"], heard["setpoint"], heard["ttl"]) == ("set", 25.0, 15.0)
        await states.until(lambda: climate.attributes.get("temperature") == 25.0, "its echo", 5.0)


async def test_a_chamber_s_last_words_are_not_shown_as_news(house: House, plain: Plain) -> None:
    an_hour_ago = {"time": time.time() - 3600, "clock": "ntp", "seq": 7, "epoch": "e"}
    undated = {"temperature": 21.5, "setpoint": 20.0}
    plain.say("chamber/v1/old/dated/state", {**undated, **an_hour_ago}, retain=True)
    plain.say("chamber/v1/old/undated/state", undated, retain=True)
    await house.entry_command("reload")
    for name in ("dated", "undated"):
        chamber = await house.chamber(name)
        async with follow(house, chamber) as states:
            await asyncio.sleep(0.5)
            sensor = states[chamber.one("temperature")]
            assert "21.5" not in [value for _at, value in sensor.history]
            plain.say(f"chamber/v1/old/{name}/state", {"temperature": 22.5, "setpoint": 20.0})
            await live(states, sensor)
            assert sensor.number == 22.5
        plain.say(f"chamber/v1/old/{name}/state", b"", retain=True)


async def test_a_gateway_that_is_killed_is_unavailable_at_once_and_comes_back(
    house: House, box: Chamber
) -> None:
    async with follow(house, box) as states:
        sensor = states[box.one("temperature")]
        await live(states, sensor)
        house.gateway.process.kill()
        gone = await states.until(lambda: sensor.value == "unavailable", "unavailable", 5.0)
        assert gone < 2.0
        assert states[box.climate].value == "unavailable"
        house.restart_gateway()
        await live(states, sensor)
        assert states[box.climate].value != "unavailable"


async def test_without_a_broker_nothing_is_shown_as_live_and_all_comes_back_by_itself(
    house: House, box: Chamber
) -> None:
    async with follow(house, box) as states:
        sensor = states[box.one("temperature")]
        await live(states, sensor)
        house.broker.kill()
        await asyncio.sleep(0.3)
        with pytest.raises(HomeAssistantError):
            await house.client.call_service(
                "climate.set_temperature", box.climate, temperature=31.0
            )
        gone = await states.until(lambda: sensor.value == "unavailable", "unavailable", 15.0)
        assert gone <= MISSED
        house.restart_broker()
        await live(states, sensor, within=30.0)
        await house.client.call_service("climate.set_temperature", box.climate, temperature=29.0)


async def test_a_broker_that_hangs_is_noticed_by_silence(house: House, box: Chamber) -> None:
    async with follow(house, box) as states:
        sensor = states[box.one("temperature")]
        await live(states, sensor)
        house.broker.kill(signal.SIGSTOP)
        try:
            gone = await states.until(lambda: sensor.value == "unavailable", "unavailable", 15.0)
        finally:
            house.broker.kill(signal.SIGCONT)
        assert gone <= MISSED
        await live(states, sensor, within=30.0)


@PROC
async def test_an_entry_that_is_reloaded_has_one_connection(house: House, box: Chamber) -> None:
    assert house.sockets() == 1
    for _ in range(3):
        await house.entry_command("reload")
    async with follow(house, box) as states:
        await live(states, states[box.one("temperature")])
    assert house.sockets() == 1


@PROC
async def test_an_entry_that_is_unloaded_takes_leave_and_has_none(
    house: House, box: Chamber
) -> None:
    start = time.monotonic()
    await house.entry_command("disable")
    assert time.monotonic() - start < 3.0
    assert house.sockets() == 0
    await house.entry_command("enable")
    async with follow(house, box) as states:
        await live(states, states[box.one("temperature")])
    assert house.sockets() == 1


async def test_home_assistant_stops_soon_and_cleanly(house: House) -> None:
    """The last test of this file: it ends the house's server, and the broker, which only then has written its log."""
    start = time.monotonic()
    await meanwhile(house.server.stop)
    took = time.monotonic() - start
    assert took < 15.0
    assert house.server.exit_code() == 0
    proof.read_log(house.server.output())
    await meanwhile(house.broker.stop)
    assert set(farewells(house.broker.output())) == {"disconnected"}
