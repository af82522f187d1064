"""What a user of Home Assistant sees of each class of fault, and how it ends."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.notices.health import UNSTABLE_AFTER
from end_to_end.parts import TIMEOUT
from faults import doors
from faults.haste import INTEGRATION, SHORT, hasty
from faults.proxy import Proxy
from faults.speaker import HEARTBEAT, Speaker, speaking
from faults.table import FAULTS, Fault, When
from faults.tls import Certificates
from integration.house import House
from workshop.parts.brokers import Broker

pytestmark = [TIMEOUT, pytest.mark.usefixtures("socket_enabled")]

CLASSES = (
    "nobody listens",
    "no answer to SYN: firewall, machine off",
    "accepted, then silence",
    "another protocol answers",
    "HTTP 401",
    "HTTP 403",
    "HTTP 404",
    "HTTP 503 with Retry-After: 120",
    "no subprotocol",
    "no CONNACK",
    "CONNACK: password",
    "CONNACK: banned",
    "no SUBACK",
    "certificate expired",
    "reset in the TLS handshake",
    "reset",
    "half open: the other side has forgotten it",
    "black hole both ways",
    "black hole towards Home Assistant",
    "cut in mid-frame",
    "close frame 1012: restarts",
    "DISCONNECT: shutting down",
    "malformed MQTT",
)
FACED = [fault for fault in FAULTS if fault.name in CLASSES]
assert len(FACED) == len(CLASSES)
WRONG_LOGIN = {"invalid_auth", "not_authorized"}
STALE_AFTER = 3 * HEARTBEAT + 1.0
"""Three heartbeats, and a look each second."""
LOOKED_LATE = 1.0
SLACK = 3.0
LEGITIMATE = {"certificate_expires", "protocol_downgraded"}
"""The certificates are made for a day; who keeps silent is asked in MQTT 3.1.1 next."""


async def until(holds: Callable[[], bool], within: float, what: str) -> float:
    """Wait until it holds; the seconds that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within, f"{what}: not within {within:g} s"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


@dataclass
class Scene:
    """An entry behind a proxy, and a user who looks at it."""

    house: House
    proxy: Proxy
    speaker: Speaker
    fault: Fault
    causes: list[str | None] = field(default_factory=list)
    """What the link's entity showed, one after another; None: connected."""
    oldest: float = 0.0
    """The age of the oldest number that was shown, in seconds."""
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def connected(self) -> bool:
        return self.house.value("connected", "") == "on"

    @property
    def shown(self) -> float | None:
        """The temperature that the user reads."""
        value = self.house.value("temperature")
        return None if value in (None, "unavailable", "unknown") else float(value)

    @property
    def live(self) -> bool:
        return self.shown is not None and self.speaker.age(self.shown) < HEARTBEAT

    @property
    def asked_for_login(self) -> bool:
        """Whether the user is asked for new credentials."""
        entry, hass = self.house.entry, self.house.hass
        return any(True for _flow in entry.async_get_active_flows(hass, {SOURCE_REAUTH}))

    @callback
    def note(self, event: Event[EventStateChangedData]) -> None:
        """Remember what the link's entity shows."""
        state = event.data["new_state"]
        if state is not None and [state.entity_id] == self.house.entity_ids("connected", ""):
            self.causes.append(state.attributes.get("cause"))

    async def look(self) -> None:
        """Look at the number all the time."""
        while True:
            if (shown := self.shown) is not None:
                self.oldest = max(self.oldest, self.speaker.age(shown))
            await asyncio.sleep(0.05)

    async def play(self, tls: Certificates) -> None:
        """All is well; the fault; it is over."""
        stop = self.house.hass.bus.async_listen(EVENT_STATE_CHANGED, self.note)
        looking = asyncio.create_task(self.look())
        try:
            await until(lambda: self.connected and self.live, 10.0, "live at first")
            await self._suffer(tls)
            await self.proxy.mend()
            await until(lambda: self.connected and self.live, 10.0, "live again")
        finally:
            looking.cancel()
            stop()

    async def _suffer(self, tls: Certificates) -> None:
        self.causes.clear()
        within = self.fault.within.seconds(SHORT) + SLACK
        if self.fault.when is When.LIVE:
            await self.proxy.be(door=doors.hangs_up)
        await self.fault.happen(self.proxy, tls)
        if self.fault.when is not When.LIVE:
            self.proxy.reset()
        await until(lambda: self.fault.cause in self.causes, within, f"{self.fault.cause}")
        await until(lambda: self.shown is None, STALE_AFTER + SLACK, "unavailable")
        self.seen["online"] = self.house.value("online")
        self.seen["asked"] = self.asked_for_login


