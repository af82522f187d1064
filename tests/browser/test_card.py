"""The card in the real frontend, with live values ten times a second."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from browser.accessibility import violations
from browser.house import RATE, House
from browser.pages import Pages
from end_to_end.plain import Plain
from workshop.demo.chambers import Chamber
from workshop.demo.pages import DARK, DESKTOP, PHONE, Look, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACTUAL = "[data-role=actual]"
DESIRED = "[data-role=desired]"
LOOKS = {
    "desktop-light": DESKTOP,
    "desktop-dark": DARK,
    "phone-light": PHONE,
    "phone-dark": Look(PHONE.width, PHONE.height, dark=True, touch=True),
}
# As wide (px) as the columns of a dashboard are: the least, and of three beside the sidebar.
COLUMNS = (320, 340, 360, 500)
# What a part of the page shows during some seconds, frame by frame, each text once.
_WATCH = """(element, seconds) => new Promise(resolve => {
  const seen = new Set(), end = performance.now() + seconds * 1000;
  const look = () => {
    seen.add(element.textContent.trim());
    performance.now() < end ? requestAnimationFrame(look) : resolve([...seen]);
  };
  look();
})"""
NASTY = "<img src=x onerror=window.hacked=1><b>"


def number(text: str) -> float:
    """The number in a text such as "30.0 °C"."""
    found = re.search(r"-?\d+(\.\d+)?", text.replace("−", "-"))
    assert found, f"no number in {text!r}"
    return float(found[0])


async def opened(
    pages: Pages, house: House, chamber: Chamber, look: Look = DESKTOP, **options: object
) -> Locator:
    """A page with a chamber's card alone, once it is live."""
    card = {"type": "custom:chamber-card", "entity": chamber.climate, **options}
    page = await pages.open(await house.dashboard([card]), look)
    found = page.locator("chamber-card")
    await expect(found.locator(ACTUAL)).to_contain_text(re.compile(r"\d"))
    return found


async def attribute(house: House, entity_id: str, name: str) -> object:
    """An attribute of an entity's state."""
    return (await house.client.get(f"/api/states/{entity_id}"))["attributes"].get(name)


