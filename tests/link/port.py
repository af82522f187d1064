"""What stands at the port of `link/transport.py`: transports to a broker by script; and a listener with a diary."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from chamber_agent.link import retry
from chamber_agent.link.errors import Cause, Failure, LinkError
from chamber_agent.link.link import Link
from chamber_agent.link.packets import (
    Greeting,
    Published,
    Received,
    Settings,
    Subscription,
    Version,
)
from chamber_agent.link.session import Up
from link import mqtt
from link.mqtt import Kind, Packet

MIDDLE = 0.5
LOST = Failure(Cause.LOST, "the other side closed")


def now() -> float:
    """The loop's time, in seconds from the test's beginning."""
    return asyncio.get_running_loop().time()


async def for_ever() -> None:
    """What never comes."""
    await asyncio.sleep(1e9)


@dataclass
class Broker:
    """Answers as brokers do; a kind of packet in `deaf` gets no answer, one in `rude` a closed connection."""

    speaks: tuple[Version, ...] = tuple(Version)
    otherwise: str = "refuses"
    """What it does on a version it does not speak: `refuses`, `closes`, `keeps silent`."""
    code: int = 0
    grants: int = 1
    deaf: set[Kind] = field(default_factory=set)
    version: Version = Version.V5

    def hear(self, transport: Transport, packet: Packet) -> None:
        """Answer a packet."""
        if packet.kind == Kind.CONNECT:
            self._greet(transport, packet)
        elif packet.kind not in self.deaf:
            for answer in self._answers(packet):
                transport.deliver(answer)

    def _greet(self, transport: Transport, packet: Packet) -> None:
        self.version = {4: Version.V311, 5: Version.V5}[packet.body[6]]
        known = self.version in self.speaks
        if Kind.CONNECT in self.deaf or (not known and self.otherwise == "keeps silent"):
            return
        if not known and self.otherwise == "closes":
            transport.break_off(LOST)
        elif not known:
            transport.deliver(mqtt.connack(Version.V311, 1))
        else:
            transport.deliver(mqtt.connack(self.version, self.code))

    def _answers(self, packet: Packet) -> Iterator[bytes]:
        if packet.kind == Kind.SUBSCRIBE:
            asked = mqtt.read_subscribe(self.version, packet)
            yield mqtt.suback(self.version, asked.mid, *[self.grants] * len(asked.filters))
        if packet.kind == Kind.PUBLISH:
            mid = mqtt.read_publish(self.version, packet).mid
            if mid is not None:
                yield mqtt.puback(mid)


@dataclass
class Transport:
    """One connection to a broker. `opening`, `sending` and `closing` are what these take, or how they fail."""

    broker: Broker = field(default_factory=Broker)
    opening: Callable[[], Awaitable[None]] | None = None
    sending: Callable[[], Awaitable[None]] | None = None
    closing: Callable[[], Awaitable[None]] | None = None
    frames: list[bytes] = field(default_factory=list)
    certificate: float | None = None
    closed: int = 0
    opened_at: float = -1.0
    _incoming: asyncio.Queue[bytes | BaseException] = field(default_factory=asyncio.Queue)

    async def open(self) -> None:
        """Connect."""
        self.opened_at = now()
        if self.opening:
            await self.opening()

    async def send(self, data: bytes) -> None:
        """Let the broker hear a frame."""
        if self.sending:
            await self.sending()
        self.frames.append(data)
        for packet in mqtt.packets(data):
            self.broker.hear(self, packet)

    async def receive(self) -> bytes:
        """Wait for what the broker says."""
        said = await self._incoming.get()
        if isinstance(said, BaseException):
            raise said
        return said

    @property
    def certificate_ends(self) -> float | None:
        """What `certificate` says."""
        return self.certificate

    async def close(self) -> None:
        """End it."""
        self.closed += 1
        if self.closing:
            await self.closing()

    def deliver(self, data: bytes) -> None:
        """The broker says something."""
        self._incoming.put_nowait(data)

    def break_off(self, failure: Failure | Exception) -> None:
        """The connection ends."""
        self._incoming.put_nowait(LinkError(failure) if isinstance(failure, Failure) else failure)

    @property
    def heard(self) -> list[Packet]:
        """What the broker was sent."""
        return mqtt.packets(b"".join(self.frames))

    @property
    def kinds(self) -> list[int]:
        """The kinds of what the broker was sent."""
        return [packet.kind for packet in self.heard]


def failing(error: Exception) -> Callable[[], Awaitable[None]]:
    """A step that fails."""

    async def fail() -> None:
        raise error

    return fail


@dataclass
class Down:
    """A connection that ended, or could not be made."""

    cause: Cause
    retry_in: float
    at: float
    detail: str = ""


@dataclass
class Diary:
    """A listener that notes what it is told, and fails at what it is told to fail at."""

    events: list[Up | Down | Received | Published] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    fails_at: str = ""
    on_up: Callable[[], Any] | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def link_up(self, up: Up) -> None:
        """Note it."""
        self._note("up", up)
        if self.on_up:
            self.on_up()

    def link_down(self, failure: Failure, retry_in: float) -> None:
        """Note it."""
        self.failures.append(failure)
        self._note("down", Down(failure.cause, retry_in, now(), failure.detail))

    def link_received(self, message: Received) -> None:
        """Note it."""
        self._note("received", message)

    def link_published(self, published: Published) -> None:
        """Note it."""
        self._note("published", published)

    def _note(self, name: str, event: Up | Down | Received | Published) -> None:
        self.events.append(event)
        self._changed.set()
        if name == self.fails_at:
            raise RuntimeError(f"the listener fails at {name}")

    @property
    def ups(self) -> list[Up]:
        """Each time it came up."""
        return [event for event in self.events if isinstance(event, Up)]

    @property
    def downs(self) -> list[Down]:
        """Each time it ended."""
        return [event for event in self.events if isinstance(event, Down)]

    @property
    def received(self) -> list[Received]:
        """What arrived."""
        return [event for event in self.events if isinstance(event, Received)]

    async def until(self, holds: Callable[[Diary], bool]) -> None:
        """Wait, within an hour of the loop's time, until the diary says so."""
        async with asyncio.timeout(3600):
            while not holds(self):
                self._changed.clear()
                await self._changed.wait()

    async def up(self, count: int = 1) -> None:
        """Wait until it has come up so many times."""
        await self.until(lambda diary: len(diary.ups) >= count)

    async def down(self, count: int = 1) -> None:
        """Wait until it has ended so many times."""
        await self.until(lambda diary: len(diary.downs) >= count)


