"""Issues of the record come with their cause, and go with it; what was set aside is told until somebody knows."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws import repairs
from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.coordinator import record_path
from custom_components.chamber_ws.notices.record import PROBLEMS
from custom_components.chamber_ws.record import duty
from custom_components.chamber_ws.record.errors import (
    Reason,
    RecordError,
    RecordFull,
    RecordTooNew,
    RecordUnusable,
)
from custom_components.chamber_ws.record.store import Store
from integration.house import STATE, FakeLink, House
from record.test_full import failing

TEXTS = Path(repairs.__file__).parent / "translations" / "en.json"
CAUSES: dict[str, RecordError] = {
    "record_full": RecordFull("no room"),
    "record_too_new": RecordTooNew(2, 1),
    **{f"record_{reason}": RecordUnusable(reason, "so it is") for reason in Reason},
}


@contextmanager
def at_the_disk(error: RecordError) -> Iterator[None]:
    """Everything fails that goes to a file."""
    commit = Store.commit

    def fail(store: Store) -> None:
        if store.path == duty.IN_MEMORY:
            commit(store)
            return
        store.rollback()
        raise error

    with patch.object(Store, "commit", fail):
        yield


async def sampled(link: FakeLink, house: House) -> None:
    link.deliver(STATE, {"temperature": 5.0})
    await house.judged()


async def done(house: House) -> None:
    """Something that is written at once."""
    await house.hand().shelve(house.address, 600.0)
    await house.judged()


def asked_for(key: str) -> set[str]:
    """The placeholders in the texts of an issue."""
    texts = json.loads(TEXTS.read_text())["issues"][key]
    return set(re.findall(r"{(\w+)}", json.dumps(texts)))


def issue(hass: HomeAssistant, entry: MockConfigEntry, key: str, what: str = "") -> ir.IssueEntry:
    parts = (key, entry.entry_id, what)
    found = ir.async_get(hass).async_get_issue(DOMAIN, "_".join(part for part in parts if part))
    assert found is not None
    return found


def test_every_problem_has_its_issue() -> None:
    assert set(PROBLEMS) == CAUSES.keys()


@pytest.mark.parametrize("key", sorted(CAUSES))
async def test_why_the_file_cannot_be_written_is_told_until_it_can(
    hass: HomeAssistant, link: FakeLink, house: House, entry: MockConfigEntry, key: str
) -> None:
    await sampled(link, house)
    with at_the_disk(CAUSES[key]):
        await done(house)
        assert house.issues() == {key}
        found = issue(hass, entry, key)
        assert found.severity is ir.IssueSeverity.ERROR
        given = {
            "link": "broker",
            "file": f"{entry.entry_id}.db",
            "detail": str(CAUSES[key]),
        }
        assert found.translation_placeholders == given
        assert asked_for(key) <= given.keys()
    with patch.object(duty, "RETRY_AFTER", 0.0):
        await done(house)
    assert house.issues() - {"record_set_aside"} == set()


async def test_another_cause_replaces_the_one_before(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    await sampled(link, house)
    with at_the_disk(CAUSES["record_full"]):
        await done(house)
    with patch.object(duty, "RETRY_AFTER", 0.0), at_the_disk(CAUSES["record_read_only"]):
        await done(house)
    assert house.issues() == {"record_read_only"}


async def test_a_disk_that_really_fails_is_told(
    hass: HomeAssistant, link: FakeLink, house: House
) -> None:
    await sampled(link, house)
    with failing():
        await done(house)
    assert house.issues() == {"record_disk_error"}
    with patch.object(duty, "RETRY_AFTER", 0.0):
        await done(house)
    assert house.issues() == set()


@pytest.fixture
def path(hass: HomeAssistant, entry: MockConfigEntry) -> Path:
    """Where the entry's record will be."""
    found = record_path(hass, entry.entry_id)
    found.parent.mkdir()
    return found


@pytest.fixture
def newer(path: Path) -> None:
    """A record that the next version wrote."""
    store = Store.open(path)
    store._database.write("PRAGMA user_version = 99")
    store.commit()
    store.close()


@pytest.fixture
def garbage(path: Path) -> None:
    """A record that is none any more."""
    path.write_bytes(b"\x17garbage" * 5000)


async def test_a_newer_file_is_told_from_the_start(
    hass: HomeAssistant, newer: None, link: FakeLink, house: House
) -> None:
    assert house.issues() == {"record_too_new"}


async def acknowledge(hass: HomeAssistant, entry: MockConfigEntry, what: str) -> Any:
    assert await async_setup_component(hass, REPAIRS, {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    issue_id = issue(hass, entry, "record_set_aside", what).issue_id
    flow = await manager.async_init(DOMAIN, context={"issue_id": issue_id})
    assert flow["description_placeholders"] == {"link": "broker", "file": what}
    assert asked_for("record_set_aside") == {"link", "file"}
    ended = await manager.async_configure(flow["flow_id"], {})
    await hass.async_block_till_done()
    return ended


async def test_a_file_that_was_set_aside_is_told_until_somebody_knows(
    hass: HomeAssistant,
    garbage: None,
    link: FakeLink,
    house: House,
    entry: MockConfigEntry,
    links: list[FakeLink],
) -> None:
    """Also over restarts, while a new file is in use."""
    name = f"{entry.entry_id}.db.corrupt-1"
    assert house.issues() == {"record_set_aside"}
    await house.reload()
    assert house.issues() == {"record_set_aside"}
    ended = await acknowledge(hass, entry, name)
    assert ended["type"] is FlowResultType.CREATE_ENTRY
    assert house.issues() == set()
    house.coordinator.clerk.on_problem()
    await house.reload()
    assert house.issues() == set()
    aside = house.coordinator.clerk.path.with_name(name)
    assert await hass.async_add_executor_job(aside.exists)


async def test_what_was_acknowledged_does_not_come_back_while_it_is_known(
    hass: HomeAssistant, garbage: None, link: FakeLink, house: House, entry: MockConfigEntry
) -> None:
    await acknowledge(hass, entry, f"{entry.entry_id}.db.corrupt-1")
    house.coordinator.clerk.on_problem()
    assert house.issues() == set()
