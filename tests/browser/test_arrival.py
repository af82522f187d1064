"""Where the integration is added, pages that are open get the panel, and those that are opened the card."""

import pytest
from playwright.async_api import Page, expect

from browser.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")

PANEL = "/chamber-ws"


async def test_an_open_page_gets_the_panel_without_being_loaded_again(
    house: House, witness: Page
) -> None:
    await witness.evaluate("window.sameAsBefore = true")
    await witness.locator(f"ha-sidebar [href='{PANEL}']").click()
    panel = witness.locator("chamber-panel")
    for chamber in house.chambers:
        await expect(panel.get_by_text(chamber.name, exact=True).first).to_be_visible()
    assert await witness.evaluate("window.sameAsBefore")
