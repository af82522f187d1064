"""What the integration's tests stand on: a link at its place in the coordinator, and the house as users see it."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.entity_component import DATA_INSTANCES
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.chamber_ws.chamber.analysis.deeds import Act
from custom_components.chamber_ws.chamber.model import Address
from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.coordinator import Coordinator
from custom_components.chamber_ws.keeping.acting import Hand
from custom_components.chamber_ws.link.errors import Cause, Failure, NotConnected
from custom_components.chamber_ws.link.packets import (
    Publication,
    Published,
    Received,
    Subscription,
    Version,
)
from custom_components.chamber_ws.link.session import Up
from custom_components.chamber_ws.record.journal import Entry

URL = "ws://127.0.0.1:9001/mqtt"
STATE = "chamber/v1/pi/box/state"
META = "chamber/v1/pi/box/meta"
EVENT = "chamber/v1/pi/box/event"
REPLY = "chamber/v1/pi/box/reply"
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
FULL_STATE = {
    "temperature": 30.05,
    "setpoint": 30.0,
    "effective_setpoint": 29.5,
    "mode": "heat_cool",
    "action": "cooling",
    "reason": "pid",
    "heaters": [0],
    "coolers": [55, 45],
    "fans": [100, 0],
    "probes": {"product": 30.01},
    "door": False,
    "power": 23.8,
    "energy": 1.25,
    "profile": {"name": "bake", "step": 2, "steps": 5, "remaining": 1800, "state": "running"},
}


@dataclass
class FakeLink:
    """Stands where the coordinator makes its link: takes what is published, hands in what a broker would send."""

    listener: Any
    greet: Callable[[], Any]
    published: list[Publication] = field(default_factory=list)
    connected: bool = False
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    subscribed: list[str] = field(default_factory=list)
    unsubscribed: list[str] = field(default_factory=list)

    def subscribe(self, subscriptions: Iterable[Subscription]) -> None:
        self.subscribed += [one.filter for one in subscriptions]

    def unsubscribe(self, filters: Iterable[str]) -> None:
        self.unsubscribed += filters

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

    def up(
        self,
        version: Version = Version.V5,
        refused: tuple[str, ...] = (),
        certificate_ends: float | None = None,
    ) -> None:
        self.connected = True
        self.listener.link_up(Up(version, False, refused, certificate_ends))

    def down(
        self,
        cause: Cause = Cause.LOST,
        retry_in: float = 1.0,
        *,
        up_for: float | None = None,
        idle: float = 0.0,
    ) -> None:
        self.connected = False
        self.listener.link_down(Failure(cause, "gone", up_for=up_for, idle=idle), retry_in)

    def deliver(self, topic: str, payload: Any, *, retained: bool = False) -> None:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.listener.link_received(Received(topic, raw, retained))

    def describe(self, **changes: Any) -> None:
        """The chamber's description arrives, as brokers keep it."""
        self.deliver(META, {**FULL_META, **changes}, retained=True)

    def sample(self, **changes: Any) -> None:
        """A live sample with everything in it arrives."""
        self.deliver(STATE, {**FULL_STATE, **changes})

    def introduce(self, path: str, name: str) -> None:
        """Another chamber comes, described and with a sample, by its gateway and id."""
        self.deliver(f"chamber/v1/{path}/meta", {"name": name}, retained=True)
        self.deliver(f"chamber/v1/{path}/state", {"temperature": 5.0, "setpoint": 5.0})

    def acknowledge(self, mid: int, failure: Failure | None = None) -> None:
        self.listener.link_published(Published(mid, failure))

    @property
    def commands(self) -> list[Publication]:
        return [one for one in self.published if one.topic.endswith("/command")]

    @property
    def wishes(self) -> list[dict[str, Any]]:
        """The content of the commands."""
        return [json.loads(one.payload) for one in self.commands]


