"""Where the integration is added, pages that are open get the panel, and those that are opened the card."""

import re

import pytest
from playwright.async_api import Page, expect

from browser.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")

PANEL = "/chamber-ws"
LIVE = re.compile(r"\d")


async def test_an_open_page_gets_panel_and_dashboard_without_being_loaded_again(
    house: House, witness: Page
) -> None:
    await witness.evaluate("window.sameAsBefore = true")
    await witness.locator(f"ha-sidebar [href='{PANEL}']").click()
    panel = witness.locator("chamber-panel")
    for chamber in house.chambers:
        await expect(panel.get_by_text(chamber.name, exact=True).first).to_be_visible()
    path = await house.own_dashboard("made-on-arrival")
    await witness.locator(f"ha-sidebar [href^='{path}']").click()
    cards = witness.locator("hui-view chamber-card [data-role=actual]")
    await expect(cards).to_have_text([LIVE] * len(house.chambers))
    assert await witness.evaluate("window.sameAsBefore")
