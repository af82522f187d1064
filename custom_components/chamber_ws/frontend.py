"""What browsers get: the modules of card, dashboard and panel, once for all entries.

A page that is open while the first entry is added hears of the panel, which brings the card's module with it; of
that module itself hear only pages that are loaded later.
"""

from pathlib import Path

from homeassistant.components import frontend, panel_custom
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from . import module
from .const import DOMAIN

_PANEL = "chamber-ws"
_ELEMENT = "chamber-panel"
_TITLE = "Chambers"
_ICON = "mdi:thermometer-lines"
_VERSION: HassKey[str] = HassKey(f"{DOMAIN}_served")
"""The hash of the modules, once they are served."""


async def async_serve(hass: HomeAssistant) -> None:
    """Serve the modules, for as long as Home Assistant runs, where they are and somebody is to load them."""
    version = await module.async_hash(hass)
    if not version or "frontend" not in hass.config.components:
        return
    # Browsers may keep them for a month: what changes has another address.
    await hass.http.async_register_static_paths(
        [
            StaticPathConfig(_path(file), str(file), cache_headers=True)
            for file in (module.CARD, module.DASHBOARD, module.PANEL)
        ]
    )
    hass.data[_VERSION] = version


def _path(file: Path) -> str:
    return f"/{DOMAIN}/{file.name}"


def _url(hass: HomeAssistant, file: Path) -> str:
    return f"{_path(file)}?v={hass.data[_VERSION]}"


async def async_show(hass: HomeAssistant) -> None:
    """Tell browsers of modules and panel, with the first entry."""
    if _VERSION not in hass.data or frontend.async_panel_exists(hass, _PANEL):
        return
    card = _url(hass, module.CARD)
    frontend.add_extra_js_url(hass, card)
    # A module that is named by two addresses would be run twice: the panel is told the card's.
    config = {"card": card}
    panel = _url(hass, module.PANEL)
    await panel_custom.async_register_panel(
        hass, _PANEL, _ELEMENT, _TITLE, _ICON, module_url=panel, config=config
    )


@callback
def async_hide(hass: HomeAssistant) -> None:
    """Take both away when the last entry is gone or disabled; one that is only loaded again keeps them."""
    if hass.config_entries.async_has_entries(DOMAIN, include_ignore=False, include_disabled=False):
        return
    if frontend.async_panel_exists(hass, _PANEL):
        frontend.async_remove_panel(hass, _PANEL)
        frontend.remove_extra_js_url(hass, _url(hass, module.CARD))
