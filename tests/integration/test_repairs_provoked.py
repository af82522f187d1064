"""The issues on what really causes them: rivals, proxies, certificates and brokers at the other end of real sockets."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from end_to_end.parts import TIMEOUT, have
from end_to_end.plain import Plain
from integration import listeners
from integration.certificates import Identity, self_signed
from integration.flows import connected, living, until
from integration.house import STATE, STATUS
from integration.listeners import SUBSCRIBE, V5, V311, Manner, serving
from integration.test_repairs_of_links import mended
from workshop.parts import brokers, nginx
from workshop.parts.brokers import Broker
from workshop.parts.nginx import Proxy

pytestmark = [TIMEOUT, pytest.mark.usefixtures("socket_enabled", "in_a_hurry")]

NEWER = STATUS.replace("v1", "v2")
BORNE = 4
"""Seconds of silence that the proxy bears: above the shortest that counts, with room for a busy machine."""


@pytest.fixture
def in_a_hurry() -> Iterator[None]:
    """What takes minutes takes seconds; what is judged stays as it is."""
    here = "custom_components.chamber_ws"
    with (
        patch(f"{here}.link.retry.FIRST_DELAY", 0.2),
        patch(f"{here}.link.retry.LONGEST_DELAY", 1.0),
        patch(f"{here}.notices.health.STEADY_AFTER", 2.0),
        patch(f"{here}.notices.health.OUTLIVES", 1.5),
    ):
        yield


def issues(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """The translation keys of an entry's issues."""
    return {
        str(issue.translation_key)
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and (issue.data or {}).get("entry_id") == entry.entry_id
    }


def placeholder(hass: HomeAssistant, entry: MockConfigEntry, key: str, name: str) -> str:
    """What an issue says."""
    found = ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{entry.entry_id}")
    assert found is not None
    return (found.translation_placeholders or {})[name]


@asynccontextmanager
async def up(hass: HomeAssistant, url: str, **data: Any) -> AsyncIterator[MockConfigEntry]:
    """A loaded entry that is connected."""
    async with living(hass, url, keepalive=30, **data) as entry:
        await until(hass, lambda: connected(entry))
        yield entry


# Rivals


@pytest.mark.lasting
@pytest.mark.parametrize(
    ("kind", "key"),
    [("mosquitto", "connection_unstable"), ("mosquitto-testing", "client_id_fight")],
)
async def test_two_home_assistants_from_one_backup(
    hass: HomeAssistant, tmp_path: Path, kind: str, key: str
) -> None:
    """Mosquitto 2.0 tells the loser nothing over WebSocket, 2.1 sends DISCONNECT 0x8E."""
    with have(lambda: brokers.start(kind, tmp_path)) as broker:
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(up(hass, broker.url))
            second = await stack.enter_async_context(up(hass, broker.url, prefix="other"))
            await until(hass, lambda: issues(hass, first) == issues(hass, second) == {key}, 30.0)
            await mended(hass, second, key)
            assert second.data["client_id"] != first.data["client_id"]
            assert issues(hass, second) == set()
            await until(hass, lambda: issues(hass, first) == set())
            assert connected(first)
            assert connected(second)


# A proxy that cuts what is idle


@contextmanager
def behind_nginx(folder: Path) -> Iterator[tuple[Broker, Proxy]]:
    """A broker behind an nginx that bears little silence."""
    with (
        have(lambda: brokers.start("mosquitto", folder / "broker")) as broker,
        have(lambda: nginx.start(broker, folder / "nginx", read_timeout=BORNE)) as proxy,
    ):
        yield broker, proxy


@pytest.mark.lasting
async def test_a_proxy_that_cuts_what_is_idle(hass: HomeAssistant, tmp_path: Path) -> None:
    with behind_nginx(tmp_path) as (broker, proxy):
        async with up(hass, proxy.url) as entry:
            await until(hass, lambda: issues(hass, entry) == {"idle_cut_short"}, 30.0)
            assert placeholder(hass, entry, "idle_cut_short", "seconds") == str(BORNE)
            proxy.stop()
            with nginx.start(broker, tmp_path / "patient", port=proxy.port):
                await until(hass, lambda: issues(hass, entry) == set(), 20.0)


