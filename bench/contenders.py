"""Who is measured: how each is put into a Home Assistant, and which of its entities are which chamber's."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from workshop.demo.client import Client
from workshop.demo.flows import add_integration
from workshop.parts.processes import LOOPBACK
from workshop.progress import WorkshopError

from . import load
from .names import BARE, MQTT, OURS

PLATFORM = {OURS: "chamber_ws", MQTT: "mqtt"}
_FLOOR = Path(__file__).with_name("floor")


@dataclass(frozen=True)
class Entities:
    """The entities that are enabled."""

    temperatures: dict[str, int]
    """The control temperatures, with their chamber."""
    climates: dict[int, str]
    """The thermostats, by chamber."""
    all: frozenset[str]


def configuration(contender: str, chambers: int) -> str:
    """Return what a contender needs in configuration.yaml."""
    return f"bench_floor:\n  chambers: {chambers}\n" if contender == BARE else ""


def install(contender: str, folder: Path) -> None:
    """Put what only the bench has into Home Assistant's folder."""
    if contender == BARE:
        link = folder / "custom_components" / "bench_floor"
        link.unlink(missing_ok=True)
        link.symlink_to(_FLOOR, target_is_directory=True)


async def add(client: Client, contender: str, port: int, certificate: str) -> str | None:
    """Add a contender as its user would, by its config flow; return its entry's id, if it has one.

    Args:
        client: logged in.
        contender: one of `names.NAMES`.
        port: of loopback, where the listener or a proxy before it is.
        certificate: PEM, where that speaks TLS.
    """
    if contender == OURS:
        url = f"{'wss' if certificate else 'ws'}://{LOOPBACK}:{port}/mqtt"
        advanced = {"ca_certificate": certificate} if certificate else {}
        answers = {"url": url, "prefix": load.PREFIX, "advanced": advanced}
        entry = await add_integration(client, "chamber_ws", answers)
        return str(entry["entry_id"])
    if contender == MQTT:
        other: dict[str, Any] = {
            "set_client_cert": False,
            "set_ca_cert": "custom" if certificate else "off",
            "transport": "websockets",
            "ws_path": "/mqtt",
        }
        if certificate:
            other["certificate"] = await _upload(client, certificate)
        settings = {
            "broker": LOOPBACK,
            "port": port,
            "protocol": "5",
            "other_settings": other,
        }
        entry = await add_integration(client, "mqtt", settings)
        return str(entry["entry_id"])
    return None


async def _upload(client: Client, content: str) -> str:
    form = aiohttp.FormData()
    form.add_field(
        "file", content.encode(), filename="ca.pem", content_type="application/x-pem-file"
    )
    headers = {"Authorization": f"Bearer {client.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{client.url}/api/file_upload", data=form) as response,
    ):
        if response.status != 200:
            raise WorkshopError(f"Home Assistant takes no file: {await response.text()}")
        return str((await response.json())["file_id"])


async def entities(client: Client, contender: str) -> Entities:
    """Return the entities a contender has now."""
    found: dict[str, dict[int, str]] = {}
    ids = set()
    rows = _of_floor if contender == BARE else _registered
    for entity_id, chamber, key in await rows(client, contender):
        ids.add(entity_id)
        found.setdefault(key, {})[chamber] = entity_id
    temperatures = {entity_id: box for box, entity_id in found.get("temperature", {}).items()}
    return Entities(temperatures, found.get("chamber", {}), frozenset(ids))


async def _registered(client: Client, contender: str) -> list[tuple[str, int, str]]:
    """The enabled ones of the registry: both contenders' unique ids are paths of entry, gateway, chamber, key."""
    rows = []
    for row in await client.call("config/entity_registry/list"):
        words = row["unique_id"].split("/")
        ours = row["platform"] == PLATFORM[contender] and not row["disabled_by"]
        if ours and len(words) >= 4:
            rows.append((row["entity_id"], load.number(words[2]), words[3]))
    return rows


async def _of_floor(client: Client, _contender: str) -> list[tuple[str, int, str]]:
    """The floor's, which has no registry: `sensor.floor_0001_temperature`."""
    names = (row["entity_id"] for row in await client.call("get_states"))
    return [
        (name, int(words[1]), words[2])
        for name in names
        if (words := name.partition(".")[2].split("_"))[0] == "floor"
    ]
