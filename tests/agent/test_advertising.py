"""The broker is announced as the integration reads it, by real multicast on loopback, and taken back."""

from __future__ import annotations

import asyncio
import builtins
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from zeroconf import ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

from chamber_agent.config import Broker, Gateway
from chamber_agent.discovery import advertiser
from chamber_agent.discovery.advertiser import Advertiser, advertised
from chamber_agent.discovery.announcement import SERVICE, announcement, is_here
from chamber_agent.errors import ConfigError

LOOPBACK = "127.0.0.1"
ID = f"pi{os.getpid()}"
"""Others may speak on loopback at the same time, such as the same tests on another Python."""
GATEWAY = Gateway(id=ID, prefix="lab", advertise=True, advertise_on=(LOOPBACK,))
BROKER = Broker(url="ws://127.0.0.1:9001/mqtt")


@pytest.mark.parametrize(
    ("url", "port", "properties"),
    [
        ("ws://127.0.0.1:9001/mqtt", 9001, {"path": "/mqtt", "tls": "0"}),
        ("ws://b.example", 80, {"path": "/", "tls": "0"}),
        ("wss://b.example/a%2Fb?c=d", 443, {"path": "/a%2Fb?c=d", "tls": "1", "host": "b.example"}),
        ("wss://localhost:8443/ws", 8443, {"path": "/ws", "tls": "1"}),
    ],
)
def test_what_is_announced(url: str, port: int, properties: dict[str, str]) -> None:
    said = announcement(Broker(url=url), GATEWAY, "Pi4.lan", ["10.0.0.2", "10.0.0.1"])
    named = {"prefix": "lab", "name": f"{ID} on pi4"}
    assert (said.port, dict(said.properties)) == (port, properties | named)
    assert (said.name, said.server) == (f"{ID} on pi4", "pi4.local.")
    assert said.addresses == ("10.0.0.1", "10.0.0.2")


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("b.example", False), ("10.0.0.1", False)],
)  # fmt: skip
def test_what_is_this_machine(host: str, here: bool) -> None:
    assert is_here(host) is here


class Ear:
    """Another machine's ears, on loopback."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, ServiceStateChange]] = []
        self.responder = AsyncZeroconf([LOOPBACK])
        self.browser = AsyncServiceBrowser(
            self.responder.zeroconf, SERVICE, handlers=[self._changed]
        )

    def _changed(
        self, zeroconf: object, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if name.startswith(ID):
            self.seen.append((name, state_change))

    async def until(self, change: ServiceStateChange) -> str:
        """Wait for a service to come or go; its name."""
        async with asyncio.timeout(10):
            while True:
                for name, seen in self.seen:
                    if seen is change:
                        return name
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def ear() -> AsyncIterator[Ear]:
    """An ear."""
    made = Ear()
    yield made
    await made.browser.async_cancel()
    await made.responder.async_close()


@pytest.mark.lasting
async def test_it_is_heard_and_taken_back(ear: Ear) -> None:
    async with advertised(BROKER, GATEWAY):
        name = await ear.until(ServiceStateChange.Added)
        info = await ear.responder.async_get_service_info(SERVICE, name)
        assert info is not None
        assert (info.port, info.parsed_addresses()) == (9001, [LOOPBACK])
        assert info.decoded_properties["prefix"] == "lab"
    await ear.until(ServiceStateChange.Removed)


@pytest.mark.lasting
async def test_new_addresses_are_announced_and_the_old_ones_taken_back(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Advertiser(BROKER, GATEWAY)
    await one.look()
    name = await ear.until(ServiceStateChange.Added)
    await one.look()
    assert len(ear.seen) == 1, "nothing changed, nothing is said"
    monkeypatch.setattr(advertiser, "_usable", lambda _addresses: ["127.0.0.2"])
    ear.seen.clear()
    await one.look()
    await ear.until(ServiceStateChange.Removed)
    assert await ear.until(ServiceStateChange.Added) == name
    await one.withdraw()


async def test_without_an_address_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(advertiser, "_usable", lambda _addresses: [])
    one = Advertiser(BROKER, GATEWAY)
    await one.look()
    await one.withdraw()
    assert "no address that others can dial" in caplog.text


async def test_who_does_not_want_it_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("zeroconf"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    async with advertised(BROKER, Gateway(id="pi")):
        pass
    with pytest.raises(ConfigError, match=r"chamber-agent\[zeroconf\]"):
        async with advertised(BROKER, GATEWAY):
            pass
