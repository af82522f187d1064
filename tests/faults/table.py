"""Every fault: how it is made, what it is called, and how soon it is found. The documentation shows this table."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from inspect import isawaitable
from typing import Any

from faults import doors
from faults.haste import Deadlines
from faults.proxy import BOTH, Port, Proxy, Way, Weather
from faults.tls import Certificates

Strike = Callable[[Proxy, Certificates], Awaitable[None] | None]


@dataclass(frozen=True)
class Within:
    """Seconds until a fault is found, at most; `said` is their formula."""

    said: str
    seconds: Callable[[Deadlines], float]


AT_ONCE = Within("at once", lambda _d: 0.0)
OPENING = Within("handshake deadline", lambda d: d.open)
GREETING = Within("CONNACK deadline", lambda d: d.connack)
SUBSCRIBING = Within("SUBACK deadline", lambda d: d.suback)
NEXT_BYTE = Within("heartbeat", lambda d: d.heartbeat)
NO_PONG = Within("1.5 × heartbeat", lambda d: 1.5 * d.heartbeat)
NO_WORD_UP = Within("2 × keepalive", lambda d: 2.0 * d.keepalive)


class When(StrEnum):
    """At which moment a fault strikes."""

    CONNECTING = "while connecting"
    ENCRYPTING = "while connecting with TLS"
    LIVE = "in a connection that stands"
    BEARABLE = "borne"


@dataclass(frozen=True)
class Fault:
    """`cause` is what the link calls it; None where the link goes on. `causes` are the ends that cannot know better."""

    name: str
    when: When
    strike: Strike
    cause: str | None
    within: Within = AT_ONCE
    causes: Mapping[str, str] = field(default_factory=dict)
    kept: str = "yes"
    """Whether what the broker could not deliver at QoS 1 still comes."""
    retry_after: int | None = None
    """Seconds that the server asks for."""

    async def happen(self, proxy: Proxy, certificates: Certificates) -> None:
        """Strike."""
        doing = self.strike(proxy, certificates)
        if isawaitable(doing):
            await doing


def being(**manner: Any) -> Strike:
    """A fault that lasts."""
    return lambda proxy, _certificates: proxy.be(**manner)


def wearing(name: str) -> Strike:
    """Show one of the certificates that nobody should trust."""
    return lambda proxy, certificates: proxy.be(tls=getattr(certificates, name))


def injecting(data: bytes) -> Strike:
    """Say something in the broker's name."""
    return lambda proxy, _certificates: proxy.inject(data)


def _at(when: When, *rows: tuple[Any, ...]) -> tuple[Fault, ...]:
    return tuple(Fault(name, when, *row) for name, *row in rows)


def _http(status: int, reason: str, **headers: str) -> Strike:
    return being(door=doors.answers(status, reason, **headers))


CONNECTING = _at(
    When.CONNECTING,
    ("nobody listens", being(port=Port.REFUSED), "connection_refused"),
    ("no answer to SYN: firewall, machine off", being(port=Port.DEAF), "timeout", OPENING),
    ("accepted, then silence", being(door=doors.silent), "timeout", OPENING),
    ("a header that never ends", being(door=doors.drips), "timeout", OPENING),
    ("reset instead of an answer", being(door=doors.resets), "not_websocket"),
    ("closed instead of an answer", being(door=doors.hangs_up), "not_websocket"),
    (
        "another protocol answers",
        being(door=doors.says(b"SSH-2.0-OpenSSH_10.2\r\n")),
        "not_websocket",
    ),
    ("HTTP 200", _http(200, "OK"), "not_websocket"),
    (
        "HTTP 301, not followed",
        _http(301, "Moved Permanently", Location="ws://127.0.0.1:9/"),
        "not_websocket",
    ),
    ("HTTP 302, not followed", _http(302, "Found", Location="/login"), "not_websocket"),
    ("HTTP 400", _http(400, "Bad Request"), "not_websocket"),
    ("HTTP 401", _http(401, "Unauthorized"), "invalid_auth"),
    ("HTTP 403", _http(403, "Forbidden"), "not_authorized"),
    ("HTTP 404", _http(404, "Not Found"), "wrong_path"),
    ("HTTP 426", _http(426, "Upgrade Required"), "not_websocket"),
    ("HTTP 502", _http(502, "Bad Gateway"), "unavailable"),
    ("HTTP 503", _http(503, "Service Unavailable"), "unavailable"),
    (
        "HTTP 503 with Retry-After: 120",
        _http(503, "Service Unavailable", Retry_After="120"),
        "unavailable",
        AT_ONCE,
        {},
        "yes",
        120,
    ),
    (
        "wrong Sec-WebSocket-Accept",
        being(door=doors.greets(accept=lambda _key: "d3Jvbmc=")),
        "not_websocket",
    ),
    ("another subprotocol", being(door=doors.greets(subprotocol="chat")), "unsupported_protocol"),
    ("no subprotocol", being(door=doors.greets(subprotocol=None)), "unsupported_protocol"),
    ("no CONNACK", being(door=doors.greets()), "silent", GREETING),
    (
        "closed instead of CONNACK",
        being(door=doors.greets(doors.close_frame(1000), leaves=True)),
        "no_greeting",
    ),
    ("CONNACK: version", being(door=doors.greets(doors.refusal(0x84))), "unsupported_protocol"),
    ("CONNACK: password", being(door=doors.greets(doors.refusal(0x86))), "invalid_auth"),
    ("CONNACK: not authorised", being(door=doors.greets(doors.refusal(0x87))), "invalid_auth"),
    ("CONNACK: busy", being(door=doors.greets(doors.refusal(0x89))), "unavailable"),
    ("CONNACK: banned", being(door=doors.greets(doors.refusal(0x8A))), "not_authorized"),
    (
        "no SUBACK",
        being(door=doors.greets(doors.frame(doors.CONNACK))),
        "timeout",
        SUBSCRIBING,
    ),
)

