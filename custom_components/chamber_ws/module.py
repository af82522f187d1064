"""The built card that browsers load: where it is, and the hash by which they tell one version from another."""

import hashlib
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

PATH: Final = Path(__file__).parent / "www" / "chamber-card.js"
HASH: HassKey[str] = HassKey("chamber_ws_module_hash")
"""The hash, once it is known: files of this folder change only while Home Assistant is down."""
DIGITS = 8


async def async_hash(hass: HomeAssistant) -> str:
    """The first digits of the module's SHA-256, read once; empty where there is no module."""
    if HASH not in hass.data:
        hass.data[HASH] = await hass.async_add_executor_job(_hash, PATH)
    return hass.data[HASH]


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS]
    except FileNotFoundError:
        return ""
