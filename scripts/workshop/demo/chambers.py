"""Find chambers in Home Assistant's registries, and make the dashboard for them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..progress import WorkshopError
from .client import Client, Json

PLATFORM = "chamber_ws"
_DASHBOARD = {"strategy": {"type": "custom:chamber-dashboard"}}
_APPEAR_TIMEOUT = 60.0


@dataclass(frozen=True)
class Chamber:
    """One chamber as Home Assistant shows it."""

    device_id: str
    name: str
    entities: Mapping[str, tuple[str, ...]]
    """Entity ids by translation key; several where a chamber has several of a kind."""

    def one(self, key: str) -> str:
        """Return the entity with this key.

        Raises:
            WorkshopError: the chamber has none.
        """
        if not self.entities.get(key):
            raise WorkshopError(f"{self.name} has no entity {key!r}; it has {list(self.entities)}")
        return self.entities[key][0]

    @property
    def climate(self) -> str:
        """The thermostat."""
        return self.one("chamber")


def chambers(entities: Sequence[Json], devices: Iterable[Json]) -> list[Chamber]:
    """Return the devices that have a thermostat of this integration, in the order of their names."""
    keys: dict[str, dict[str, list[str]]] = {}
    for entity in entities:
        if entity["platform"] == PLATFORM and not entity["disabled_by"] and entity["device_id"]:
            own = keys.setdefault(entity["device_id"], {})
            own.setdefault(entity["translation_key"], []).append(entity["entity_id"])
    names = {device["id"]: device["name_by_user"] or device["name"] for device in devices}
    found = [
        Chamber(device, names[device], {key: tuple(sorted(ids)) for key, ids in own.items()})
        for device, own in keys.items()
        if "chamber" in own
    ]
    return sorted(found, key=lambda chamber: chamber.name)


async def appear(client: Client, count: int) -> list[Chamber]:
    """Wait until so many chambers are there.

    Raises:
        WorkshopError: they are not there in time.
    """
    found: list[Chamber] = []
    try:
        async with asyncio.timeout(_APPEAR_TIMEOUT):
            while len(found) < count:
                await asyncio.sleep(0.2)
                entities = await client.call("config/entity_registry/list")
                found = chambers(entities, await client.call("config/device_registry/list"))
    except TimeoutError:
        seen = ", ".join(chamber.name for chamber in found) or "none"
        raise WorkshopError(
            f"{count} chambers were expected within {_APPEAR_TIMEOUT:.0f} s; seen: {seen}"
        ) from None
    return found


async def lay_out(client: Client, url_path: str) -> None:
    """Make the integration's dashboard, once, and make it where everybody lands; what a user changed stays."""
    existing: list[dict[str, Any]] = await client.call("lovelace/dashboards/list")
    if any(each["url_path"] == url_path for each in existing):
        return
    entry = {"url_path": url_path, "title": "Demo", "icon": "mdi:view-dashboard-outline"}
    await client.call("lovelace/dashboards/create", mode="storage", **entry)
    await client.call("lovelace/config/save", url_path=url_path, config=_DASHBOARD)
    landing = {"default_panel": url_path}
    await client.call("frontend/set_system_data", key="core", value=landing)
