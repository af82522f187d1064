"""Processes that serve a whole session; the tests keep out of each other's way by topics of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from end_to_end.gateways import Gateway, simulated
from end_to_end.parts import have
from end_to_end.plain import Plain, Said
from workshop.parts import brokers
from workshop.parts.brokers import Broker

USER, PASSWORD = "chamber", "pa ss:wörd"

BrokerOf = Callable[[str], Broker]


@pytest.fixture(scope="session")
def guarded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerOf]:
    """Give a running broker of a kind that asks for user and password."""
    running: dict[str, Broker] = {}
    with ExitStack() as stack:

        def broker(kind: str) -> Broker:
            if kind not in running:
                folder = tmp_path_factory.mktemp(kind)
                started = have(lambda: brokers.start(kind, folder, user=USER, password=PASSWORD))
                running[kind] = stack.enter_context(started)
            return running[kind]

        yield broker


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A Mosquitto that lets everybody in."""
    folder: Path = tmp_path_factory.mktemp("mosquitto")
    with have(lambda: brokers.start("mosquitto", folder)) as broker:
        yield broker


@dataclass
class Rivals:
    """Two gateways with one id, and a witness."""

    gateways: tuple[Gateway, Gateway]
    witness: Plain

    def told(self) -> bool:
        """Whether one of them has said in its log what is wrong."""
        return any("another gateway has the id" in one.process.output() for one in self.gateways)

    def said(self) -> list[Said]:
        """What they said about themselves."""
        return self.witness.all(self.gateways[0].status)


@pytest.fixture(scope="session")
def rivals(mosquitto: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rivals]:
    """Two gateways that fight over an id."""
    first, second = (
        simulated(mosquitto.url, tmp_path_factory.mktemp("twin"), "twin") for _ in "12"
    )
    with Plain(mosquitto.plain_port, first.status) as witness, first.start(), second.start():
        yield Rivals((first, second), witness)


@pytest.fixture(scope="session", autouse=True)
def _early(request: pytest.FixtureRequest) -> None:
    """Start early what takes long, where some test is about it."""
    if any("rivals" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("rivals")
