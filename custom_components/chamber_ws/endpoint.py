"""Where the broker is: the url, taken verbatim."""

from yarl import URL

from .errors import InvalidSettings

DEFAULT_PORTS = {"ws": 80, "wss": 443}


class InvalidUrl(InvalidSettings):
    """Not the address of a WebSocket."""


def parse(text: str) -> URL:
    """The url of a broker: `ws://` or `wss://`, a host, and path and query exactly as given. Raises `InvalidUrl`.

    User and password have fields of their own and are refused here, since urls end up in logs. A request line is ASCII
    (RFC 9112, section 3): other characters need their percent encoding, or Punycode.
    """
    text = text.strip()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise InvalidUrl
    try:
        url = URL(text, encoded=True)
        port = url.explicit_port
    except ValueError:
        raise InvalidUrl from None
    bad = url.scheme not in DEFAULT_PORTS or not url.host or url.fragment or port == 0
    if bad or url.user is not None or url.password is not None:
        raise InvalidUrl
    return url


def identity(url: URL, prefix: str) -> str:
    """What makes two entries the same: host, port, path and prefix; the query may carry secrets and stays out."""
    return f"{url.host}:{url.port or DEFAULT_PORTS[url.scheme]}{url.raw_path} {prefix}"


def shown(url: URL) -> str:
    """The url for people: without its query, which may carry secrets."""
    return str(url.with_query(None))
