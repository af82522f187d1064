"""The configuration flow against real listeners on loopback: what it names, what it keeps, what it leaves behind."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from integration.certificates import self_signed
from integration.house import FakeLink
from integration.listeners import V5, V311, Broker, Manner, http, nobody, saying, serving

SECRETS = {"password": "pass-phrase", "token": "to-ken", "header": "Bearer abc", "key": "PRIVATE"}


@pytest.fixture(autouse=True)
def _loopback(socket_enabled: None) -> None:
    """Real sockets, which the test kit allows on loopback only."""


@pytest.fixture(autouse=True)
def _loaded(links: list[FakeLink]) -> None:
    """An entry that is made is loaded without its broker."""


@pytest.fixture
def _impatient() -> Iterator[None]:
    """Deadlines short enough for a test."""
    link = "custom_components.chamber_ws.link"
    with (
        patch(f"{link}.link.OPEN_WITHIN", 0.5),
        patch(f"{link}.link.TICK", 0.02),
        patch(f"{link}.session.CONNACK_WITHIN", 0.05),
        patch(f"{link}.session.SUBACK_WITHIN", 0.05),
    ):
        yield


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


# What does not answer


async def test_a_host_that_nobody_knows_cannot_be_resolved(hass: HomeAssistant) -> None:
    with patch("aiohttp.resolver.AsyncResolver.resolve", side_effect=OSError(None, "not found")):
        result = await ask(hass, "ws://nowhere.example:9001/mqtt")
    assert result["errors"] == {"base": "cannot_resolve"}
    assert "nowhere.example" in result["description_placeholders"]["detail"]


async def test_what_is_no_canonical_address_cannot_be_resolved(hass: HomeAssistant) -> None:
    result = await ask(hass, "ws://256.256.256.256:9001/mqtt")
    assert result["errors"] == {"base": "cannot_resolve"}


async def test_a_port_where_nobody_listens_refuses(hass: HomeAssistant) -> None:
    result = await ask(hass, f"ws://{await nobody()}/mqtt")
    assert result["errors"] == {"base": "connection_refused"}


@pytest.mark.usefixtures("_impatient")
async def test_a_listener_that_stays_silent_times_out(hass: HomeAssistant) -> None:
    assert (await error_at(hass, saying(None)))[0] == "timeout"


@pytest.mark.usefixtures("_impatient")
async def test_a_broker_without_a_word_to_connect_times_out(hass: HomeAssistant) -> None:
    broker = Broker(connack={V5: Manner.SILENT, V311: Manner.SILENT})
    error, detail = await error_at(hass, serving(broker))
    assert (error, "CONNACK" in detail) == ("timeout", True)


@pytest.mark.usefixtures("_impatient")
async def test_a_broker_without_a_word_to_subscribe_times_out(hass: HomeAssistant) -> None:
    error, detail = await error_at(hass, serving(Broker(suback=Manner.SILENT)))
    assert (error, "SUBACK" in detail) == ("timeout", True)


# What answers, but not as a WebSocket


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, "not_websocket"),
        (400, "not_websocket"),
        (426, "not_websocket"),
        (500, "not_websocket"),
        (401, "invalid_auth"),
        (403, "not_authorized"),
        (404, "wrong_path"),
        (503, "unavailable"),
    ],
)
async def test_an_http_answer_is_named_with_its_number(
    hass: HomeAssistant, status: int, error: str
) -> None:
    shown, detail = await error_at(hass, serving(http(status)))
    assert (shown, f"HTTP {status}" in detail) == (error, True)


async def test_a_redirect_is_not_followed(hass: HomeAssistant) -> None:
    broker = Broker()
    async with serving(broker) as elsewhere:
        error, _ = await error_at(hass, serving(http(302, Location=f"http://{elsewhere}/mqtt")))
    assert (error, broker.requests) == ("not_websocket", [])


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        bytes(range(256)),
        b"\x20\x02\x00\x00",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"",
    ],
    ids=["another protocol", "garbage", "plain MQTT", "half a handshake", "nothing"],
)
async def test_what_is_no_handshake_is_not_websocket(hass: HomeAssistant, answer: bytes) -> None:
    error, detail = await error_at(hass, saying(answer))
    assert error == "not_websocket"
    assert detail


# TLS


async def test_tls_to_a_plain_port_fails(hass: HomeAssistant) -> None:
    assert (await error_at(hass, serving(Broker()), "wss"))[0] == "tls_failed"


async def test_tls_that_breaks_off_fails(hass: HomeAssistant) -> None:
    assert (await error_at(hass, saying(b""), "wss"))[0] == "tls_failed"


async def test_a_certificate_that_nobody_vouches_for_fails(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    tls = self_signed(address="127.0.0.1").server_context(tmp_path)
    assert (await error_at(hass, serving(Broker(), tls), "wss"))[0] == "tls_failed"


async def test_a_certificate_of_another_host_fails(hass: HomeAssistant, tmp_path: Path) -> None:
    identity = self_signed(host="broker.example")
    error, detail = await error_at(
        hass,
        serving(Broker(), identity.server_context(tmp_path)),
        "wss",
        advanced={"ca_certificate": identity.certificate},
    )
    assert (error, "127.0.0.1" in detail) == ("tls_failed", True)


async def test_an_authority_of_ones_own_is_trusted(hass: HomeAssistant, tmp_path: Path) -> None:
    identity = self_signed(address="127.0.0.1")
    advanced = {"ca_certificate": identity.certificate}
    data = await made(hass, Broker(), identity.server_context(tmp_path), advanced=advanced)
    assert data["ca_certificate"] == identity.certificate


async def test_verification_can_be_turned_off(hass: HomeAssistant, tmp_path: Path) -> None:
    tls = self_signed(host="broker.example").server_context(tmp_path)
    data = await made(hass, Broker(), tls, advanced={"verify_ssl": False})
    assert data["verify_ssl"] is False


async def test_a_client_certificate_is_shown_to_the_broker(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    server, client = self_signed(address="127.0.0.1"), self_signed()
    tls = server.server_context(tmp_path, clients_by=client.certificate)
    identity = {"client_certificate": client.certificate, "client_key": client.key}
    data = await made(
        hass, Broker(), tls, advanced={"ca_certificate": server.certificate, **identity}
    )
    assert {key: data[key] for key in identity} == identity


# A WebSocket, but not the MQTT that is wanted


@pytest.mark.parametrize("subprotocols", [(), ("mqttv3.1",)], ids=["none", "another"])
async def test_a_websocket_without_mqtt_is_unsupported(
    hass: HomeAssistant, subprotocols: tuple[str, ...]
) -> None:
    error, detail = await error_at(hass, serving(Broker(subprotocols=subprotocols)))
    assert (error, "mqtt" in detail) == ("unsupported_protocol", True)


async def test_text_frames_are_unsupported(hass: HomeAssistant) -> None:
    broker = Broker(connack={V5: Manner.TEXT, V311: Manner.TEXT})
    assert (await error_at(hass, serving(broker)))[0] == "unsupported_protocol"


@pytest.mark.parametrize(
    ("v5", "v311", "error"),
    [
        (0x86, 0, "invalid_auth"),
        (0x87, 0, "invalid_auth"),
        (0x84, 4, "invalid_auth"),
        (0x84, 5, "invalid_auth"),
        (0x84, 1, "unsupported_protocol"),
        (0x01, 0x01, "unsupported_protocol"),
        (0x8A, 0, "not_authorized"),
        (0x88, 0, "unavailable"),
        (0x84, 3, "unavailable"),
        (Manner.HANGS_UP, Manner.HANGS_UP, "unsupported_protocol"),
    ],
)
async def test_a_refused_connect_is_named(
    hass: HomeAssistant, v5: int | Manner, v311: int | Manner, error: str
) -> None:
    shown, detail = await error_at(hass, serving(Broker(connack={V5: v5, V311: v311})))
    assert shown == error
    assert detail


async def test_a_broker_that_hangs_up_on_a_password_refuses_the_login(hass: HomeAssistant) -> None:
    broker = Broker(connack={V5: Manner.HANGS_UP, V311: Manner.HANGS_UP})
    error, _ = await error_at(hass, serving(broker), username="u", password="p")
    assert error == "invalid_auth"


@pytest.mark.parametrize("v5", [0, 0x84], ids=["MQTT 5", "MQTT 3.1.1"])
async def test_a_refused_subscription_is_not_authorized(hass: HomeAssistant, v5: int) -> None:
    broker = Broker(connack={V5: v5, V311: 0}, suback=0x80)
    error, detail = await error_at(hass, serving(broker))
    assert (error, "chamber/v1/+/+/state" in detail) == ("not_authorized", True)


# What is wrong before anything is tried


@pytest.mark.parametrize(
    "url",
    [
        "http://broker.example/mqtt",
        "mqtt://broker.example",
        "broker.example:9001",
        "ws://",
        "ws:///mqtt",
        "ws://user@broker.example/mqtt",
        "ws://user:word@broker.example/mqtt",
        "ws://:word@broker.example/mqtt",
        "ws://broker.example/mqtt#part",
        "ws://broker.example/a path",
        "ws://broker .example/mqtt",
        "ws://broker.example:99999/mqtt",
        "ws://broker.example:0/mqtt",
        "ws://broker.example:port/mqtt",
        "ws://[::1/mqtt",
        "ws://broker.example/mqtt\nHost: other",
        "ws://broker.example/\x00",
        "ws://broker.example/ü",
        "ws://bücher.example/",
    ],
)
async def test_what_is_no_address_of_a_websocket_is_refused(hass: HomeAssistant, url: str) -> None:
    result = await ask(hass, url)
    assert result["errors"] == {"base": "invalid_url"}


@pytest.mark.parametrize("prefix", ["", "/chamber", "a/b/c/d", "chamber/#", "+", "cham ber", "ä"])
async def test_a_prefix_that_is_no_prefix_is_refused(hass: HomeAssistant, prefix: str) -> None:
    result = await ask(hass, "ws://127.0.0.1:1/mqtt", prefix=prefix)
    assert result["errors"] == {"prefix": "invalid_prefix"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "other"},
        {"upgrade": "none"},
        {"X-A": 1},
        {"X A": "b"},
        {"X-A": "b\r\nX-B: c"},
        {"Sec-WebSocket-Protocol": "other"},
        {"Sec-WebSocket-Key": "x"},
        ["X-A"],
        "X-A: b",
    ],
    ids=str,
)
async def test_headers_that_are_none_are_refused(hass: HomeAssistant, headers: Any) -> None:
    result = await ask(hass, "ws://127.0.0.1:1/mqtt", advanced={"headers": headers})
    assert result["errors"] == {"base": "invalid_headers"}


@pytest.mark.parametrize("field", ["ca_certificate", "client_certificate", "client_key"])
async def test_a_certificate_that_is_none_is_refused(hass: HomeAssistant, field: str) -> None:
    result = await ask(hass, "wss://127.0.0.1:1/mqtt", advanced={field: "no ☃ PEM"})
    assert result["errors"] == {"base": "invalid_certificate"}


async def test_a_key_of_another_certificate_is_refused(hass: HomeAssistant) -> None:
    advanced = {"client_certificate": self_signed().certificate, "client_key": self_signed().key}
    result = await ask(hass, "wss://127.0.0.1:1/mqtt", advanced=advanced)
    assert result["errors"] == {"base": "invalid_certificate"}


async def test_a_key_that_needs_a_passphrase_is_refused_without_asking_for_it(
    hass: HomeAssistant, capfd: pytest.CaptureFixture[str]
) -> None:
    identity = self_signed(passphrase=b"word")
    advanced = {"client_certificate": identity.certificate, "client_key": identity.key}
    result = await ask(hass, "wss://127.0.0.1:1/mqtt", advanced=advanced)
    assert result["errors"] == {"base": "invalid_certificate"}
    assert "pass phrase" not in capfd.readouterr().err


# Success


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
        "headers": {"X-Site": "lab"},
        "verify_ssl": True,
        "spoken_protocol": "5",
    }
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    assert (entry.version, entry.title) == (1, "127.0.0.1")
    assert entry.unique_id == f"{url.removeprefix('ws://')} a/b"


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


async def test_all_that_chambers_say_is_subscribed_to(hass: HomeAssistant) -> None:
    broker = Broker()
    await made(hass, broker)
    assert set(broker.filters) == {
        "chamber/v1/+/status",
        "chamber/v1/+/+/meta",
        "chamber/v1/+/+/state",
        "chamber/v1/+/+/event",
        "chamber/v1/+/+/reply",
    }


async def test_what_was_left_empty_is_made_up_and_kept(hass: HomeAssistant) -> None:
    broker = Broker()
    data = await made(hass, broker)
    assert (data["prefix"], data["protocol"], data["keepalive"]) == ("chamber", "auto", 30)
    assert data["client_id"]
    assert not {"username", "password", "headers", "client_key"} & data.keys()


@pytest.mark.usefixtures("_impatient")
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


async def test_options_are_whole_numbers_and_take_effect_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink, links: list[FakeLink]
) -> None:
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(
        flow["flow_id"], {"heartbeat": 60.0, "most_chambers": 5.0}
    )
    await hass.async_block_till_done()
    assert entry.options == {"heartbeat": 60, "most_chambers": 5}
    assert entry.runtime_data.coordinator.census.most == 5
    assert len(links) == 2


async def test_the_options_form_shows_what_is_in_force(
    hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink
) -> None:
    hass.config_entries.async_update_entry(entry, options={"heartbeat": 60, "most_chambers": 5})
    flow: Any = await hass.config_entries.options.async_init(entry.entry_id)
    shown = {str(key): key.description["suggested_value"] for key in flow["data_schema"].schema}
    assert shown == {"heartbeat": 60, "most_chambers": 5}