async def comes_true(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds that Home Assistant has to be asked for."""
    async with asyncio.timeout(10):
        while not await holds():
            await asyncio.sleep(0.05)


async def test_live_values_move_and_are_what_the_chamber_says(house: House, pages: Pages) -> None:
    chamber = await house.chamber("Lecture box")
    card = await opened(pages, house, chamber)
    topic = "chamber/v1/pi/lecture-box/state"
    with Plain(house.stage.broker.plain_port, topic) as plain:
        shown = await card.locator(ACTUAL).evaluate(_WATCH, 4)
        said = {one.content["temperature"] for one in plain.all(topic)}
    # The first was said before there was somebody to note it.
    numbers = [number(text) for text in shown]
    assert len(said) > 1
    # Half a tenth is rounded up by browsers, and to the even tenth by Python.
    assert all(any(abs(one - other) < 0.0501 for other in said) for one in numbers[1:])
    assert len(numbers) > 1


async def test_no_press_is_lost_while_values_stream(house: House, pages: Pages) -> None:
    chamber = await house.chamber("Lecture box")
    card = await opened(pages, house, chamber)
    desired = card.locator(DESIRED)
    before = number(await desired.inner_text())
    for _ in range(20):
        await card.locator(".round").last.click(delay=20)
        await card.page.wait_for_timeout(1000 / RATE)
    wished = round(before + 20 * 0.1, 1)
    await expect(desired).to_have_text(f"{wished:.1f} °C")

    async def obeyed() -> bool:
        return await attribute(house, chamber.climate, "temperature") == wished

    await comes_true(obeyed)
    await expect(card.locator(".desired .status")).to_have_text("Confirmed")
    assert number(await desired.inner_text()) == wished


async def test_a_chamber_that_refuses_is_quoted(house: House, pages: Pages) -> None:
    async with house.puppet(name="Stubborn box") as (puppet, chamber):
        card = await opened(pages, house, chamber)
        await card.locator(".round").last.click()
        command = await puppet.heard()
        assert command["setpoint"] == 5.5
        message = "the door has to be closed first"
        puppet.reply(command, "rejected", code="interlock", message=message)
        await expect(card.locator(".desired .status")).to_contain_text(message)
        await expect(card.locator(DESIRED)).to_have_text("5.0 °C")


async def test_an_excursion_is_shown_until_somebody_cares(house: House, pages: Pages) -> None:
    async with house.puppet(name="Warm box") as (puppet, chamber):
        await house.client.call_service(
            "chamber_ws.configure_alarm", chamber.climate, profile="custom", high=8.0, delay_high=0
        )
        card = await opened(pages, house, chamber)
        puppet.say(temperature=12.0, probes={"product": 12.0})
        banner = card.get_by_role("region", name="Too warm")
        await expect(banner).to_contain_text("12.0 °C")
        await banner.get_by_role("button", name="With comment").click()
        await banner.get_by_role("textbox").fill("Door was open")
        await banner.get_by_role("button", name="Acknowledge").click()
        await expect(banner).to_contain_text("Acknowledged by owner")
        await expect(banner).to_contain_text("Door was open")
        await expect(banner.get_by_role("button", name="Acknowledge")).to_have_count(0)
        puppet.say(temperature=5.0, probes={"product": 5.0})
        await expect(banner).to_have_count(0)


async def test_hostile_names_are_text(house: House, pages: Pages) -> None:
    names = {
        "name": NASTY,
        "heaters": [NASTY],
        "probes": {"product": {"role": "product", "name": NASTY}},
    }
    async with house.puppet(**names) as (puppet, chamber):
        puppet.say(reason="<b>", profile={"name": NASTY, "step": 1, "steps": 2, "state": "running"})
        card = await opened(pages, house, chamber)
        await expect(card.locator("h2")).to_have_text(NASTY)
        panel = await pages.open("/chamber-ws")
        await expect(panel.locator("chamber-panel .name", has_text=NASTY)).to_be_visible()
        for page in (card.page, panel):
            assert await page.evaluate("window.hacked") is None
            assert await page.locator("chamber-card img, chamber-panel img").count() == 0


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_the_card_fits_and_is_accessible(house: House, pages: Pages, look: Look) -> None:
    card = await opened(pages, house, await house.chamber("Vaccine carrier"), look)
    box = await card.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= look.width
    assert await card.evaluate("card => card.scrollWidth <= card.clientWidth")
    assert await violations(card) == []


async def test_what_is_wished_stands_beside_what_is(house: House, pages: Pages) -> None:
    card = await opened(pages, house, await house.chamber("Lecture box"))
    for width in COLUMNS:
        await card.evaluate("(card, width) => { card.style.width = `${width}px` }", width)
        actual = await card.locator(ACTUAL).bounding_box()
        desired = await card.locator(".stepper").bounding_box()
        assert actual is not None
        assert desired is not None
        assert desired["y"] < actual["y"] + actual["height"], width
        assert desired["x"] >= actual["x"] + actual["width"], width


async def test_the_card_is_made_in_the_visual_editor(house: House, pages: Pages) -> None:
    card = await opened(pages, house, await house.chamber("Vaccine carrier"), hide_trend=True)
    page = card.page
    await page.goto(f"{page.url}?edit=1")
    await page.locator("hui-card-edit-mode").first.hover()
    await page.locator("hui-card-edit-mode .control").first.click()
    await _named(page, "Shelf 3")
    await expect(page.locator("chamber-card h2").first).to_have_text("Shelf 3")
    config = await house.client.call("lovelace/config", url_path="test-chambers", force=True)
    saved = config["views"][0]["sections"][0]["cards"][0]
    assert saved["name"] == "Shelf 3"
    assert saved["hide_trend"] is True


async def _named(page: Page, name: str) -> None:
    """Fill in the name in the editor's form, and save."""
    editor = page.locator("hui-dialog-edit-card")
    await editor.locator("ha-form ha-selector-text input").fill(name)
    await editor.get_by_role("button", name="Save").click()
    await expect(editor.locator("ha-form")).to_have_count(0)


async def test_a_user_without_rights_of_an_administrator_may_look_and_act(
    house: House, pages: Pages, browser: Browser
) -> None:
    async with (
        house.puppet(name="Shared box") as (puppet, chamber),
        await house.admit("visitor") as client,
    ):
        visitor = Visitor(browser, client)
        path = await house.dashboard([{"type": "custom:chamber-card", "entity": chamber.climate}])
        page = await pages.open(path, by=visitor)
        card = page.locator("chamber-card")
        await expect(card.locator(ACTUAL)).to_have_text("5.0 °C")
        await card.locator(".round").first.click()
        command = await puppet.heard()
        assert command["setpoint"] == 4.5
        puppet.reply(command, "applied", setpoint=4.5)
        puppet.say(setpoint=4.5)
        await expect(card.locator(".desired .status")).to_have_text("Confirmed")
