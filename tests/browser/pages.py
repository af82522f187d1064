"""The pages of a test: each leaves a picture, and in none of them may our module have failed."""

from pathlib import Path

from playwright.async_api import Page

from browser.house import House
from workshop.demo.pages import DESKTOP, Look, Visitor


class Pages:
    """Opens pages, and closes all at the end of the test."""

    def __init__(self, house: House, owner: Visitor, pictures: Path, test: str) -> None:
        self._house = house
        self._owner = owner
        self._pictures = pictures
        self._test = test
        self._open: list[Page] = []
        self.failures: list[str] = []
        """What our module has thrown in a page."""

    async def open(self, path: str, look: Look = DESKTOP, by: Visitor | None = None) -> Page:
        """Open a page of the frontend, as the owner or as somebody else."""
        page = await (by or self._owner).page(look)
        page.on("pageerror", lambda error: self._note(error.stack or error.message))
        self._open.append(page)
        await page.goto(self._house.url + path)
        return page

    def _note(self, failure: str) -> None:
        if "chamber" in failure:
            self.failures.append(failure)

    async def close(self) -> None:
        """Take a picture of each page, and close it."""
        for number, page in enumerate(self._open):
            name = f"{self._test}-{number}.png" if number else f"{self._test}.png"
            await page.screenshot(path=self._pictures / name)
            await page.close()
