"""A notification entity that writes into a file, so that blueprints find somebody to tell."""

import asyncio
from pathlib import Path

from ..progress import WorkshopError
from .client import Client
from .flows import add_integration

NAME = "Demo notes"
_INTEGRATION = "file"
_ENTITY = "notify.demo_notes"


def file_in(folder: Path) -> Path:
    """Return where the notes are below Home Assistant's folder: in the one where it always lets itself write."""
    return folder.resolve() / "www" / "notes.txt"


async def add(client: Client, file: Path) -> None:
    """Add the entity, where not done."""
    if await client.call("config_entries/get", domain=_INTEGRATION):
        return
    file.parent.mkdir(exist_ok=True)
    settings = {"file_path": str(file), "timestamp": True}
    entry = await add_integration(client, _INTEGRATION, {"next_step_id": "notify"}, settings)
    known = await client.call("config/entity_registry/list")
    (made,) = (one["entity_id"] for one in known if one["config_entry_id"] == entry["entry_id"])
    names = {"name": NAME, "new_entity_id": _ENTITY}
    await client.call("config/entity_registry/update", entity_id=made, **names)


async def prove(client: Client, file: Path) -> str:
    """Tell the entity something, and find it in the file.

    Raises:
        WorkshopError: it is not there.
    """
    said = "Vaccine carrier: a test"
    await client.call_service("notify.send_message", _ENTITY, message=said)
    if said not in await asyncio.to_thread(file.read_text):
        raise WorkshopError(f"{NAME} did not write to {file}")
    return f"{NAME}: written to {file.name}"
