"""The whole gateway between two fake brokers: what nodes say goes up, what Home Assistant asks goes down."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chamber_agent.agent import Access
from chamber_agent.clock import Clocks, uptime
from chamber_agent.gateway.file import parse
from chamber_agent.gateway.gateway import Gateway
from chamber_agent.link.packets import Settings, Version
from chamber_agent.state_folder import StateFolder
from link import mqtt
from link.mqtt import Kind
from link.port import Transport

CONFIG = """
[broker]
url = "ws://broker.example/mqtt"
[gateway]
id = "pi"
interval = 0.05
[[nodes]]
match = "boxes/+/actual"
name = "Box {id}"
limits = { min = 0, max = 40 }
heartbeat = 0.6
temperature = { topic = "boxes/{id}/actual" }
setpoint = { topic = "boxes/{id}/desired" }
mode = { topic = "boxes/{id}/mode" }
heaters = [{ name = "Heater", topic = "boxes/{id}/heater" }]
availability = { topic = "boxes/{id}/status" }
[nodes.probes]
product = { topic = "boxes/{id}/product" }
[nodes.commands]
setpoint = { topic = "boxes/{id}/desired/set" }
confirm_within = 0.3
"""
FIXED = """
[[nodes]]
id = "cellar"
heartbeat = 0.2
temperature = { topic = "tele/cellar/SENSOR", path = "$.T" }
power = { topic = "tele/cellar/SENSOR", path = "$.P" }
"""


class House:
    """A gateway, and the other side of both its connections."""

    def __init__(self, text: str, folder: Path | None) -> None:
        self.up, self.down, self.stop = Transport(), Transport(), asyncio.Event()
        self.later = 0.0
        self.gateway = Gateway(
            parse(text, Path()),
            Access([lambda: self.up]),
            (lambda: self.down, Settings("local")),
            StateFolder(folder),
            Clocks(lambda: True, uptime=lambda: uptime() + self.later),
        )

    def node(self, topic: str, payload: object, *, retained: bool = False) -> None:
        """A node says something."""
        data = payload if isinstance(payload, bytes) else str(payload).encode()
        self.down.deliver(mqtt.publish(Version.V5, topic, data, retained=retained))

    def told(self, transport: Transport) -> list[mqtt.Publish]:
        """What the gateway published."""
        sent = [one for one in transport.heard if one.kind == Kind.PUBLISH]
        return [mqtt.read_publish(Version.V5, one) for one in sent]

    def said(self, kind: str, chamber: str = "b1") -> list[Any]:
        """What the gateway said of a chamber."""
        topic = f"chamber/v1/pi/{chamber}/{kind}"
        return [json.loads(one.payload) for one in self.told(self.up) if one.topic == topic]

    async def until(self, holds: Callable[[], Any]) -> Any:
        """Wait for something."""
        async with asyncio.timeout(10):
            while not (found := holds()):
                await asyncio.sleep(0.005)
        return found

    def asks(self, chamber: str = "b1", **command: Any) -> None:
        """Home Assistant asks."""
        dated = {"id": "a", "do": "set", "time": time.time(), "ttl": 15, **command}
        topic = f"chamber/v1/pi/{chamber}/command"
        self.up.deliver(mqtt.publish(Version.V5, topic, json.dumps(dated).encode(), qos=1))


@asynccontextmanager
async def living(text: str = CONFIG, folder: Path | None = None) -> AsyncIterator[House]:
    """A gateway that is connected on both sides."""
    house = House(text, folder)
    running = asyncio.ensure_future(house.gateway.run(house.stop))
    try:
        await house.until(lambda: Kind.SUBSCRIBE in house.down.kinds and house.told(house.up))
        await asyncio.sleep(0.02)
        yield house
    finally:
        house.stop.set()
        await running


async def test_a_node_becomes_a_chamber_with_one_sample_of_all_it_says() -> None:
    async with living() as house:
        house.node("boxes/b1/desired", 5, retained=True)
        for topic, payload in {
            "actual": 4.5,
            "heater": "on",
            "product": 5.25,
            "mode": "heat",
        }.items():
            house.node(f"boxes/b1/{topic}", payload)
        (state,) = await house.until(lambda: house.said("state"))
        (meta,) = house.said("meta")
    assert (state["temperature"], state["setpoint"], state["mode"]) == (4.5, 5, "heat")
    assert (state["heaters"], state["probes"]) == ([True], {"product": 5.25})
    assert (state["seq"], state["clock"]) == (1, "ntp")
    assert "quality" not in state
    assert (meta["name"], meta["heaters"], meta["replies"]) == ("Box b1", ["Heater"], True)
    assert (meta["limits"]["max"], meta["heartbeat"]) == (40, 0.6)


async def test_a_node_that_takes_no_mode_offers_only_what_it_always_does() -> None:
    text = CONFIG.replace('mode = { topic = "boxes/{id}/mode" }', "")
    async with living(text) as house:
        house.node("boxes/b1/actual", 4.5)
        (meta,) = await house.until(lambda: house.said("meta"))
        assert meta["modes"] == ["heat"]


async def test_what_was_retained_of_what_was_measured_makes_no_chamber() -> None:
    async with living() as house:
        house.node("boxes/b1/actual", 4.5, retained=True)
        house.node("boxes/b1/heater", "on", retained=True)
        house.node("boxes/b1/status", "offline", retained=True)
        await asyncio.sleep(0.2)
        assert house.said("state") == []


async def test_only_what_match_names_makes_a_chamber() -> None:
    async with living() as house:
        house.node("boxes/b1/status", "online")
        house.node("boxes/b1/product", 5)
        await asyncio.sleep(0.2)
        assert house.said("meta") == []
        house.node("boxes/b1/actual", 4.5)
        (state,) = await house.until(lambda: house.said("state"))
        assert (state["temperature"], state["probes"]) == (4.5, {"product": 5})


async def test_garbage_is_set_aside_and_counted_and_shows_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    async with living() as house:
        house.node("boxes/b1/actual", 4.5)
        await house.until(lambda: house.said("state"))
        for payload in (b"hot", b"\xff", b"-300", b"", b"nan"):
            house.node("boxes/b1/actual", payload)
        house.node("boxes/B 2/actual", 5)
        house.node("boxes/b3/elsewhere", 5)
        house.node("boxes/b1/actual", 4.75)
        await house.until(lambda: len(house.said("state")) == 2)
    assert [state["temperature"] for state in house.said("state")] == [4.5, 4.75]
    assert house.said("state", "b3") == []
    assert "not_a_number 3, not_text 1, out_of_bounds 1" in caplog.text
    assert "bad_name 1" in caplog.text
    assert caplog.text.count("temperature is set aside") == 1


async def test_a_setpoint_goes_down_and_its_echo_confirms_it() -> None:
    async with living() as house:
        house.node("boxes/b1/actual", 4.5)
        await house.until(lambda: house.said("state"))
        house.asks(setpoint=5.5)
        (order,) = await house.until(lambda: house.told(house.down))
        assert (order.topic, order.payload, order.retained) == (
            "boxes/b1/desired/set",
            b"5.5",
            False,
        )
        assert order.properties[0] == 2, "the broker drops it after its ttl"
        assert [one["status"] for one in house.said("reply")] == ["accepted"]
        house.node("boxes/b1/desired", 5.5)
        replies = await house.until(lambda: house.said("reply")[1:])
        shown = house.said("state")[-1]
    assert replies == [
        {"id": "a", "status": "applied", "setpoint": 5.5, "effective_setpoint": 5.5}
        | {"seq": shown["seq"], "epoch": shown["epoch"]}
    ]
    assert shown["setpoint"] == 5.5


async def test_what_was_retained_is_no_echo() -> None:
    async with living() as house:
        house.node("boxes/b1/actual", 4.5)
        await house.until(lambda: house.said("state"))
        house.asks(setpoint=5.5)
        await house.until(lambda: house.told(house.down))
        house.node("boxes/b1/desired", 5.5, retained=True)
        house.node("boxes/b1/actual", 4.75)
        await house.until(lambda: len(house.said("reply")) == 2)
        assert house.said("reply")[1]["code"] == "timeout"


async def test_without_an_echo_the_command_failed_and_a_repeat_does_nothing(tmp_path: Path) -> None:
    async with living(folder=tmp_path) as house:
        house.node("boxes/b1/desired", 5.5)
        house.node("boxes/b1/actual", 4.5)
        await house.until(lambda: house.said("state"))
        house.asks(setpoint=5.5)
        _, reply = await house.until(lambda: len(house.said("reply")) == 2 and house.said("reply"))
        assert (reply["status"], reply["code"]) == ("failed", "timeout")
        house.asks(setpoint=5.5)
        await house.until(lambda: len(house.said("reply")) == 3)
        assert house.said("reply")[2] == reply
        assert len(house.told(house.down)) == 1
    async with living(folder=tmp_path) as house:
        house.node("boxes/b1/actual", 4.5)
        await house.until(lambda: house.said("state"))
        house.asks(setpoint=5.5)
        await house.until(lambda: house.said("reply"))
        assert house.said("reply") == [reply]
        assert house.told(house.down) == []


@pytest.mark.parametrize(
    ("command", "status", "code"),
    [
        ({"setpoint": 41.0}, "rejected", "out_of_range"),
        ({"mode": "heat"}, "rejected", "not_supported"),
        ({"setpoint": 4.0, "time": 1.0}, "expired", "expired"),
        ({"do": "profile"}, "rejected", "not_supported"),
        ({"do": "dance"}, "rejected", "unknown_command"),
        ({"do": "identify"}, "applied", None),
    ],
)
async def test_what_cannot_be_asked_of_a_node_is_refused(
    command: dict[str, Any], status: str, code: str | None
) -> None:
    async with living() as house:
        house.node("boxes/b1/actual", 4.5)
        await house.until(lambda: house.said("state"))
        house.asks(**command)
        (reply,) = await house.until(lambda: house.said("reply"))
        assert (reply["status"], reply.get("code")) == (status, code)
        assert house.told(house.down) == []


async def test_a_command_that_waited_too_long_for_the_one_before_is_not_sent() -> None:
    async with living() as house:
        house.node("boxes/b1/actual", 4.5)
        await house.until(lambda: house.said("state"))
        house.asks(id="a", setpoint=5.5)
        house.asks(id="b", setpoint=6.5)
        await house.until(lambda: house.told(house.down))
        house.later = 16.0
        replies = await house.until(lambda: len(house.said("reply")) == 3 and house.said("reply"))
        said = [(reply["id"], reply["status"]) for reply in replies]
        assert said == [("a", "accepted"), ("a", "failed"), ("b", "expired")]
        assert [one.payload for one in house.told(house.down)] == [b"5.5"]


async def test_nothing_is_sent_to_a_node_that_is_not_there() -> None:
    async with living() as house:
        house.node("boxes/b1/actual", 4.5)
        house.node("boxes/b1/status", "offline")
        await house.until(lambda: house.said("state"))
        house.asks(setpoint=5.5)
        (reply,) = await house.until(lambda: house.said("reply"))
        assert (reply["code"], house.told(house.down)) == ("busy", [])
        assert "node_offline" in reply["message"]


@pytest.mark.lasting
async def test_a_temperature_grows_stale_and_a_node_goes_missing_and_comes_back() -> None:
    async with living(CONFIG.replace("heartbeat = 0.6", "heartbeat = 0.3")) as house:
        house.node("boxes/b1/product", 5)
        house.node("boxes/b1/actual", 4.5)
        await house.until(lambda: house.said("state"))
        for _ in range(20):
            await asyncio.sleep(0.05)
            house.node("boxes/b1/product", 5)
        stale = house.said("state")[-1]
        assert (stale["temperature"], stale["quality"]) == (4.5, {"temperature": "stale"})
        gone = await house.until(lambda: [x for x in house.said("state") if x.get("reason")])
        assert (gone[0]["temperature"], gone[0]["reason"]) == (None, "node_silent")
        assert gone[0]["quality"] == {"temperature": "missing", "product": "missing"}
        assert (gone[0]["action"], gone[0]["heaters"]) == ("fault", [None])
        count = len(house.said("state"))
        await asyncio.sleep(1.2)
        assert len(house.said("state")) == count, "a silent node has no heartbeat"
        house.node("boxes/b1/actual", 4.75)
        await house.until(lambda: len(house.said("state")) > count)
        assert house.said("state")[-1]["temperature"] == 4.75


async def test_a_will_tells_at_once_and_what_comes_later_disproves_it() -> None:
    async with living() as house:
        house.node("boxes/b1/actual", 4.5)
        await house.until(lambda: house.said("state"))
        house.node("boxes/b1/status", "offline")
        await house.until(lambda: house.said("state")[-1].get("reason") == "node_offline")
        house.node("boxes/b1/actual", 4.75)
        await house.until(lambda: house.said("state")[-1]["temperature"] == 4.75)


@pytest.mark.lasting
async def test_a_node_that_is_expected_and_never_heard_is_missing() -> None:
    async with living(CONFIG + FIXED) as house:
        (state,) = await house.until(lambda: house.said("state", "cellar"))
        assert (state["temperature"], state["reason"]) == (None, "node_silent")
        house.node("tele/cellar/SENSOR", '{"T": 12.5, "P": 40}')
        state = await house.until(lambda: house.said("state", "cellar")[1:])
        assert (state[0]["temperature"], state[0]["power"]) == (12.5, 40)


@pytest.mark.lasting
async def test_numbers_go_on_and_the_past_is_answered_after_a_restart(tmp_path: Path) -> None:
    async with living(folder=tmp_path) as house:
        for number in range(5):
            house.node("boxes/b1/actual", number)
            await house.until(lambda: house.said("state")[number:])  # noqa: B023
        last = house.said("state")[-1]
    async with living(folder=tmp_path) as house:
        house.asks(do="history", epoch=last["epoch"], **{"from": 1, "to": last["seq"]})
        (batch,) = await house.until(lambda: house.said("history"))
        assert [row[0] for row in batch["rows"]] == [1, 2, 3, 4, 5]
        house.node("boxes/b1/actual", 9)
        (state,) = await house.until(lambda: house.said("state"))
        assert (state["epoch"], state["seq"]) == (last["epoch"], last["seq"] + 1)


async def test_the_service_manager_is_told_that_it_lives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        async with living():
            pass
        manager.setblocking(False)
        told = [manager.recv(100) for _ in range(3)]
    assert told == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


async def test_two_nodes_that_would_share_an_id_do_not() -> None:
    async with living() as house:
        house.node("boxes/Box7/actual", 4.5)
        await house.until(lambda: house.said("state", "box7"))
        house.node("boxes/box7/actual", 20)
        house.node("boxes/Box7/actual", 5)
        await house.until(lambda: len(house.said("state", "box7")) == 2)
        assert [one["temperature"] for one in house.said("state", "box7")] == [4.5, 5]


async def test_an_announce_repeats_all_in_the_same_bytes() -> None:
    async with living() as house:
        house.node("boxes/b1/actual", 4.5)
        await house.until(lambda: house.said("state"))
        house.up.deliver(mqtt.publish(Version.V5, "chamber/v1/announce", b"{}", qos=1))
        await house.until(lambda: len(house.said("meta")) == 2 and len(house.said("state")) == 2)
        assert house.said("state")[0] == house.said("state")[1]


async def test_one_node_too_many_is_none() -> None:
    async with living(f"most_nodes = 1\n{CONFIG}") as house:
        house.node("boxes/b1/actual", 4.5)
        house.node("boxes/b2/actual", 4.5)
        house.node("boxes/b1/actual", 5)
        await house.until(lambda: house.said("state"))
        assert house.said("state", "b2") == []
