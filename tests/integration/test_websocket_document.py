"""docs/websocket.md: it names every command and every key that is told."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.record.series import source
from custom_components.chamber_ws.streaming import subscriber
from integration.dashboard import Dashboard, id_of
from integration.house import House
from integration.living import Life
from source import ROOT

TEXT = (ROOT / "docs" / "websocket.md").read_text()
NAMED = set(re.findall(r"`([\w/]+)`", TEXT))
BY_ID = {"entities", "parts", "probes", "probe_entities", "quality", "bands"}


def keys_of(told: Any) -> Iterator[str]:
    """Every key that is no id."""
    if isinstance(told, list):
        for one in told:
            yield from keys_of(one)
    elif isinstance(told, dict):
        for key, value in told.items():
            yield key
            inner = value.values() if isinstance(value, dict) and key in BY_ID else [value]
            for one in inner:
                yield from keys_of(one)


def test_it_names_every_command(hass: HomeAssistant, life: Life) -> None:
    commands = {name for name in hass.data["websocket_api"] if name.startswith(DOMAIN)}
    assert len(commands) == 6
    assert commands <= NAMED


async def test_it_names_every_key(
    hass: HomeAssistant, life: Life, house: House, hass_ws_client: WebSocketGenerator
) -> None:
    await house.hand().configure(house.address, profile="custom", high=8.0)
    await life.go_on(9.5)
    dashboard = Dashboard(await hass_ws_client(hass))
    told: list[Any] = [await dashboard.ask("chambers"), await dashboard.subscribe()]
    told.append(await dashboard.event())
    period = {"device_id": id_of(house), "start": life.now - 3600, "end": life.now + 1}
    told.append(await dashboard.ask("history", **period))
    told.append(await dashboard.ask("report", **period, format="json"))
    told.append(await dashboard.ask("acknowledge", device_id=id_of(house)))
    keys = set(keys_of(told))
    assert {"last_excursion", "peak", "round_trip", "backfilled", "media_type"} <= keys
    assert keys <= NAMED, keys - NAMED


@pytest.mark.parametrize(
    "said",
    [
        f"more than {source.MOST_ROWS // 1000} 000",
        f"more than {source.MOST_READ // 1000} 000 samples",
        f"at most {1 / subscriber.AT_LEAST:.0f} events a second",
    ],
)
def test_its_numbers_are_those_in_force(said: str) -> None:
    assert said in TEXT
