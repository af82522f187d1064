"""Everything that runs behind the pages: broker, agent and Home Assistant, set up with a page already open."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from browser.puppet import Puppet
from end_to_end.parts import again
from workshop.demo.chambers import PLATFORM, Chamber, appear, chambers
from workshop.demo.client import Client, HomeAssistantError, Json
from workshop.demo.flows import add_integration
from workshop.demo.stage import CHAMBERS, Play, Stage
from workshop.progress import WorkshopError

OWNER = "owner"
VISITOR = "visitor"
PASSWORD = "password"
DASHBOARD = "test-chambers"
RATE = 10.0
"""Samples a second."""
_AGENT = ("--interval", str(1 / RATE), "--speed", "20")


class House:
    """A stage, and who owns it."""

    def __init__(self, folder: Path, version: str) -> None:
        self.version = version
        self.stage = Stage(Play(folder, version, "mosquitto", 0, _AGENT, well_known=False))
        self.client: Client
        self.chambers: list[Chamber] = []

    @property
    def url(self) -> str:
        """Where browsers go."""
        return self.stage.server.url

    async def log_in(self, user: str = OWNER) -> Client:
        """Return a connection of a user's."""
        client = Client(self.url)
        await client.log_in(user, PASSWORD)
        return client

    async def own(self) -> None:
        """Log in as the owner, who is made by that."""
        self.client = await self.log_in()
        await self.client.until_running()
        await self.client.call("config/core/update", country="GB")

    async def furnish(self) -> None:
        """Add the integration, as a user does."""
        await add_integration(self.client, PLATFORM, {"url": self.stage.broker.url})
        self.chambers = await appear(self.client, CHAMBERS)

    async def admit(self, user: str) -> Client:
        """Make a user without any rights but those of every user; log in as that."""
        made = await self.client.call(
            "config/auth/create", name=user, group_ids=["system-users"], local_only=True
        )
        await self.client.call(
            "config/auth_provider/homeassistant/create",
            user_id=made["user"]["id"],
            username=user,
            password=PASSWORD,
        )
        return await self.log_in(user)

    async def chamber(self, name: str) -> Chamber:
        """A chamber by its name, as soon as it is there."""
        return await self._appears(lambda one: one.name == name)

    async def newcomer(self) -> Chamber:
        """A chamber that was not there in the beginning, as soon as it is there."""
        known = {one.device_id for one in self.chambers}
        return await self._appears(lambda one: one.device_id not in known)

    async def _appears(self, wanted: Callable[[Chamber], bool]) -> Chamber:
        async with asyncio.timeout(15):
            while True:
                entities = await self.client.call("config/entity_registry/list")
                devices = await self.client.call("config/device_registry/list")
                for one in filter(wanted, chambers(entities, devices)):
                    return one
                await asyncio.sleep(0.1)

    async def delete(self, chamber: Chamber) -> None:
        """Delete a chamber, as soon as it gives no sign of life."""
        devices = await self.client.call("config/device_registry/list")
        (device,) = (one for one in devices if one["id"] == chamber.device_id)
        wanted = {"device_id": device["id"], "config_entry_id": device["config_entries"][0]}
        async with asyncio.timeout(15):
            while True:
                with suppress(HomeAssistantError):
                    await self.client.call("config/device_registry/remove_config_entry", **wanted)
                    return
                await asyncio.sleep(0.1)

    async def dashboard(self, cards: Sequence[Json]) -> str:
        """Lay out a dashboard with these cards; return the path of its view."""
        section = {"type": "grid", "cards": list(cards)}
        view = {"title": "Chambers", "path": "all", "type": "sections", "sections": [section]}
        return f"{await self._dashboard(DASHBOARD, {'views': [view]})}/all"

    async def own_dashboard(self, path: str) -> str:
        """Make the dashboard that makes itself."""
        return await self._dashboard(path, {"strategy": {"type": "custom:chamber-dashboard"}})

    async def _dashboard(self, path: str, config: Json) -> str:
        existing = await self.client.call("lovelace/dashboards/list")
        if not any(one["url_path"] == path for one in existing):
            entry = {"mode": "storage", "url_path": path, "title": path}
            await self.client.call("lovelace/dashboards/create", **entry)
        await self.client.call("lovelace/config/save", url_path=path, config=config)
        return f"/{path}"

    @asynccontextmanager
    async def puppet(self, **meta: Any) -> AsyncIterator[tuple[Puppet, Chamber]]:
        """A chamber that does what it is told by the test; in the end it is deleted."""
        with Puppet(self.stage.broker.plain_port, f"box-{secrets.token_hex(3)}", **meta) as puppet:
            chamber = await self.newcomer()
            try:
                yield puppet, chamber
            finally:
                puppet.leave()
                await self.delete(chamber)

    def cut(self) -> None:
        """End the broker."""
        self.stage.broker.kill()

    def mend(self) -> None:
        """Start the broker where it was."""
        self.stage.broker = self.stage.keep(again(self.stage.broker))

    async def restart(self) -> None:
        """Have Home Assistant start again, and log in anew."""
        with suppress(WorkshopError):  # it may close before it answers
            await self.client.call("call_service", domain="homeassistant", service="restart")
        async with asyncio.timeout(60):
            while self.stage.server.exit_code() is None:
                await asyncio.sleep(0.05)
        await self.client.__aexit__(None, None, None)
        self.stage.check()  # not in another thread, with which it would end
        await self.own()
