"""A command and its reply over this project's own link, for the table of TCP_NODELAY."""

import asyncio
import secrets
import time
from contextlib import suppress

from chamber_agent.link.packets import Subscription
from workshop.parts.brokers import Broker

from .mqtt import Client, connected, over_websocket
from .nagle import ACTING, MOST_SECONDS, WARM_UP
from .payloads import STATE_SIZE, payload
from .rows import OWN_LINK, REPLY, Delay
from .stats import spread


async def measure(brokers: list[tuple[Broker, bool]], rounds: int, count: int) -> list[Delay]:
    """With each broker, and whether it sets TCP_NODELAY."""
    rows = []
    for broker, nodelay in brokers:
        found = spread([await _round(broker, count) for _round_number in range(rounds)])
        rows.append(
            Delay(
                REPLY, OWN_LINK, broker.kind, True, nodelay, found.count, found.p50, found.p95
            )
        )  # fmt: skip
    return rows


async def _round(broker: Broker, count: int) -> list[float]:
    topic, data = f"lecture38/{secrets.token_hex(4)}", payload(STATE_SIZE)
    dial = over_websocket(broker.port)
    async with (
        connected(dial, Subscription(f"{topic}/reply", 1)) as commander,
        connected(dial, Subscription(f"{topic}/command", 1)) as gateway,
    ):
        acting = asyncio.ensure_future(_act(gateway, f"{topic}/reply", data))
        taken: list[float] = []
        until = time.perf_counter() + MOST_SECONDS
        for number in range(WARM_UP + count):
            start = time.perf_counter()
            commander.say(f"{topic}/command", data, 1)
            await commander.hear()
            if number >= WARM_UP:
                taken.append(time.perf_counter() - start)
            if time.perf_counter() > until and taken:
                break
        acting.cancel()
        with suppress(asyncio.CancelledError):
            await acting
        return taken


async def _act(gateway: Client, topic: str, data: bytes) -> None:
    while True:
        await gateway.received.get()
        await asyncio.sleep(ACTING)
        gateway.say(topic, data, 1)
