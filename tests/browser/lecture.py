"""The lecture's chamber, which knows nothing of the contract: four plain topics, said again and again."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from end_to_end.plain import Plain

SAID = {"desired": b"30.00", "actual": b"30.05", "heater": b"0", "cooler": b"1"}
PAUSE = 0.2
_OWN = re.compile(rb"\d+\.\d\d")
"""How the chamber itself says what it desires; what somebody else wishes has fewer digits."""


@asynccontextmanager
async def speaking(port: int) -> AsyncIterator[Plain]:
    """Have the chamber speak meanwhile, and take over every wish."""
    with Plain(port, "desired") as plain:
        task = asyncio.create_task(_speak(plain))
        try:
            yield plain
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _speak(plain: Plain) -> None:
    says = dict(SAID)
    while True:
        for wish in wishes(plain):
            says["desired"] = f"{wish:.2f}".encode()
        for topic, payload in says.items():
            await asyncio.to_thread(plain.say, topic, payload)
        await asyncio.sleep(PAUSE)


def wishes(plain: Plain) -> list[float]:
    """What others have desired so far."""
    heard = [message.payload for message in plain.messages]
    return [float(payload) for payload in heard if not _OWN.fullmatch(payload)]
