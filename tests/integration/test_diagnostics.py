"""A bug report has everything but secrets."""

import json
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws import diagnostics
from integration.house import META, STATE, FakeLink, House

SECRETS = {
    "url": "wss://broker.example/mqtt?token=s3cret-query",
    "alternate_urls": ["wss://second.example/mqtt?token=s3cret-query", "http://u:s3cret@x"],
    "username": "s3cret-user",
    "password": "s3cret-password",
    "headers": {"Authorization": "s3cret-header"},
    "client_id": "s3cret-client",
    "client_key": "s3cret-key",
    "client_certificate": "s3cret-certificate",
    "ca_certificate": "s3cret-authority",
}


@pytest.fixture
async def carrier(hass: HomeAssistant, link: FakeLink) -> FakeLink:
    """A chamber of which good and bad arrived."""
    link.describe(serial="s3cret-serial")
    link.sample(seq=1, epoch="e", mode="boil", quality={"product": "suspect"})
    link.deliver(STATE, b"{")
    link.deliver(STATE, {"temperature": 1e300})
    link.deliver("chamber/v1/pi/status", {"state": "online", "session": "a"})
    await hass.async_block_till_done()
    return link


async def told(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """The diagnostics, as the file that a user downloads."""
    made = await diagnostics.async_get_config_entry_diagnostics(hass, entry)
    return json.loads(json.dumps(made, allow_nan=False))


async def test_no_secret_is_in_it(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, **SECRETS})
    text = json.dumps(await told(hass, entry))
    assert "s3cret" not in text
    assert "broker.example" in text
    assert "second.example" in text
    assert "s3cret" not in caplog.text


async def test_what_was_set_aside_is_counted_and_named(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry
) -> None:
    made = await told(hass, entry)
    assert made["tally"]["not_json"] == 1
    assert made["tally"]["spoiled"] == 1
    assert made["chambers"]["pi/box"]["set_aside"] == {"mode": 1, "temperature": 1}


async def test_it_shows_the_chamber_as_it_is_known(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry
) -> None:
    chamber = (await told(hass, entry))["chambers"]["pi/box"]
    assert chamber["fresh"] is True
    assert chamber["heartbeat"] == 10
    assert chamber["sample"]["temperature"] == 30.05
    assert chamber["sequence"]["epoch"] == "e"


async def test_it_shows_how_the_record_stands(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry, house: House
) -> None:
    carrier.describe(history=True)
    for seq in (2, 5, 9):
        carrier.sample(seq=seq, epoch="f", time=1_764_000_000 + seq, clock="ntp")
    await house.judged()
    record = (await told(hass, entry))["record"]
    assert record["chambers"] == {
        "pi/box": {
            "stretches": 2,
            "gaps": 3,
            "missing": 7,
            "provisional": True,
            "answers": True,
        }
    }
    assert record["file"] == f"{entry.entry_id}.db"
    assert record["bytes"] > 10_000
    assert (record["problem"], record["set_aside"], record["held"]) == (None, None, False)
    assert (record["queued"], record["asleep"]) == (0, 0)


async def test_it_says_why_there_is_no_record(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry, house: House
) -> None:
    await house.coordinator.clerk.stop()
    assert (await told(hass, entry))["record"] == {"problem": "the record is closed"}


async def test_a_device_has_its_own(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry, house: House
) -> None:
    device, link = house.device(), house.device("")
    assert device is not None
    assert link is not None
    one = await diagnostics.async_get_device_diagnostics(hass, entry, device)
    assert one["sample"]["temperature"] == 30.05
    assert await diagnostics.async_get_device_diagnostics(hass, entry, link) == {}


async def test_a_flood_does_not_swell_it(
    hass: HomeAssistant, link: FakeLink, entry: MockConfigEntry
) -> None:
    for number in range(150):
        link.deliver(STATE.replace("box", f"box{number}"), {"temperature": 1.0})
        link.deliver(META.replace("box", f"box{number}"), {})
    assert len((await told(hass, entry))["chambers"]) == diagnostics.MOST_CHAMBERS


@pytest.mark.parametrize("url", ["wss://broker.example/mqtt?token=s3cret", "http://u:s3cret@x"])
async def test_an_entry_that_is_not_loaded_still_tells_its_settings(
    hass: HomeAssistant, entry: MockConfigEntry, url: str
) -> None:
    """Who cannot connect needs it most."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, **SECRETS, "url": url})
    made = await told(hass, entry)
    assert made["entry"]["keepalive"] == 30
    assert "s3cret" not in json.dumps(made)