@pytest.mark.lasting
async def test_the_click_keeps_the_connection_from_being_idle(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    """With a keepalive below what users may choose, so that it need not take minutes."""
    module = "custom_components.chamber_ws.notices.health"
    with patch(f"{module}.SHORTEST_KEEPALIVE", 1), behind_nginx(tmp_path) as (_broker, proxy):
        async with up(hass, proxy.url) as entry:
            await until(hass, lambda: issues(hass, entry) == {"idle_cut"}, 30.0)
            await mended(hass, entry, "idle_cut")
            assert 1 <= entry.data["keepalive"] <= BORNE // 2
            await until(hass, lambda: connected(entry))
            with pytest.raises(TimeoutError):
                await until(hass, lambda: not connected(entry), 2.0 * BORNE)
            assert issues(hass, entry) == set()


# Certificates


def renewed(context: ssl.SSLContext, identity: Identity, folder: Path) -> None:
    """From now on the server shows this one."""
    pem = folder / "renewed.pem"
    pem.write_text(identity.certificate + identity.key)
    context.load_cert_chain(pem)


async def test_a_certificate_that_ends_in_three_days(hass: HomeAssistant, tmp_path: Path) -> None:
    soon, late = (
        self_signed(address="127.0.0.1", ends_in=timedelta(days=days)) for days in (3, 90)
    )
    context, broker = soon.server_context(tmp_path), listeners.Broker()
    trusted = soon.certificate + late.certificate
    async with (
        serving(broker, context) as address,
        up(hass, f"wss://{address}/mqtt", ca_certificate=trusted) as entry,
    ):
        assert issues(hass, entry) == {"certificate_expires"}
        renewed(context, late, tmp_path)
        hang_up(broker)
        await until(hass, lambda: issues(hass, entry) == set())


# What a broker grants and speaks


def hang_up(broker: listeners.Broker) -> None:
    """End the connection that stands."""
    transport = broker.requests[-1].transport
    assert transport is not None
    transport.abort()


async def test_subscriptions_that_are_refused(hass: HomeAssistant) -> None:
    broker = listeners.Broker(suback=0x87)
    async with serving(broker) as address, up(hass, f"ws://{address}/mqtt") as entry:
        filters = placeholder(hass, entry, "subscription_refused", "filters")
        assert filters.split(", ") == [one for one in broker.filters if "v1" in one]
        broker.suback = 1
        hang_up(broker)
        await until(hass, lambda: issues(hass, entry) == set())
        assert len(broker.logins) == 2


class Guarded(listeners.Broker):
    """A broker whose rules know nothing of the next version."""

    def _answer(self, kind: int, body: bytes) -> bytes | Manner | None:
        known = len(self.filters)
        answer = super()._answer(kind, body)
        if kind != SUBSCRIBE or not isinstance(answer, bytes):
            return answer
        codes = [0x87 if "v2" in one else 1 for one in self.filters[known:]]
        return answer[: -len(codes)] + bytes(codes)


async def test_that_the_next_version_is_not_granted_is_no_loss(hass: HomeAssistant) -> None:
    broker = Guarded()
    async with serving(broker) as address, up(hass, f"ws://{address}/mqtt") as entry:
        assert "chamber/v2/+/status" in broker.filters
        assert entry.runtime_data.coordinator.refused == ()
        assert issues(hass, entry) == set()


async def test_a_broker_that_spoke_mqtt_5_then_only_3_1_1_then_5_again(hass: HomeAssistant) -> None:
    broker = listeners.Broker()
    async with serving(broker) as address, up(hass, f"ws://{address}/mqtt") as entry:
        assert (broker.logins[-1].level, issues(hass, entry)) == (V5, set())
        broker.connack = {V5: 0x84, V311: 0}
        hang_up(broker)
        await until(hass, lambda: issues(hass, entry) == {"protocol_downgraded"})
        assert (broker.logins[-1].level, entry.data["spoken_protocol"]) == (V311, "5")
        broker.connack = {V5: 0, V311: 0}
        hang_up(broker)
        await until(hass, lambda: issues(hass, entry) == set())
        assert broker.logins[-1].level == V5


# Messages


async def test_a_payload_that_is_too_large_and_a_status_of_the_next_version(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    with (
        have(lambda: brokers.start("mosquitto-testing", tmp_path)) as broker,
        Plain(broker.plain_port, STATE) as plain,
    ):
        plain.say(STATE, b" " * 65_537, retain=True)
        plain.say(NEWER, {"state": "online"}, retain=True)
        async with up(hass, broker.url) as entry:
            await until(
                hass, lambda: issues(hass, entry) == {"payload_too_large", "newer_contract"}
            )
            assert placeholder(hass, entry, "newer_contract", "gateways") == "pi"
            large = placeholder(hass, entry, "payload_too_large", "topics")
            assert large.startswith("pi/box/state")
            plain.say(NEWER, b"", retain=True)
            await until(hass, lambda: issues(hass, entry) == {"payload_too_large"})
