"""The whole agent over a fake transport: from the first words to the last."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.doubles import box
from chamber_agent.agent import Access, Agent
from chamber_agent.chamber.model import Sample
from chamber_agent.clock import Clocks
from chamber_agent.config import AgentConfig, Broker, ChamberConfig, Gateway
from chamber_agent.errors import AgentError
from chamber_agent.link.packets import Version
from chamber_agent.loop import Loop
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.store import Store
from link import mqtt
from link.mqtt import Kind
from link.port import Transport

STATUS, STATE = "chamber/v1/pi/status", "chamber/v1/pi/box/state"


class House:
    """An agent with one chamber, and the broker's side of its connection."""

    def __init__(self, folder: Path | None = None, chamber: ChamberConfig | None = None) -> None:
        self.transport, self.stop = Transport(), asyncio.Event()
        self.chamber = chamber or box()
        config = AgentConfig(
            broker=Broker(url="ws://broker.example/"),
            gateway=Gateway(id="pi", interval=0.05, heartbeat=0.05),
            chambers=(self.chamber,),
        )
        access = Access([lambda: self.transport], "secret")
        self.agent = Agent(config, access, StateFolder(folder), Clocks(lambda: True))

    def said(self, topic: str) -> list[Any]:
        """What the agent published on a topic."""
        sent = [one for one in self.transport.heard if one.kind == Kind.PUBLISH]
        published = [mqtt.read_publish(Version.V5, one) for one in sent]
        return [json.loads(one.payload) for one in published if one.topic == topic]

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait for something."""
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.005)

    def commands(self, chamber: str, **command: Any) -> None:
        """Send a command to a chamber."""
        dated = {"do": "set", "time": time.time(), "ttl": 15, **command}
        topic, payload = f"chamber/v1/pi/{chamber}/command", json.dumps(dated).encode()
        self.transport.deliver(mqtt.publish(Version.V5, topic, payload, qos=1))

    async def asks(self, **command: Any) -> dict[str, Any]:
        """Send a command and wait for its reply."""
        replies = f"chamber/v1/pi/{self.chamber.id}/reply"
        before = len(self.said(replies))
        self.commands(self.chamber.id, **command)
        await self.until(lambda: len(self.said(replies)) > before)
        reply: dict[str, Any] = self.said(replies)[-1]
        return reply


@asynccontextmanager
async def living(
    folder: Path | None = None, chamber: ChamberConfig | None = None
) -> AsyncIterator[House]:
    """A house whose agent has said its first sample."""
    house = House(folder, chamber)
    running = asyncio.ensure_future(house.agent.run(house.stop))
    try:
        await house.until(lambda: house.said(f"chamber/v1/pi/{house.chamber.id}/state"))
        yield house
    finally:
        house.stop.set()
        await running


async def test_it_says_that_it_is_online_and_in_the_end_goodbye() -> None:
    async with living() as house:
        connect = mqtt.read_connect(house.transport.frames[0])
        assert connect.clean_start
        assert connect.will_topic == STATUS
    online, offline = house.said(STATUS)
    assert json.loads(connect.will_payload or b"") == {
        "state": "lost",
        "session": online["session"],
    }
    assert (online["state"], online["agent"]) == ("online", "chamber-agent 0.1.0")
    assert offline == {"state": "offline", "session": online["session"]}
    assert house.transport.kinds[-1] == Kind.DISCONNECT
    assert house.transport.closed == 1


async def test_a_command_is_applied_confirmed_and_shown() -> None:
    async with living() as house:
        reply = await house.asks(id="a", setpoint=4.0)
        assert (reply["status"], reply["setpoint"]) == ("applied", 4)
        shown = next(state for state in house.said(STATE) if state["seq"] == reply["seq"])
        assert (shown["setpoint"], shown["epoch"]) == (4, reply["epoch"])


async def test_the_setpoint_outlives_a_restart(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        await house.asks(id="a", setpoint=4.0, mode="cool")
    async with living(tmp_path) as house:
        assert (house.said(STATE)[0]["setpoint"], house.said(STATE)[0]["mode"]) == (4, "cool")


async def test_numbers_rise_by_one() -> None:
    async with living() as house:
        await house.until(lambda: len(house.said(STATE)) >= 5)
    live = [state["seq"] for state in house.said(STATE)]
    numbers = list(dict.fromkeys(live))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_whoever_asks_for_the_past_gets_it_though_the_chamber_is_gone(
    tmp_path: Path,
) -> None:
    earlier = Store(StateFolder(tmp_path), ["box", "gone"])
    place = earlier.next("gone")
    earlier.sampled("gone", Sample(temperature=5.0, time=time.time(), **place._asdict()))
    earlier.close()
    async with living(tmp_path) as house:
        asked = {"epoch": place.epoch, "from": 0, "to": place.seq}
        house.commands("gone", id="h", do="history", **asked)
        house.commands("gone", id="s", setpoint=4.0)
        await house.until(lambda: house.said("chamber/v1/pi/gone/history"))
        (answer,) = house.said("chamber/v1/pi/gone/history")
        assert (answer["id"], len(answer["rows"]), answer["lost"]) == ("h", 1, [[0, 0]])
        assert house.said("chamber/v1/pi/gone/reply") == []


async def test_its_own_past_can_be_asked_for_at_any_time(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        await house.until(lambda: len(house.said(STATE)) >= 5)
        newest = house.said(STATE)[-1]
        asked = {"epoch": newest["epoch"], "from": 1, "to": newest["seq"]}
        house.commands("box", id="h", do="history", **asked)
        await house.until(lambda: house.said("chamber/v1/pi/box/history"))
    answer = house.said("chamber/v1/pi/box/history")[0]
    assert [row[0] for row in answer["rows"]] == list(range(1, newest["seq"] + 1))
    assert answer["last"]


async def test_it_stops_at_once_while_the_broker_is_away() -> None:
    house = House()

    house.transport.opening = lambda: asyncio.sleep(3600)
    running = asyncio.ensure_future(house.agent.run(house.stop))
    await asyncio.sleep(0.05)
    house.stop.set()
    async with asyncio.timeout(2):
        await running


async def test_an_agent_at_fault_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(Loop, "run", broken)
    house = House()
    with pytest.raises(AgentError, match="boom"):
        await house.agent.run(house.stop)
