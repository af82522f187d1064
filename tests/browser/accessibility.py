"""axe-core, the judge of accessibility, on a part of a page."""

from functools import cache
from importlib.resources import files

from playwright.async_api import Locator

_RUN = """async element => (await axe.run(element, {resultTypes: ["violations"]})).violations.map(
    found => found.id + ": " + found.nodes.map(node => node.html).join(" "))"""


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


async def violations(part: Locator) -> list[str]:
    """Return what is wrong with a part of a page, each with its rule's name."""
    await part.page.evaluate(_axe())
    found: list[str] = await part.evaluate(_RUN)
    return found
