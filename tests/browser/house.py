"""Everything that runs behind the pages: broker, agent and Home Assistant, set up with a page already open."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from browser.puppet import Puppet
from end_to_end.parts import again
from workshop.demo.chambers import PLATFORM, Chamber, appear, chambers
from workshop.demo.client import Client, Json
from workshop.demo.flows import add_integration
from workshop.demo.stage import CHAMBERS, Play, Stage

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
        async with asyncio.timeout(15):
            while True:
                entities = await self.client.call("config/entity_registry/list")
                devices = await self.client.call("config/device_registry/list")
                for one in chambers(entities, devices):
                    if one.name == name:
                        return one
                await asyncio.sleep(0.1)

    async def dashboard(self, cards: Sequence[Json], path: str = DASHBOARD) -> str:
        """Lay out a dashboard with these cards, and return its path."""
        existing = await self.client.call("lovelace/dashboards/list")
        if not any(one["url_path"] == path for one in existing):
            await self.client.call(
                "lovelace/dashboards/create",
                mode="storage",
                url_path=path,
                title=path,
                show_in_sidebar=False,
            )
        section = {"type": "grid", "cards": list(cards)}
        view = {"title": "Chambers", "path": "all", "type": "sections", "sections": [section]}
        await self.client.call("lovelace/config/save", url_path=path, config={"views": [view]})
        return f"/{path}/all"

    def puppet(self, chamber: str, **meta: object) -> Puppet:
        """A chamber that does what it is told by the test."""
        return Puppet(self.stage.broker.plain_port, chamber, **meta)

    def cut(self) -> None:
        """End the broker."""
        self.stage.broker.kill()

    def mend(self) -> None:
        """Start the broker where it was."""
        self.stage.broker = self.stage.keep(again(self.stage.broker))

    async def restart(self) -> None:
        """Have Home Assistant start again, and log in anew."""
        await self.client.call("call_service", domain="homeassistant", service="restart")
        async with asyncio.timeout(60):
            while self.stage.server.exit_code() is None:
                await asyncio.sleep(0.05)
        await self.client.__aexit__(None, None, None)
        self.stage.check()  # not in another thread, with which it would end
        await self.own()