@dataclass
class House:
    """Looks entities up as users' tools do: by device, platform and translation key, never by entity id."""

    hass: HomeAssistant
    entry: MockConfigEntry

    @property
    def coordinator(self) -> Coordinator:
        found: Coordinator = self.entry.runtime_data.coordinator
        return found

    def device(self, name: str = "pi/box") -> dr.DeviceEntry | None:
        registry = dr.async_get(self.hass)
        wanted = (DOMAIN, f"{self.entry.entry_id}/{name}" if name else self.entry.entry_id)
        return registry.async_get_device_by_identifier(wanted, self.entry.entry_id)

    def registered(self, key: str, device: str = "pi/box") -> list[er.RegistryEntry]:
        """The registry's entries of one translation key, in the order of their unique ids."""
        if (found := self.device(device)) is None:
            return []
        entries = er.async_entries_for_device(
            er.async_get(self.hass), found.id, include_disabled_entities=True
        )
        return sorted((e for e in entries if e.translation_key == key), key=lambda e: e.unique_id)

    def entity_ids(self, key: str, device: str = "pi/box") -> list[str]:
        return [entry.entity_id for entry in self.registered(key, device)]

    def translation_keys(self, device: str = "pi/box") -> set[str]:
        """The translation keys of all entities of a device."""
        found = self.device(device)
        assert found is not None
        entries = er.async_entries_for_device(
            er.async_get(self.hass), found.id, include_disabled_entities=True
        )
        return {str(entry.translation_key) for entry in entries}

    def state(self, key: str, device: str = "pi/box", index: int = 0) -> Any:
        ids = self.entity_ids(key, device)
        return self.hass.states.get(ids[index]) if len(ids) > index else None

    def value(self, key: str, device: str = "pi/box", index: int = 0) -> str | None:
        state = self.state(key, device, index)
        return state.state if state else None

    def attribute(self, key: str, name: str, device: str = "pi/box", index: int = 0) -> Any:
        return self.state(key, device, index).attributes.get(name)

    def names(self, key: str) -> list[str]:
        """What users read: the friendly names without the device's."""
        device = self.device()
        assert device is not None
        return [
            self.state(key, index=index).name.removeprefix(f"{device.name} ")
            for index in range(len(self.entity_ids(key)))
        ]

    @property
    def address(self) -> Address:
        """Which chamber is looked at where none is named."""
        return Address("pi", "box")

    def issues(self) -> set[str]:
        """The translation keys of the integration's repair issues."""
        registry = ir.async_get(self.hass)
        return {
            str(issue.translation_key)
            for issue in registry.issues.values()
            if issue.domain == DOMAIN
        }

    def hand(self) -> Hand:
        """The hand of somebody who acts without a user."""
        return Hand(self.coordinator.clerk)

    async def judged(self) -> None:
        """Wait until all that came is judged and told."""
        await self.hass.async_block_till_done()

    async def journal(self) -> list[Entry]:
        """What was entered of all chambers, in order, but for what they and the house did by themselves."""
        by_itself = {Act.DESCRIBED, Act.LOST, Act.RECOVERED}
        entries = await self.coordinator.clerk.run(
            lambda store: store.journal(None, float("-inf"), float("inf"))
        )
        return [entry for entry in entries if entry.deed.act not in by_itself]

    async def reload(self) -> None:
        """Unload and set up, as a restart does."""
        assert await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.hass.async_block_till_done()

    def entities(self, domain: str) -> Any:
        """The living entity objects of a platform."""
        return self.hass.data[DATA_INSTANCES][domain].entities


@dataclass
class Clock:
    """Home Assistant's time: the wall's and the monotonic one stand still until told to go on."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory

    @property
    def utc(self) -> float:
        return self.freezer().timestamp()

    async def advance(self, seconds: float) -> None:
        """Let time pass, and what was due happen."""
        self.freezer.tick(timedelta(seconds=seconds))
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done()


async def act(
    hass: HomeAssistant,
    action: str,
    target: dict[str, Any],
    *,
    user: User | None = None,
    silently: bool = False,
    **data: Any,
) -> list[dict[str, Any]]:
    """Call one of our actions as a user does; what is said of each chamber."""
    response = await hass.services.async_call(
        DOMAIN,
        action,
        data,
        blocking=True,
        context=Context(user_id=None if user is None else user.id),
        target=target,
        return_response=not silently,
    )
    return [] if response is None else list(cast("Any", response["chambers"]))
