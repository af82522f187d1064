"""What the integration's tests stand on: a link at its place in the coordinator, and a look at the house as users have it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.link.errors import Cause, Failure, NotConnected
from custom_components.chamber_ws.link.packets import Publication, Published, Received, Version
from custom_components.chamber_ws.link.session import Up
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

URL = "ws://127.0.0.1:9001/mqtt"
STATE = "chamber/v1/pi/box/state"
META = "chamber/v1/pi/box/meta"
STATUS = "chamber/v1/pi/status"
MINIMAL = {"temperature": 30.05, "setpoint": 30.0, "heater": False, "cooler": True}
FULL_META = {
    "name": "Vaccine carrier",
    "limits": {"min": -5.0, "max": 45.0, "step": 0.1},
    "modes": ["off", "heat", "cool", "heat_cool"],
    "heaters": ["Heater"],
    "coolers": ["Cooler 1", "Cooler 2"],
    "fans": ["Fan 1", "Fan 2"],
    "probes": {"product": {"role": "product"}},
    "door": True,
    "replies": True,
    "heartbeat": 10,
}


@dataclass
class FakeLink:
    """Stands where the coordinator makes its link: takes what is published, hands in what a broker would send."""

    listener: Any
    greet: Callable[[], Any]
    published: list[Publication] = field(default_factory=list)
    connected: bool = False
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        await self.stopped.wait()
        self.listener.link_down(Failure(Cause.STOPPED), 0.0)

    def stop(self) -> None:
        self.stopped.set()

    def publish(self, publication: Publication) -> int:
        if not self.connected:
            raise NotConnected(Failure(Cause.LOST, "there is no connection"))
        self.published.append(publication)
        return len(self.published)

    def up(self, version: Version = Version.V5, refused: tuple[str, ...] = ()) -> None:
        self.connected = True
        self.listener.link_up(Up(version, False, refused))

    def down(self, cause: Cause = Cause.LOST) -> None:
        self.connected = False
        self.listener.link_down(Failure(cause, "gone"), 1.0)

    def deliver(self, topic: str, payload: Any, *, retained: bool = False) -> None:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.listener.link_received(Received(topic, raw, retained))

    def acknowledge(self, mid: int, failure: Failure | None = None) -> None:
        self.listener.link_published(Published(mid, failure))

    def commands(self) -> list[dict[str, Any]]:
        return [json.loads(one.payload) for one in self.published if one.topic.endswith("/command")]


@dataclass
class House:
    """Looks entities up as users' tools do: by device, platform and translation key, never by entity id."""

    hass: HomeAssistant
    entry: MockConfigEntry

    def device(self, name: str) -> dr.DeviceEntry | None:
        registry = dr.async_get(self.hass)
        wanted = (DOMAIN, f"{self.entry.entry_id}/{name}" if name else self.entry.entry_id)
        return registry.async_get_device_by_identifier(wanted, self.entry.entry_id)

    def entity_ids(self, key: str, device: str = "pi/box") -> list[str]:
        found = self.device(device)
        if found is None:
            return []
        entries = er.async_entries_for_device(er.async_get(self.hass), found.id, include_disabled_entities=True)
        mine = sorted((e for e in entries if e.translation_key == key), key=lambda e: e.unique_id)
        return [entry.entity_id for entry in mine]

    def state(self, key: str, device: str = "pi/box", index: int = 0) -> Any:
        ids = self.entity_ids(key, device)
        return self.hass.states.get(ids[index]) if len(ids) > index else None

    def value(self, key: str, device: str = "pi/box", index: int = 0) -> str | None:
        state = self.state(key, device, index)
        return state.state if state else None
