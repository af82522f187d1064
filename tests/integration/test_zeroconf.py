"""A broker that announces itself on the network: read from real records, checked, and asked about."""

import socket
from typing import Any

import pytest
from homeassistant.components.zeroconf.discovery import info_from_service
from homeassistant.config_entries import SOURCE_ZEROCONF
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.loader import async_get_zeroconf
from pytest_homeassistant_custom_component.common import MockConfigEntry
from zeroconf.asyncio import AsyncServiceInfo

from custom_components.chamber_ws import endpoint
from custom_components.chamber_ws.const import DOMAIN
from integration.flows import ask, suggested
from integration.listeners import Broker, serving

pytestmark = pytest.mark.usefixtures("socket_enabled", "links")
SERVICE = "_chamber-ws._tcp.local."
TXT = dict[str, str | None]


def announced(
    txt: TXT | None = None, addresses: tuple[str, ...] = ("192.168.1.5",), port: int = 9001
) -> ZeroconfServiceInfo:
    """What Home Assistant makes of a service's records."""
    families = {True: socket.AF_INET6, False: socket.AF_INET}
    service = AsyncServiceInfo(
        SERVICE,
        f"Lab broker.{SERVICE}",
        port=port,
        server="pi.local.",
        addresses=[socket.inet_pton(families[":" in one], one) for one in addresses],
        properties=txt or {},
    )
    info = info_from_service(service)
    assert info is not None
    return info


async def discover(hass: HomeAssistant, info: ZeroconfServiceInfo) -> dict[str, Any]:
    """The broker is found."""
    result: Any = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info
    )
    return dict(result)


@pytest.mark.parametrize(
    ("txt", "addresses", "url"),
    [
        ({}, ("192.168.1.5",), "ws://192.168.1.5:9001/mqtt"),
        ({"path": "/ws", "tls": "0"}, ("192.168.1.5",), "ws://192.168.1.5:9001/ws"),
        ({"path": "ws"}, ("192.168.1.5",), "ws://192.168.1.5:9001/ws"),
        ({"path": None}, ("192.168.1.5",), "ws://192.168.1.5:9001/mqtt"),
        ({"path": "/a%2Fb?c=d"}, ("192.168.1.5",), "ws://192.168.1.5:9001/a%2Fb?c=d"),
        ({}, ("fd00::5",), "ws://[fd00::5]:9001/mqtt"),
        ({}, ("fe80::5", "fd00::5"), "ws://[fd00::5]:9001/mqtt"),
        ({}, ("169.254.1.1", "192.168.1.5"), "ws://192.168.1.5:9001/mqtt"),
        ({"tls": "1"}, ("192.168.1.5",), "wss://pi.local:9001/mqtt"),
        ({"tls": "1", "host": "b.example"}, ("192.168.1.5",), "wss://b.example:9001/mqtt"),
    ],
)
def test_the_url_is_read_from_the_records(txt: TXT, addresses: tuple[str, ...], url: str) -> None:
    assert endpoint.discovered(announced(txt, addresses)).url == url


@pytest.mark.parametrize(
    "info",
    [
        announced({"path": "/a b"}),
        announced({"path": "/a#b"}),
        announced({"prefix": "a/#"}),
        announced({"tls": "1", "host": "user:word@b.example"}),
        announced({"tls": "1", "host": "b.example/x"}),
        announced({"tls": "1", "host": "b.example:1"}),
        announced(port=0),
    ],
)
async def test_what_cannot_be_used_is_not_offered(
    hass: HomeAssistant, info: ZeroconfServiceInfo
) -> None:
    result = await discover(hass, info)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "invalid_discovery")
    assert result["description_placeholders"]["detail"]


async def test_link_local_addresses_alone_are_not_offered(hass: HomeAssistant) -> None:
    """Such an address says nothing without the interface it is on."""
    info = announced()
    info.ip_addresses = [info.ip_address.__class__("169.254.1.1")]
    info.ip_address = info.ip_addresses[0]
    result = await discover(hass, info)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "invalid_discovery")


async def test_the_user_is_shown_the_url_and_asked_for_the_login(hass: HomeAssistant) -> None:
    result = await discover(hass, announced({"prefix": "lab", "name": "Cold\nroom"}))
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "zeroconf_confirm")
    shown = suggested(result)
    assert (shown["url"], shown["prefix"]) == ("ws://192.168.1.5:9001/mqtt", "lab")
    assert (shown["username"], shown["password"]) == (None, None)
    placeholders = result["description_placeholders"]
    assert (placeholders["broker"], placeholders["url"]) == ("Coldroom", shown["url"])
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["title_placeholders"] == {"name": "Coldroom"}


async def test_the_broker_is_tried_before_there_is_an_entry(hass: HomeAssistant) -> None:
    broker = Broker(password="p")
    async with serving(broker) as address:
        port = int(address.partition(":")[2])
        found = await discover(hass, announced({}, ("127.0.0.1",), port))
        fields = {"url": f"ws://{address}/mqtt", "prefix": "chamber", "username": "u"}
        configure = hass.config_entries.flow.async_configure
        result = await configure(found["flow_id"], {**fields, "password": "wrong"})
        assert result["errors"] == {"base": "invalid_auth"}
        assert result["step_id"] == "zeroconf_confirm"
        made = await configure(found["flow_id"], {**fields, "password": "p"})
        await hass.async_block_till_done()
    assert (made["type"], made["title"]) == (FlowResultType.CREATE_ENTRY, "Lab broker")
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.unique_id == f"{address}/mqtt chamber"
    assert (entry.data["url"], entry.data["password"]) == (f"ws://{address}/mqtt", "p")


@pytest.mark.parametrize("host", ["192.168.1.5", "192.168.1.6", "pi.local"])
async def test_a_broker_that_is_configured_under_any_of_its_names_is_not_offered(
    hass: HomeAssistant, host: str
) -> None:
    MockConfigEntry(domain=DOMAIN, unique_id=f"{host}:9001/mqtt chamber").add_to_hass(hass)
    result = await discover(hass, announced({}, ("192.168.1.5", "192.168.1.6")))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_another_prefix_is_another_entry(hass: HomeAssistant) -> None:
    MockConfigEntry(domain=DOMAIN, unique_id="192.168.1.5:9001/mqtt lab").add_to_hass(hass)
    assert (await discover(hass, announced()))["type"] is FlowResultType.FORM


async def test_it_is_offered_once(hass: HomeAssistant) -> None:
    await discover(hass, announced())
    result = await discover(hass, announced())
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_in_progress")


async def test_who_adds_the_broker_by_hand_is_not_kept_from_it(hass: HomeAssistant) -> None:
    async with serving(Broker()) as address:
        port = int(address.partition(":")[2])
        await discover(hass, announced({}, ("127.0.0.1",), port))
        result = await ask(hass, f"ws://{address}/mqtt")
        assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_home_assistant_looks_for_it(hass: HomeAssistant) -> None:
    assert [one["domain"] for one in (await async_get_zeroconf(hass))[SERVICE]] == [DOMAIN]
