"""Where the broker is: the url, taken verbatim, or what a broker announces of itself."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address

from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from yarl import URL

from .chamber.topics import DEFAULT_PREFIX, PREFIX
from .errors import InvalidSettings

DEFAULT_PORTS = {"ws": 80, "wss": 443}
DEFAULT_PATH = "/mqtt"
HOST_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
LONGEST_NAME = 64


class InvalidUrl(InvalidSettings):
    """Not the address of a WebSocket."""


def parse(text: str) -> URL:
    """The url of a broker: `ws://` or `wss://`, a host, and path and query exactly as given. Raises `InvalidUrl`.

    User and password have fields of their own and are refused here, since urls end up in logs. A request line is ASCII
    (RFC 9112, section 3): other characters need their percent encoding, or Punycode. The error says which rule is
    broken, and repeats nothing of the url.
    """
    text = text.strip()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise InvalidUrl("blanks, and letters beyond ASCII, need their percent encoding")
    try:
        url = URL(text, encoded=True)
        port = url.explicit_port
    except ValueError:
        raise InvalidUrl("it cannot be read; the port has to be a number up to 65535") from None
    rules = {
        "it must begin with ws:// or wss://": url.scheme in DEFAULT_PORTS,
        "it names no host": bool(url.host),
        "its port cannot be 0": port != 0,
        "username and password have fields of their own": url.user is None and url.password is None,
        "it must not have a fragment, which begins with #": not url.fragment,
    }
    for rule, kept in rules.items():
        if not kept:
            raise InvalidUrl(rule)
    return url


def identity(url: URL, prefix: str) -> str:
    """What makes two entries the same: host, port, path and prefix; the query may carry secrets and stays out."""
    return f"{url.host}:{url.port or DEFAULT_PORTS[url.scheme]}{url.raw_path} {prefix}"


def shown(url: URL) -> str:
    """The url for people: without its query, which may carry secrets."""
    return str(url.with_query(None))


def names_of(text: str, prefix: str) -> tuple[str, ...]:
    """Names for the broker of a url, from its host to all that tells it from others; none where it cannot be read."""
    try:
        url = parse(text)
    except InvalidUrl:
        return ()
    port = url.port or DEFAULT_PORTS[url.scheme]
    places = (url.host or "", f"{url.host}:{port}", f"{url.host}:{port}{url.raw_path}")
    behind = "" if prefix == DEFAULT_PREFIX else f" {prefix}"
    return tuple(f"{place}{behind}" for place in places)


@dataclass(frozen=True, slots=True)
class Found:
    """A broker that announced itself; `identities` are all it may be configured under already."""

    url: str
    prefix: str
    name: str
    identity: str
    identities: frozenset[str]


def discovered(info: ZeroconfServiceInfo) -> Found:
    """Read an announcement: TXT `path`, `tls` (1 or 0), `prefix`, `name`, `host`. Raises `InvalidUrl`.

    A certificate is for a name, so with TLS the name is dialled, else the address, which needs no resolver.
    """
    said = {key: value for key, value in info.properties.items() if isinstance(value, str)}
    scheme = "wss" if said.get("tls") == "1" else "ws"
    path = said.get("path") or DEFAULT_PATH
    if not path.startswith("/"):
        path = f"/{path}"
    prefix = said.get("prefix") or DEFAULT_PREFIX
    if not PREFIX.fullmatch(prefix):
        raise InvalidUrl("its topic prefix is none")
    names = [name for name in (said.get("host"), info.hostname.rstrip(".")) if name]
    addresses = [
        str(one)
        for one in dict.fromkeys((info.ip_address, *info.ip_addresses))
        if not (one.is_link_local or one.is_unspecified or one.is_multicast)
    ]
    hosts = [*names, *addresses] if scheme == "wss" else [*addresses, *names]
    urls = [_announced(scheme, host, info.port, path) for host in hosts]
    if not urls or (scheme == "ws" and not addresses):
        raise InvalidUrl("it has no address that can be dialled")
    name = said.get("name") or info.name.removesuffix(f".{info.type}")
    name = "".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME]
    identities = [identity(url, prefix) for url in urls]
    return Found(str(urls[0]), prefix, name or hosts[0], identities[0], frozenset(identities))


def _announced(scheme: str, host: str, port: int | None, path: str) -> URL:
    try:
        bracketed = f"[{IPv6Address(host)}]"
    except ValueError:
        bracketed = host
        if not HOST_NAME.fullmatch(host):
            raise InvalidUrl("its host is neither a name nor an address") from None
    return parse(f"{scheme}://{bracketed}:{port or 0}{path}")
