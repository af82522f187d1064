"""From the fields of a config entry to a link: who connects, how, and over which transport."""

import asyncio
import json
import logging
import re
import secrets
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from homeassistant.const import (
    CONF_CLIENT_ID,
    CONF_HEADERS,
    CONF_PASSWORD,
    CONF_PROTOCOL,
    CONF_URL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util.ssl import create_client_context, create_no_verify_ssl_context
from yarl import URL

from . import endpoint
from .chamber import topics
from .const import (
    CONF_ALTERNATE_URLS,
    CONF_CA_CERTIFICATE,
    CONF_CLIENT_CERTIFICATE,
    CONF_CLIENT_KEY,
    CONF_KEEPALIVE,
    CONF_MAXIMUM_QOS,
    CONF_PREFIX,
    CONF_SERVER_NAME,
    CONF_SESSION_EXPIRY,
    CONF_SPOKEN_PROTOCOL,
    CONF_SUBPROTOCOL,
    DEFAULT_KEEPALIVE,
    DEFAULT_MAXIMUM_QOS,
    DEFAULT_SESSION_EXPIRY,
    NO_SUBPROTOCOL,
    PROTOCOL_AUTO,
)
from .errors import InvalidSettings
from .link.errors import LinkError
from .link.packets import Greeting, Settings, Subscription, Version
from .link.transport import SUBPROTOCOL
from .link.trial import attempt
from .websocket_link import Handshake, WebSocketTransport, stay

FORBIDDEN_HEADERS = frozenset(
    {"host", "connection", "upgrade", "content-length", "transfer-encoding"}
)
FORBIDDEN_BEGINNING = "sec-websocket-"
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
GENERATED = re.compile(r"chamber[0-9a-f]{16}")
FAREWELL_WITHIN = 3.0

_LOGGER = logging.getLogger(__name__)


class InvalidHeaders(InvalidSettings):
    """The extra headers are not an object of names and texts that HTTP admits."""


class InvalidCertificate(InvalidSettings):
    """A certificate or key that cannot be read, or that do not belong together."""


class InvalidServerName(InvalidSettings):
    """Not the name of a host, as a certificate has it."""


class InvalidSubprotocol(InvalidSettings):
    """Not one word, as the WebSocket handshake names what is spoken."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What a link needs: of `urls`, the first is preferred; `dials` has for each what makes a transport to it.

    To be closed when nothing is dialled any more.
    """

    urls: tuple[URL, ...]
    prefix: str
    settings: Settings
    dials: tuple[Callable[[], WebSocketTransport], ...]
    close: Callable[[], None]

    @property
    def url(self) -> URL:
        """The preferred address."""
        return self.urls[0]


async def async_prepare(hass: HomeAssistant, data: Mapping[str, Any]) -> Connection:
    """Read the fields of a config entry. Raises an `InvalidSettings` that says what is wrong; opens nothing yet."""
    urls = read_urls(data)
    verify = data.get(CONF_VERIFY_SSL, True)
    encrypted = any(url.scheme == "wss" for url in urls)
    subprotocol = data.get(CONF_SUBPROTOCOL) or SUBPROTOCOL
    if not TOKEN.fullmatch(subprotocol):
        raise InvalidSubprotocol
    server_name = data.get(CONF_SERVER_NAME) or None
    if server_name is not None and not endpoint.HOST_NAME.fullmatch(server_name):
        raise InvalidServerName
    handshake = Handshake(
        headers=read_headers(data.get(CONF_HEADERS)),
        tls=await hass.async_add_executor_job(tls_context, data) if encrypted else None,
        subprotocol=None if subprotocol == NO_SUBPROTOCOL else subprotocol,
        server_name=server_name,
    )
    session = async_create_clientsession(
        hass, verify_ssl=verify, auto_cleanup=False, middlewares=(stay,)
    )
    return Connection(
        urls=urls,
        prefix=data.get(CONF_PREFIX, topics.DEFAULT_PREFIX),
        settings=Settings(
            client_id=data.get(CONF_CLIENT_ID) or new_client_id(),
            username=data.get(CONF_USERNAME) or None,
            password=data.get(CONF_PASSWORD) or None,
            keepalive=int(data.get(CONF_KEEPALIVE, DEFAULT_KEEPALIVE)),
            session_expiry=int(data.get(CONF_SESSION_EXPIRY, DEFAULT_SESSION_EXPIRY)),
            maximum_qos=int(data.get(CONF_MAXIMUM_QOS, DEFAULT_MAXIMUM_QOS)),
        ),
        dials=tuple(partial(WebSocketTransport, session, url, handshake) for url in urls),
        close=session.detach,
    )


async def async_try(connection: Connection, protocol: str, client_id: str | None = None) -> Version:
    """The version of MQTT that works; raises `LinkError`. The broker keeps nothing of it.

    `client_id` takes the place of the connection's own, which somebody else may be using.
    """
    client_id = client_id or connection.settings.client_id
    settings = replace(connection.settings, client_id=client_id, session_expiry=0)
    said = greeting(connection.prefix)
    return await attempt(connection.dials, settings, said, protocol)


async def async_end_session(hass: HomeAssistant, data: Mapping[str, Any]) -> None:
    """Let the broker forget the session it keeps for an entry that is gone: a clean start ends it.

    (MQTT 5, section 3.1.2.4; 3.1.1, section 3.1.2.4.) Where the broker cannot be reached, nothing can be done.
    """
    if CONF_CLIENT_ID not in data or not data.get(CONF_SESSION_EXPIRY, DEFAULT_SESSION_EXPIRY):
        return
    try:
        connection = await async_prepare(hass, data)
    except InvalidSettings:
        return
    settings = replace(connection.settings, session_expiry=0)
    protocol = data.get(CONF_PROTOCOL, PROTOCOL_AUTO)
    if data.get(CONF_SPOKEN_PROTOCOL) == Version.V311.value:
        protocol = Version.V311.value
    try:
        async with asyncio.timeout(FAREWELL_WITHIN):
            await attempt(connection.dials, settings, Greeting(), protocol)
    except (LinkError, TimeoutError) as error:
        _LOGGER.debug("The broker may keep a session until it expires: %s", error)
    finally:
        connection.close()


def greeting(
    prefix: str, *, curious: bool = False, further: tuple[Subscription, ...] = ()
) -> Greeting:
    """What Home Assistant subscribes to; its connection has no will.

    Samples come at QoS 0: what a broker keeps for a client that is away would come as if it were said just then.
    A `curious` one also listens for gateways that speak the contract's next version. `further` are mapped topics.
    """
    wanted = tuple(
        Subscription(one, topics.subscribed_qos(one))
        for one in topics.heard_by_home_assistant(prefix)
    )
    later = topics.heard_of_next_version(prefix)
    extra = (Subscription(later, topics.subscribed_qos(later), optional=True),) if curious else ()
    return Greeting(wanted + further + extra)


def by_name(filters: Iterable[str]) -> list[Subscription]:
    """Subscriptions to topics of ours by name; who may not have them that way, has them by wildcard."""
    return [Subscription(one, topics.subscribed_qos(one), optional=True) for one in filters]


def new_client_id() -> str:
    """A client id that no other client has; 23 characters are admitted everywhere (MQTT 3.1.1, section 3.1.3.1)."""
    return f"chamber{secrets.token_hex(8)}"


def is_generated(client_id: str) -> bool:
    """Whether a client id is one that `new_client_id` made, not one that somebody chose."""
    return GENERATED.fullmatch(client_id) is not None


def read_urls(data: Mapping[str, Any]) -> tuple[URL, ...]:
    """The broker's addresses, the preferred one first, each once. Raises `InvalidUrl`, which says which."""
    urls = [endpoint.parse(data.get(CONF_URL, ""))]
    for number, text in enumerate(data.get(CONF_ALTERNATE_URLS, ()), start=1):
        try:
            urls.append(endpoint.parse(text))
        except endpoint.InvalidUrl as error:
            raise endpoint.InvalidUrl(f"alternate URL {number}: {error}") from None
    return tuple(dict.fromkeys(urls))


def read_headers(raw: object) -> dict[str, str]:
    """Extra headers, given as an object or as JSON text. Raises `InvalidHeaders`."""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw) if raw.strip() else {}
        except ValueError as error:
            raise InvalidHeaders from error
    if raw is None:
        return {}
    if not isinstance(raw, dict) or not all(_admitted(name, value) for name, value in raw.items()):
        raise InvalidHeaders
    return {str(name): str(value) for name, value in raw.items()}


