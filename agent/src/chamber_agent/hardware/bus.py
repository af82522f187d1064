"""A bus whose reads block: one thread of its own, so that a slow or hung sensor delays nobody else."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
_LOGGER = logging.getLogger(__name__)
PATIENCE = 1.0
"""A reading is waited for so long before the one before it is taken, s: a DS18B20 converts in 0.75 s."""
FRESH = 5.0
"""A reading older than this is none, s: six DS18B20 at one pin take 4.5 s."""


class Bus:
    """Does one thing after the other in a thread that never keeps the process from ending."""

    def __init__(self, name: str) -> None:
        """Name the thread; it starts with the first call."""
        self._name = name
        self._jobs: SimpleQueue[tuple[asyncio.Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def call(self, work: Callable[[], T]) -> T:
        """Return what `work` returns in the bus's thread; raises what it raises."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((done, work))
        return await done

    def _run(self) -> None:
        while True:
            done, work = self._jobs.get()
            # Whoever gave up while the bus hung must not be served once it goes on.
            if done.cancelled():
                continue
            try:
                result, error = work(), None
            except Exception as raised:  # noqa: BLE001 - it is raised where it was asked for
                result, error = None, raised
            try:
                done.get_loop().call_soon_threadsafe(_settle, done, result, error)
            except RuntimeError:
                return  # the event loop has ended


def _settle(done: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)


class Probe:
    """A thermometer on a bus. A reading under way is waited for again, not asked for twice."""

    def __init__(
        self,
        bus: Bus,
        read: Callable[[], float],
        offset: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what reads °C in the bus's thread, and what is added to it, K."""
        self._bus = bus
        self._read = read
        self._offset = offset
        self._clock = clock
        self._reading: asyncio.Task[float] | None = None
        self._last: tuple[float, float] | None = None
        self._complaint = ""

    async def temperature(self) -> float:
        """Return the newest temperature, at most `FRESH` old, °C. Raises `HardwareError`."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._bus.call(self._read))
            self._reading.add_done_callback(self._note)
        try:
            async with asyncio.timeout(PATIENCE):
                value = await asyncio.shield(self._reading)
        except TimeoutError:
            if self._last is not None and self._clock() - self._last[1] <= FRESH:
                return self._last[0] + self._offset
            value = await asyncio.shield(self._reading)
        return value + self._offset

    def _note(self, reading: asyncio.Task[float]) -> None:
        """Remember what was read, and say once why nothing was."""
        if reading.cancelled():
            return
        error = reading.exception()
        self._last = None if error else (reading.result(), self._clock())
        complaint = str(error) if error else ""
        if complaint not in ("", self._complaint):
            _LOGGER.warning("%s", complaint)
        self._complaint = complaint
