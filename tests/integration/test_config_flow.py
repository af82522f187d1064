"""The configuration flow against a real broker on loopback: what it keeps, tries, remembers and leaves behind."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.options import Options
from custom_components.chamber_ws.record.upkeep import Allowance
from integration.certificates import self_signed
from integration.flows import ask, error_at, made
from integration.house import FakeLink
from integration.listeners import V5, V311, Broker, Manner, nobody, serving

pytestmark = pytest.mark.usefixtures("socket_enabled", "links")
SECRETS = {"password": "pass-phrase", "token": "to-ken", "header": "Bearer abc", "key": "PRIVATE"}


async def test_the_entry_keeps_the_fields_flat(hass: HomeAssistant) -> None:
    broker = Broker()
    advanced = {"client_id": "me", "protocol": "5", "keepalive": 20, "headers": {"X-Site": "lab"}}
    data = await made(hass, broker, username="u", password="p", prefix="a/b", advanced=advanced)
    url = data.pop("url")
    assert data == {
        "username": "u",
        "password": "p",
        "prefix": "a/b",
        "client_id": "me",
        "protocol": "5",
        "keepalive": 20,
        "session_expiry": 3600,
        "maximum_qos": 2,
        "subprotocol": "mqtt",
        "headers": {"X-Site": "lab"},
        "verify_ssl": True,
        "spoken_protocol": "5",
    }
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    assert (entry.version, entry.title) == (1, "127.0.0.1 a/b")
    assert entry.unique_id == f"{url.removeprefix('ws://')} a/b"


async def test_brokers_of_one_host_are_told_apart(hass: HomeAssistant) -> None:
    urls = [(await made(hass, Broker()))["url"].removeprefix("ws://") for _time in range(2)]
    titles = [entry.title for entry in hass.config_entries.async_entries(DOMAIN)]
    second = urls[1].partition("/")[0]
    assert titles == ["127.0.0.1", second]
    await made(hass, Broker(), prefix="a/b")
    assert hass.config_entries.async_entries(DOMAIN)[-1].title == "127.0.0.1 a/b"


async def test_the_broker_hears_what_was_filled_in(hass: HomeAssistant) -> None:
    broker = Broker()
    advanced = {"client_id": "me", "keepalive": 20, "headers": {"X-Site": "lab"}}
    async with serving(broker) as address:
        await ask(
            hass,
            f"ws://{address}/a%2Fb/%zz?token=x%20y&b",
            username="u",
            password="p",
            advanced=advanced,
        )
    assert (broker.logins[0].client_id, broker.logins[0].keepalive) == ("me", 20)
    assert (broker.logins[0].username, broker.logins[0].password) == ("u", "p")
    assert broker.requests[0].headers["X-Site"] == "lab"
    assert broker.requests[0].raw_path == "/a%2Fb/%zz?token=x%20y&b"


async def test_what_few_brokers_need_is_kept_as_it_was_filled_in(hass: HomeAssistant) -> None:
    advanced = {
        "alternate_urls": ["ws://127.0.0.1:1/mqtt", " ", " wss://other.example/mqtt?token=x "],
        "session_expiry": 0.0,
        "maximum_qos": 1.0,
        "subprotocol": "mqttv3.1",
        "server_name": "broker.example",
    }
    broker = Broker(subprotocols=("mqttv3.1",))
    data = await made(hass, broker, advanced=advanced)
    assert data["alternate_urls"] == ["ws://127.0.0.1:1/mqtt", "wss://other.example/mqtt?token=x"]
    assert {name: data[name] for name in list(advanced)[1:]} == dict(list(advanced.items())[1:])
    assert all(type(data[name]) is int for name in ("session_expiry", "maximum_qos"))


async def test_an_alternate_address_is_tried_where_the_first_does_not_answer(
    hass: HomeAssistant,
) -> None:
    broker = Broker()
    async with serving(broker) as address:
        result = await ask(
            hass,
            f"ws://{await nobody()}/mqtt",
            advanced={"alternate_urls": [f"ws://{address}/mqtt"]},
        )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert broker.logins


async def test_no_subprotocol_is_offered_where_none_is_wanted(hass: HomeAssistant) -> None:
    broker = Broker(subprotocols=())
    await made(hass, broker, advanced={"subprotocol": "none"})
    assert "Sec-WebSocket-Protocol" not in broker.requests[0].headers


async def test_the_certificate_is_of_the_server_name(hass: HomeAssistant, tmp_path: Path) -> None:
    identity = self_signed(host="broker.example")
    advanced = {"ca_certificate": identity.certificate, "server_name": "broker.example"}
    data = await made(hass, Broker(), identity.server_context(tmp_path), advanced=advanced)
    assert data["server_name"] == "broker.example"


async def test_a_trial_leaves_no_session_at_the_broker(hass: HomeAssistant) -> None:
    broker = Broker()
    data = await made(hass, broker, advanced={"session_expiry": 600})
    assert (data["session_expiry"], broker.logins[0].clean) == (600, True)


@pytest.fixture
def sessions() -> Iterator[list[aiohttp.ClientSession]]:
    """The aiohttp sessions made for connections during a test."""
    made_ones: list[aiohttp.ClientSession] = []

    def make(*arguments: Any, **options: Any) -> aiohttp.ClientSession:
        made_ones.append(async_create_clientsession(*arguments, **options))
        return made_ones[-1]

    with patch("custom_components.chamber_ws.connection.async_create_clientsession", make):
        yield made_ones


@pytest.mark.parametrize("broker", [Broker(), Broker(suback=0x80), Broker(connack={V5: 0x87})])
async def test_no_attempt_leaves_an_http_session(
    hass: HomeAssistant, broker: Broker, sessions: list[aiohttp.ClientSession]
) -> None:
    async with serving(broker) as address:
        result = await ask(hass, f"ws://{address}/mqtt")
        assert sessions[0].closed
    for entry in hass.config_entries.async_entries(DOMAIN):
        assert not sessions[1].closed
        await hass.config_entries.async_unload(entry.entry_id)
    assert len(sessions) == (2 if result["type"] is FlowResultType.CREATE_ENTRY else 1)
    assert all(session.closed for session in sessions)


async def test_an_aborted_attempt_leaves_no_http_session(
    hass: HomeAssistant, sessions: list[aiohttp.ClientSession]
) -> None:
    MockConfigEntry(domain=DOMAIN, unique_id="broker.example:80/mqtt chamber").add_to_hass(hass)
    result = await ask(hass, "ws://broker.example/mqtt")
    assert result["type"] is FlowResultType.ABORT
    assert [session.closed for session in sessions] == [True]


async def test_all_that_chambers_say_is_subscribed_to(hass: HomeAssistant) -> None:
    broker = Broker()
    await made(hass, broker)
    assert set(broker.filters) == {
        "chamber/v1/+/status",
        "chamber/v1/+/+/meta",
        "chamber/v1/+/+/state",
        "chamber/v1/+/+/event",
        "chamber/v1/+/+/reply",
        "chamber/v1/+/+/history",
    }


async def test_what_was_left_empty_is_made_up_and_kept(hass: HomeAssistant) -> None:
    broker = Broker()
    data = await made(hass, broker)
    assert (data["prefix"], data["protocol"], data["keepalive"]) == ("chamber", "auto", 30)
    assert data["client_id"]
    assert not {"username", "password", "headers", "client_key"} & data.keys()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("v5", [Manner.HANGS_UP, Manner.SILENT, 1, 0x84])
async def test_a_broker_without_mqtt_5_is_spoken_to_in_3_1_1(
    hass: HomeAssistant, v5: int | Manner
) -> None:
    broker = Broker(connack={V5: v5, V311: 0})
    data = await made(hass, broker)
    assert (data["protocol"], data["spoken_protocol"]) == ("auto", "3.1.1")
    assert [login.level for login in broker.logins] == [V5, V311]


async def test_a_broker_without_mqtt_5_that_answers_in_3_1_1(hass: HomeAssistant) -> None:
    """mosquitto 1.5 and others answer a CONNECT of version 5 with the two bytes of 3.1.1."""
    broker = Broker()
    with patch("integration.listeners._connack", _old_connack):
        data = await made(hass, broker)
    assert data["spoken_protocol"] == "3.1.1"


def _old_connack(level: int, _code: int) -> bytes:
    return b"\x20\x02\x00\x01" if level == V5 else b"\x20\x02\x00\x00"


@pytest.mark.parametrize(("protocol", "level"), [("5", V5), ("3.1.1", V311)])
async def test_a_chosen_version_is_the_only_one_tried(
    hass: HomeAssistant, protocol: str, level: int
) -> None:
    broker = Broker(connack={V5: 0x84, V311: 1})
    error, _ = await error_at(hass, serving(broker), advanced={"protocol": protocol})
    assert error == "unsupported_protocol"
    assert [login.level for login in broker.logins] == [level]


async def test_the_flow_takes_leave(hass: HomeAssistant) -> None:
    broker = Broker()
    await made(hass, broker)
    assert (broker.farewells, broker.clients) == (1, 0)


async def test_a_refused_subscription_leaves_no_connection(hass: HomeAssistant) -> None:
    broker = Broker(suback=0x80)
    async with serving(broker) as address:
        await ask(hass, f"ws://{address}/mqtt")
        assert await broker.all_left()
    assert broker.requests


async def test_a_flow_that_is_given_up_leaves_no_connection(hass: HomeAssistant) -> None:
    broker = Broker(connack={V5: Manner.SILENT})
    async with serving(broker) as address:
        asking = hass.async_create_task(ask(hass, f"ws://{address}/mqtt"), eager_start=True)
        while not broker.logins:
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await broker.all_left()


async def test_the_same_broker_cannot_be_tried_twice_at_once(hass: HomeAssistant) -> None:
    broker = Broker(connack={V5: Manner.SILENT})
    async with serving(broker) as address:
        first = asyncio.create_task(ask(hass, f"ws://{address}/mqtt"))
        while not broker.logins:
            await asyncio.sleep(0.01)
        second = await ask(hass, f"ws://{address}/mqtt")
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    assert (second["type"], second["reason"]) == (FlowResultType.ABORT, "already_in_progress")


# The form


async def test_the_recovered_form_keeps_what_was_filled_in(hass: HomeAssistant) -> None:
    advanced = {"protocol": "3.1.1", "keepalive": 20, "headers": {"X-Site": "lab"}}
    result = await ask(
        hass, f"ws://{await nobody()}/mqtt", username="u", prefix="lab", advanced=advanced
    )
    shown = {str(key): key.description for key in result["data_schema"].schema}
    assert shown["username"]["suggested_value"] == "u"
    assert shown["prefix"]["suggested_value"] == "lab"
    inner = result["data_schema"].schema["advanced"].schema.schema
    kept = {str(key): (key.description or {}).get("suggested_value") for key in inner}
    assert {name: kept[name] for name in advanced} == advanced


async def test_a_form_can_be_mended_and_submitted_again(hass: HomeAssistant) -> None:
    result = await ask(hass, f"ws://{await nobody()}/mqtt")
    async with serving(Broker()) as address:
        again = await hass.config_entries.flow.async_configure(
            result["flow_id"], {"url": f"ws://{address}/mqtt"}
        )
    assert again["type"] is FlowResultType.CREATE_ENTRY


# Duplicates


@pytest.fixture
def _configured(hass: HomeAssistant) -> None:
    MockConfigEntry(domain=DOMAIN, unique_id="broker.example:80/mqtt chamber").add_to_hass(hass)


@pytest.mark.usefixtures("_configured")
@pytest.mark.parametrize(
    "url",
    [
        "ws://broker.example/mqtt",
        "ws://broker.example:80/mqtt",
        "ws://broker.example/mqtt?token=other",
        " ws://Broker.Example/mqtt ",
        "wss://broker.example:80/mqtt",
    ],
)
async def test_the_same_broker_with_the_same_prefix_is_configured_already(
    hass: HomeAssistant, url: str
) -> None:
    result = await ask(hass, url)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


@pytest.mark.usefixtures("_configured")
@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("ws://broker.example/mqtt", "lab"),
        ("ws://broker.example/ws", "chamber"),
        ("ws://broker.example/MQTT", "chamber"),
        ("ws://broker.example:9001/mqtt", "chamber"),
        ("wss://broker.example/mqtt", "chamber"),
        ("ws://other.example/mqtt", "chamber"),
    ],
)
async def test_another_host_port_path_or_prefix_is_allowed(
    hass: HomeAssistant, url: str, prefix: str
) -> None:
    with patch("aiohttp.resolver.AsyncResolver.resolve", side_effect=OSError(None, "not found")):
        result = await ask(hass, url, prefix=prefix)
    assert result["errors"] == {"base": "cannot_resolve"}


# Secrets


@pytest.fixture
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    text = "\n".join(record.getMessage() for record in caplog.get_records("call"))
    assert text
    assert not [secret for secret in SECRETS.values() if secret in text]


@pytest.mark.usefixtures("_everything_is_logged")
@pytest.mark.parametrize("broker", [Broker(), Broker(suback=0x80), Broker(connack={V5: 0x87})])
async def test_secrets_are_never_logged(hass: HomeAssistant, broker: Broker) -> None:
    async with serving(broker) as address:
        result = await ask(
            hass,
            f"ws://{address}/mqtt?token={SECRETS['token']}",
            username="u",
            password=SECRETS["password"],
            advanced={"headers": {"Authorization": SECRETS["header"]}},
        )
    assert SECRETS["token"] not in str(result.get("description_placeholders"))


@pytest.mark.usefixtures("_everything_is_logged")
async def test_a_key_is_never_logged(hass: HomeAssistant) -> None:
    key = f"-----BEGIN {SECRETS['key']}"
    advanced = {"client_key": key, "client_certificate": self_signed().certificate}
    result = await ask(hass, "wss://127.0.0.1:1/mqtt", advanced=advanced)
    assert SECRETS["key"] not in result["description_placeholders"]["detail"]


# Options


async def test_most_options_are_whole_numbers_and_all_take_effect_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink, links: list[FakeLink]
) -> None:
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(
        flow["flow_id"], {"heartbeat": 60.0, "most_chambers": 5.0, "record_days": 7.0}
    )
    await hass.async_block_till_done()
    fractions = {"resolution": 0.0, "minimum_interval": 0.0}
    usual = {"full_chambers": 50, "record_years": 2, "record_megabytes": 2048, **fractions}
    assert entry.options == {"heartbeat": 60, "most_chambers": 5, "record_days": 7, **usual}
    real = {name for name, value in entry.options.items() if type(value) is not int}
    assert real == {"heartbeat", *fractions}
    assert Allowance.of(Options.of(entry.options)) == Allowance(days=7.0)
    assert entry.runtime_data.coordinator.census.most == 5
    assert len(links) == 2


async def test_the_options_form_shows_what_is_in_force(
    hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink
) -> None:
    options = {
        "heartbeat": 60,
        "most_chambers": 5,
        "full_chambers": 7,
        "resolution": 0.05,
        "minimum_interval": 1.5,
        "record_days": 7,
        "record_years": 3,
        "record_megabytes": 100,
    }
    hass.config_entries.async_update_entry(entry, options=options)
    flow: Any = await hass.config_entries.options.async_init(entry.entry_id)
    shown = {str(key): key.description["suggested_value"] for key in flow["data_schema"].schema}
    assert shown == options


@pytest.mark.parametrize(
    "wrong",
    [
        {"record_days": 0},
        {"record_years": 31},
        {"record_megabytes": 63},
        {"resolution": -0.1},
        {"minimum_interval": 3601},
    ],
)
async def test_bounds_that_make_no_sense_are_refused(
    hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink, wrong: dict[str, int]
) -> None:
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(flow["flow_id"], wrong)
