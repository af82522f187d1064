"""Repairs as a user meets them: a real Home Assistant lists the issue, mends it with a click, and it is gone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio
from paho.mqtt.client import Client as Rival
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from end_to_end.parts import TIMEOUT, have
from end_to_end.plain import Plain
from workshop.demo.chambers import PLATFORM
from workshop.demo.client import Client, Json
from workshop.demo.flows import add_integration
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS
from workshop.parts import brokers, home_assistant
from workshop.parts.brokers import Broker
from workshop.parts.processes import LOOPBACK

pytestmark = [TIMEOUT, pytest.mark.asyncio(loop_scope="module")]

CHOSEN = "boxes"
"""A client id that the user gave, and that another client has as well."""
STATE = "chamber/v1/pi/box/state"
NEWER = "chamber/v2/pi/status"


@dataclass
class House:
    """A Home Assistant with one entry, and the broker it is connected to."""

    client: Client
    broker: Broker

    async def issues(self) -> dict[str, Json]:
        """The integration's issues by their kind."""
        answer = await self.client.call("repairs/list_issues")
        found = [issue for issue in answer["issues"] if issue["domain"] == PLATFORM]
        return {issue["translation_key"]: issue for issue in found}

    async def until(self, holds: Callable[[set[str]], bool], within: float = 30.0) -> None:
        """Wait until the kinds of issues are so."""
        async with asyncio.timeout(within):
            while not holds(set(await self.issues())):
                await asyncio.sleep(0.1)

    async def click(self, issue: Json, **answer: object) -> Json:
        """Open an issue and submit its form."""
        path = "/api/repairs/issues/fix"
        form = await self.client.post(path, {"handler": PLATFORM, "issue_id": issue["issue_id"]})
        assert (form["type"], form["step_id"]) == ("form", "confirm")
        done: Json = await self.client.post(f"{path}/{form['flow_id']}", answer)
        return done


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One house for all tests of this file."""
    folder = tmp_path_factory.mktemp("repairs")
    with ExitStack() as parts:
        broker = parts.enter_context(
            have(lambda: brokers.start("mosquitto-testing", folder / "broker"))
        )
        server = parts.enter_context(
            have(lambda: home_assistant.start(HOME_ASSISTANT_VERSIONS[0], folder / "home"))
        )
        async with Client(server.url) as client:
            await client.log_in("owner", "password")
            await client.until_running()
            fields = {"url": broker.url, "advanced": {"client_id": CHOSEN}}
            await add_integration(client, PLATFORM, fields)
            yield House(client, broker)


@pytest.fixture
def plain(house: House) -> Iterator[Plain]:
    """A client that can say anything."""
    with Plain(house.broker.plain_port, STATE) as client:
        yield client


@contextmanager
def rivalling(port: int, client_id: str) -> Iterator[Rival]:
    """Another client of the same id, which comes back whenever it is put out."""
    rival = Rival(
        CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5
    )
    rival.connect(LOOPBACK, port)
    rival.loop_start()
    try:
        yield rival
    finally:
        rival.disconnect()
        rival.loop_stop()


async def test_a_rival_for_the_client_id_is_named_and_left_behind_with_a_click(
    house: House, plain: Plain
) -> None:
    with rivalling(house.broker.plain_port, CHOSEN) as rival:
        await house.until(lambda kinds: kinds == {"client_id_fight"})
        issue = (await house.issues())["client_id_fight"]
        assert issue["is_fixable"]
        assert CHOSEN not in str(issue)
        refused = await house.click(issue, agree=False)
        assert refused["errors"] == {"agree": "not_agreed"}
        assert (await house.click(issue, agree=True))["type"] == "create_entry"
        await house.until(lambda kinds: not kinds)
        plain.say(STATE, bytes(70_000), retain=True)
        await house.until(lambda kinds: kinds == {"payload_too_large"})
        assert rival.is_connected()


async def test_a_gateway_of_the_next_version_is_named_while_it_says_so(
    house: House, plain: Plain
) -> None:
    plain.say(NEWER, {"state": "online"}, retain=True)
    await house.until(lambda kinds: "newer_contract" in kinds)
    issue = (await house.issues())["newer_contract"]
    assert issue["translation_placeholders"]["gateways"] == "pi"
    plain.say(NEWER, b"", retain=True)
    await house.until(lambda kinds: "newer_contract" not in kinds)
