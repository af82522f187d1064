"""On the go: a phone is called in an excursion, acknowledges it and sets a setpoint; and the same by word of mouth."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from end_to_end.gateways import Gateway, simulated
from end_to_end.parts import TIMEOUT, have
from end_to_end.phones import Phone
from workshop.demo import proof
from workshop.demo.chambers import PLATFORM, Chamber, appear
from workshop.demo.client import Client, Json
from workshop.demo.flows import add_integration
from workshop.demo.states import States
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS
from workshop.parts import brokers, home_assistant
from workshop.parts.brokers import Broker
from workshop.parts.home_assistant import HomeAssistant
from workshop.places import ROOT

pytestmark = [TIMEOUT, pytest.mark.asyncio(loop_scope="module")]

ADA, PASSWORD = "Ada Lovelace", "password"
CARRIER, BOX = "Vaccine carrier", "Lecture box"
AUTOMATION = "chamber_excursion"
LIMIT = 2.0
"""°C; the carrier begins at 8 °C and cools to 5 °C."""
DOCUMENT = ROOT / "docs" / "phone.md"


def documented_sentences() -> str:
    """What is to be added for temperatures below zero."""
    return DOCUMENT.read_text().partition("```yaml\n")[2].partition("```")[0]


class House:
    """A broker, two simulated chambers, Home Assistant, its owner, and Ada, who has a phone."""

    def __init__(self, broker: Broker, gateway: Gateway, server: HomeAssistant) -> None:
        self.broker, self.gateway, self.server = broker, gateway, server
        self.owner, self.hers = Client(server.url), Client(server.url)
        self.chambers: dict[str, Chamber] = {}

    async def furnish(self) -> None:
        """Add the integration as the owner does, who lets Ada in."""
        await self.owner.log_in("owner", PASSWORD)
        await self.owner.until_running()
        await add_integration(self.owner, PLATFORM, {"url": self.broker.url})
        self.chambers = {one.name: one for one in await appear(self.owner, 2)}
        groups = ["system-users"]
        made = await self.owner.call("config/auth/create", name=ADA, group_ids=groups)
        user = made["user"]["id"]
        create = "config/auth_provider/homeassistant/create"
        await self.owner.call(create, user_id=user, username="ada", password=PASSWORD)
        await self.owner.call("person/create", name=ADA, user_id=user)
        await self.hers.log_in("ada", PASSWORD)

    def follow(self, name: str = CARRIER) -> States:
        """Look at all of a chamber's entities."""
        ids = [one for entities in self.chambers[name].entities.values() for one in entities]
        return States(self.owner, ids)

    async def automate(self, phone: Phone) -> None:
        """Set the blueprint up as the editor does."""
        chosen = {
            "chambers": {"device_id": [self.chambers[CARRIER].device_id]},
            "phones": [await phone.device()],
        }
        automation = {
            "alias": "Chamber excursion",
            "use_blueprint": {"path": "chamber_ws/excursion.yaml", "input": chosen},
        }
        await self.owner.post(f"/api/config/automation/config/{AUTOMATION}", automation)

    async def say(self, text: str) -> Json:
        """Say something to Assist, as Ada's phone does; what it answers."""
        said = {"text": text, "language": "en"}
        answer = await self.hers.post("/api/conversation/process", said)
        response: Json = answer["response"]
        return response


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One house for all tests of this file."""
    folder = tmp_path_factory.mktemp("house")
    async with AsyncExitStack() as stack:
        broker = stack.enter_context(have(lambda: brokers.start("mosquitto", folder / "broker")))
        gateway = simulated(broker.url, folder, "pi", "--chambers", "2")
        stack.enter_context(gateway.start())
        config = folder / "home-assistant"
        sentences = config / "custom_sentences" / "en" / "chamber_ws.yaml"
        sentences.parent.mkdir(parents=True)
        sentences.write_text(documented_sentences())
        server = stack.enter_context(
            have(lambda: home_assistant.start(HOME_ASSISTANT_VERSIONS[0], config))
        )
        made = House(broker, gateway, server)
        async with made.owner, made.hers:
            await made.furnish()
            yield made


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def phone(house: House) -> AsyncIterator[Phone]:
    """Ada's phone, which the blueprint calls."""
    async with Phone(house.hers, "Ada's phone") as made:
        await house.automate(made)
        yield made


def spoken(response: Json) -> str:
    """What Assist says."""
    return str(response["speech"]["plain"]["speech"])


