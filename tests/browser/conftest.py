"""One house for each release of Home Assistant, and one browser for all."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from browser.house import House
from browser.pages import Pages
from end_to_end.parts import have
from workshop.demo.pages import WITHIN, Visitor, browsing
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS, ready
from workshop.parts import brokers, chromium
from workshop.places import LOGS

PICTURES = LOGS / "browser"
expect.set_options(timeout=WITHIN)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium without a window."""
    have(chromium.program)
    async with browsing() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session", scope="session", params=HOME_ASSISTANT_VERSIONS)
async def bare(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A house whose Home Assistant does not know the integration yet."""
    for part in (f"home-assistant-{request.param}", "agent"):
        have(lambda part=part: ready(part))  # type: ignore[misc]
    have(lambda: brokers.available("mosquitto"))
    made = House(tmp_path_factory.mktemp("house"), request.param)
    with made.stage:
        await made.own()
        yield made
        await made.client.__aexit__(None, None, None)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def owner(browser: Browser, bare: House) -> AsyncIterator[Visitor]:
    """The owner, at a browser."""
    made = Visitor(browser, bare.client)
    yield made
    await made.leave()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def witness(owner: Visitor, bare: House) -> AsyncIterator[Page]:
    """A page that is open since before the integration was added; it is never loaded again."""
    pages = Pages(bare, owner, pictures(), f"witness-{bare.version}")
    page = await pages.open("/config/dashboard")
    await page.locator("ha-sidebar").wait_for()
    yield page
    await pages.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def house(bare: House, witness: Page) -> House:
    """A house with the integration and two chambers."""
    await bare.furnish()
    return bare


@pytest_asyncio.fixture(loop_scope="session")
async def pages(
    house: House, owner: Visitor, request: pytest.FixtureRequest
) -> AsyncIterator[Pages]:
    """Opens pages for a test; none of them may fail."""
    name = re.sub(r"[^\w.]+", "-", request.node.name).strip("-")
    made = Pages(house, owner, pictures(), name)
    yield made
    await made.close()
    assert made.failures == []


@pytest.fixture(scope="session", autouse=True)
def _fresh_pictures() -> None:
    """Of the last run no picture is left."""
    for old in pictures().glob("*.png"):
        old.unlink()


def pictures() -> Path:
    """Where pictures are kept."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES
