"""Browsers get the card's module and one panel with its own, whatever entries come and go."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.components import frontend
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.chamber_ws import module
from custom_components.chamber_ws.const import DOMAIN
from integration.house import FakeLink

PANEL = "chamber-ws"


@pytest.fixture
def entry(entry: MockConfigEntry, hass: HomeAssistant) -> MockConfigEntry:
    """An entry for which the broker keeps nothing that would have to be ended."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, "session_expiry": 0})
    return entry


@pytest.fixture
async def pages(hass: HomeAssistant) -> None:
    """There is a frontend."""
    assert await async_setup_component(hass, "frontend", {})


@pytest.fixture
async def shown(hass: HomeAssistant, pages: None, link: FakeLink) -> None:
    """There is a frontend, and then an entry."""


def panel(hass: HomeAssistant) -> dict[str, Any] | None:
    """The panel, as pages are told of it."""
    found = hass.data[frontend.DATA_PANELS].get(PANEL)
    return dict(found.to_response()) if found else None


def modules(hass: HomeAssistant) -> list[str]:
    """What a page loads that is opened now."""
    urls = hass.data[frontend.DATA_EXTRA_MODULE_URL].urls
    return [url for url in urls if DOMAIN in url]


@pytest.mark.usefixtures("shown")
async def test_a_page_is_told_of_the_panel_and_everybody_may_open_it(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, hass_read_only_access_token: str
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    await client.send_json_auto_id({"type": "get_panels"})
    told = (await client.receive_json())["result"][PANEL]
    custom = told["config"]["_panel_custom"]
    assert (told["component_name"], told["title"]) == ("custom", "Chambers")
    assert custom["name"] == "chamber-panel"
    assert custom["module_url"].startswith("/chamber_ws/chamber-panel.js?v=")
    assert [told["config"]["card"]] == modules(hass)


@pytest.mark.usefixtures("shown")
async def test_all_modules_are_served_to_be_kept_by_browsers(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    told = panel(hass)
    assert told
    (card,) = modules(hass)
    dashboard = card.replace("card.js", "dashboard.js")
    for url in (card, dashboard, told["config"]["_panel_custom"]["module_url"]):
        answer = await client.get(url)
        assert answer.status == 200
        assert answer.content_type == "text/javascript"
        assert "max-age=2678400" in answer.headers["Cache-Control"]
        assert b"chamber_ws" in await answer.read()


async def test_a_change_of_any_module_changes_the_hash(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / name for name in ("card", "dashboard", "panel")]
    for name, file in zip(("CARD", "DASHBOARD", "PANEL"), files, strict=True):
        file.write_text("as it was")
        monkeypatch.setattr(module, name, file)
    hashes = {await module.async_hash(hass)}
    for file in files:
        file.write_text(f"{file.name} as it is now")
        del hass.data[module.HASH]
        hashes.add(await module.async_hash(hass))
    assert len(hashes) == 1 + len(files)


@pytest.mark.usefixtures("shown")
async def test_an_entry_that_is_loaded_again_leaves_the_panel_alone(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    before = hass.data[frontend.DATA_PANELS][PANEL]
    await hass.config_entries.async_reload(entry.entry_id)
    assert hass.data[frontend.DATA_PANELS][PANEL] is before
    assert len(modules(hass)) == 1


@pytest.mark.usefixtures("shown")
async def test_the_panel_goes_with_the_last_entry_and_comes_again(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    another = MockConfigEntry(domain=DOMAIN, data={**entry.data}, unique_id="another")
    another.add_to_hass(hass)
    assert await hass.config_entries.async_setup(another.entry_id)
    await hass.config_entries.async_remove(entry.entry_id)
    assert panel(hass)
    await hass.config_entries.async_remove(another.entry_id)
    assert panel(hass) is None
    assert modules(hass) == []
    third = MockConfigEntry(domain=DOMAIN, data={**entry.data}, unique_id="third")
    third.add_to_hass(hass)
    assert await hass.config_entries.async_setup(third.entry_id)
    assert panel(hass)
    assert len(modules(hass)) == 1
    await hass.config_entries.async_unload(third.entry_id)


@pytest.mark.usefixtures("shown")
async def test_the_panel_goes_while_all_entries_are_disabled(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert panel(hass) is None
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    assert panel(hass)


@pytest.mark.usefixtures("pages", "links")
async def test_an_entry_that_cannot_work_does_not_hide_the_cards(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A dashboard shall say what is wrong, not that it does not know the card."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, "url": "http://x"})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert panel(hass)


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("missing", ["CARD", "DASHBOARD", "PANEL"])
async def test_where_a_module_is_missing_nothing_is_promised(
    hass: HomeAssistant, links: list[FakeLink], entry: MockConfigEntry, missing: str
) -> None:
    with patch.object(module, missing, Path("/nowhere")):
        assert await hass.config_entries.async_setup(entry.entry_id)
    assert panel(hass) is None
    assert modules(hass) == []
    await hass.config_entries.async_remove(entry.entry_id)


async def test_nothing_is_missed_without_a_frontend(
    hass: HomeAssistant, link: FakeLink, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await hass.config_entries.async_remove(entry.entry_id)
    assert "frontend" not in hass.config.components
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
