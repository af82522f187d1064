"""Home Assistant takes leave in every state of a connection: within three seconds, and nothing is left."""

import asyncio
import gc
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.coordinator import Coordinator
from custom_components.chamber_ws.link.errors import NotConnected
from custom_components.chamber_ws.link.link import Link
from custom_components.chamber_ws.link.packets import Publication
from custom_components.chamber_ws.link.session import Phase
from end_to_end.parts import TIMEOUT
from faults import doors
from faults.haste import INTEGRATION
from faults.proxy import BOTH, Port, Proxy, Way, Weather, relay
from faults.tls import Certificates
from workshop.parts.brokers import Broker

pytestmark = [
    pytest.mark.lasting,
    TIMEOUT,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="it looks into Linux's /proc"),
]

WITHIN = 3.0
LONG = 60.0
"""Seconds of a back-off that does not end during a test."""
EXPECTED = ("No connection to ", "We found a custom integration", "zlib_ng and isal are not")
Manner = dict[str, object]


@dataclass(frozen=True)
class State:
    """A state of a connection: how the other side behaves, and how to tell that it is reached."""

    name: str
    manner: Manner
    reached: Callable[[Proxy, Link], bool]
    then: Callable[[Proxy, Link], Awaitable[None]] | None = None
    encrypted: bool = False


def _phase(wanted: Phase) -> Callable[[Proxy, Link], bool]:
    return lambda _proxy, link: link._session is not None and link._session.phase is wanted


def _arrived(proxy: Proxy, link: Link) -> bool:
    return proxy.arrivals > 0 and link._opening is not None


async def _black_hole(proxy: Proxy, _link: Link) -> None:
    await proxy.be(weather=Weather(held=BOTH))


async def _fill(proxy: Proxy, link: Link) -> None:
    """Say more than the other side takes, until the link takes no more itself."""
    await proxy.be(weather=Weather(held=frozenset({Way.UP})))
    publication, refusals = Publication("flood", bytes(64 * 1024)), 0
    async with asyncio.timeout(5):
        while refusals < 20:
            try:
                link.publish(publication)
            except NotConnected:
                refusals += 1
                await asyncio.sleep(0.01)
            else:
                refusals = 0
                await asyncio.sleep(0)


UP = _phase(Phase.UP)
STATES = (
    State("connecting", {"port": Port.DEAF}, lambda _p, link: link._opening is not None),
    State("TLS handshake", {"tls": None, "door": doors.silent}, _arrived, encrypted=True),
    State("WebSocket handshake", {"door": doors.silent}, _arrived),
    State("waiting for CONNACK", {"door": doors.greets()}, _phase(Phase.GREETING)),
    State(
        "waiting for SUBACK",
        {"door": doors.greets(doors.frame(doors.CONNACK))},
        _phase(Phase.SUBSCRIBING),
    ),
    State("up", {}, UP),
    State("up over TLS", {}, UP, encrypted=True),
    State("up, in a black hole", {}, UP, _black_hole),
    State("up over TLS, in a black hole", {}, UP, _black_hole, encrypted=True),
    State("up, with a full buffer", {}, UP, _fill),
    State("up over TLS, with a full buffer", {}, UP, _fill, encrypted=True),
    State("backing off", {"port": Port.REFUSED}, lambda _p, link: link._outlook.delay > 0),
)


def sockets_to(port: int) -> set[str]:
    """The sockets of this process that lead to a port (proc(5)), by their inodes."""
    own = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {
        row[9] for row in rows if row[2].endswith(f":{port:04X}") and f"socket:[{row[9]}]" in own
    }


@dataclass
class Scene:
    """An entry, behind a proxy, in a state."""

    hass: HomeAssistant
    state: State
    proxy: Proxy
    entry: MockConfigEntry
    sockets: set[str]
    """Those that lead to the proxy but are not the link's."""

    @property
    def link(self) -> Link:
        coordinator: Coordinator = self.entry.runtime_data.coordinator
        return coordinator._link

    async def reach(self) -> None:
        """Get there."""
        async with asyncio.timeout(5):
            while not self.state.reached(self.proxy, self.link):
                await asyncio.sleep(0.01)
        if self.state.then is not None:
            await self.state.then(self.proxy, self.link)

    def left(self) -> int:
        """How many connections the link still has."""
        return len(sockets_to(self.proxy.port) - self.sockets)


Leave = Callable[[Scene], Awaitable[bool]]


