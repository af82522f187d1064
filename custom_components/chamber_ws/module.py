"""The built modules that browsers load: where they are, and the hash by which they tell one version from another."""

import hashlib
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

CARD: Final = Path(__file__).parent / "www" / "chamber-card.js"
"""What every page loads."""
DASHBOARD: Final = CARD.with_name("chamber-dashboard.js")
"""What makes the dashboard; the card's module loads it from beside itself."""
PANEL: Final = CARD.with_name("chamber-panel.js")
"""The page in the sidebar, which is loaded when it is opened."""
HASH: HassKey[str] = HassKey("chamber_ws_module_hash")
"""The hash, once it is known: files of this folder change only while Home Assistant is down."""
DIGITS = 8


async def async_hash(hass: HomeAssistant) -> str:
    """The first digits of the SHA-256 of all modules, read once; empty where one is missing.

    They have it in common, so that an open page notices by any that all are to be loaded anew.
    """
    if HASH not in hass.data:
        hass.data[HASH] = await hass.async_add_executor_job(_hash, CARD, DASHBOARD, PANEL)
    return hass.data[HASH]


def _hash(*paths: Path) -> str:
    try:
        content = b"".join(path.read_bytes() for path in paths)
    except FileNotFoundError:
        return ""
    return hashlib.sha256(content).hexdigest()[:DIGITS]
