"""A new version takes over all that an earlier one made, and its removal leaves nothing of either."""

import asyncio
import io
import json
import sqlite3
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from end_to_end import earlier
from end_to_end.gateways import simulated
from end_to_end.parts import have
from workshop import release
from workshop.demo.chambers import PLATFORM, Chamber, appear
from workshop.demo.client import Client
from workshop.demo.flows import add_integration
from workshop.demo.states import States
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS
from workshop.parts import brokers, home_assistant
from workshop.parts.brokers import Broker
from workshop.parts.processes import free_port

OPTIONS = {"heartbeat": 4.0, "most_chambers": 7}
SETPOINT = 12.5
PROFILE = "vaccine_2_8"
SAMPLES = 30
_FLOWS = "/api/config/config_entries/options/flow"
_SAMPLES = "SELECT stretch, seq, at, temperature FROM sample ORDER BY stretch, seq"
_JOURNAL = "SELECT id, at, content, previous, hash FROM journal ORDER BY id"


@dataclass
class House:
    """One configuration folder, and what lives in it."""

    config: Path
    port: int
    entry_id: str = ""

    @property
    def component(self) -> Path:
        """Where the integration is."""
        return self.config / "custom_components" / PLATFORM

    @property
    def record(self) -> Path:
        """Where the record is."""
        return self.config / PLATFORM / f"{self.entry_id}.db"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds in the record, which may be in use."""
        with closing(sqlite3.connect(f"file:{self.record}?mode=ro", uri=True)) as file:
            return file.execute(query).fetchall()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Client]:
        """Home Assistant, with its owner logged in; at the end it is stopped as users stop it."""
        version = HOME_ASSISTANT_VERSIONS[0]
        with have(lambda: home_assistant.HomeAssistant(version, self.config, self.port)) as server:
            await asyncio.to_thread(server.ready)
            async with Client(server.url) as client:
                await client.log_in("owner", "password")
                await client.until_running()
                yield client
            await asyncio.to_thread(server.stop)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A Home Assistant with the earlier version."""
    made = House(tmp_path / "config", free_port())
    home_assistant.prepare(made.config, made.port)
    made.component.unlink()
    earlier.install(made.component.parent)
    return made


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker on which nobody else speaks."""
    with have(lambda: brokers.start("mosquitto", tmp_path / "broker")) as made:
        yield made


async def _until(holds: Callable[[], object], what: str) -> None:
    """Wait for something outside of Home Assistant."""
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(holds):
            await asyncio.sleep(0.2)
    assert holds(), what


async def _entities(client: Client) -> dict[str, dict[str, Any]]:
    """The integration's entities by their ids in the registry, with what must never change."""
    listed = await client.call("config/entity_registry/list")
    return {
        one["id"]: {key: one.get(key) for key in ("unique_id", "entity_id", "device_id")}
        for one in listed
        if one["platform"] == PLATFORM
    }


async def _entry(client: Client) -> dict[str, Any]:
    (entry,) = await client.call("config_entries/get", domain=PLATFORM)
    return dict(entry)


async def _use(client: Client, house: House, broker: Broker) -> None:
    """Add a broker with options, wish and watch for something, and let the record fill."""
    house.entry_id = (await add_integration(client, PLATFORM, {"url": broker.url}))["entry_id"]
    form = await client.post(_FLOWS, {"handler": house.entry_id})
    done = await client.post(f"{_FLOWS}/{form['flow_id']}", OPTIONS)
    assert done["type"] == "create_entry"
    (chamber,) = await appear(client, 1)
    async with States(client, [chamber.climate, chamber.one("alarm_profile")]) as states:
        await states.until(lambda: states[chamber.climate].value == "heat_cool", "it speaks", 30)
        await client.call_service("climate.set_temperature", chamber.climate, temperature=SETPOINT)
        profile = chamber.one("alarm_profile")
        await client.call_service("select.select_option", profile, option=PROFILE)
        await states.until(lambda: states[profile].value == PROFILE, "it is watched", 30)
    await _until(lambda: len(house.rows(_SAMPLES)) > SAMPLES, "there is a record")


async def _is_as_it_was(client: Client, chamber: Chamber) -> None:
    """What was set is in force, and the chamber speaks."""
    profile, temperature = chamber.one("alarm_profile"), chamber.one("temperature")
    async with States(client, [chamber.climate, profile, temperature]) as states:
        await states.until(lambda: states[profile].value == PROFILE, "it is watched", 60)
        await states.until(lambda: states[temperature].number is not None, "it speaks", 60)
        await states.until(
            lambda: states[chamber.climate].attributes.get("temperature") == SETPOINT,
            "it obeys",
            60,
        )


def _stored(config: Path) -> str:
    """All entries, devices, entities and issues that Home Assistant keeps, as text.

    What was deleted it remembers for a while, so that it comes back under the names it had.
    """
    kept = {}
    for name, part in {
        "core.config_entries": "entries",
        "core.device_registry": "devices",
        "core.entity_registry": "entities",
        "repairs.issue_registry": "issues",
    }.items():
        path = config / ".storage" / name
        kept[name] = json.loads(path.read_text())["data"][part] if path.exists() else []
    return json.dumps(kept)


@pytest.mark.timeout(290, func_only=True)
async def test_what_an_earlier_version_made_is_taken_over(
    house: House, broker: Broker, tmp_path: Path
) -> None:
    with simulated(broker.url, tmp_path).start():
        async with house.running() as client:
            await _use(client, house, broker)
            entry, entities = await _entry(client), await _entities(client)
        samples, journal = house.rows(_SAMPLES), house.rows(_JOURNAL)
        assert journal
        rmtree(house.component)
        archive = release.zipped(release.integration_files("987.6.5"))
        zipfile.ZipFile(io.BytesIO(archive)).extractall(house.component)
        async with house.running() as client:
            (chamber,) = await appear(client, 1)
            await _is_as_it_was(client, chamber)
            now = await _entry(client)
            assert (now["state"], now["entry_id"]) == ("loaded", entry["entry_id"])
            assert (now["title"], now["source"]) == (entry["title"], entry["source"])
            found = await _entities(client)
            assert {key: found.get(key) for key in entities} == entities
            form = await client.post(_FLOWS, {"handler": house.entry_id})
            assert _suggested(form).items() >= OPTIONS.items()
            await _until(lambda: len(house.rows(_SAMPLES)) > len(samples), "the record goes on")
            assert set(house.rows(_SAMPLES)) >= set(samples)
            assert house.rows(_JOURNAL)[: len(journal)] == journal
            await client.delete(f"/api/config/config_entries/entry/{house.entry_id}")
            assert await _entities(client) == {}
            assert await client.call("config_entries/get", domain=PLATFORM) == []
    assert not house.record.parent.exists()
    assert not [path.name for path in house.config.glob(f".storage/*{PLATFORM}*")]
    assert PLATFORM not in _stored(house.config)


def _suggested(form: dict[str, Any]) -> dict[str, Any]:
    """What the form of the options has in its fields."""
    fields = form["data_schema"]
    return {
        one["name"]: (one.get("description") or {}).get("suggested_value", one.get("default"))
        for one in fields
    }
