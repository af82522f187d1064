"""What browsers get: one module with card, dashboard and panel, once for all entries.

A page that is open while the first entry is added hears of the panel, and loads the module with it; of the module
itself hear only pages that are loaded later.
"""

from homeassistant.components import frontend, panel_custom
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from . import module
from .const import DOMAIN

_URL = f"/{DOMAIN}/{module.PATH.name}"
_PANEL = "chamber-ws"
_ELEMENT = "chamber-panel"
_TITLE = "Chambers"
_ICON = "mdi:thermometer-lines"
_SERVED: HassKey[str] = HassKey(f"{DOMAIN}_module")
"""The address of the module, once it is served."""


async def async_serve(hass: HomeAssistant) -> None:
    """Serve the module, for as long as Home Assistant runs, where there is one and somebody to load it."""
    version = await module.async_hash(hass)
    if not version or "frontend" not in hass.config.components:
        return
    # Browsers may keep it for a month: what changes has another address.
    path = StaticPathConfig(_URL, str(module.PATH), cache_headers=True)
    await hass.http.async_register_static_paths([path])
    hass.data[_SERVED] = f"{_URL}?v={version}"


async def async_show(hass: HomeAssistant) -> None:
    """Tell browsers of module and panel, with the first entry."""
    if (url := hass.data.get(_SERVED)) is None or frontend.async_panel_exists(hass, _PANEL):
        return
    frontend.add_extra_js_url(hass, url)
    await panel_custom.async_register_panel(hass, _PANEL, _ELEMENT, _TITLE, _ICON, module_url=url)


@callback
def async_hide(hass: HomeAssistant) -> None:
    """Take both away when the last entry is gone or disabled; one that is only loaded again keeps them."""
    if hass.config_entries.async_has_entries(DOMAIN, include_ignore=False, include_disabled=False):
        return
    if frontend.async_panel_exists(hass, _PANEL):
        frontend.async_remove_panel(hass, _PANEL)
        frontend.remove_extra_js_url(hass, hass.data[_SERVED])
