"""What Nagle's algorithm (RFC 896) does to two small packets, and TCP_NODELAY against it.

A side that writes two small packets in a row sends the second only when the first is acknowledged, and the
other side's kernel delays that acknowledgement, on Linux for some 40 ms, in the hope of something to send
along. paho-mqtt leaves the algorithm on, and so does Mosquitto as it comes. QoS 1 makes such pairs:
an acknowledgement, and the next message.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from workshop.parts.brokers import Broker
from workshop.parts.processes import LOOPBACK

from .payloads import STATE_SIZE, payload
from .rows import ECHO, REPLY, Delay
from .stats import spread

ACTING = 0.001
"""Seconds that the answering side takes to act; they are part of the time to the reply."""
WARM_UP = 5
MOST_SECONDS = 6.0
_WITHIN = 10.0
_TRANSPORTS = ("tcp", "websocket")


@dataclass(frozen=True)
class Case:
    """What is switched; `broker` is configured as `broker_nodelay` says."""

    exchange: str
    transport: str
    broker: Broker
    client_nodelay: bool
    broker_nodelay: bool


def cases(plain: list[Broker], nodelay: list[Broker]) -> list[Case]:
    """Every combination; `plain` are brokers as they come, `nodelay` those with `set_tcp_nodelay true`."""
    return [
        Case(exchange, transport, broker, client_nodelay, broker_nodelay)
        for exchange in _EXCHANGES
        for transport in _TRANSPORTS
        for brokers, broker_nodelay in ((plain, False), (nodelay, True))
        for broker in brokers
        for client_nodelay in (False, True)
    ]


def measure(wanted: list[Case], rounds: int, count: int) -> list[Delay]:
    """Each case, in rounds."""
    seconds: dict[Case, list[list[float]]] = {case: [] for case in wanted}
    for _round in range(rounds):
        for case in wanted:
            with _EXCHANGES[case.exchange](case) as exchange:
                seconds[case].append(_timed(exchange, count))
    return [_row(case, taken) for case, taken in seconds.items()]


def _row(case: Case, taken: list[list[float]]) -> Delay:
    found = spread(taken)
    return Delay(
        case.exchange,
        case.transport,
        case.broker.kind,
        case.client_nodelay,
        case.broker_nodelay,
        found.count,
        found.p50,
        found.p95,
    )


def _timed(exchange: Callable[[], None], count: int) -> list[float]:
    for _number in range(WARM_UP):
        exchange()
    until = time.perf_counter() + MOST_SECONDS
    taken: list[float] = []
    while len(taken) < count and time.perf_counter() < until:
        start = time.perf_counter()
        exchange()
        taken.append(time.perf_counter() - start)
    return taken


@contextmanager
def _client(case: Case, topic: str, received: Callable[[], None]) -> Iterator[Client]:
    """A paho client with its own thread, as it comes, subscribed to a topic."""
    client = Client(
        CallbackAPIVersion.VERSION2,
        protocol=MQTTProtocolVersion.MQTTv311,
        transport="tcp" if case.transport == "tcp" else "websockets",
    )
    ready = threading.Event()

    def on_subscribe(*_answer: object) -> None:
        ready.set()

    def on_message(*_message: object) -> None:
        received()

    client.on_subscribe = on_subscribe
    client.on_message = on_message
    client.on_socket_open = lambda _client, _data, sock: _set_nodelay(sock, case.client_nodelay)
    client.connect(
        LOOPBACK, case.broker.plain_port if case.transport == "tcp" else case.broker.port
    )
    client.subscribe(topic, 1)
    client.loop_start()
    try:
        _wait(ready, "the broker did not grant the subscription")
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def _wait(event: threading.Event, otherwise: str) -> None:
    if not event.wait(_WITHIN):
        raise TimeoutError(otherwise)
    event.clear()


@contextmanager
def _echo(case: Case) -> Iterator[Callable[[], None]]:
    """One client publishes to its own topic; the call returns when the message is back."""
    topic, back = f"lecture38/{secrets.token_hex(4)}", threading.Event()
    with _client(case, topic, back.set) as client:

        def exchange() -> None:
            client.publish(topic, payload(STATE_SIZE), 1)
            _wait(back, "a message did not come back")

        yield exchange


@contextmanager
def _reply(case: Case) -> Iterator[Callable[[], None]]:
    """One client commands, another acts and replies, as a gateway does; the call returns with the reply."""
    topic = f"lecture38/{secrets.token_hex(4)}"
    command, replied, stopping = threading.Event(), threading.Event(), threading.Event()
    with (
        _client(case, f"{topic}/reply", replied.set) as commander,
        _client(case, f"{topic}/command", command.set) as gateway,
    ):

        def act() -> None:
            while command.wait(_WITHIN) and not stopping.is_set():
                command.clear()
                time.sleep(ACTING)
                gateway.publish(f"{topic}/reply", payload(STATE_SIZE), 1)

        def exchange() -> None:
            commander.publish(f"{topic}/command", payload(STATE_SIZE), 1)
            _wait(replied, "there was no reply")

        acting = threading.Thread(target=act)
        acting.start()
        try:
            yield exchange
        finally:
            stopping.set()
            command.set()
            acting.join()


def _set_nodelay(sock: Any, on: bool) -> None:
    """On a copy of the descriptor: an option belongs to the connection, and paho's wrapper has no setter."""
    with socket.socket(fileno=os.dup(sock.fileno())) as copy:
        copy.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, on)


_EXCHANGES: dict[str, Callable[[Case], AbstractContextManager[Callable[[], None]]]] = {
    ECHO: _echo,
    REPLY: _reply,
}
