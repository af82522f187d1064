"""The page in the sidebar, and the dashboard that is made by itself."""

import re
import secrets

import pytest
from playwright.async_api import Page, expect

from browser.accessibility import violations
from browser.house import House
from browser.pages import Pages
from end_to_end.plain import Plain
from workshop.demo.chambers import Chamber
from workshop.demo.pages import DARK, DESKTOP, PHONE, Look

pytestmark = pytest.mark.asyncio(loop_scope="session")

PANEL = "/chamber-ws"
NAME = "Vaccine carrier"


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


async def test_chambers_of_one_name_are_told_apart(house: House, pages: Pages) -> None:
    """In one order, on the page and on the dashboard, by the gateways that they are at."""
    async with house.puppet(name=NAME):
        page = await opened(pages)
        begins = ("Lecture box", rf"{NAME}\s+esp\s", rf"{NAME}\s+pi\s")
        tiles = [re.compile(f"^{begin}") for begin in begins]
        told = page.locator("chamber-panel .tile")
        await expect(told).to_have_text(tiles, use_inner_text=True)
        await page.goto(house.url + await house.own_dashboard("made-by-itself"))
        cards = page.locator("hui-view chamber-card h2")
        await expect(cards).to_have_text(["Lecture box", f"{NAME} (esp)", f"{NAME} (pi)"])


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


async def test_the_report_of_a_chamber_is_downloaded(house: House, pages: Pages) -> None:
    """As a file: what stands in it is not shown within Home Assistant."""
    page = await pages.open(f"{PANEL}/{await _device(house)}")
    form = page.locator("chamber-panel .report")
    await form.get_by_label("Period of the report").select_option("7 days")
    async with page.expect_download() as started:
        await form.get_by_role("button", name="Report").press("Enter")
    download = await started.value
    assert download.suggested_filename.endswith(".html")
    content = (await download.path()).read_text()
    assert content.lower().startswith("<!doctype html>")
    assert "Vaccine carrier" in content
    await expect(form.get_by_role("status")).to_have_text("The report is among your downloads.")
    await expect(page.locator("chamber-panel chamber-card [data-role=actual]")).to_contain_text(
        re.compile(r"\d")
    )
    assert await violations(page.locator("chamber-panel .report")) == []


async def test_a_chamber_that_only_measures_is_shown_and_not_called_well(
    house: House, pages: Pages
) -> None:
    name = f"thermometer-{secrets.token_hex(3)}"
    topic = f"chamber/v1/esp/{name}"
    page = await opened(pages)
    with Plain(house.stage.broker.plain_port, f"{topic}/#") as thermometer:
        thermometer.say(f"{topic}/state", {"temperature": 30.5}, retain=True)
        tile = page.locator("chamber-panel .tile", has_text=name)
        await expect(tile).to_contain_text("30.5 °C")
        await expect(tile).to_contain_text("No limits set")
        await expect(page.locator("chamber-panel .summary")).not_to_contain_text("All are well")
        await tile.click()
        card = page.locator("chamber-card")
        await expect(card.locator("[data-role=actual]")).to_have_text("30.5 °C")
        device = page.url.rpartition("/")[2]
        path = await house.own_dashboard("made-by-itself")
        await page.goto(f"{house.url}{path}/{device}")
        await expect(card.locator("[data-role=actual]")).to_have_text("30.5 °C")
        await expect(card.locator("[data-role=desired]")).to_have_count(0)
        await expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)
        for kind in ("meta", "state"):
            thermometer.say(f"{topic}/{kind}", b"", retain=True)
    await house.delete(Chamber(device, name, {}))


async def test_a_dashboard_is_made_of_all_chambers(house: House, pages: Pages) -> None:
    path = await house.own_dashboard("made-by-itself")
    page = await pages.open(path)
    cards = page.locator("hui-view chamber-card")
    await expect(cards).to_have_count(len(house.chambers))
    for chamber in house.chambers:
        await page.goto(f"{house.url}{path}/{chamber.device_id}")
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
