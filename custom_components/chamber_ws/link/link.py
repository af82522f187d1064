"""The coroutine that lives a link: dial, shake hands, carry bytes, and come back after every end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from . import retry
from .errors import Cause, Failure, LinkError, NotConnected
from .packets import Ended, Greeting, Publication, Published, Received, Settings, Subscription
from .session import Effect, Phase, Send, Session, Up
from .transport import CLOSE_WITHIN, OPEN_WITHIN, Transport

MOST_UNSENT = 1024 * 1024
TICK = 1.0
SLICE = 64

_LOGGER = logging.getLogger(__name__)


class Listener(Protocol):
    """Whom a link tells; called in the event loop, must not block."""

    def link_up(self, up: Up) -> None:
        """The connection stands and every subscription is answered."""

    def link_down(self, failure: Failure, retry_in: float) -> None:
        """A connection ended, or could not be made; the next attempt comes in `retry_in` s.

        0: at once, since another address or version is left to try; after `stop` there is none.
        """

    def link_received(self, message: Received) -> None:
        """A message arrived."""

    def link_published(self, published: Published) -> None:
        """The broker has, or refused, a publication."""


class Link:
    """Keeps one connection to a broker until `stop`. `greet` is asked before each connection what it begins with.

    `dials` makes a transport to each of the broker's addresses, at least one; the next is taken when the one before
    it fails.
    """

    def __init__(
        self,
        dials: Sequence[Callable[[], Transport]],
        settings: Settings,
        greet: Callable[[], Greeting],
        listener: Listener,
        *,
        outlook: retry.Outlook,
        chance: Callable[[], float],
    ) -> None:
        self._dials = dials
        self._settings = settings
        self._greet = greet
        self._listener = listener
        self._outlook = replace(outlook, addresses=len(self._dials))
        self._chance = chance
        self._session: Session | None = None
        self._opening: asyncio.Task[None] | None = None
        self._ended: asyncio.Future[Failure] | None = None
        self._up_since: float | None = None
        self._active_at: float | None = None
        self._certificate_ends: float | None = None
        self._unsent = bytearray()
        self._writable = asyncio.Event()
        self._written = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def address(self) -> int:
        """Which of the broker's addresses is in use, or tried next."""
        return self._outlook.address

    @property
    def connected(self) -> bool:
        """Whether something can be published now."""
        return self._session is not None and self._session.phase is Phase.UP

    async def run(self) -> None:
        """Live until `stop`, or until cancelled, which Home Assistant does before it tells of its own end."""
        while not self._stopping.is_set():
            self._conclude(await self._one_connection())
            if self._outlook.delay:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._outlook.delay)

    def stop(self) -> None:
        """Take leave of the broker; `run` returns within some `2 * CLOSE_WITHIN` seconds."""
        self._stopping.set()
        if self._session is not None:
            self._perform(self._session.close())
        elif self._opening is not None:
            self._opening.cancel()

    def publish(self, publication: Publication) -> int:
        """Send a publication now, or raise `NotConnected`; returns the id that `link_published` will name."""
        if self._session is None:
            raise NotConnected(Failure(Cause.LOST, "there is no connection"))
        if len(self._unsent) > MOST_UNSENT:
            raise NotConnected(
                Failure(Cause.UNAVAILABLE, "the broker does not take what waits to be sent")
            )
        mid, effects = self._session.publish(publication)
        self._perform(effects)
        return mid

    def subscribe(self, subscriptions: Iterable[Subscription]) -> None:
        """Subscribe to more on this connection; the next one begins without them."""
        if self._session is not None:
            self._perform(self._session.subscribe(subscriptions))

    def unsubscribe(self, filters: Iterable[str]) -> None:
        """Subscribe to these no more."""
        if self._session is not None:
            self._perform(self._session.unsubscribe(filters))

    async def _one_connection(self) -> Failure:
        """From dialling to the end, however it comes; no error ends the line."""
        try:
            transport = self._dials[self._outlook.address]()
            try:
                return await self._open(transport) or await self._converse(transport)
            finally:
                self._session = None
                await transport.close()
        except Exception as error:  # noqa: BLE001
            return _unforeseen(error)

    async def _open(self, transport: Transport) -> Failure | None:
        self._opening = asyncio.ensure_future(transport.open())
        try:
            async with asyncio.timeout(OPEN_WITHIN):
                await self._opening
        except TimeoutError:
            return Failure(Cause.TIMEOUT, f"no WebSocket handshake within {OPEN_WITHIN:g} seconds")
        except LinkError as error:
            return error.failure
        except asyncio.CancelledError:
            if self._stopping.is_set():
                return Failure(Cause.STOPPED)
            raise
        finally:
            self._opening = None
        return Failure(Cause.STOPPED) if self._stopping.is_set() else None

    async def _converse(self, transport: Transport) -> Failure:
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        self._unsent.clear()
        self._certificate_ends = transport.certificate_ends
        self._session = session = Session(self._settings, self._greet(), self._outlook.version)
        self._perform(session.open(loop.time()))
        works = (
            self._reading(transport, session),
            self._writing(transport),
            self._ticking(session),
        )
        tasks = [loop.create_task(self._guarded(work, session)) for work in works]
        try:
            failure = await self._ended
        except asyncio.CancelledError:
            self._perform(session.close())
            await self._last_words()
            raise
        else:
            if failure.cause is Cause.STOPPED:
                await self._last_words()
            return failure
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _last_words(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._written.wait(), CLOSE_WITHIN)

    async def _guarded(self, work: Coroutine[None, None, None], session: Session) -> None:
        """Whatever ends one of the works ends the connection."""
        try:
            await work
        except LinkError as error:
            self._perform(session.lost(error.failure))
        except Exception as error:  # noqa: BLE001
            self._perform(session.lost(_unforeseen(error)))

    async def _reading(self, transport: Transport, session: Session) -> None:
        """Read in slices, so that a burst leaves the event loop its turn."""
        loop = asyncio.get_running_loop()
        since_turn = 0
        while True:
            session.feed(await transport.receive())
            self._active_at = now = loop.time()
            while effects := session.read(now):
                self._perform(effects)
                since_turn += len(effects)
                if since_turn >= SLICE:
                    since_turn = 0
                    await asyncio.sleep(0)

    async def _writing(self, transport: Transport) -> None:
        while True:
            await self._writable.wait()
            self._writable.clear()
            while self._unsent:
                data = bytes(self._unsent)
                self._unsent.clear()
                await transport.send(data)
                self._active_at = asyncio.get_running_loop().time()
            self._written.set()

    async def _ticking(self, session: Session) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK)
            self._perform(session.tick(loop.time()))

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Received():
                    self._tell(self._listener.link_received, effect)
                case Send(data):
                    self._unsent += data
                    self._written.clear()
                    self._writable.set()
                case Ended(failure):
                    if self._ended is not None and not self._ended.done():
                        self._ended.set_result(failure)
                case Published():
                    self._tell(self._listener.link_published, effect)
                case _:
                    self._up_since = self._up_since or asyncio.get_running_loop().time()
                    known = replace(effect, certificate_ends=self._certificate_ends)
                    self._tell(self._listener.link_up, known)

    def _tell(self, listen: Callable[..., None], *news: object) -> None:
        """One message that the listener cannot digest must not stop the line."""
        try:
            listen(*news)
        except Exception:
            _LOGGER.exception("The listener failed on %s", type(news[0]).__name__)

    def _conclude(self, failure: Failure) -> None:
        """A connection ended: decide what comes next, and tell."""
        now = asyncio.get_running_loop().time()
        since, self._up_since = self._up_since, None
        active_at, self._active_at = self._active_at, None
        up_for = None if since is None else now - since
        idle = 0.0 if active_at is None else now - active_at
        self._outlook = retry.after(self._outlook, failure, self._chance(), up_for=up_for)
        retry_in = 0.0 if self._stopping.is_set() else self._outlook.delay
        self._tell(self._listener.link_down, replace(failure, up_for=up_for, idle=idle), retry_in)


def _unforeseen(error: Exception) -> Failure:
    _LOGGER.error("The link failed unexpectedly", exc_info=error)
    return Failure(Cause.LOST, type(error).__name__)
