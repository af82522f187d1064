"""The broker is verified, the agent can show a certificate, and bad files are named by their key."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from websockets.asyncio.server import ServerConnection, serve

from chamber_agent.config import Broker
from chamber_agent.errors import ConfigError
from chamber_agent.link.errors import Cause, LinkError
from chamber_agent.settings.credentials import password, tls
from chamber_agent.uplink import Uplink


class Identity(NamedTuple):
    """A certificate that is its own authority, and its key."""

    certificate: Path
    key: Path


def identity(folder: Path, name: str, address: str) -> Identity:
    """Make one with the machine's OpenSSL."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl on this machine")
    made = Identity(folder / f"{name}.pem", folder / f"{name}.key")
    fixed = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    named = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{address}"]
    files = ["-out", str(made.certificate), "-keyout", str(made.key)]
    subprocess.run([openssl, *fixed, *named, *files], check=True, capture_output=True)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def here(folder: Path) -> Identity:
    return identity(folder, "here", "127.0.0.1")


@pytest.fixture(scope="module")
def elsewhere(folder: Path) -> Identity:
    return identity(folder, "elsewhere", "127.0.0.2")


@asynccontextmanager
async def server(who: Identity, clients_by: Identity | None = None) -> AsyncIterator[str]:
    """A wss server that echoes; its URL."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*who)
    if clients_by:
        context.load_verify_locations(clients_by.certificate)
        context.verify_mode = ssl.CERT_REQUIRED

    async def echo(connection: ServerConnection) -> None:
        async for frame in connection:
            await connection.send(frame)

    offered: Any = {"subprotocols": ["mqtt"], "ssl": context}
    async with serve(echo, "127.0.0.1", 0, **offered) as running:
        yield f"wss://127.0.0.1:{running.sockets[0].getsockname()[1]}/mqtt"


async def echoed(url: str, **files: Any) -> bytes:
    """Connect as configured, send, receive."""
    broker = Broker(url=url, **files)
    uplink = Uplink(broker.url, tls(broker))
    try:
        await uplink.open()
        await uplink.send(b"x")
        return await uplink.receive()
    finally:
        await uplink.close()


async def test_a_trusted_authority_is_trusted(here: Identity) -> None:
    async with server(here) as url:
        assert await echoed(url, ca_file=here.certificate) == b"x"


async def test_nobody_is_trusted_unasked(here: Identity) -> None:
    async with server(here) as url:
        with pytest.raises(LinkError) as failed:
            await echoed(url)
    assert failed.value.failure.cause is Cause.TLS_FAILED


async def test_a_certificate_of_another_host_is_refused(elsewhere: Identity) -> None:
    async with server(elsewhere) as url:
        with pytest.raises(LinkError) as failed:
            await echoed(url, ca_file=elsewhere.certificate)
    assert failed.value.failure.cause is Cause.TLS_FAILED


async def test_a_client_certificate_is_shown(here: Identity, elsewhere: Identity) -> None:
    async with server(here, clients_by=elsewhere) as url:
        shown = {
            "client_certificate_file": elsewhere.certificate,
            "client_key_file": elsewhere.key,
        }
        assert await echoed(url, ca_file=here.certificate, **shown) == b"x"
        with pytest.raises(LinkError):
            await echoed(url, ca_file=here.certificate)


async def test_a_plain_server_fails_as_tls(here: Identity) -> None:
    async def echo(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(echo, "127.0.0.1", 0) as running:
        url = f"wss://127.0.0.1:{running.sockets[0].getsockname()[1]}/"
        with pytest.raises(LinkError) as failed:
            await echoed(url, ca_file=here.certificate)
    assert failed.value.failure.cause in (Cause.TLS_FAILED, Cause.NOT_WEBSOCKET)


def test_plain_ws_needs_no_certificate() -> None:
    assert tls(Broker(url="ws://broker.example/")) is None


@pytest.mark.parametrize("content", [None, "nonsense"])
def test_a_bad_authority_is_named_by_its_key(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with pytest.raises(ConfigError, match=r"broker\.ca_file: .*ca\.pem"):
        tls(Broker(url="wss://broker.example/", ca_file=file))


def test_a_bad_client_certificate_is_named_by_its_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"broker\.client_certificate_file: .*mine\.pem"):
        tls(Broker(url="wss://broker.example/", client_certificate_file=tmp_path / "mine.pem"))


@pytest.mark.parametrize(
    ("content", "expected"), [("secret", "secret"), ("pa ss:wörd \n", "pa ss:wörd "), ("\n", "")]
)
def test_a_password_is_the_file_without_its_last_line_end(
    tmp_path: Path, content: str, expected: str
) -> None:
    file = tmp_path / "password"
    file.write_text(content)
    assert password(Broker(url="ws://b", username="me", password_file=file)) == expected


def test_a_credential_of_systemd_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("secret")
    broker = Broker(url="ws://b", username="me", password_file=tmp_path / "elsewhere" / "password")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert password(broker) == "secret"


def test_a_password_that_everyone_can_read_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "password"
    file.write_text("secret")
    file.chmod(0o644)
    password(Broker(url="ws://b", username="me", password_file=file))
    assert "every user can read" in caplog.text
    assert "secret" not in caplog.text


def test_a_missing_password_is_named_by_its_key(tmp_path: Path) -> None:
    broker = Broker(url="ws://b", username="me", password_file=tmp_path / "none")
    with pytest.raises(ConfigError, match=r"broker\.password_file: No such file"):
        password(broker)
