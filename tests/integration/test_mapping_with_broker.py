"""The lecture's chamber at a real Mosquitto: heard, mapped, shown, asked; and nothing is listened to afterwards."""

import asyncio
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from paho.mqtt import publish

from custom_components.chamber_ws.mapping.table import address_of
from end_to_end.parts import TIMEOUT
from integration.flows import connected, living, until
from integration.house import House
from workshop.parts.brokers import Broker

pytestmark = [TIMEOUT, pytest.mark.usefixtures("socket_enabled")]
PLAIN = {"desired": "30", "actual": "30.05", "cooler": "1", "heater": "0"}


async def say(hass: HomeAssistant, broker: Broker, **said: str) -> None:
    """Publish over plain TCP, as a small node does."""
    messages: Any = [{"topic": topic, "payload": payload} for topic, payload in said.items()]
    await hass.async_add_executor_job(
        lambda: publish.multiple(messages, hostname="127.0.0.1", port=broker.plain_port)
    )


async def test_the_lectures_chamber(hass: HomeAssistant, broker: Broker) -> None:
    flows: Any = hass.config_entries.subentries
    async with living(hass, broker.url) as entry:
        await until(hass, lambda: connected(entry))
        opened = await flows.async_init((entry.entry_id, "chamber"), context={"source": "user"})
        listening = asyncio.ensure_future(
            flows.async_configure(opened["flow_id"], {"topic_filter": "#", "seconds": 1.5})
        )
        await asyncio.sleep(0.3)
        await say(hass, broker, **PLAIN)
        heard = await listening
        for topic, payload in PLAIN.items():
            assert f"`{topic}` = `{payload}`" in heard["description_placeholders"]["heard"]
        mapped = {
            "name": "Lecture",
            "temperature": {"topic": "actual"},
            "setpoint": {"topic": "desired", "command_topic": "desired"},
            "actuators": {"heaters": [{"topic": "heater"}], "coolers": [{"topic": "cooler"}]},
        }
        await flows.async_configure(opened["flow_id"], mapped)
        await flows.async_configure(opened["flow_id"], {"next_step_id": "save"})
        await hass.async_block_till_done()
        (subentry_id,) = entry.subentries
        house = House(hass, entry)
        await say(hass, broker, **PLAIN)
        await until(hass, lambda: house.value("temperature", subentry_id) == "30.05")
        (climate,) = house.entity_ids("chamber", subentry_id)
        data = {"entity_id": climate, "temperature": 31}
        await hass.services.async_call("climate", "set_temperature", data, blocking=True)
        await until(hass, lambda: house.attribute("chamber", "temperature", subentry_id) == 31)
        tally = house.coordinator.census.tally
        strangers = tally["not_ours"]
        await say(hass, broker, other="1", actual="29")
        await until(hass, lambda: house.value("temperature", subentry_id) == "29.0")
        assert tally["not_ours"] == strangers
        assert dict(house.coordinator.census.set_aside(address_of(subentry_id))) == {}
