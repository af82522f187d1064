"""A browser, as far as the integration's commands see one."""

import asyncio
from collections.abc import Callable
from typing import Any

from custom_components.chamber_ws.const import DOMAIN

from .house import House

WITHIN = 5.0


class Dashboard:
    """Talks over a real WebSocket. `events` wait to be looked at, `heard` are all that came."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.sent = self.subscription = 0
        self.events: list[dict[str, Any]] = []
        self.heard: list[dict[str, Any]] = []

    async def ask(self, command: str, **data: Any) -> dict[str, Any]:
        """The result of a command."""
        message = await self._answer(f"{DOMAIN}/{command}", data)
        assert message["success"], message
        result: dict[str, Any] = message["result"]
        return result

    async def refused(self, command: str, **data: Any) -> dict[str, Any]:
        """The error of a command."""
        message = await self._answer(f"{DOMAIN}/{command}", data)
        assert not message["success"], message
        error: dict[str, Any] = message["error"]
        return error

    async def subscribe(self, **data: Any) -> dict[str, Any]:
        """Follow chambers."""
        result = await self.ask("subscribe", **data)
        self.subscription = self.sent
        return result

    async def unsubscribe(self) -> None:
        """Follow them no more."""
        message = await self._answer("unsubscribe_events", {"subscription": self.subscription})
        assert message["success"], message

    async def confirm(self, count: int) -> None:
        """So many events were handled."""
        await self.ask("received", subscription=self.subscription, count=count)

    async def event(self) -> dict[str, Any]:
        """The next event."""
        if not self.events:
            message = await self._receive()
            assert message["type"] == "event", message
        return self.events.pop(0)

    async def until(self, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The next event of a kind; those before it are dropped."""
        while not wanted(event := await self.event()):
            pass
        return event

    async def next(self, section: str) -> dict[str, Any]:
        """The next event that has a section."""
        return await self.until(lambda event: section in event)

    async def _answer(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        self.sent += 1
        await self.client.send_json({"id": self.sent, "type": kind, **data})
        while (message := await self._receive())["type"] != "result" or message["id"] != self.sent:
            pass
        return message

    async def _receive(self) -> dict[str, Any]:
        async with asyncio.timeout(WITHIN):
            message: dict[str, Any] = await self.client.receive_json()
        if message["type"] == "event":
            self.events.append(message["event"])
            self.heard.append(message["event"])
        return message


def id_of(house: House, name: str = "pi/box") -> str:
    """The id of a chamber's device."""
    device = house.device(name)
    assert device is not None
    return str(device.id)
