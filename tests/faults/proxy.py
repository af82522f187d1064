"""The address of a broker behind which every fault of a network can be had: real sockets, switched while they run.

async with Proxy(broker.port) as proxy:
    connect(proxy.port)
    proxy.be(weather=Weather(held=BOTH))   # a black hole, for connections that stand and for new ones
    proxy.mend()
"""

import asyncio
import contextlib
import random
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, Self

LOOPBACK = "127.0.0.1"
_CHUNK = 65536
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: closing sends RST instead of FIN (socket(7))."""


class Way(Enum):
    """Which way bytes go."""

    UP = auto()
    """From the client to the broker."""
    DOWN = auto()


BOTH = frozenset(Way)


@dataclass(frozen=True)
class Weather:
    """How bytes fare on their way; what is held is let go when the weather changes, as TCP sends again."""

    delay: float = 0.0
    jitter: float = 0.0
    """Seconds; a chunk takes `delay` and up to `jitter` more, and none overtakes another."""
    rate: float | None = None
    """Bytes each second."""
    segment: int | None = None
    """The most bytes in one TCP segment."""
    held: frozenset[Way] = frozenset()
    flip: int | None = None
    """One bit of every so-manieth byte arrives turned, on the way down."""
    cut: int | None = None
    """A connection ends when so many more bytes have come down: in the middle of a frame."""
    reset: bool = False
    """It is cut with RST rather than FIN."""


class Port(Enum):
    """What the kernel says to those who connect."""

    OPEN = auto()
    REFUSED = auto()
    DEAF = auto()
    """No answer at all: as where a packet filter drops, or the machine is off."""


class Caller:
    """A client that has connected, and the broker's end of its connection once there is one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.beyond: asyncio.StreamWriter | None = None
        self.forgotten = False
        self.carried = dict.fromkeys(Way, 0)

    def reset(self) -> None:
        """End it with RST, on both sides."""
        for writer in (self.writer, self.beyond):
            if writer is not None:
                reset(writer)

    def forget(self) -> None:
        """The other side has forgotten it, as after a power failure: it answers the next bytes with RST."""
        self.forgotten = True
        if self.beyond is not None:
            self.beyond.transport.abort()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST."""
    wire = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        if wire is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


Door = Callable[["Proxy", Caller], Awaitable[None]]


async def relay(proxy: "Proxy", caller: Caller) -> None:
    """Let the client through to the broker."""
    reader, caller.beyond = await asyncio.open_connection(LOOPBACK, proxy.beyond)
    up = proxy.carry(caller, caller.reader, caller.beyond, Way.UP)
    down = proxy.carry(caller, reader, caller.writer, Way.DOWN)
    async with asyncio.TaskGroup() as both:
        both.create_task(up)
        both.create_task(down)


@dataclass(frozen=True)
class Manner:
    """All that can be wrong, at one moment."""

    port: Port = Port.OPEN
    tls: ssl.SSLContext | None = None
    door: Door = relay
    weather: Weather = field(default_factory=Weather)


class Proxy:
    """Listens on a free port of loopback, for the broker that listens on port `beyond`."""

    def __init__(self, beyond: int, tls: ssl.SSLContext | None = None) -> None:
        self.beyond = beyond
        self.callers: set[Caller] = set()
        self.arrivals = 0
        self._well = self.manner = Manner(tls=tls)
        self._chance = random.Random(beyond)
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None
        self._deaf: list[socket.socket] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._hang_up()
        for caller in tuple(self.callers):
            caller.reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"{'wss' if self._well.tls else 'ws'}://{LOOPBACK}:{self.port}/mqtt"

    async def be(self, **changes: Any) -> None:
        """Behave so from now on, towards connections that stand and new ones."""
        before, self.manner = self.manner, replace(self.manner, **changes)
        self._changed.set()
        self._changed = asyncio.Event()
        if self.manner.port is not before.port:
            self._hang_up()
            match self.manner.port:
                case Port.OPEN:
                    await self._listen()
                case Port.DEAF:
                    self._go_deaf()

    async def mend(self) -> None:
        """Behave well again."""
        await self.be(**{name: getattr(self._well, name) for name in Manner.__dataclass_fields__})

    def reset(self) -> None:
        """End every connection with RST."""
        for caller in tuple(self.callers):
            caller.reset()

    def finish(self) -> None:
        """End what goes down with FIN, and go on taking what comes up."""
        for caller in tuple(self.callers):
            caller.writer.write_eof()

    def forget(self) -> None:
        """Forget every connection without a word."""
        for caller in tuple(self.callers):
            caller.forget()

    def inject(self, data: bytes) -> None:
        """Send these bytes down, as if they came from the broker."""
        for caller in tuple(self.callers):
            caller.writer.write(data)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(
            self._arrive, LOOPBACK, self.port, reuse_address=True
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    def _hang_up(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for one in self._deaf:
            one.close()
        self._deaf.clear()

    def _go_deaf(self) -> None:
        """Fill the queue of those who wait to be accepted: Linux drops whoever comes then."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, self.port))
        listener.listen(0)
        self._deaf = [listener]
        for _ in range(2):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex((LOOPBACK, self.port))
            self._deaf.append(waiting)

    async def _arrive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.arrivals += 1
        caller = Caller(reader, writer)
        self.callers.add(caller)
        try:
            if self.manner.tls is not None:
                await writer.start_tls(self.manner.tls)
            await self.manner.door(self, caller)
        except* ssl.SSLError:
            pass  # the alert goes out before the end
        except* (OSError, EOFError, RuntimeError):
            caller.reset()
        finally:
            self.callers.discard(caller)
            for one in (caller.writer, caller.beyond):
                if one is not None:
                    one.close()

    async def carry(
        self, caller: Caller, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way
    ) -> None:
        """Carry bytes one way until they end, in the weather of the moment."""
        while data := await reader.read(_CHUNK):
            if caller.forgotten:
                caller.reset()
                return
            await self._passable(way)
            weather = self.manner.weather
            if weather.delay or weather.jitter:
                await asyncio.sleep(weather.delay + weather.jitter * self._chance.random())
            if way is Way.DOWN:
                data = _spoilt(data, weather.flip, caller.carried[way])
            cut = weather.cut if way is Way.DOWN else None
            caller.carried[way] += len(data)
            await self._send(writer, data[:cut], weather)
            if cut is not None and cut <= len(data):
                self._cut(caller, rudely=weather.reset)
            elif cut is not None:
                self.manner = replace(self.manner, weather=replace(weather, cut=cut - len(data)))
        await self._passable(way)
        if not caller.forgotten:
            _end(writer)

    async def _passable(self, way: Way) -> None:
        while way in self.manner.weather.held:
            await self._changed.wait()

    async def _send(self, writer: asyncio.StreamWriter, data: bytes, weather: Weather) -> None:
        size = weather.segment or len(data) or 1
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            if weather.rate is not None:
                await asyncio.sleep(len(piece) / weather.rate)
            writer.write(piece)
            await writer.drain()
            if weather.segment:
                await asyncio.sleep(0)

    def _cut(self, caller: Caller, *, rudely: bool) -> None:
        """Once: the next connection lives."""
        self.manner = replace(self.manner, weather=replace(self.manner.weather, cut=None))
        if rudely:
            caller.reset()
        else:
            caller.writer.close()
            if caller.beyond is not None:
                caller.beyond.transport.abort()


def _spoilt(data: bytes, every: int | None, carried: int) -> bytes:
    if every is None:
        return data
    spoilt = bytearray(data)
    for index in range(-(carried + 1) % every, len(data), every):
        spoilt[index] ^= 1 << ((carried + index) // every % 8)
    return bytes(spoilt)


def _end(writer: asyncio.StreamWriter) -> None:
    """Hand on an end; TLS knows none of one way."""
    if writer.is_closing():
        return
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()
