"""`scripts/screenshots`: make the pictures of the documentation, `docs/images/*.png`, from the real thing.

A broker, the agent with two simulated chambers that have a past, Home Assistant, and Chromium. The simulation
is the same each time; only the time of day differs.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..machine import environments
from ..parts import brokers, chromium
from ..places import ROOT, SCRIPTS, WORKSHOP
from ..progress import say, step
from ..shell import child_environment
from .stage import Play, Stage

if TYPE_CHECKING:
    from playwright.async_api import Page

    from .chambers import Chamber
    from .client import Client
    from .pages import Look

IMAGES = ROOT / "docs" / "images"
_INSIDE = "CHAMBER_WS_SCREENSHOTS_INSIDE"
_AGENT = ("--seed", "1", "--interval", "0.5", "--since", "-8h")
_SETTLED = 3.0
"""Seconds after which live values, curves and icons are there."""


@dataclass(frozen=True)
class Picture:
    """One file, and what is on it."""

    name: str
    path: Callable[[list["Chamber"]], str]
    look: "Look"
    prepare: Callable[["Client", list["Chamber"]], Awaitable[None]] | None = None
    """What has to happen first."""


def main(arguments: list[str]) -> int:
    """Set up what is needed, then go on inside the environment that can drive a browser."""
    parser = argparse.ArgumentParser(
        prog="scripts/screenshots",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    newest = environments.HOME_ASSISTANT_VERSIONS[-1]
    parser.add_argument(
        "--home-assistant", choices=environments.HOME_ASSISTANT_VERSIONS, default=newest
    )
    options = parser.parse_args(arguments)
    if os.environ.get(_INSIDE) != "1":
        for name in (f"home-assistant-{options.home_assistant}", "agent"):
            environments.ready(name)
        brokers.available("mosquitto")
        chromium.program()
        python = str(environments.ready("integration").program("python"))
        sys.stdout.flush()
        command = [python, str(SCRIPTS / "screenshots"), *arguments]
        os.execve(python, command, child_environment({_INSIDE: "1"}))
    os.environ.pop(_INSIDE)
    with tempfile.TemporaryDirectory(prefix="screenshots-", dir=WORKSHOP) as folder:
        play = Play(Path(folder), options.home_assistant, "mosquitto", 0, _AGENT, well_known=False)
        with Stage(play) as stage:
            asyncio.run(_take(stage))
    return 0


async def _take(stage: Stage) -> None:
    from .client import Client  # noqa: PLC0415 - needs aiohttp, which is there only now
    from .pages import Visitor, browsing  # noqa: PLC0415 - needs playwright
    from .show import furnish  # noqa: PLC0415

    async with Client(stage.server.url) as client, browsing() as browser:
        found = await furnish(client, stage.broker.url)
        visitor = Visitor(browser, client)
        for picture in _pictures():
            if picture.prepare:
                await picture.prepare(client, found)
            with step(f"docs/images/{picture.name}.png"):
                page = await visitor.open(picture.path(found), picture.look)
                await _shoot(page, IMAGES / f"{picture.name}.png")
    say("look at them before you commit them")


async def _shoot(page: "Page", path: Path) -> None:
    await page.locator("chamber-card [data-role=actual]").first.wait_for()
    await page.wait_for_timeout(_SETTLED * 1000)
    await page.screenshot(path=path, animations="disabled")
    await page.close()


def _pictures() -> tuple[Picture, ...]:
    from .pages import DARK, DESKTOP, PHONE  # noqa: PLC0415 - needs playwright
    from .show import PANEL  # noqa: PLC0415

    def overview(_found: list["Chamber"]) -> str:
        return f"/{PANEL}/overview"

    def carrier(found: list["Chamber"]) -> str:
        return f"/{PANEL}/{_carrier(found).device_id}"

    return (
        Picture("dashboard", overview, DESKTOP),
        Picture("dashboard-dark", overview, DARK),
        Picture("chamber", carrier, DESKTOP),
        Picture("phone", overview, PHONE),
        Picture("excursion", overview, DESKTOP, _excursion),
    )


def _carrier(found: list["Chamber"]) -> "Chamber":
    return next(chamber for chamber in found if "carrier" in chamber.name.lower())


async def _excursion(client: "Client", found: list["Chamber"]) -> None:
    """Watch the vaccine carrier so strictly that it is outside of its limits at once."""
    await client.call_service(
        "chamber_ws.configure_alarm",
        _carrier(found).climate,
        profile="custom",
        low=8.0,
        high=10.0,
        delay_low=0,
    )
