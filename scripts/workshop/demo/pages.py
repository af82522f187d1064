"""Pages of Home Assistant's frontend in a real Chromium, as somebody logged in sees them.

Needs playwright, which the environment `integration` has.

    async with browsing() as browser:
        page = await Visitor(browser, client).open("/lovelace", PHONE)
"""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

from ..parts import chromium
from .client import Client

WITHIN = 15_000.0
"""Milliseconds that a page may take to show what is waited for."""


@dataclass(frozen=True)
class Look:
    """On what a page is looked at."""

    width: int = 1280
    height: int = 900
    dark: bool = False
    touch: bool = False


DESKTOP = Look()
DARK = Look(dark=True)
PHONE = Look(390, 844, touch=True)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Have a Chromium without a window.

    Raises:
        MissingPartError: there is none on this machine, and none can be had.
    """
    program = chromium.program()
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=program, headless=True, args=chromium.OPTIONS
        )
        try:
            yield browser
        finally:
            await browser.close()


class Visitor:
    """A user who is logged in, with a browser's profile for each look; what was loaded once is kept."""

    def __init__(self, browser: Browser, client: Client) -> None:
        """Take the browser, and a connection of the user's."""
        self._browser = browser
        self._client = client
        self._profiles: dict[Look, BrowserContext] = {}

    async def page(self, look: Look = DESKTOP) -> Page:
        """Make an empty page."""
        if look not in self._profiles:
            self._profiles[look] = await self._profile(look)
        page = await self._profiles[look].new_page()
        page.set_default_timeout(WITHIN)
        return page

    async def open(self, path: str, look: Look = DESKTOP) -> Page:
        """Open a page of the frontend."""
        page = await self.page(look)
        await page.goto(self._client.url + path)
        return page

    async def _profile(self, look: Look) -> BrowserContext:
        profile = await self._browser.new_context(
            viewport=ViewportSize(width=look.width, height=look.height),
            color_scheme="dark" if look.dark else "light",
            has_touch=look.touch,
            locale="en-GB",
            timezone_id="Europe/London",
            reduced_motion="reduce",
            service_workers="block",  # what it keeps would be of an earlier start
        )
        tokens = json.dumps(_stored(self._client))
        await profile.add_init_script(f"window.localStorage.setItem('hassTokens', {tokens});")
        return profile

    async def leave(self) -> None:
        """Close all that is open."""
        for profile in self._profiles.values():
            await profile.close()
        self._profiles.clear()


def _stored(client: Client) -> str:
    """Return what the frontend keeps of a user who has logged in."""
    expires = (time.time() + float(client.tokens["expires_in"])) * 1000
    here = {"hassUrl": client.url, "clientId": f"{client.url}/", "expires": expires}
    return json.dumps({**client.tokens, **here})
