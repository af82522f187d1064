"""Pages stay open while things go wrong: what is not live is not shown as live, and all comes back by itself."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from browser.house import House
from browser.pages import Pages
from end_to_end.gateways import configured
from workshop.demo.chambers import Chamber

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIVE = re.compile(r"\d")
HEARTBEAT = 1.0
AFTER = 30_000.0
"""Milliseconds that a return may take."""


async def both(house: House, pages: Pages, chamber: Chamber) -> tuple[Locator, Locator]:
    """What the card and the panel show as the temperature, once it is live."""
    card = {"type": "custom:chamber-card", "entity": chamber.climate}
    first = await pages.open(await house.dashboard([card]))
    second = await pages.open("/chamber-ws")
    shown = (
        first.locator("chamber-card [data-role=actual]"),
        second.locator(f"[href='/chamber-ws/{chamber.device_id}'] [data-role=actual]"),
    )
    for actual in shown:
        await expect(actual).to_have_text(LIVE)
        await actual.page.evaluate("window.sameAsBefore = true")
    return shown


async def returned(actual: Locator) -> None:
    """Live values come again, in the same page as before."""
    await expect(actual).to_have_text(LIVE, timeout=AFTER)
    before = await actual.inner_text()
    await expect(actual).not_to_have_text(before, timeout=AFTER)
    assert await actual.page.evaluate("window.sameAsBefore")


async def test_a_link_that_is_cut_is_said_and_comes_back(
    house: House, pages: Pages, tmp_path: Path
) -> None:
    with configured(house.stage.broker.url, tmp_path, HEARTBEAT).start() as agent:
        chamber = await house.newcomer()
        shown = await both(house, pages, chamber)
        house.cut()
        for actual in shown:
            await expect(actual).to_have_text("–")
        card = shown[0].page.locator("chamber-card")
        await expect(card).to_contain_text("Not connected to the broker")
        house.mend()
        for actual in shown:
            await returned(actual)
        agent.stop()
        for actual in shown:
            await expect(actual).to_have_text("–")
    await house.delete(chamber)
    await expect(shown[1]).to_have_count(0)


async def test_the_stream_returns_after_home_assistant_has_started_again(
    house: House, pages: Pages
) -> None:
    shown = await both(house, pages, await house.chamber("Lecture box"))
    await house.restart()
    for actual in shown:
        await returned(actual)
