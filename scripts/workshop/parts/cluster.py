"""Three nats-servers on loopback that are one broker: each keeps all, and any of them may be killed.

with cluster.start(folder) as three:
    three.nodes[0].kill()
    three.again(0)
"""

import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..machine import debian
from . import nats
from .brokers import Broker, claim
from .listener import Listener
from .processes import LOOPBACK, free_port

KIND = "nats-testing"
SIZE = 3
_NAME = "chambers"


@dataclass(frozen=True)
class _Place:
    """A node's listener, and the ports on which nodes meet and say how they are."""

    listener: Listener
    route: int
    monitor: int


class Cluster:
    """Running nodes; see `start`."""

    def __init__(self, places: Sequence[_Place]) -> None:
        """Start the nodes and wait until they agree on a leader.

        Raises:
            ProcessError: a node did not start, or they did not find together.
        """
        self._places = places
        self._parts = ExitStack()
        self.nodes: list[Broker] = []
        with ExitStack() as unless_complete:
            unless_complete.callback(self._parts.close)
            for place in places:
                self.nodes.append(self._parts.enter_context(self._launch(place)))
            for number in range(len(places)):
                self._wait(number)
            unless_complete.pop_all()

    def __enter__(self) -> Self:
        """Return the cluster."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End all nodes."""
        self._parts.close()

    @property
    def urls(self) -> list[str]:
        """Where clients connect: any of them."""
        return [node.url for node in self.nodes]

    def again(self, number: int) -> Broker:
        """Start a node that has ended, at the same place; wait until it has caught up."""
        self.nodes[number].stop()
        self.nodes[number] = self._parts.enter_context(self._launch(self._places[number]))
        self._wait(number)
        return self.nodes[number]

    def _launch(self, place: _Place) -> Broker:
        claim(place.listener)
        routes = [f"nats://{LOOPBACK}:{other.route}" for other in self._places]
        name = {"name": _NAME, "host": LOOPBACK, "port": place.route, "routes": routes}
        monitor = {"http": f"{LOOPBACK}:{place.monitor}"}
        program = nats.unpacked(debian.TESTING)
        return Broker(
            KIND, nats.service(program, place.listener, cluster=name, **monitor), place.listener
        )

    def _wait(self, number: int) -> None:
        node, url = (
            self.nodes[number].ready(),
            f"http://{LOOPBACK}:{self._places[number].monitor}/healthz",
        )
        node.wait_until(lambda: _is_well(url), f"node {number} of the cluster", 30.0)


def _is_well(url: str) -> bool:
    """Whether a node has a leader and all that it shall keep."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def start(folder: Path, *, user: str = "", password: str = "", size: int = SIZE) -> Cluster:
    """Start the nodes, each in a folder of its own below `folder`.

    Raises:
        MissingPartError: nats-server cannot be had on this machine.
        ProcessError: a node did not start, or they did not find together.
    """
    nats.unpacked(debian.TESTING)
    places = [
        _Place(
            Listener(folder / f"node-{number}", free_port(), free_port(), user, password),
            free_port(),
            free_port(),
        )
        for number in range(size)
    ]
    return Cluster(places)
