"""A broker that does not let us in any more: the user is asked, as long as that is so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.link.errors import Cause
from integration.certificates import self_signed
from integration.flows import connected, living, suggested, until
from integration.house import FakeLink
from integration.listeners import V5, Broker, http, nobody, serving

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def _eager() -> Iterator[None]:
    """A link that comes back soon, even where it was turned away."""
    retry = "custom_components.chamber_ws.link.retry"
    with patch(f"{retry}.SLOW_DELAY", 0.1), patch(f"{retry}.FIRST_DELAY", 0.1):
        yield


def asked(hass: HomeAssistant, entry: MockConfigEntry) -> list[dict[str, Any]]:
    """The questions for credentials that are open."""
    return [dict(flow) for flow in entry.async_get_active_flows(hass, {SOURCE_REAUTH})]


async def answer(hass: HomeAssistant, entry: MockConfigEntry, **fields: Any) -> dict[str, Any]:
    """Fill in the form that is open."""
    (flow,) = asked(hass, entry)
    result: Any = await hass.config_entries.flow.async_configure(flow["flow_id"], fields)
    await hass.async_block_till_done()
    return dict(result)


async def form(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """The form as it opens."""
    result: Any = await entry.start_reauth_flow(hass)
    return dict(result)


async def test_a_refused_login_asks_for_another_one_and_goes_on_with_it(
    hass: HomeAssistant,
) -> None:
    broker = Broker(password="new")
    async with serving(broker) as address:
        url = f"ws://{address}/mqtt"
        async with living(hass, url, username="u", password="old", headers={"X-A": "b"}) as entry:
            await until(hass, lambda: asked(hass, entry))
            result = await answer(hass, entry, username="u", password="new")
            assert (result["type"], result["reason"]) == (
                FlowResultType.ABORT,
                "reauth_successful",
            )
            await until(hass, lambda: connected(entry))
            assert entry.data["password"] == "new"
            assert entry.data["headers"] == {"X-A": "b"}
            assert not asked(hass, entry)
            assert broker.thrown_out == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_is_not_taken_any_more_asks_for_another(
    hass: HomeAssistant, status: int
) -> None:
    async with (
        serving(http(status)) as address,
        living(hass, f"ws://{address}/mqtt", headers={"Authorization": "Bearer old"}) as entry,
    ):
        await until(hass, lambda: asked(hass, entry))
        assert entry.unique_id is not None


async def test_what_was_wrong_is_named_and_can_be_mended(hass: HomeAssistant) -> None:
    async with serving(Broker(password="new")) as address:
        url = f"ws://{address}/mqtt"
        async with living(hass, url, username="u", password="old") as entry:
            await until(hass, lambda: asked(hass, entry))
            result = await answer(hass, entry, username="u", password="wrong")
            assert result["errors"] == {"base": "invalid_auth"}
            assert entry.data["password"] == "old"
            assert (await answer(hass, entry, password="new"))["type"] is FlowResultType.ABORT
            assert (entry.data["username"], entry.data["password"]) == ("u", "new")


@pytest.mark.usefixtures("_eager")
async def test_the_question_is_withdrawn_when_a_later_attempt_works_by_itself(
    hass: HomeAssistant,
) -> None:
    broker = Broker(password="other")
    async with serving(broker) as address:
        url = f"ws://{address}/mqtt"
        async with living(hass, url, username="u", password="p") as entry:
            await until(hass, lambda: asked(hass, entry))
            assert ir.async_get(hass).issues
            broker.password = "p"
            await until(hass, lambda: connected(entry))
            assert not asked(hass, entry)
            assert not [one for one in ir.async_get(hass).issues if "reauth" in one[1]]


@pytest.mark.usefixtures("_eager")
async def test_it_is_asked_once_however_often_the_broker_refuses(hass: HomeAssistant) -> None:
    broker = Broker(connack={V5: 0x87})
    async with (
        serving(broker) as address,
        living(hass, f"ws://{address}/mqtt") as entry,
    ):
        await until(hass, lambda: len(broker.logins) > 3)
        assert len(asked(hass, entry)) == 1


async def test_an_address_that_refuses_is_no_matter_where_the_next_one_lets_us_in(
    hass: HomeAssistant,
) -> None:
    async with serving(http(401)) as first, serving(Broker()) as second:
        more = {"alternate_urls": [f"ws://{second}/mqtt"]}
        async with living(hass, f"ws://{first}/mqtt", **more) as entry:
            await until(hass, lambda: connected(entry))
            assert not asked(hass, entry)


async def test_nothing_is_asked_before_every_address_was_tried(
    hass: HomeAssistant, link: FakeLink, entry: MockConfigEntry
) -> None:
    link.down(Cause.INVALID_AUTH, retry_in=0.0)
    await hass.async_block_till_done()
    assert not asked(hass, entry)
    link.down(Cause.CONNECTION_REFUSED, retry_in=1.0)
    await hass.async_block_till_done()
    assert asked(hass, entry)


async def test_an_address_that_refuses_matters_where_the_next_one_is_out_of_reach(
    hass: HomeAssistant,
) -> None:
    async with serving(http(401)) as first:
        more = {"alternate_urls": [f"ws://{await nobody()}/mqtt"]}
        async with living(hass, f"ws://{first}/mqtt", **more) as entry:
            await until(hass, lambda: asked(hass, entry))


@pytest.mark.parametrize("cause", sorted(set(Cause) - {Cause.INVALID_AUTH, Cause.NOT_AUTHORIZED}))
async def test_other_ends_of_a_connection_ask_nothing(
    hass: HomeAssistant, link: FakeLink, entry: MockConfigEntry, cause: Cause
) -> None:
    link.down(cause)
    await hass.async_block_till_done()
    assert not asked(hass, entry)


async def test_the_form_shows_no_secret(hass: HomeAssistant) -> None:
    secrets = {"password": "p", "headers": {"X-A": "b"}, "client_key": "k"}
    url = f"ws://{await nobody()}/mqtt"
    async with living(hass, url, username="u", client_certificate="c", **secrets) as entry:
        shown = suggested(await form(hass, entry))
        assert shown == {
            **dict.fromkeys(secrets),
            "username": "u",
            "client_certificate": "c",
        }


async def test_a_certificate_is_asked_for_only_where_there_is_one(hass: HomeAssistant) -> None:
    async with living(hass, f"ws://{await nobody()}/mqtt") as entry:
        assert set(suggested(await form(hass, entry))) == {"username", "password", "headers"}


async def test_a_certificate_can_be_renewed(hass: HomeAssistant, tmp_path: Path) -> None:
    server, old, new = self_signed(address="127.0.0.1"), self_signed(), self_signed()
    tls = server.server_context(tmp_path, clients_by=new.certificate)
    async with serving(Broker(), tls) as address:
        fields = {
            "ca_certificate": server.certificate,
            "client_certificate": old.certificate,
            "client_key": old.key,
        }
        async with living(hass, f"wss://{address}/mqtt", **fields) as entry:
            await form(hass, entry)
            renewed = {"client_certificate": new.certificate, "client_key": new.key}
            result = await answer(hass, entry, **renewed)
            assert result["reason"] == "reauth_successful"
            await until(hass, lambda: connected(entry))
            assert {name: entry.data[name] for name in renewed} == renewed
