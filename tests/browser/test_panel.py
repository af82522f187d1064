"""The page in the sidebar, and the dashboard that is made by itself."""

import re

import pytest
from playwright.async_api import Page, expect

from browser.accessibility import violations
from browser.house import House
from browser.pages import Pages
from workshop.demo.pages import DARK, DESKTOP, PHONE, Look

pytestmark = pytest.mark.asyncio(loop_scope="session")

PANEL = "/chamber-ws"
STRATEGY = {"strategy": {"type": "custom:chamber-dashboard"}}


async def opened(pages: Pages, look: Look = DESKTOP) -> Page:
    """The panel, once it shows the chambers live."""
    page = await pages.open(PANEL, look)
    await expect(page.locator("chamber-panel .actual").first).to_contain_text(re.compile(r"\d"))
    return page


@pytest.mark.parametrize("look", [DESKTOP, DARK, PHONE], ids=["desktop", "dark", "phone"])
async def test_all_chambers_are_shown_and_it_is_accessible(
    house: House, pages: Pages, look: Look
) -> None:
    page = await opened(pages, look)
    names = await page.locator("chamber-panel .name").all_inner_texts()
    assert names == sorted(chamber.name for chamber in house.chambers)
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert await violations(page.locator("chamber-panel")) == []


async def test_a_chamber_is_opened_and_left_by_keyboard(house: House, pages: Pages) -> None:
    page = await opened(pages)
    tile = page.locator("chamber-panel .tile", has_text="Vaccine carrier")
    await tile.focus()
    await page.keyboard.press("Enter")
    card = page.locator("chamber-panel chamber-card")
    await expect(card.locator("[data-role=actual]")).to_contain_text(re.compile(r"\d"))
    await expect(page).to_have_url(re.compile(f"{PANEL}/{await _device(house)}$"))
    await page.locator("chamber-panel").get_by_label("Back to all chambers").press("Enter")
    await expect(tile).to_be_visible()


async def _device(house: House) -> str:
    return (await house.chamber("Vaccine carrier")).device_id


async def test_a_dashboard_is_made_of_all_chambers(house: House, pages: Pages) -> None:
    path = "made-by-itself"
    await house.client.call(
        "lovelace/dashboards/create", mode="storage", url_path=path, title="Made", icon="mdi:heat"
    )
    await house.client.call("lovelace/config/save", url_path=path, config=STRATEGY)
    page = await pages.open(f"/{path}")
    cards = page.locator("hui-view chamber-card")
    await expect(cards).to_have_count(len(house.chambers))
    for chamber in house.chambers:
        await page.goto(f"{house.url}/{path}/{chamber.device_id}")
        await expect(page.locator("hui-view chamber-card")).to_have_count(1)
        for heading in ("Live", "Record", "Alarms", "Control", "Diagnostics"):
            await expect(page.locator("hui-heading-card", has_text=heading)).to_be_visible()
        await expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)


async def test_the_dialog_for_a_new_dashboard_offers_it(pages: Pages) -> None:
    page = await pages.open("/config/lovelace/dashboards")
    await page.get_by_role("button", name="Add dashboard").click()
    await expect(
        page.locator("dashboard-card", has_text="All chambers at a glance")
    ).to_be_visible()
