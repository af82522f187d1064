"""Real MQTT brokers on loopback, for the demo and for end-to-end tests.

    with brokers.start("mosquitto", folder, user="u", password="p") as broker:
        connect(broker.url)

Kinds: `mosquitto` (this machine's, else the one of its Debian, unpacked), `mosquitto-testing`
(Debian testing's, whose WebSocket is its own), `amqtt` (in Python), `auto` (the first to be had).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from ..machine import debian
from ..machine.environments import ready
from ..progress import WorkshopError
from . import amqtt, mosquitto
from .listener import Listener
from .processes import LOOPBACK, Process, ProcessError, answers, free_port, is_free

_START_TIMEOUT = 20.0

_HAVE: dict[str, Callable[[], object]] = {
    "mosquitto": mosquitto.program,
    "mosquitto-testing": lambda: mosquitto.unpacked(debian.TESTING),
    "amqtt": lambda: ready("amqtt"),
}
_COMMANDS: dict[str, Callable[[Listener], Sequence[str | Path]]] = {
    "mosquitto": lambda listener: mosquitto.command(mosquitto.program(), listener),
    "mosquitto-testing": lambda listener: mosquitto.command(
        mosquitto.unpacked(debian.TESTING), listener
    ),
    "amqtt": amqtt.command,
}
KINDS = tuple(_HAVE)


class Broker(Process):
    """A running broker; see `start`."""

    def __init__(self, kind: str, command: Sequence[str | Path], listener: Listener) -> None:
        """Start the command and wait until both ports answer.

        Raises:
            ProcessError: it did not start; the message holds its log's tail.
        """
        super().__init__(kind, command, listener.folder / "broker.log")
        self.kind = kind
        self.listener = listener
        self.port = listener.port
        self.plain_port = listener.plain_port
        try:
            self.wait_until(self._answers, f"{kind} on port {self.port}", _START_TIMEOUT)
        except ProcessError:
            self.stop()
            raise

    def _answers(self) -> bool:
        return answers(self.port) and answers(self.plain_port)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"{'wss' if self.listener.tls else 'ws'}://{LOOPBACK}:{self.port}/mqtt"


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
    if kind not in _HAVE:
        raise WorkshopError(f"there is no broker {kind}; there are: auto, {', '.join(KINDS)}")
    _HAVE[kind]()
    return kind


def start(
    kind: str,
    folder: Path,
    *,
    port: int = 0,
    plain_port: int = 0,
    user: str = "",
    password: str = "",
    tls: tuple[Path, Path] | None = None,
    extra: str = "",
) -> Broker:
    """Start a broker of that kind; port 0 is any free one. In the same folder Mosquitto remembers.

    Raises:
        MissingPartError: that broker cannot be had on this machine.
        ProcessError: it did not start.
        WorkshopError: a port is taken, or there is no such kind.
    """
    kind = available(kind)
    listener = Listener(
        folder, port or free_port(), plain_port or free_port(), user, password, tls, extra
    )
    for taken in (listener.port, listener.plain_port):
        if not is_free(taken):
            raise WorkshopError(
                f"port {taken} of {LOOPBACK} is in use by another program; choose another one"
            )
    folder.mkdir(parents=True, exist_ok=True)
    return Broker(kind, _COMMANDS[kind](listener), listener)