ENCRYPTING = _at(
    When.ENCRYPTING,
    ("certificate expired", wearing("expired"), "tls_failed"),
    ("certificate of another host", wearing("elsewhere"), "tls_failed"),
    ("certificate of an unknown authority", wearing("unknown"), "tls_failed"),
    (
        "a client certificate is asked for, and the alert is lost",
        wearing("demanding"),
        "not_websocket",
    ),
    ("reset in the TLS handshake", being(tls=None, door=doors.resets), "tls_failed"),
    ("closed in the TLS handshake", being(tls=None, door=doors.hangs_up), "tls_failed"),
    ("silence in the TLS handshake", being(tls=None, door=doors.silent), "timeout", OPENING),
    (
        "no TLS at a wss address",
        being(tls=None, door=doors.answers(400, "Bad Request")),
        "tls_failed",
    ),
    (
        "reset after the TLS handshake, before the alert arrives",
        being(door=doors.resets),
        "tls_failed",
        AT_ONCE,
        {"agent": "not_websocket"},
    ),
)

LIVE = _at(
    When.LIVE,
    ("reset", lambda proxy, _certificates: proxy.reset(), "lost"),
    ("half closed by the broker", lambda proxy, _certificates: proxy.finish(), "lost"),
    ("half open: the other side has forgotten it", lambda p, _c: p.forget(), "lost", NEXT_BYTE),
    ("black hole both ways", being(weather=Weather(held=BOTH)), "lost", NO_PONG),
    (
        "black hole towards Home Assistant",
        being(weather=Weather(held=frozenset({Way.DOWN}))),
        "lost",
        NO_PONG,
    ),
    (
        "black hole towards the broker, samples go on arriving",
        being(weather=Weather(held=frozenset({Way.UP}))),
        "lost",
        NO_WORD_UP,
    ),
    ("cut in mid-frame", being(weather=Weather(cut=7)), "lost"),
    ("cut in mid-frame, with reset", being(weather=Weather(cut=7, reset=True)), "lost"),
    ("close frame 1000", injecting(doors.close_frame(1000)), "lost"),
    ("close frame 1001: going away", injecting(doors.close_frame(1001)), "lost"),
    ("close frame 1002: protocol", injecting(doors.close_frame(1002)), "protocol_error"),
    ("close frame 1008: policy", injecting(doors.close_frame(1008)), "not_authorized"),
    ("close frame 1009: too large", injecting(doors.close_frame(1009)), "too_large"),
    ("close frame 1012: restarts", injecting(doors.close_frame(1012)), "lost"),
    ("DISCONNECT: shutting down", injecting(doors.farewell(0x8B)), "lost"),
    (
        "DISCONNECT: session taken over",
        injecting(doors.farewell(0x8E)),
        "taken_over",
        AT_ONCE,
        {},
        "no: the rival has the session",
    ),
    ("DISCONNECT: administrative", injecting(doors.farewell(0x98)), "not_authorized"),
    ("a text frame", injecting(doors.frame(b"hello", opcode=1)), "protocol_error"),
    ("a frame of a reserved kind", injecting(doors.frame(b"?", opcode=11)), "protocol_error"),
    ("malformed MQTT", injecting(doors.frame(b"\xf0\x00")), "protocol_error"),
    (
        "a frame beyond 4 MiB",
        injecting(b"\x82\x7f" + (8 * 1024 * 1024).to_bytes(8) + bytes(64)),
        "too_large",
    ),
)

BEARABLE = _at(
    When.BEARABLE,
    ("delay", being(weather=Weather(delay=0.1)), None),
    ("jitter", being(weather=Weather(jitter=0.2)), None),
    ("a slow line", being(weather=Weather(rate=4000)), None),
    ("segments of one byte", being(weather=Weather(segment=1)), None),
)

FAULTS = (*CONNECTING, *ENCRYPTING, *LIVE, *BEARABLE)
