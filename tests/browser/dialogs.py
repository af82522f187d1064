"""The dialogs of flows in Home Assistant's frontend, as both releases build them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from playwright.async_api import Error as PressError
from playwright.async_api import Locator, Page, expect

from workshop.demo.pages import WITHIN

INTEGRATION = "/config/integrations/integration/chamber_ws"
_AGAIN = 4_000.0
"""Milliseconds after which a press counts as lost."""


class Dialog:
    """The dialog of a flow, whichever step it is at."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.whole = page.locator("dialog-data-entry-flow")
        self.form = page.locator("step-flow-form")
        self.error = self.form.locator("ha-alert").first
        self.description = self.whole.locator("ha-markdown").first

    def field(self, name: str) -> Locator:
        """A field for text, by its name in the schema."""
        return self.form.locator(f"input[name={name}]")

    def error_at(self, name: str) -> Locator:
        """What is said to be wrong right at a field."""
        return self.form.locator(f"ha-alert:has(+ ha-selector input[name={name}])")

    def section(self, title: str) -> Locator:
        """A part of the form with a heading of its own."""
        heading = self.page.get_by_role("heading", name=title, exact=True)
        return self.form.locator("ha-form-expandable", has=heading)

    async def unfold(self, title: str) -> Locator:
        """Open a section by keyboard."""
        section = self.section(title)
        await section.locator("#summary").press("Space")  # Enter submits the form, too
        return section

    async def at(self, title: str) -> None:
        """Wait for the step of this title."""
        await expect(self.whole.get_by_text(title, exact=True).first).to_be_visible()

    async def fill(self, fields: Mapping[str, str]) -> None:
        """Fill in fields for text."""
        for name, text in fields.items():
            await self.field(name).fill(text)
        await self.holds(fields)

    async def holds(self, fields: Mapping[str, str]) -> None:
        """See what fields for text hold."""
        for name, text in fields.items():
            await expect(self.field(name)).to_have_value(text)

    async def press(self, name: str) -> None:
        """Press a button."""
        await self.whole.get_by_role("button", name=name).last.click()

    async def gone(self) -> None:
        """Wait until it is closed; its element stays."""
        await expect(self.whole.get_by_role("button")).to_have_count(0)


def chosen(section: Locator, label: str) -> Locator:
    """What is chosen in a field that offers something to choose from."""
    return section.locator(f"ha-picker-field[aria-label='{label}'] [slot=headline]").first


async def choose(page: Page, inside: Locator, option: str) -> None:
    """Choose in the only field inside that offers something."""
    await inside.locator("ha-picker-field").click()
    await page.locator("ha-picker-combo-box").get_by_text(option, exact=True).click()


async def begin(page: Page, button: str) -> Dialog:
    """Press a button of the integration's page until its dialog opens.

    While the page is still being built, a row may move away below the pointer, and what is pressed is lost.
    """
    await _loaded(page)
    dialog = Dialog(page)
    opened = dialog.whole.get_by_role("button").first
    async with asyncio.timeout(2 * WITHIN / 1000):
        while not await opened.is_visible():
            with suppress(PressError):  # the dialog opened meanwhile, and covers the button
                await page.get_by_role("button", name=button).click(timeout=_AGAIN)
            with suppress(AssertionError):
                await expect(opened).to_be_visible(timeout=_AGAIN)
    return dialog


async def _loaded(page: Page) -> None:
    """Wait for all parts of a page: what is pressed before they are there is lost."""
    await page.wait_for_load_state("networkidle")


async def add_integration(page: Page) -> Dialog:
    """Begin to add the integration, from the page of all integrations."""
    await _loaded(page)
    await page.get_by_role("button", name="Add integration").first.click()
    offered = page.locator("dialog-add-integration")
    await offered.locator("input").fill("chamber")
    await offered.get_by_text("Chamber (MQTT over WebSocket)").click()
    return Dialog(page)


async def reconfigure(page: Page, entry: str) -> Dialog:
    """Begin to change an entry's connection, from the integration's page."""
    await _loaded(page)
    row = page.locator("ha-config-entry-row", has_text=entry)
    await row.get_by_role("button", name="Menu").first.click()
    await row.get_by_role("menuitem", name="Reconfigure").first.click()
    return Dialog(page)
