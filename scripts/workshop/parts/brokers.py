"""Real MQTT brokers on loopback, for the demo and for end-to-end tests.

    with brokers.start("mosquitto", folder, user="u", password="p") as broker:
        connect(broker.url)

`KINDS` are all there are, `auto` the first to be had. A name that ends in `-testing` is the version of
Debian testing. `cluster.py` starts several brokers that are one, `nginx.py` a server in front of one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypedDict, Unpack

from ..machine import debian
from ..machine import node as node_js
from ..machine.environments import ready
from ..progress import WorkshopError
from . import aedes, amqtt, mosquitto, nats, rabbitmq
from .listener import Listener, Service
from .processes import LOOPBACK, Process, ProcessError, answers, free_port, is_free

_START_TIMEOUT = 60.0


@dataclass(frozen=True)
class Kind:
    """Where a broker comes from, and how it serves."""

    have: Callable[[], object]
    serve: Callable[[Listener], Service]


_TABLE = {
    "mosquitto": Kind(
        mosquitto.program, lambda listener: mosquitto.service(mosquitto.program(), listener)
    ),
    "mosquitto-testing": Kind(
        lambda: mosquitto.unpacked(debian.TESTING),
        lambda listener: mosquitto.service(mosquitto.unpacked(debian.TESTING), listener),
    ),
    "amqtt": Kind(lambda: ready("amqtt"), amqtt.service),
    "aedes": Kind(lambda: node_js.ready("aedes"), aedes.service),
    "nats": Kind(
        lambda: nats.unpacked(debian.STABLE),
        lambda listener: nats.service(nats.unpacked(debian.STABLE), listener),
    ),
    "nats-testing": Kind(
        lambda: nats.unpacked(debian.TESTING),
        lambda listener: nats.service(nats.unpacked(debian.TESTING), listener),
    ),
    "rabbitmq": Kind(
        lambda: rabbitmq.unpacked(debian.STABLE),
        lambda listener: rabbitmq.service(rabbitmq.unpacked(debian.STABLE), listener),
    ),
    "rabbitmq-testing": Kind(
        lambda: rabbitmq.unpacked(debian.TESTING),
        lambda listener: rabbitmq.service(rabbitmq.unpacked(debian.TESTING), listener),
    ),
}
KINDS = tuple(_TABLE)


class Broker(Process):
    """A broker, running once it is `ready`; see `start`."""

    def __init__(self, kind: str, service: Service, listener: Listener) -> None:
        """Start the service, and do not wait for it."""
        super().__init__(
            kind,
            service.command,
            listener.folder / "broker.log",
            env=service.environment,
            cwd=listener.folder,
        )
        self.kind = kind
        self.listener = listener
        self.port = listener.port
        self.plain_port = listener.plain_port
        self._service = service

    def ready(self) -> Self:
        """Wait until it serves.

        Raises:
            ProcessError: it did not start; the message holds its log's tail.
        """
        try:
            self.wait_until(self._serves, f"{self.kind} on port {self.port}", _START_TIMEOUT)
        except ProcessError:
            self.stop()
            raise
        return self

    def _serves(self) -> bool:
        ports = answers(self.port) and answers(self.plain_port)
        return ports and self._service.greeting in self.output()

    @property
    def path(self) -> str:
        """The path of its URL; most brokers take any other one too."""
        return self._service.path

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"{'wss' if self.listener.tls else 'ws'}://{LOOPBACK}:{self.port}{self.path}"


def available(kind: str) -> str:
    """Return the kind that will be started, with all it needs in place; for `auto` the first.

    Raises:
        MissingPartError: it cannot be had on this machine.
        WorkshopError: there is no such kind.
    """
    if kind == "auto":
        try:
            return available("mosquitto")
        except WorkshopError:
            return available("amqtt")
    if kind not in _TABLE:
        raise WorkshopError(f"there is no broker {kind}; there are: auto, {', '.join(KINDS)}")
    _TABLE[kind].have()
    return kind


class Wanted(TypedDict, total=False):
    """What a broker is asked for; what is left out is as `Listener` has it, a port is any free one."""

    port: int
    plain_port: int
    user: str
    password: str
    tls: tuple[Path, Path] | None
    extra: str


def launch(kind: str, folder: Path, **wanted: Unpack[Wanted]) -> Broker:
    """Begin to start a broker of that kind, of which some take ten seconds: see `start`, and `Broker.ready`."""
    kind = available(kind)
    wanted["port"] = wanted.get("port") or free_port()
    wanted["plain_port"] = wanted.get("plain_port") or free_port()
    listener = Listener(folder, **wanted)
    claim(listener)
    return Broker(kind, _TABLE[kind].serve(listener), listener)


def start(kind: str, folder: Path, **wanted: Unpack[Wanted]) -> Broker:
    """Start a broker of that kind; port 0 is any free one.

    In the same folder it remembers, unless it is amqtt or aedes, which forget.

    Raises:
        MissingPartError: that broker cannot be had on this machine.
        ProcessError: it did not start.
        WorkshopError: a port is taken, or there is no such kind.
    """
    return launch(kind, folder, **wanted).ready()


def claim(listener: Listener) -> None:
    """Make the listener's folder, and see that its ports are free.

    Raises:
        WorkshopError: a port is taken.
    """
    for taken in (listener.port, listener.plain_port):
        if not is_free(taken):
            raise WorkshopError(
                f"port {taken} of {LOOPBACK} is in use by another program; choose another one"
            )
    listener.folder.mkdir(parents=True, exist_ok=True)
