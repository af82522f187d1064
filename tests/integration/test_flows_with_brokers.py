"""The flows against real brokers: what a user does in the life of an entry, from the first form to its removal."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.chamber_ws.const import DOMAIN
from end_to_end.parts import TIMEOUT, have
from integration.flows import ask, connected, until
from workshop.parts import brokers
from workshop.parts.brokers import Broker

pytestmark = [pytest.mark.lasting, TIMEOUT, pytest.mark.usefixtures("socket_enabled")]
KINDS = ["mosquitto", "mosquitto-testing"]
LOGIN = {"username": "u", "password": "p"}


@pytest.fixture
def _eager() -> Iterator[None]:
    """A link that comes back soon, even where it was turned away."""
    retry = "custom_components.chamber_ws.link.retry"
    with patch(f"{retry}.SLOW_DELAY", 0.3), patch(f"{retry}.LONGEST_DELAY", 0.3):
        yield


async def made(hass: HomeAssistant, url: str, **fields: Any) -> ConfigEntry:
    """An entry that the form made, connected."""
    result = await ask(hass, url, **fields)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    entry: ConfigEntry = result["result"]
    await until(hass, lambda: connected(entry))
    return entry


async def is_kept(broker: Broker, client_id: str) -> bool:
    """Whether the broker has a session of that client (MQTT 3.1.1, section 3.2.2.2); asking leaves it as it is."""
    words = [b"MQTT", client_id.encode(), *(text.encode() for text in LOGIN.values())]
    protocol, *payload = [len(word).to_bytes(2) + word for word in words]
    body = protocol + bytes([4, 0xC0, 0, 30]) + b"".join(payload)
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.plain_port)
    writer.write(bytes([0x10, len(body)]) + body)
    answer = await reader.readexactly(4)
    writer.write(b"\xe0\x00")
    writer.close()
    await writer.wait_closed()
    assert (answer[:2], answer[3]) == (b"\x20\x02", 0), answer
    return bool(answer[2])


@pytest.mark.parametrize("kind", KINDS)
async def test_a_session_is_kept_while_the_entry_is_and_ends_with_it(
    hass: HomeAssistant, tmp_path: Path, kind: str
) -> None:
    with have(
        lambda: brokers.start(kind, tmp_path, user=LOGIN["username"], password=LOGIN["password"])
    ) as broker:
        entry = await made(hass, broker.url, **LOGIN)
        client_id = entry.data["client_id"]
        await hass.config_entries.async_unload(entry.entry_id)
        assert await is_kept(broker, client_id)
        await hass.config_entries.async_setup(entry.entry_id)
        await until(hass, lambda: connected(entry))
        await hass.config_entries.async_remove(entry.entry_id)
        assert not await is_kept(broker, client_id)


@pytest.mark.usefixtures("_eager")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_password_that_changes_is_asked_for_and_no_more_when_it_changes_back(
    hass: HomeAssistant, tmp_path: Path, kind: str
) -> None:
    def started(password: str, port: int = 0) -> Broker:
        user = LOGIN["username"]
        return have(lambda: brokers.start(kind, tmp_path, port=port, user=user, password=password))

    def asked() -> list[Any]:
        return list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))

    with started("p") as broker:
        port = broker.port
        entry = await made(hass, broker.url, **LOGIN)
    with started("new", port):
        await until(hass, asked)
        configure = hass.config_entries.flow.async_configure
        wrong: Any = await configure(asked()[0]["flow_id"], {"password": "wrong"})
        assert wrong["errors"] == {"base": "invalid_auth"}
        right: Any = await configure(asked()[0]["flow_id"], {"password": "new"})
        assert right["reason"] == "reauth_successful"
        await until(hass, lambda: connected(entry))
        assert entry.data["password"] == "new"
    with started("p", port):
        await until(hass, asked)
    with started("new", port):
        await until(hass, lambda: connected(entry))
        assert not asked()
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("client_id", [None, "freezer-room"], ids=["generated", "chosen"])
async def test_a_change_is_tried_without_a_fight_for_the_client_id(
    hass: HomeAssistant, tmp_path: Path, kind: str, client_id: str | None
) -> None:
    advanced: dict[str, Any] = {"client_id": client_id} if client_id else {}
    with have(lambda: brokers.start(kind, tmp_path)) as broker:
        entry = await made(hass, broker.url, advanced=advanced)
        heard: list[str] = []
        with patch.object(
            entry.runtime_data.coordinator,
            "link_down",
            lambda failure, _in: heard.append(failure.cause),
        ):
            flow = await hass.config_entries.flow.async_init(
                DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
            )
            advanced = {**advanced, "keepalive": 50}
            result: Any = await hass.config_entries.flow.async_configure(
                flow["flow_id"], {"url": broker.url, "advanced": advanced}
            )
            assert result["reason"] == "reconfigure_successful"
            await hass.async_block_till_done()
        await until(hass, lambda: connected(entry))
        assert heard == ["stopped"]
        assert hass.config_entries.async_entries(DOMAIN) == [entry]
        await hass.config_entries.async_unload(entry.entry_id)
