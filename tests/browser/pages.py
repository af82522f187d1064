"""Pages of the frontend in a real Chromium, as somebody logged in sees them."""

import json
import time
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from browser.house import House
from workshop.demo.client import Client

DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
WITHIN = 15_000.0
"""Milliseconds that a page may take to show what is waited for."""
_LOG_IN = "window.localStorage.setItem('hassTokens', {});"


class Pages:
    """Opens pages; when it is closed, each leaves a picture, and none may have failed."""

    def __init__(self, browser: Browser, house: House, pictures: Path, test: str) -> None:
        self._browser = browser
        self._house = house
        self._pictures = pictures
        self._test = test
        self._stack = AsyncExitStack()
        self._open: list[Page] = []
        self.failures: list[str] = []
        """What our module has thrown in a page."""

    async def open(
        self,
        path: str,
        *,
        phone: bool = False,
        dark: bool = False,
        by: Client | None = None,
    ) -> Page:
        """Open a page in a fresh browser, logged in as the owner or by another's client."""
        context = await self._context(by or self._house.client, phone=phone, dark=dark)
        page = await context.new_page()
        page.set_default_timeout(WITHIN)
        page.on("pageerror", lambda error: self._note(error.stack or error.message))
        self._open.append(page)
        await page.goto(self._house.url + path)
        return page

    async def _context(self, client: Client, *, phone: bool, dark: bool) -> BrowserContext:
        context = await self._browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            timezone_id="Europe/London",
            reduced_motion="reduce",
            service_workers="block",
        )
        self._stack.push_async_callback(context.close)
        await context.add_init_script(_LOG_IN.format(json.dumps(tokens(client))))
        return context

    def _note(self, failure: str) -> None:
        if "chamber" in failure:
            self.failures.append(failure)

    async def close(self) -> None:
        """Take a picture of each page, and close all."""
        for number, page in enumerate(self._open):
            name = f"{self._test}-{number}.png" if number else f"{self._test}.png"
            await page.screenshot(path=self._pictures / name)
        await self._stack.aclose()


def tokens(client: Client) -> str:
    """What a page finds in its storage when its user has logged in before."""
    told = client.tokens
    return json.dumps(
        {
            **told,
            "hassUrl": client.url,
            "clientId": f"{client.url}/",
            "expires": (time.time() + float(told["expires_in"])) * 1000,
        }
    )
