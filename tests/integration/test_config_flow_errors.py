"""The configuration flow against what may wait at an address, in sockets on loopback: it names what is wrong."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.core import HomeAssistant

from integration.certificates import self_signed
from integration.flows import ask, error_at, made
from integration.listeners import V5, V311, Broker, Manner, http, nobody, saying, serving

pytestmark = pytest.mark.usefixtures("socket_enabled", "links")


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
    host, port = (address := await nobody()).split(":")
    result = await ask(hass, f"ws://{address}/mqtt")
    assert result["errors"] == {"base": "connection_refused"}
    detail = f"{host}, port {port} (Connection refused)"
    assert result["description_placeholders"]["detail"] == detail


@pytest.mark.usefixtures("impatient")
async def test_a_listener_that_stays_silent_times_out(hass: HomeAssistant) -> None:
    assert (await error_at(hass, saying(None)))[0] == "timeout"


@pytest.mark.usefixtures("impatient")
async def test_a_broker_without_a_word_to_connect_times_out(hass: HomeAssistant) -> None:
    broker = Broker(connack={V5: Manner.SILENT, V311: Manner.SILENT})
    error, detail = await error_at(hass, serving(broker))
    assert (error, "CONNACK" in detail) == ("timeout", True)


@pytest.mark.usefixtures("impatient")
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
        (0x85, 0, "invalid_client_id"),
        (0x84, 2, "invalid_client_id"),
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
    error, detail = await error_at(hass, serving(broker), username="u", password="p")
    assert (error, "guess" in detail) == ("invalid_auth", True)


async def test_a_broker_that_hangs_up_on_a_subscription_is_not_said_to_refuse_connections(
    hass: HomeAssistant,
) -> None:
    error, detail = await error_at(hass, serving(Broker(suback=Manner.HANGS_UP)))
    assert (error, "closed" in detail) == ("unknown", True)


async def test_what_nobody_foresaw_is_called_unknown(hass: HomeAssistant) -> None:
    transport = "custom_components.chamber_ws.connection.WebSocketTransport.open"
    with patch(transport, side_effect=ZeroDivisionError):
        result = await ask(hass, "ws://127.0.0.1:1/mqtt")
    assert result["errors"] == {"base": "unknown"}
    assert result["description_placeholders"]["detail"] == "ZeroDivisionError"


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


async def test_an_alternate_address_that_is_none_is_named_by_its_number(
    hass: HomeAssistant,
) -> None:
    advanced = {"alternate_urls": ["ws://127.0.0.1:1/mqtt", "http://secret.example"]}
    result = await ask(hass, "ws://127.0.0.1:1/mqtt", advanced=advanced)
    assert result["errors"] == {"base": "invalid_url"}
    assert "alternate URL 2" in result["description_placeholders"]["detail"]
    assert "secret" not in result["description_placeholders"]["detail"]


@pytest.mark.parametrize("name", ["broker.example:443", "a b", "wss://x", "x" * 300, ".", "a..b"])
async def test_a_server_name_that_is_none_is_refused(hass: HomeAssistant, name: str) -> None:
    result = await ask(hass, "wss://127.0.0.1:1/mqtt", advanced={"server_name": name})
    assert result["errors"] == {"base": "invalid_server_name"}


@pytest.mark.parametrize("subprotocol", ["mqtt, other", "a b", "mqtt\r\nX-A: b", "ä"])
async def test_a_subprotocol_that_is_none_is_refused(hass: HomeAssistant, subprotocol: str) -> None:
    result = await ask(hass, "ws://127.0.0.1:1/mqtt", advanced={"subprotocol": subprotocol})
    assert result["errors"] == {"base": "invalid_subprotocol"}


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