async def unload(scene: Scene) -> bool:
    return await scene.hass.config_entries.async_unload(scene.entry.entry_id)


async def reload(scene: Scene) -> bool:
    return await scene.hass.config_entries.async_reload(scene.entry.entry_id)


async def reconfigure(scene: Scene) -> bool:
    """Change the settings of an entry, as the flow does."""
    data = {**scene.entry.data, "keepalive": 20}
    scene.hass.config_entries.async_update_entry(scene.entry, data=data)
    return await reload(scene)


@asynccontextmanager
async def _scene(
    hass: HomeAssistant, state: State, port: int, tls: Certificates
) -> AsyncIterator[Scene]:
    async with Proxy(port, tls.good if state.encrypted else None) as proxy:
        await proxy.be(**state.manner)
        data = {"url": proxy.url, "prefix": "chamber", "client_id": f"leaves{proxy.port}"}
        if state.encrypted:
            data["ca_certificate"] = tls.trust
        entry = MockConfigEntry(domain=DOMAIN, title=state.name, data=data)
        entry.add_to_hass(hass)
        scene = Scene(hass, state, proxy, entry, sockets_to(proxy.port))
        assert await hass.config_entries.async_setup(entry.entry_id)
        yield scene


@asynccontextmanager
async def every_state(
    hass: HomeAssistant, broker: Broker, tls: Certificates
) -> AsyncIterator[list[Scene]]:
    """An entry in each of the states."""
    with (
        patch(f"{INTEGRATION}.link.retry.FIRST_DELAY", LONG),
        patch(f"{INTEGRATION}.link.link.TICK", 0.1),
    ):
        async with AsyncExitStack() as stack:
            scenes = [
                await stack.enter_async_context(_scene(hass, state, broker.port, tls))
                for state in STATES
            ]
            await asyncio.gather(*(scene.reach() for scene in scenes))
            yield scenes


async def timed(scene: Scene, leave: Leave) -> str:
    """Leave; what is wrong with how that went."""
    began = time.monotonic()
    assert await leave(scene)
    took = time.monotonic() - began
    print(f"{scene.state.name}: took {took:.2f} s")
    return f"{scene.state.name}: took {took:.2f} s" if took > WITHIN else ""


def lamented(records: list[logging.LogRecord]) -> list[str]:
    """What the log has that nobody wants to read; that there is no connection is news, not a complaint."""
    bad = [one.getMessage() for one in records if one.levelno >= logging.WARNING]
    return [text for text in bad if not text.startswith(EXPECTED)]


def links_tasks() -> list[str]:
    """The tasks that serve a link."""
    names = [repr(task) for task in asyncio.all_tasks()]
    return [one for one in names if "chamber_ws" in one or "aiohttp" in one]


async def nothing_left(scenes: list[Scene], caplog: pytest.LogCaptureFixture) -> None:
    """No task, no socket, no word in the log."""
    assert [f"{one.state.name}: {one.left()} sockets" for one in scenes if one.left()] == []
    assert links_tasks() == []
    gc.collect()
    assert lamented(caplog.records) == []


async def test_unloading_leaves_nothing(
    hass: HomeAssistant, broker: Broker, tls: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    async with every_state(hass, broker, tls) as scenes:
        slow = await asyncio.gather(*(timed(scene, unload) for scene in scenes))
        assert [one for one in slow if one] == []
        await nothing_left(scenes, caplog)


@pytest.mark.parametrize("again", [reload, reconfigure])
async def test_loading_again_leaves_nothing_of_the_first(
    hass: HomeAssistant,
    broker: Broker,
    tls: Certificates,
    caplog: pytest.LogCaptureFixture,
    again: Leave,
) -> None:
    async with every_state(hass, broker, tls) as scenes:
        slow = await asyncio.gather(*(timed(scene, again) for scene in scenes))
        assert [one for one in slow if one] == []
        assert [one.state.name for one in scenes if one.left() > 1] == []
        for scene in scenes:
            await scene.proxy.be(door=relay, port=Port.OPEN, weather=Weather())
        slow = await asyncio.gather(*(timed(scene, unload) for scene in scenes))
        assert [one for one in slow if one] == []
        await nothing_left(scenes, caplog)


async def test_the_end_of_home_assistant_leaves_nothing(
    hass: HomeAssistant, broker: Broker, tls: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    async with every_state(hass, broker, tls) as scenes:
        began = time.monotonic()
        await hass.async_stop()
        assert time.monotonic() - began < WITHIN
        await nothing_left(scenes, caplog)
