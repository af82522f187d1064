"""What is found, row by row, and what the ways, ends and exchanges are called; no network."""

from dataclasses import dataclass

from .payloads import STATE_SIZE

MQTT_TCP = "MQTT over TCP"
MQTT_WEBSOCKET = "MQTT over WebSocket"
WEBSOCKET = "WebSocket, bare"
HTTP = "HTTP polling"
HTTP_ANEW = "HTTP polling, new connection each"
PUSH = "push: MQTT over WebSocket"
GATEWAY = "gateway"
PAGE = "page"
ECHO = "own message back"
REPLY = "command and reply"
OWN_LINK = "websocket, this project's link"


@dataclass(frozen=True)
class RoundTrip:
    """One row: milliseconds."""

    way: str
    broker: str
    qos: int | None
    size: int
    count: int
    p50: float
    p95: float
    p99: float | None


@dataclass(frozen=True)
class Age:
    """One row: milliseconds from a change until the page has it; `interval` in seconds."""

    way: str
    interval: float | None
    count: int
    mean: float
    longest: float


@dataclass(frozen=True)
class Cost:
    """One row: bytes that TCP carries for one update between the server and one of the two ends."""

    way: str
    qos: int | None
    end: str
    to_server: float
    to_client: float

    @property
    def overhead(self) -> float:
        """What comes on top of the state."""
        return self.to_server + self.to_client - STATE_SIZE


@dataclass(frozen=True)
class Delay:
    """One row: an exchange with QoS 1, in milliseconds."""

    exchange: str
    transport: str
    broker: str
    client_nodelay: bool
    broker_nodelay: bool
    count: int
    p50: float
    p95: float
