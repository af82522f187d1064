"""A backup of Home Assistant has the record whole, and nothing stands still for it."""

import asyncio
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest
from homeassistant.components.backup import DOMAIN as BACKUP
from homeassistant.components.backup.const import DATA_MANAGER
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws import backup
from custom_components.chamber_ws.record.clerk import BACKUP_SINCE, Clerk
from custom_components.chamber_ws.record.errors import RecordFull
from custom_components.chamber_ws.record.store import Store
from integration.house import STATE, FakeLink, House


async def sampled(link: FakeLink, house: House, first: int, last: int) -> None:
    """Numbered samples come, and are judged."""
    for seq in range(first, last + 1):
        dated = {"time": 1_764_000_000.0 + seq, "clock": "ntp"}
        link.deliver(STATE, {"temperature": 5.0, "seq": seq, "epoch": "e", **dated})
    await house.judged()


def numbers(path: Path, folder: Path) -> list[int]:
    """What a copy of the files has, as they are now."""
    shutil.copytree(path.parent, folder)
    store = Store.open(folder / path.name)
    assert store.set_aside is None
    seqs = [row.seq for row in store.rows(1, None, 10_000)]
    store.close()
    return seqs


async def test_home_assistant_finds_the_platform_and_a_copy_taken_meanwhile_is_whole(
    hass: HomeAssistant, link: FakeLink, house: House, tmp_path: Path
) -> None:
    """As Home Assistant's own manager asks for it, before and after."""
    assert await async_setup_component(hass, BACKUP, {})
    await hass.async_block_till_done()
    manager = hass.data[DATA_MANAGER]
    assert "chamber_ws" in manager.platforms
    path = house.coordinator.clerk.path
    await sampled(link, house, 1, 50)
    await manager.async_pre_backup_actions()
    before = await hass.async_add_executor_job(path.read_bytes)
    await sampled(link, house, 51, 80)
    await house.coordinator.clerk.run(Store.size)
    assert await hass.async_add_executor_job(path.read_bytes) == before
    copied = await hass.async_add_executor_job(numbers, path, tmp_path / "copy")
    assert copied == list(range(1, 81))
    await manager.async_post_backup_actions()
    assert BACKUP_SINCE not in hass.data
    assert await house.coordinator.clerk.run(Store.logged) == 0


async def test_an_entry_that_is_loaded_anew_meanwhile_holds_its_file_too(
    hass: HomeAssistant, link: FakeLink, house: House, links: list[FakeLink]
) -> None:
    await sampled(link, house, 1, 5)
    await backup.async_pre_backup(hass)
    path = house.coordinator.clerk.path
    before = await hass.async_add_executor_job(path.read_bytes)
    await house.reload()
    links[-1].up()
    await sampled(links[-1], house, 6, 9)
    await house.coordinator.clerk.run(Store.size)
    assert await hass.async_add_executor_job(path.read_bytes) == before
    await backup.async_post_backup(hass)
    assert await house.coordinator.clerk.run(Store.logged) == 0


@pytest.mark.parametrize("trouble", [RecordFull("no room"), TimeoutError])
async def test_a_record_that_cannot_be_held_costs_nobody_the_backup(
    hass: HomeAssistant,
    link: FakeLink,
    caplog: pytest.LogCaptureFixture,
    trouble: Exception | type[Exception],
) -> None:
    with patch.object(Clerk, "hold", side_effect=trouble):
        await backup.async_pre_backup(hass)
    assert "as it was last written" in caplog.text
    await backup.async_post_backup(hass)
    assert "make another one" in caplog.text


async def test_a_record_that_is_busy_does_not_hold_up_the_backup(
    hass: HomeAssistant, link: FakeLink, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    clerk = house.coordinator.clerk
    async with clerk._turn:
        with patch.object(backup, "HOLD_WITHIN", 0.01):
            async with asyncio.timeout(5):
                await backup.async_pre_backup(hass)
    assert "as it was last written" in caplog.text


async def test_without_a_loaded_entry_there_is_nothing_to_do(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await backup.async_pre_backup(hass)
    await backup.async_post_backup(hass)
