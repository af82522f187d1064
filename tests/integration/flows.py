"""The configuration flow as users go through it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from integration.forms import opened
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


def suggested(result: dict[str, Any]) -> dict[str, Any]:
    """What a form shows in its fields and in those of its section; None where a field is empty."""
    fields = result["data_schema"].schema
    names = [str(key) for key in fields if str(key) != "advanced"]
    names += [str(key) for key in fields["advanced"].schema.schema] if "advanced" in fields else []
    held = opened(result["data_schema"])
    inner: dict[str, Any] = held.pop("advanced", {})
    return {**dict.fromkeys(names), **inner, **held}


async def until(hass: HomeAssistant, condition: Callable[[], object], within: float = 10.0) -> None:
    """Wait until something is so, so many seconds at most."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.01)
    await hass.async_block_till_done()


@asynccontextmanager
async def living(hass: HomeAssistant, url: str, **data: Any) -> AsyncIterator[MockConfigEntry]:
    """A loaded entry with a real link, connected or not."""
    fields = {"url": url, "prefix": "chamber", "client_id": "chamber0123456789abcdef", **data}
    host = url.split("/")[2]
    entry = MockConfigEntry(
        domain=DOMAIN, title=host.split(":")[0], data=fields, unique_id=f"{host}/mqtt chamber"
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    try:
        yield entry
    finally:
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)


def connected(entry: ConfigEntry) -> bool:
    """Whether the entry is loaded and its link up."""
    return entry.state is ConfigEntryState.LOADED and entry.runtime_data.coordinator.connected