@asynccontextmanager
async def _scene(
    hass: HomeAssistant, speaker: Speaker, number: int, port: int, tls: Certificates
) -> AsyncIterator[Scene]:
    """One fault's entry, loaded and in the end unloaded."""
    fault = FACED[number]
    encrypted = fault.when is When.ENCRYPTING
    async with Proxy(port, tls.good if encrypted else None) as proxy:
        data = {
            "url": proxy.url,
            "prefix": speaker.prefixes[number],
            "client_id": f"scene{number}",
            "keepalive": SHORT.keepalive,
            **({"ca_certificate": tls.trust} if encrypted else {}),
        }
        entry = MockConfigEntry(domain=DOMAIN, title=fault.name, data=data)
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        yield Scene(House(hass, entry), proxy, speaker, fault)
        assert await hass.config_entries.async_unload(entry.entry_id)


def _told(records: list[logging.LogRecord], scene: Scene) -> tuple[list[str], list[str]]:
    """The warnings, and the other news, that the log has of a scene."""
    own = [
        record
        for record in records
        if f":{scene.proxy.port}" in record.getMessage() and record.name.startswith(INTEGRATION)
    ]
    warnings = [one.getMessage() for one in own if one.levelno >= logging.WARNING]
    return warnings, [one.getMessage() for one in own if one.levelno == logging.INFO]


@pytest.mark.lasting
async def test_every_class_of_fault_is_seen_and_mends_itself(
    hass: HomeAssistant, broker: Broker, tls: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    prefixes = [f"scene{number}" for number in range(len(FACED))]
    with hasty():
        async with speaking(broker.url, *prefixes) as speaker, AsyncExitStack() as stack:
            scenes = [
                await stack.enter_async_context(_scene(hass, speaker, number, broker.port, tls))
                for number in range(len(FACED))
            ]
            outcomes = await asyncio.gather(
                *(scene.play(tls) for scene in scenes), return_exceptions=True
            )
            issues = scenes[0].house.issues()
            wrong = [
                trouble
                for scene, outcome in zip(scenes, outcomes, strict=True)
                for trouble in _troubles(scene, outcome, caplog.records)
            ]
    print(f"the oldest number shown: {max(scene.oldest for scene in scenes):.1f} s")
    assert not wrong, "\n".join(wrong)
    assert issues <= LEGITIMATE, "one fault is no pattern"


def _troubles(
    scene: Scene, outcome: BaseException | None, records: list[logging.LogRecord]
) -> Iterator[str]:
    """What a user would complain about."""
    name = scene.fault.name
    if outcome is not None:
        yield f"{name}: {outcome}; {scene.causes}"
    if scene.oldest > STALE_AFTER + LOOKED_LATE:
        yield f"{name}: a number {scene.oldest:.1f} s old was shown"
    if scene.seen.get("online") != "off":
        yield f"{name}: the chamber was shown as online"
    warnings, news = _told(records, scene)
    if len(warnings) != 1:
        yield f"{name}: warned {len(warnings)} times: {warnings}"
    if len(news) != 2:
        yield f"{name}: said {len(news)} times that it is connected: {news}"
    if scene.seen.get("asked") != (scene.fault.cause in WRONG_LOGIN):
        yield f"{name}: the user was asked for a new login: {scene.seen.get('asked')}"
    if scene.asked_for_login:
        yield f"{name}: the user is still asked for a login that works"


async def test_a_line_that_never_lasts_becomes_a_repair_issue(
    hass: HomeAssistant, broker: Broker
) -> None:
    """What a single fault does not, a pattern does."""
    async with Proxy(broker.port) as proxy:
        data = {"url": proxy.url, "prefix": "brief", "client_id": "brief"}
        entry = MockConfigEntry(domain=DOMAIN, title="brief", data=data)
        entry.add_to_hass(hass)
        with hasty():
            assert await hass.config_entries.async_setup(entry.entry_id)
            house = House(hass, entry)
            for _ in range(UNSTABLE_AFTER):
                assert house.issues() == set()
                await until(lambda: house.value("connected", "") == "on", 10.0, "up")
                proxy.reset()
                await until(lambda: house.value("connected", "") == "off", 10.0, "down")
            await until(lambda: house.issues() == {"connection_unstable"}, 1.0, "said")
            assert await hass.config_entries.async_unload(entry.entry_id)
    assert house.issues() == set()
