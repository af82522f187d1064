"""Several brokers at once, and a cluster that is one: what one of them suffers is no concern of the others."""

import asyncio
import contextlib
import itertools
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from end_to_end.ends import AGENT, Talk, Where
from end_to_end.gateways import Gateway, configured
from end_to_end.parts import TIMEOUT, have
from workshop.demo.chambers import PLATFORM, Chamber, chambers
from workshop.demo.client import Client
from workshop.demo.flows import add_integration
from workshop.demo.states import State, States
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS
from workshop.parts import brokers, cluster, home_assistant
from workshop.parts.brokers import Broker
from workshop.parts.cluster import Cluster

pytestmark = [TIMEOUT, pytest.mark.asyncio(loop_scope="module")]

HEARTBEAT = 1.0
BACK_WITHIN = 20.0
"""Seconds: the next node is dialled at once, but those that are left first have to agree on new leaders (Raft)."""


class Site:
    """A cluster with a gateway, a broker of its own with another, and one Home Assistant with an entry for each."""

    def __init__(self, folder: Path, parts: ExitStack) -> None:
        self.cluster: Cluster = parts.enter_context(have(lambda: cluster.start(folder / "cluster")))
        alone = have(lambda: brokers.start("mosquitto", folder / "alone"))
        self.alone: Broker = parts.enter_context(alone)
        _first, second, third = self.cluster.urls
        for name in ("far", "near"):
            (folder / name).mkdir()
        self.far: Gateway = configured(third, folder / "far", HEARTBEAT, second)
        self.near: Gateway = configured(self.alone.url, folder / "near", HEARTBEAT)
        for gateway in (self.far, self.near):
            parts.enter_context(gateway.start())
        version = HOME_ASSISTANT_VERSIONS[0]
        server = have(lambda: home_assistant.start(version, folder / "home-assistant"))
        self.client = Client(parts.enter_context(server).url)

    async def furnish(self) -> None:
        """Log in and add both."""
        await self.client.log_in("owner", "password")
        await self.client.until_running()
        first, *others = self.cluster.urls
        advanced = {"alternate_urls": others, "verify_ssl": True}
        await add_integration(self.client, PLATFORM, {"url": first, "advanced": advanced})
        await add_integration(self.client, PLATFORM, {"url": self.alone.url})

    async def box_of(self, gateway: str) -> Chamber:
        """The chamber of the gateway of that name, as soon as it is there."""
        async with asyncio.timeout(15):
            while True:
                entities = await self.client.call("config/entity_registry/list")
                devices = await self.client.call("config/device_registry/list")
                known = {device["id"]: device["name"] for device in devices}
                above = {device["id"]: known.get(device["via_device_id"]) for device in devices}
                for one in chambers(entities, devices):
                    if above.get(one.device_id) == gateway:
                        return one
                await asyncio.sleep(0.1)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One site for all tests of this file."""
    with ExitStack() as parts:
        made = Site(tmp_path_factory.mktemp("site"), parts)
        async with made.client:
            await made.furnish()
            yield made


@pytest_asyncio.fixture(loop_scope="module")
async def far(site: Site) -> Chamber:
    """The chamber on the cluster."""
    return await site.box_of(site.far.id)


@pytest_asyncio.fixture(loop_scope="module")
async def near(site: Site) -> Chamber:
    """The chamber on the broker of its own."""
    return await site.box_of(site.near.id)


def both(site: Site, *of: Chamber) -> States:
    """Look at all entities of some chambers."""
    return States(site.client, [one for box in of for ids in box.entities.values() for one in ids])


def new_value(sensor: State) -> Callable[[], bool]:
    """Whether a sensor has a value that it had not when this was asked."""
    before = len(sensor.history)
    return lambda: len(sensor.history) > before and sensor.number is not None


@asynccontextmanager
async def counting(url: str, *also: str) -> AsyncIterator[str]:
    """Samples that are counted, many each second, over the gateways' own link; gives the gateway's name."""
    name = f"load-{secrets.token_hex(3)}"
    not_connected = AGENT.link.errors.NotConnected
    async with Talk(AGENT, Where(url, also=also), "auto") as talk:

        async def say() -> None:
            for number in itertools.count():
                sample = {"seq": number, "epoch": "e", "time": time.time(), "clock": "ntp"}
                content = json.dumps({**sample, "temperature": number / 100, "setpoint": 30.0})
                with contextlib.suppress(not_connected):
                    talk.say(f"chamber/v1/{name}/box/state", content.encode(), qos=0)
                await asyncio.sleep(0.01)

        saying = asyncio.create_task(say())
        yield name
        saying.cancel()


async def goes_on(states: States, sensor: State, within: float) -> None:
    """Wait until values come as they should: a new one soon, then one after the other."""
    await states.until(new_value(sensor), "a new value", within)
    for _ in range(10):
        await states.until(new_value(sensor), "the next value", 2.0)


async def test_each_broker_s_chambers_are_live(site: Site, far: Chamber, near: Chamber) -> None:
    async with both(site, far, near) as states:
        online = [states[box.one("online")] for box in (far, near)]
        await states.until(lambda: {one.value for one in online} == {"on"}, "online", 10.0)


@pytest.mark.parametrize("node", [0, 2], ids=["Home Assistant's", "the gateway's"])
async def test_a_node_that_is_killed_under_load_costs_seconds_and_no_order(
    site: Site, node: int
) -> None:
    first, second, third = site.cluster.urls
    async with counting(third, second, first) as name:
        box = await site.box_of(name)
        async with both(site, box) as states:
            sensor = states[box.one("temperature")]
            await goes_on(states, sensor, 10.0)
            site.cluster.nodes[node].kill()
            await asyncio.sleep(0.5)
            await goes_on(states, sensor, BACK_WITHIN)
            await asyncio.to_thread(site.cluster.again, node)
            await goes_on(states, sensor, BACK_WITHIN)
            shown = [float(value) for _at, value in sensor.history if value != "unavailable"]
            assert shown == sorted(set(shown))


async def test_a_command_is_confirmed_over_the_node_that_is_left(site: Site, far: Chamber) -> None:
    async with both(site, far) as states:
        climate, online = states[far.climate], states[far.one("online")]
        await states.until(lambda: online.value == "on", "online", BACK_WITHIN)
        await site.client.call_service("climate.set_temperature", far.climate, temperature=31.0)
        await states.until(lambda: climate.attributes.get("temperature") == 31.0, "the echo", 5.0)


async def test_a_broker_that_dies_darkens_its_own_chambers_only(
    site: Site, far: Chamber, near: Chamber
) -> None:
    async with both(site, far, near) as states:
        here, there = states[far.one("online")], states[near.one("online")]
        site.alone.kill()
        await states.until(lambda: there.value == "off", "offline", 10.0)
        assert here.value == "on"
        assert "off" not in [value for _at, value in here.history]
