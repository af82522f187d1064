"""What is connected and who says something true, at a glance and without a name or an address."""

import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.chamber_ws import system_health
from custom_components.chamber_ws.const import DOMAIN
from integration.house import META, STATE, STATUS, Clock, FakeLink

FOLDER = Path(system_health.__file__).parent
VERSION = json.loads((FOLDER / "manifest.json").read_text())["version"]
TEXTS = json.loads((FOLDER / "translations" / "en.json").read_text())["system_health"]["info"]


async def told(hass: HomeAssistant) -> dict[str, Any]:
    """What Home Assistant shows."""
    assert await async_setup_component(hass, "system_health", {})
    assert await async_setup_component(hass, DOMAIN, {})
    return await get_system_health_info(hass, DOMAIN)


async def test_without_an_entry_there_is_a_version(hass: HomeAssistant) -> None:
    assert await told(hass) == {
        "version": VERSION,
        "entries_connected": "0 / 0",
        "mqtt_versions": "",
        "gateways": 0,
        "chambers_fresh": "0 / 0",
    }


async def test_links_and_chambers_are_counted(
    hass: HomeAssistant, clock: Clock, carrier: FakeLink
) -> None:
    carrier.deliver(STATUS, {"state": "online", "session": "a"})
    carrier.deliver(META.replace("box", "other"), {"heartbeat": 1000})
    carrier.deliver(STATE.replace("box", "other"), {"temperature": 1.0})
    MockConfigEntry(domain=DOMAIN, data={"url": "ws://x", "prefix": "other"}).add_to_hass(hass)
    assert await told(hass) == {
        "version": VERSION,
        "entries_connected": "1 / 2",
        "mqtt_versions": "5",
        "gateways": 1,
        "chambers_fresh": "2 / 2",
    }
    await clock.advance(60)
    carrier.down()
    found = await told(hass)
    assert found["entries_connected"] == "0 / 2"
    assert (found["mqtt_versions"], found["chambers_fresh"]) == ("", "1 / 2")


async def test_all_that_is_told_has_a_name(hass: HomeAssistant, carrier: FakeLink) -> None:
    assert (await told(hass)).keys() == TEXTS.keys()
