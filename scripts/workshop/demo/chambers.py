"""Find chambers in Home Assistant's registries, and lay out a dashboard for them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..progress import WorkshopError
from .client import Client, Json

PLATFORM = "chamber_ws"
_TILES = ("heater", "cooler", "fan", "probe", "door", "fault")
_APPEAR_TIMEOUT = 60.0


@dataclass(frozen=True)
class Chamber:
    """One chamber as Home Assistant shows it."""

    device_id: str
    name: str
    entities: Mapping[str, tuple[str, ...]]
    """Entity ids by translation key; several where a chamber has several of a kind."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The entities' own names, by entity id."""

    def one(self, key: str) -> str:
        """Return the entity with this key.

        Raises:
            WorkshopError: the chamber has none.
        """
        if not self.entities.get(key):
            raise WorkshopError(f"{self.name} has no entity {key!r}; it has {list(self.entities)}")
        return self.entities[key][0]

    def label(self, entity_id: str) -> str:
        """Return an entity's own name: tiles below the chamber's heading have little room."""
        return self.labels.get(entity_id) or entity_id

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
    labels = {each["entity_id"]: each["name"] or each["original_name"] for each in entities}
    names = {device["id"]: device["name_by_user"] or device["name"] for device in devices}
    found = [
        Chamber(
            device, names[device], {key: tuple(sorted(ids)) for key, ids in own.items()}, labels
        )
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


def dashboard(found: Sequence[Chamber]) -> Json:
    """Return a dashboard with one section for each chamber."""
    sections = [_section(chamber) for chamber in found]
    view = {"title": "Chambers", "path": "chambers", "type": "sections", "sections": sections}
    return {"title": "Chambers", "views": [{**view, "max_columns": max(len(found), 1)}]}


def _section(chamber: Chamber) -> Json:
    thermostat = {"type": "thermostat", "entity": chamber.climate}
    features = [{"type": "climate-hvac-modes", "style": "icons"}]
    shown = [key for key in ("temperature", "setpoint") if key in chamber.entities]
    history = {
        "type": "history-graph",
        "hours_to_show": 0.5,
        "entities": [{"entity": chamber.one(key)} for key in shown],
    }
    parts = [part for kind in _TILES for part in chamber.entities.get(kind, ())]
    names = {part: chamber.label(part) for part in parts}
    cards: list[Json] = [
        {"type": "heading", "heading": chamber.name, "icon": "mdi:thermometer"},
        {**thermostat, "features": features, "show_current_as_primary": True},
        *({"type": "tile", "entity": part, "name": names[part]} for part in parts),
        {**history, "grid_options": {"columns": "full"}},
    ]
    return {"type": "grid", "cards": cards}


async def lay_out(client: Client, found: Sequence[Chamber], url_path: str) -> None:
    """Make the dashboard, once, and make it where everybody lands; what a user changed stays."""
    existing: list[dict[str, Any]] = await client.call("lovelace/dashboards/list")
    if any(each["url_path"] == url_path for each in existing):
        return
    entry = {"url_path": url_path, "title": "Chambers", "icon": "mdi:thermometer-lines"}
    await client.call("lovelace/dashboards/create", mode="storage", **entry)
    await client.call("lovelace/config/save", url_path=url_path, config=dashboard(found))
    landing = {"default_panel": url_path}
    await client.call("frontend/set_system_data", key="core", value=landing)
