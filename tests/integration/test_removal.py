"""The record goes with its entry, and that is said."""

from pathlib import Path

import pytest
from homeassistant.core import HomeAssistant

from custom_components.chamber_ws.coordinator import record_path
from custom_components.chamber_ws.keeping.removal import async_remove_record
from custom_components.chamber_ws.record.store import Store


@pytest.fixture
def path(hass: HomeAssistant) -> Path:
    """The record of an entry that is gone."""
    found = record_path(hass, "e1")
    Store.open(found).close()
    return found


async def test_a_record_is_deleted_and_the_log_says_so(
    hass: HomeAssistant, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await async_remove_record(hass, "e1")
    assert not await hass.async_add_executor_job(path.parent.exists)
    assert "The record was removed with its entry: e1.db" in caplog.text
    await async_remove_record(hass, "e1")
    assert caplog.text.count("removed with its entry") == 1


async def test_what_cannot_be_deleted_is_named(
    hass: HomeAssistant, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await hass.async_add_executor_job(path.with_name("e1.db-wal").mkdir)
    await async_remove_record(hass, "e1")
    assert "do it by hand" in caplog.text
    assert "e1.db-wal" in caplog.text