async def test_an_excursion_calls_the_phone_which_acknowledges_it_in_its_user_s_name(
    house: House, phone: Phone
) -> None:
    carrier = house.chambers[CARRIER]
    async with house.follow() as states:
        temperature, excursion = (states[carrier.one(key)] for key in ("temperature", "excursion"))
        await states.until(lambda: temperature.number is not None, "a temperature", 15.0)
        await house.owner.call_service("number.set_value", carrier.one("limit_high"), value=LIMIT)
        await states.until(lambda: excursion.value == "on", "an excursion", 15.0)
        called = await phone.notified()
        assert called["title"] == f"{CARRIER}: too warm"
        assert f"above the limit of {LIMIT} °C" in called["message"]
        assert called["data"]["push"]["interruption-level"] == "critical"
        actions = {one["title"]: one["action"] for one in called["data"]["actions"]}
        assert list(actions) == ["Acknowledge", "Acknowledge with a remark", "Open dashboard"]
        await phone.tap(actions["Acknowledge with a remark"], reply_text="I am on my way")
        acknowledged = lambda: excursion.attributes.get("unacknowledged") is False  # noqa: E731
        await states.until(acknowledged, "acknowledged", 10.0)
        assert excursion.attributes["acknowledged_by"] == ADA
        assert excursion.attributes["comment"] == "I am on my way"
        cleared = await phone.notified()
        assert cleared["message"] == "clear_notification"
        assert cleared["data"]["tag"] == called["data"]["tag"]
        await house.owner.call_service(
            "select.select_option", carrier.one("alarm_profile"), option="off"
        )
        await states.until(lambda: excursion.value == "off", "no excursion", 10.0)


async def test_the_phone_sets_a_setpoint_and_sees_it_confirmed(house: House, phone: Phone) -> None:
    carrier = house.chambers[CARRIER]
    async with house.follow() as states:
        asked = {"entity_id": carrier.climate, "temperature": 7.5}
        await phone.act("climate.set_temperature", **asked)
        climate, setpoint = states[carrier.climate], states[carrier.one("setpoint")]
        await states.until(lambda: climate.attributes.get("temperature") == 7.5, "7.5 °C", 5.0)
        await states.until(lambda: setpoint.number == 7.5, "7.5 °C", 5.0)


async def test_what_the_phone_sets_beyond_the_limits_is_not_shown_as_set(
    house: House, phone: Phone
) -> None:
    carrier = house.chambers[CARRIER]
    async with house.follow() as states:
        climate = states[carrier.climate]
        await states.until(lambda: "temperature" in climate.attributes, "its setpoint", 5.0)
        before = climate.attributes["temperature"]
        asked = {"entity_id": carrier.climate, "temperature": 90}
        await phone.act("climate.set_temperature", **asked)
        assert climate.attributes["temperature"] == before


@pytest.mark.parametrize(
    ("name", "text", "setpoint"),
    [
        (CARRIER, "set the vaccine carrier to 4 degrees", 4.0),
        (CARRIER, "Change the temperature of the vaccine carrier to 5.5 degrees", 5.5),
        (BOX, "set lecture box to 28", 28.0),
        (CARRIER, "set the vaccine carrier to -2 degrees", -2.0),
    ],
)
async def test_assist_sets_the_setpoint_of_the_chamber_of_that_name(
    house: House, name: str, text: str, setpoint: float
) -> None:
    climates = {one: chamber.climate for one, chamber in house.chambers.items()}
    async with States(house.owner, climates.values()) as states:
        response = await house.say(text)
        assert response["response_type"] == "action_done", spoken(response)
        assert [one["id"] for one in response["data"]["success"]] == [climates[name]]
        target = lambda: states[climates[name]].attributes.get("temperature") == setpoint  # noqa: E731
        await states.until(target, text, 5.0)


async def test_assist_knows_aliases_and_areas(house: House) -> None:
    box, carrier = house.chambers[BOX], house.chambers[CARRIER]
    names = {"entity_id": carrier.climate, "aliases": [None, "vaccines"]}
    await house.owner.call("config/entity_registry/update", **names)
    area = await house.owner.call("config/area_registry/create", name="Laboratory")
    place = {"device_id": box.device_id, "area_id": area["area_id"]}
    await house.owner.call("config/device_registry/update", **place)
    for text, chamber in (
        ("set the vaccines to 6 degrees", carrier),
        ("set the vaccine carrier to 5 degrees", carrier),
        ("set the temperature in the laboratory to 27 degrees", box),
    ):
        response = await house.say(text)
        assert response["response_type"] == "action_done", f"{text}: {spoken(response)}"
        assert response["data"]["success"][-1]["id"] == chamber.climate


async def test_assist_tells_the_temperature(house: House) -> None:
    response = await house.say("what is the temperature of the vaccine carrier?")
    assert response["response_type"] == "query_answer"
    assert "degrees" in spoken(response)


async def test_assist_does_not_say_that_it_did_what_the_chamber_refuses(house: House) -> None:
    response = await house.say("set the vaccine carrier to 99 degrees")
    assert response["response_type"] == "error"


async def test_assist_sets_nothing_that_is_not_exposed(house: House) -> None:
    climate = house.chambers[BOX].climate
    expose = "homeassistant/expose_entity"
    names = {"assistants": ["conversation"], "entity_ids": [climate]}
    await house.owner.call(expose, **names, should_expose=False)
    try:
        response = await house.say("set the lecture box to 20 degrees")
    finally:
        await house.owner.call(expose, **names, should_expose=True)
    assert response["response_type"] == "error"


async def test_nothing_of_it_is_an_error_in_the_log(house: House) -> None:
    """The last test of this file: it ends the server. What the phone was refused, `mobile_app` says itself."""
    await asyncio.to_thread(house.server.stop)
    assert house.server.exit_code() == 0
    proof.read_log(house.server.output())
