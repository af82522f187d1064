"""What is announced of a broker: where it is, and how it is spoken to; as the integration reads it."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

from ..config import Broker, Gateway

SERVICE = "_chamber-ws._tcp.local."
_PORTS = {"ws": 80, "wss": 443}
_LONGEST = 255
"""A string of a TXT record has one byte for its length (RFC 6763, section 6.1)."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A service: its instance's name, the name of its host, and where it is."""

    name: str
    server: str
    port: int
    addresses: tuple[str, ...]
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def host(broker: Broker) -> str:
    """Return where the preferred broker is, as its URL says."""
    return urlsplit(broker.url).hostname or ""


def is_here(name: str) -> bool:
    """Tell whether a host is this machine under a name that nobody else can use."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def announcement(
    broker: Broker, gateway: Gateway, machine: str, addresses: Iterable[str]
) -> Announcement:
    """Return what is announced of a broker that has these addresses; `machine` is this machine's name.

    A certificate is for a name: with TLS the URL's own host is told too, where others can use it.
    """
    url = urlsplit(broker.url)
    local = machine.partition(".")[0].lower() or "chamber-agent"
    path = f"{url.path or '/'}{f'?{url.query}' if url.query else ''}"
    said = {
        "path": path,
        "tls": "1" if url.scheme == "wss" else "0",
        "prefix": gateway.prefix,
        "name": f"{gateway.id} on {local}",
    }
    if url.scheme == "wss" and not is_here(host(broker)):
        said["host"] = host(broker)
    fitting = {key: one for key, one in said.items() if len(f"{key}={one}".encode()) <= _LONGEST}
    return Announcement(
        name=f"{gateway.id} on {local}"[:63],
        server=f"{local}.local.",
        port=url.port or _PORTS[url.scheme],
        addresses=tuple(sorted(addresses)),
        properties=MappingProxyType(fitting),
    )
