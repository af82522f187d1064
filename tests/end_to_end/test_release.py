"""What a release consists of, installed where nothing was before: it loads, it connects, and it says its version."""

import asyncio
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from end_to_end.parts import have
from workshop import release
from workshop.demo.client import Client
from workshop.demo.flows import add_integration
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS
from workshop.parts import brokers, home_assistant
from workshop.parts.processes import free_port

VERSION = "987.6.5-rc.1"


def installed(folder: Path) -> None:
    """Unpack the archive as HACS and the Marketplace do, into a folder where the integration never was."""
    home_assistant.prepare(folder, free_port())
    place = folder / "custom_components" / "chamber_ws"
    place.unlink()
    archive = release.zipped(release.integration_files(VERSION))
    zipfile.ZipFile(io.BytesIO(archive)).extractall(place)


async def used(url: str, broker: str) -> tuple[str, str]:
    """Add a broker as a user does: the state of the entry and the version of the integration."""
    async with Client(url) as client:
        await client.log_in("demo", "demo")
        await client.until_running()
        await add_integration(client, "chamber_ws", {"url": broker, "prefix": "chamber"})
        (entry,) = await client.call("config_entries/get", domain="chamber_ws")
        manifest = await client.call("manifest/get", integration="chamber_ws")
    return entry["state"], manifest["version"]


@pytest.mark.timeout(240, func_only=True)
def test_the_archive_installed_into_an_empty_home_assistant_works(tmp_path: Path) -> None:
    config = tmp_path / "config"
    installed(config)
    assert not any(path.is_symlink() for path in config.rglob("*"))
    with have(lambda: brokers.start("mosquitto", tmp_path / "broker")) as broker:
        port = json.loads((config / ".storage" / "http").read_text())["data"]["server_port"]
        server = home_assistant.HomeAssistant(HOME_ASSISTANT_VERSIONS[0], config, port)
        with have(server.ready):
            assert asyncio.run(used(server.url, broker.url)) == ("loaded", VERSION)
        log = (config / "home-assistant.log").read_text()
    assert "chamber_ws" not in log.replace("custom integration chamber_ws", "")
    shutil.rmtree(config)
