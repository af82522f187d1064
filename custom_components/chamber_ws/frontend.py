"""What browsers get: a module with card and dashboard, and one with the panel, once for all entries.

A page that is open while the first entry is added hears of the panel, which brings the card's module with it; of
that module itself hear only pages that are loaded later.
"""

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
_CARD_URL: HassKey[str] = HassKey(f"{DOMAIN}_card_url")
"""The address of the card's module, once it is served."""
_PANEL_URL: HassKey[str] = HassKey(f"{DOMAIN}_panel_url")
"""The address of the panel's module, once it is served."""


async def async_serve(hass: HomeAssistant) -> None:
    """Serve the modules, for as long as Home Assistant runs, where they are and somebody is to load them."""
    version = await module.async_hash(hass)
    if not version or "frontend" not in hass.config.components:
        return
    paths = {_CARD_URL: module.CARD, _PANEL_URL: module.PANEL}
    urls = {key: f"/{DOMAIN}/{path.name}" for key, path in paths.items()}
    # Browsers may keep them for a month: what changes has another address.
    await hass.http.async_register_static_paths(
        [StaticPathConfig(urls[key], str(path), cache_headers=True) for key, path in paths.items()]
    )
    for key, url in urls.items():
        hass.data[key] = f"{url}?v={version}"


async def async_show(hass: HomeAssistant) -> None:
    """Tell browsers of modules and panel, with the first entry."""
    if (card := hass.data.get(_CARD_URL)) is None or frontend.async_panel_exists(hass, _PANEL):
        return
    frontend.add_extra_js_url(hass, card)
    # A module that is named by two addresses would be run twice: the panel is told the card's.
    await panel_custom.async_register_panel(
        hass,
        _PANEL,
        _ELEMENT,
        _TITLE,
        _ICON,
        module_url=hass.data[_PANEL_URL],
        config={"card": card},
    )


@callback
def async_hide(hass: HomeAssistant) -> None:
    """Take both away when the last entry is gone or disabled; one that is only loaded again keeps them."""
    if hass.config_entries.async_has_entries(DOMAIN, include_ignore=False, include_disabled=False):
        return
    if frontend.async_panel_exists(hass, _PANEL):
        frontend.async_remove_panel(hass, _PANEL)
        frontend.remove_extra_js_url(hass, hass.data[_CARD_URL])