class Line:
    """A link over transports made one after the other: the given ones, then more of the last broker's.

    It has `further` addresses besides the first; `dialled` notes which was taken.
    """

    def __init__(
        self,
        *transports: Transport,
        protocol: str = "auto",
        settings: Settings = Settings("box"),  # noqa: B008 - it is frozen
        greet: Callable[[], Greeting] = lambda: Greeting((Subscription("a/#"),)),
        diary: Diary | None = None,
        further: int = 0,
    ) -> None:
        self.dialled: list[int] = []
        self.made: list[Transport] = []
        self._given = list(transports) or [Transport()]
        self.diary = diary or Diary()
        outlook = retry.first(protocol)
        dials = [partial(self._dial, address) for address in range(1 + further)]
        self.link = Link(
            dials,
            settings,
            greet,
            self.diary,
            outlook=outlook,
            chance=lambda: MIDDLE,
        )
        self.running: asyncio.Task[None] | None = None

    def _dial(self, address: int) -> Transport:
        self.dialled.append(address)
        given = self._given.pop(0) if self._given else Transport(self.made[-1].broker)
        self.made.append(given)
        return given

    @property
    def transport(self) -> Transport:
        """The one in use, or used last."""
        return self.made[-1]

    def start(self) -> asyncio.Task[None]:
        """Let it live."""
        self.running = asyncio.get_running_loop().create_task(self.link.run())
        return self.running


@asynccontextmanager
async def living(*transports: Transport, **options: Any) -> Any:
    """A line that lives while the block lasts, then stops and leaves nothing behind."""
    line = Line(*transports, **options)
    running = line.start()
    try:
        yield line
    finally:
        line.link.stop()
        await asyncio.wait([running])
        assert running.cancelled() or running.result() is None
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert all(transport.closed == 1 for transport in line.made)
