"""From a broker's message to the change at a WebSocket client: one JSON parse, no template, only what changed."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.chamber_ws.chamber import fields
from integration.house import FakeLink, House


@pytest.fixture
def written(hass: HomeAssistant) -> Iterator[list[str]]:
    """Every entity that is written, whether or not its state changes."""
    seen: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        seen.append(event.data["entity_id"])

    @callback
    def every(_data: object) -> bool:
        return True

    kinds = ("state_changed", "state_reported")
    stops = [hass.bus.async_listen(kind, note, every) for kind in kinds]
    yield seen
    for stop in stops:
        stop()


async def test_only_entities_whose_value_changed_are_written(
    carrier: FakeLink, house: House, hass: HomeAssistant, written: list[str]
) -> None:
    carrier.sample(temperature=30.06)
    await hass.async_block_till_done()
    assert written == house.entity_ids("temperature")


async def test_a_sample_that_says_the_same_writes_nothing(
    carrier: FakeLink, hass: HomeAssistant, written: list[str]
) -> None:
    carrier.sample()
    await hass.async_block_till_done()
    assert written == []


async def test_a_message_is_parsed_once_and_renders_no_template(
    carrier: FakeLink, hass: HomeAssistant
) -> None:
    with (
        patch.object(fields, "parse", side_effect=fields.parse) as parsed,
        patch.object(Template, "async_render", autospec=True) as rendered,
    ):
        carrier.sample(temperature=30.06, setpoint=29.0, door=True)
        await hass.async_block_till_done()
    assert parsed.call_count == 1
    assert rendered.call_count == 0


async def test_the_change_reaches_a_websocket_client(
    carrier: FakeLink, house: House, hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "websocket_api", {})
    (entity_id,) = house.entity_ids("temperature")
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "subscribe_entities", "entity_ids": [entity_id]})
    assert (await client.receive_json())["success"]
    assert (await client.receive_json())["event"]["a"][entity_id]["s"] == "30.05"
    carrier.sample(temperature=30.06)
    assert (await client.receive_json())["event"]["c"][entity_id]["+"]["s"] == "30.06"
