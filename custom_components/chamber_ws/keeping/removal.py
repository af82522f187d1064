"""What becomes of a record when its entry is removed."""

import logging

from homeassistant.core import HomeAssistant

from ..coordinator import record_path
from ..record.file.removal import remove

_LOGGER = logging.getLogger(__name__)


async def async_remove_record(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the record of an entry that is removed, with what was set aside of it, and say so in the log.

    Home Assistant asks before it removes an entry, and says that its data goes. What stayed would be shown nowhere, no
    entry to come would find it, and it may be gigabytes. Who has to keep a record exports it first; Home Assistant's
    backups of before hold it whole.
    """
    gone, errors = await hass.async_add_executor_job(remove, record_path(hass, entry_id))
    if gone:
        _LOGGER.warning("The record was removed with its entry: %s", ", ".join(gone))
    for error in errors:
        _LOGGER.warning("A part of a removed record cannot be deleted, do it by hand: %s", error)
