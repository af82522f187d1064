"""How long it takes there and back."""

import time

from .payloads import SIZES, payload
from .rows import RoundTrip
from .stats import spread
from .ways import Exchange, Way

WARM_UP = 10
MOST_SECONDS = 1.5
"""Of one way and size in one round; what takes longer than that each is done `FEWEST` times."""
FEWEST = 2


async def measure(ways: list[Way], rounds: int, count: int) -> list[RoundTrip]:
    """Every way with every size, in rounds, so that a busy moment of the machine meets all of them alike."""
    seconds: dict[tuple[Way, int], list[list[float]]] = {}
    for _round in range(rounds):
        for way in ways:
            async with way.open() as exchange:
                for size in SIZES:
                    taken = await _timed(exchange, payload(size), count)
                    seconds.setdefault((way, size), []).append(taken)
    return [_row(way, size, taken) for (way, size), taken in seconds.items()]


async def _timed(exchange: Exchange, data: bytes, count: int) -> list[float]:
    until = time.perf_counter() + MOST_SECONDS
    taken: list[float] = []
    for number in range(WARM_UP + count):
        start = time.perf_counter()
        if start > until and len(taken) >= FEWEST:
            break
        await exchange(data)
        # What is slow is not warmed up for long.
        if number >= WARM_UP or start > until - MOST_SECONDS / 2:
            taken.append(time.perf_counter() - start)
    return taken


def _row(way: Way, size: int, taken: list[list[float]]) -> RoundTrip:
    found = spread(taken)
    return RoundTrip(
        way.name, way.broker, way.qos, size, found.count, found.p50, found.p95, found.p99
    )
