"""Where the broker is: the url, taken verbatim."""

from yarl import URL

from .errors import InvalidSettings

DEFAULT_PORTS = {"ws": 80, "wss": 443}


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
        raise InvalidUrl("it cannot be read; is the port a number up to 65535?") from None
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
