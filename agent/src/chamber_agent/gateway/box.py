"""One node, lived: what it says becomes samples, what is asked of it waits for its echo."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import samples
from ..chamber.messages import Command
from ..chamber.model import Quality, Sample
from ..clock import Clocks
from ..loop import Audience, Register
from .node import Node

GATHER = 0.02
"""What a node says in one breath, over several topics, becomes one sample, s."""


@dataclass(slots=True)
class _Wait:
    command: Command
    since: float
    shown: asyncio.Future[Sample]


@dataclass(frozen=True, slots=True)
class World:
    """What all boxes of a gateway share; `interval` is the shortest time between two samples of one, s."""

    audience: Audience
    register: Register
    clocks: Clocks
    interval: float


class Box:
    """Lives in the event loop. Of a node that was not heard yet nothing is said, but that one with an id is missing."""

    def __init__(self, node: Node, world: World, introduce: Callable[[Node], None]) -> None:
        """Watch a node; `introduce` is called before the first sample."""
        self.node = node
        self._world = world
        self._introduce = introduce
        self._introduced = False
        self._born_at = _now()
        self._told: Sample | None = None
        self._told_at = float("-inf")
        self._schedule = float("-inf")
        self._due: asyncio.TimerHandle | None = None
        self._waits: list[_Wait] = []

    def hear(self, key: str, said: Any, *, retained: bool) -> None:
        """Take in a value; a sample follows soon where it tells something new."""
        now = _now()
        if not self.node.hear(key, said, now, retained=retained):
            return
        if self._waits and not retained:
            self._settle(now)
        if self._due is None and self.node.made:
            at = max(now + GATHER, self._allowed_at)
            self._due = asyncio.get_running_loop().call_at(at, self._fall_due)

    def look(self) -> None:
        """Notice what only time tells: a temperature that is too old, a node that says nothing any more."""
        now = _now()
        if self._due is not None or now - self._told_at < self._world.interval:
            return
        if self._told is None:
            if self.node.config.id and now - self._born_at > self.node.config.silent:
                self._tell(now)
            return
        absent = self.node.absence(now)
        if absent != self._told.reason if absent else self._has_aged(now):
            self._tell(now)

    @property
    def absence(self) -> str | None:
        """Why nothing can be asked of the node now."""
        return self.node.absence(_now())

    async def echo(self, command: Command, within: float) -> Sample:
        """Wait for the sample that shows what was asked. Raises `TimeoutError`."""
        loop = asyncio.get_running_loop()
        wait = _Wait(command, loop.time(), loop.create_future())
        self._waits.append(wait)
        try:
            async with asyncio.timeout(within):
                return await wait.shown
        finally:
            self._waits.remove(wait)

    def rest(self) -> None:
        """Say no more."""
        if self._due is not None:
            self._due.cancel()

    @property
    def _allowed_at(self) -> float:
        """When the next sample may come: one in each interval on the average, and a late one delays no other."""
        return self._schedule - self._world.interval

    def _fall_due(self) -> None:
        self._due = None
        now = _now()
        sample = self.node.sample(now)
        if sample != self._told or now - self._told_at >= self.node.config.heartbeat / 2:
            self._tell(now)

    def _settle(self, now: float) -> None:
        """An echo is told at once, since somebody waits for it."""
        for wait in self._waits:
            asked = wait.command
            if not wait.shown.done() and self.node.shows(asked.setpoint, asked.mode, wait.since):
                wait.shown.set_result(self._tell(now))

    def _has_aged(self, now: float) -> bool:
        told = self._told
        aged = self.node.sample(now).quality
        return told is not None and any(
            quality is Quality.STALE and told.quality.get(name) is not Quality.STALE
            for name, quality in aged.items()
        )

    def _tell(self, now: float) -> Sample:
        node, world = self.node, self._world
        if not self._introduced:
            self._introduced = True
            self._introduce(node)
        before, self._told, self._told_at = self._told, node.sample(now), now
        self._schedule = max(self._schedule, now) + world.interval
        sample = samples.placed(self._told, world.register.next(node.id), world.clocks.now())
        world.audience.sampled(node.id, sample)
        for happening in samples.happenings(before, sample):
            world.audience.happened(node.id, happening, sample)
        return sample


def _now() -> float:
    return asyncio.get_running_loop().time()