def _admitted(name: object, value: object) -> bool:
    """Names are tokens, values printable: nobody smuggles a second header in (RFC 9110, section 5.5)."""
    if not isinstance(name, str) or not isinstance(value, str):
        return False
    token = name.replace("-", "").replace("_", "")
    return (
        token.isascii()
        and token.isalnum()
        and name.lower() not in FORBIDDEN_HEADERS
        and not name.lower().startswith(FORBIDDEN_BEGINNING)
        and value.isprintable()
    )


def tls_context(data: Mapping[str, Any]) -> ssl.SSLContext | None:
    """The TLS context for the entry's own certificates; None where the session's own serves. Blocks: reads files."""
    certificate, key = data.get(CONF_CLIENT_CERTIFICATE), data.get(CONF_CLIENT_KEY)
    authority = data.get(CONF_CA_CERTIFICATE)
    if not (certificate or key or authority):
        return None
    verify = data.get(CONF_VERIFY_SSL, True)
    context = create_client_context() if verify else create_no_verify_ssl_context()
    try:
        if authority and verify:
            context.load_verify_locations(cadata=authority)
        if certificate or key:
            _load_identity(context, certificate or "", key or "")
    except (ssl.SSLError, TypeError, ValueError) as error:
        raise InvalidCertificate(str(error)) from error
    return context


def _load_identity(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Python reads a client's certificate from files only; they live in a private folder for a moment."""
    with TemporaryDirectory() as folder:
        pem = Path(folder) / "client.pem"
        pem.touch(mode=0o600)
        pem.write_text(f"{certificate.strip()}\n{key.strip()}\n")
        context.load_cert_chain(pem, password="")
