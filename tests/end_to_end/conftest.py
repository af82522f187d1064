"""Processes that serve a whole session; the tests keep out of each other's way by topics of their own."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from end_to_end.capabilities import KNOWN
from end_to_end.ends import ENDS, End, Where
from end_to_end.gateways import Gateway, simulated
from end_to_end.parts import again, have
from end_to_end.plain import Plain, Said
from end_to_end.talks import SPOKEN, Talks, named
from workshop.parts import brokers
from workshop.parts.brokers import Broker
from workshop.progress import MissingPartError

USER, PASSWORD = "chamber", "pa ss:wörd"

BrokerOf = Callable[[str], Broker]


@pytest.fixture(params=ENDS, ids=lambda end: str(end.name))
def end(request: pytest.FixtureRequest) -> End:
    """Each end."""
    chosen: End = request.param
    return chosen


@pytest.fixture
def topic() -> str:
    """A topic that no other test uses."""
    return f"test/{secrets.token_hex(6)}"


@pytest.fixture(params=SPOKEN, ids=named)
def spoken(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Each broker, with each version of MQTT that it speaks."""
    kind, protocol = request.param
    return str(kind), str(protocol)


@pytest.fixture
def talks(end: End, spoken: tuple[str, str], guarded_broker: BrokerOf) -> Talks:
    """Conversations as a user with a password."""
    kind, protocol = spoken
    return Talks(end, Where(guarded_broker(kind).url, USER, PASSWORD), protocol, KNOWN[kind])


@pytest.fixture(scope="session")
def guarded_broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrokerOf]:
    """Give a running broker of a kind that asks for user and password.

    All that some test will ask for are launched at once, as some are slow to start. One that a test has
    killed is started again at its place.
    """
    running: dict[str, Broker] = {}
    with ExitStack() as stack:

        def launch(kind: str) -> None:
            folder = tmp_path_factory.mktemp(kind)
            launched = brokers.launch(kind, folder, user=USER, password=PASSWORD)
            running[kind] = stack.enter_context(launched)

        def broker(kind: str) -> Broker:
            if kind not in running:
                have(lambda: launch(kind))
            elif running[kind].exit_code() is not None:
                running[kind] = stack.enter_context(again(running[kind]))
            return running[kind].ready()

        for kind in sorted(_asked_for(request.session), key=_quick):
            with suppress(MissingPartError):  # the tests that need it will say so
                launch(kind)
        yield broker


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the brokers that are slow to start to the end."""
    items.sort(key=lambda item: not _quick(_spoken(item)))


def _spoken(item: pytest.Item) -> str:
    """The kind of broker that a test is about, if it is about any in particular."""
    call = getattr(item, "callspec", None)
    return str(call.params["spoken"][0]) if call and "spoken" in call.params else ""


def _asked_for(session: pytest.Session) -> set[str]:
    """The kinds of brokers that the chosen tests are about."""
    return {kind for item in session.items if (kind := _spoken(item))}


def _quick(kind: str) -> bool:
    return not kind.startswith("rabbitmq")


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
def rivals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rivals]:
    """Two gateways that fight over an id, where nobody else asks them what they are."""
    make = tmp_path_factory.mktemp
    with have(lambda: brokers.start("mosquitto", make("rivals"))) as broker:
        first, second = (simulated(broker.url, make("twin"), "twin") for _ in "12")
        with Plain(broker.plain_port, first.status) as witness, first.start(), second.start():
            yield Rivals((first, second), witness)


@pytest.fixture(scope="session", autouse=True)
def _early(request: pytest.FixtureRequest) -> None:
    """Start early what takes long, where some test is about it."""
    if any("rivals" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("rivals")
