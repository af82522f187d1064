"""Try a connection once, as a configuration flow does: connect, subscribe, leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from . import retry
from .errors import Cause, Failure, LinkError
from .link import Link
from .packets import Greeting, Published, Received, Settings, Version
from .session import Up
from .transport import Transport

TRY_WITHIN = 40.0


class _Judge:
    """Waits for the first verdict: up, or the failure that no other version of MQTT can mend."""

    def __init__(self) -> None:
        self.verdict: asyncio.Future[Up] = asyncio.get_running_loop().create_future()

    def link_up(self, up: Up) -> None:
        if self.verdict.done():
            return
        if up.refused:
            filters = ", ".join(up.refused)
            self.verdict.set_exception(
                LinkError(Failure(Cause.NOT_AUTHORIZED, f"subscription refused: {filters}"))
            )
        else:
            self.verdict.set_result(up)

    def link_down(self, failure: Failure, retry_in: float) -> None:
        if retry_in and not self.verdict.done():
            self.verdict.set_exception(LinkError(failure))

    def link_received(self, message: Received) -> None:
        """Nothing that arrives matters here."""

    def link_published(self, published: Published) -> None:
        """Nothing is published."""


async def attempt(
    dials: Sequence[Callable[[], Transport]],
    settings: Settings,
    greeting: Greeting,
    protocol: str = "auto",
) -> Version:
    """The version of MQTT that works, at the first address that answers; raises `LinkError` where none does."""
    judge = _Judge()
    link = Link(
        dials,
        settings,
        lambda: greeting,
        judge,
        outlook=retry.first(protocol),
        chance=lambda: 0.5,
    )
    running = asyncio.ensure_future(link.run())
    try:
        async with asyncio.timeout(TRY_WITHIN):
            return (await judge.verdict).version
    except TimeoutError:
        raise LinkError(
            Failure(Cause.TIMEOUT, f"no answer within {TRY_WITHIN:g} seconds")
        ) from None
    finally:
        link.stop()
        await running
