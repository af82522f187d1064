"""`scripts/screenshots`: make the pictures of the documentation, `docs/images/*.png`, from the real thing.

A broker, the agent with two simulated chambers that have a past, Home Assistant, and Chromium. The simulation
is the same each time; only the time of day differs.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..machine import environments
from ..parts import brokers, chromium
from ..places import ROOT, SCRIPTS, WORKSHOP
from ..progress import say, step
from ..shell import child_environment
from . import story
from .stage import RECENT, Play, Stage

if TYPE_CHECKING:
    from .chambers import Chamber
    from .client import Client
    from .pages import Visitor

IMAGES = ROOT / "docs" / "images"
_VERSIONS = environments.HOME_ASSISTANT_VERSIONS
_INSIDE = "CHAMBER_WS_SCREENSHOTS_INSIDE"
_AGENT = ("--seed", "1", "--interval", "0.5", *RECENT)
_HOUR = 3600.0
_SMALL = 60.0
"""Seconds that nobody sees to be missing in an hour."""
_PAST_TIMEOUT = 120.0
_SETTLED = 3_000.0
"""Milliseconds after which curves and icons are there."""
_TOO_STRICT: dict[str, Any] = {"profile": "custom", "low": 0.0, "high": 4.0, "delay_high": 0}
"""With these limits the carrier, which keeps 5 °C, is outside of them at once."""


@dataclass(frozen=True)
class Picture:
    """One file, what is on it, and on what it is looked at."""

    name: str
    path: str
    """`{carrier}` is the vaccine carrier's device."""
    look: str = "DESKTOP"
    height: int = 900
    alarm: dict[str, Any] | None = None
    """How the vaccine carrier is watched from now on, where that changes."""


PICTURES = (
    Picture("dashboard", "/{dashboard}/overview", height=600),
    Picture("dashboard-dark", "/{dashboard}/overview", "DARK", 600),
    Picture("chamber", "/{dashboard}/{carrier}", height=1300),
    Picture("panel", "/chamber-ws", height=480),
    Picture("phone", "/{dashboard}/{carrier}", "PHONE", 844),
    Picture("excursion", "/{dashboard}/overview", height=720, alarm=_TOO_STRICT),
)


def main(arguments: list[str]) -> int:
    """Set up what is needed, then go on inside the environment that can drive a browser."""
    parser = argparse.ArgumentParser(
        prog="scripts/screenshots",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--home-assistant", choices=_VERSIONS, default=_VERSIONS[-1])
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
        play = Play(
            Path(folder),
            options.home_assistant,
            "mosquitto",
            0,
            _AGENT,
            well_known=False,
            past=True,
        )
        with Stage(play) as stage:
            asyncio.run(_take(stage))
    say("look at them before you commit them")
    return 0


async def _take(stage: Stage) -> None:
    from .client import Client  # noqa: PLC0415 - needs aiohttp, which is there only now
    from .pages import Visitor, browsing  # noqa: PLC0415 - needs playwright
    from .show import furnish  # noqa: PLC0415

    async with Client(stage.server.url) as client, browsing() as browser:
        found = await furnish(client, stage)
        carrier = next(chamber for chamber in found if chamber.name == story.NAME)
        with step("their past"):
            for chamber in found:
                await _past(client, chamber)
        visitor = Visitor(browser, client)
        for picture in PICTURES:
            with step(f"docs/images/{picture.name}.png"):
                await _shoot(picture, client, carrier, visitor)
        await visitor.leave()


async def _past(client: "Client", chamber: "Chamber") -> None:
    """Wait until the last hour is fetched from the agent."""
    wanted = {"device_id": chamber.device_id, "start": time.time() - _HOUR}
    async with asyncio.timeout(_PAST_TIMEOUT):
        while True:
            told = await client.call("chamber_ws/history", **wanted)
            if sum(end - start for start, end in told["gaps"]) < _SMALL:
                return
            await asyncio.sleep(0.5)


async def _shoot(
    picture: Picture, client: "Client", carrier: "Chamber", visitor: "Visitor"
) -> None:
    from . import pages, show  # noqa: PLC0415 - see above

    if picture.alarm:
        service = "chamber_ws.configure_alarm"
        await client.call_service(service, carrier.climate, **picture.alarm)
    path = picture.path.format(dashboard=show.PANEL, carrier=carrier.device_id)
    look = replace(getattr(pages, picture.look), height=picture.height)
    page = await visitor.open(path, look)
    await page.locator("[data-role=actual]", has_text=re.compile(r"\d")).first.wait_for()
    await page.wait_for_timeout(_SETTLED)
    await page.screenshot(path=IMAGES / f"{picture.name}.png", animations="disabled")
    await page.close()
