"""The lines of both ends to the broker, which are cut and mended while they run.

They live in a thread of their own: the processes belong to the thread that starts them, which waits for them meanwhile.
"""

import asyncio
import threading
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any, Self, TypeVar

from faults.proxy import BOTH, Port, Proxy, Weather

_WITHIN = 10.0
_Result = TypeVar("_Result")


class End(StrEnum):
    """Whose line it is."""

    HOUSE = "Home Assistant"
    GATEWAY = "the gateway"


class Lines:
    """One proxy for each end; `cuts` counts connections that were cut.

    with Lines(broker.port) as lines:
        lines.cut(End.HOUSE)
    """

    def __init__(self, beyond: int) -> None:
        """Lead to the broker's port."""
        self.cuts = 0
        self._beyond = beyond
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lines", daemon=True)
        self._proxies: dict[End, Proxy] = {}

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        for end in End:
            self._proxies[end] = self._do(Proxy(self._beyond).__aenter__())
        return self

    def __exit__(self, *_error: object) -> None:
        """Hang up."""
        for proxy in self._proxies.values():
            self._do(proxy.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def url(self, end: End) -> str:
        """Where an end connects."""
        return self._proxies[end].url

    def up(self, end: End) -> bool:
        """Tell whether an end is connected."""
        return bool(self._proxies[end].callers)

    def cut(self, end: End, *, after: int | None = None, rudely: bool = False) -> None:
        """Cut what stands: at once, or in mid-frame when so many more bytes have come down."""
        proxy = self._proxies[end]
        self.cuts += len(proxy.callers)
        self._do(self._cut(proxy, Weather(cut=after, reset=rudely)))

    def refuse(self, end: End) -> None:
        """Cut what stands, and let nobody in until `mend`."""
        proxy = self._proxies[end]
        self.cuts += len(proxy.callers)
        self._do(proxy.be(port=Port.REFUSED))
        self._loop.call_soon_threadsafe(proxy.reset)

    def hold(self, end: End) -> None:
        """Be a black hole until `mend`, which lets everything through."""
        self._do(self._proxies[end].be(weather=Weather(held=BOTH)))

    def mend(self, end: End) -> None:
        """Carry everything again."""
        self._do(self._proxies[end].mend())

    @staticmethod
    async def _cut(proxy: Proxy, weather: Weather) -> None:
        if weather.cut is not None:
            await proxy.be(weather=weather)
        elif weather.reset:
            proxy.reset()
        else:
            for caller in tuple(proxy.callers):
                caller.writer.close()

    def _do(self, what: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(_WITHIN)
