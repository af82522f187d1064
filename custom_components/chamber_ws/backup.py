"""Backups of Home Assistant hold the records whole: while they are copied their files stay as they are.

Nothing waits meanwhile: what comes is judged, and committed to the files' logs, for an hour at most. A record that
cannot be held costs nobody else the backup.
"""

import asyncio
import logging
import time

from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .record.clerk import BACKUP_SINCE, Clerk
from .record.errors import RecordError
from .runtime import ChamberConfigEntry

HOLD_WITHIN = 60.0
"""Seconds that a backup may have to wait for a record."""

_LOGGER = logging.getLogger(__name__)


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Let all records as they are."""
    hass.data[BACKUP_SINCE] = time.time()
    await asyncio.gather(*(_hold(clerk) for clerk in _clerks(hass)))


async def async_post_backup(hass: HomeAssistant) -> None:
    """Write to them again."""
    hass.data.pop(BACKUP_SINCE, None)
    await asyncio.gather(*(_release(clerk) for clerk in _clerks(hass)))


def _clerks(hass: HomeAssistant) -> list[Clerk]:
    entries: list[ChamberConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return [entry.runtime_data.coordinator.clerk for entry in entries]


async def _hold(clerk: Clerk) -> None:
    try:
        async with asyncio.timeout(HOLD_WITHIN):
            await clerk.hold()
    except (RecordError, TimeoutError) as error:
        _LOGGER.warning("The backup has %s as it was last written: %s", clerk.path.name, error)


async def _release(clerk: Clerk) -> None:
    try:
        held = await clerk.release()
    except RecordError as error:
        _LOGGER.warning("%s was closed during the backup: %s", clerk.path.name, error)
        return
    if not held:
        _LOGGER.warning("%s changed during the backup: make another one", clerk.path.name)
