"""The configuration flow as users go through it."""

import ssl
from contextlib import AbstractAsyncContextManager
from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.chamber_ws.const import DOMAIN
from integration.listeners import Broker, serving


async def ask(hass: HomeAssistant, url: str, **fields: Any) -> dict[str, Any]:
    """Fill in the form and submit it."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result: Any = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"url": url, **fields}
    )
    await hass.async_block_till_done()
    return dict(result)


async def error_at(
    hass: HomeAssistant,
    listener: AbstractAsyncContextManager[str],
    scheme: str = "ws",
    **fields: Any,
) -> tuple[str, str]:
    """The error that the form shows, and its detail."""
    async with listener as address:
        result = await ask(hass, f"{scheme}://{address}/mqtt", **fields)
    assert result["type"] is FlowResultType.FORM, result
    return result["errors"]["base"], result["description_placeholders"]["detail"]


async def made(
    hass: HomeAssistant, broker: Broker, tls: ssl.SSLContext | None = None, **fields: Any
) -> dict[str, Any]:
    """The data of the entry that is made with this broker."""
    async with serving(broker, tls) as address:
        result = await ask(hass, f"{'wss' if tls else 'ws'}://{address}/mqtt", **fields)
        assert result["type"] is FlowResultType.CREATE_ENTRY, result
        assert await broker.all_left()
    data: dict[str, Any] = result["data"]
    return data
