"""When a node's words become samples, by a clock that skips what is waited for."""

from __future__ import annotations

import asyncio

from agent.doubles import Audience, Machine
from chamber_agent.gateway.box import GATHER, Box, World
from chamber_agent.gateway.node import Node
from chamber_agent.gateway.settings import Degrees, NodeConfig
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.store import Store

INTERVAL = 1.0


class Given:
    """A box, and who hears it; `at` are the loop's times of its samples."""

    def __init__(self) -> None:
        self.audience, self.at = Audience(), list[float]()
        config = NodeConfig(match="b/+", temperature=Degrees(topic="b/{id}"), heartbeat=10.0)
        world = World(self, Store(StateFolder(), ["b1"]), Machine().clocks(), INTERVAL)
        self.box = Box(Node("b1", "b1", config), world, lambda _node: None)

    def sampled(self, chamber: str, sample: object) -> None:
        """Note it."""
        self.at.append(asyncio.get_running_loop().time())

    def happened(self, chamber: str, happening: object, sample: object) -> None:
        """Nothing happens here."""

    async def says(self, every: float, times: int, start: float = 0.0) -> None:
        """Let the node say another temperature each time."""
        for turn in range(times):
            self.box.hear("temperature", start + turn, retained=False)
            await asyncio.sleep(every)


async def test_a_node_at_the_interval_s_pace_is_never_kept_waiting() -> None:
    given = Given()
    begun = asyncio.get_running_loop().time()
    await given.says(every=1.0, times=1)
    await asyncio.sleep(0.4)
    await given.says(every=0.6, times=1, start=10.0)
    await given.says(every=1.0, times=5, start=20.0)
    waited = [
        round(at - begun - said, 3)
        for at, said in zip(given.at, (0, 1.4, 2, 3, 4, 5, 6), strict=True)
    ]
    assert waited == [GATHER] * 7


async def test_a_faster_one_has_one_sample_in_each_interval_on_the_average() -> None:
    given = Given()
    await given.says(every=0.1, times=100)
    assert len(given.at) in {10, 11, 12}


async def test_the_same_again_is_said_at_half_the_heartbeat() -> None:
    given = Given()
    for _ in range(20):
        given.box.hear("temperature", 4.5, retained=False)
        await asyncio.sleep(1.0)
    gaps = {round(later - at) for at, later in zip(given.at, given.at[1:], strict=False)}
    assert gaps == {5}
