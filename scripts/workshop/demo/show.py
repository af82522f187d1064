"""What the demo does once its environment is there; see `command.py`."""

import asyncio
import os
import re
import shutil

from ..fuzz.alone import without_home_assistant
from ..places import WORKSHOP
from ..progress import WorkshopError, say, step, warn
from . import notes, proof, story
from .chambers import PLATFORM, Chamber, appear, lay_out
from .client import Client
from .flows import add_integration
from .stage import CHAMBERS, Play, Stage

USER = PASSWORD = "demo"
PANEL = "chamber-demo"
"""The address of the dashboard."""
_CHECK_TIMEOUT = 420.0


def country(language: str) -> str:
    """Return the country in a setting such as `de_CH.UTF-8`; without one Home Assistant asks."""
    territory = language.partition("_")[2][:2].upper()
    return territory if re.fullmatch("[A-Z]{2}", territory) else "GB"


async def furnish(client: Client, stage: Stage) -> list[Chamber]:
    """Log in, add the integration through its own flow and lay out the dashboard, where not done."""
    with step("owner, integration"):
        await client.log_in(USER, PASSWORD)
        await client.until_running()
        if not await client.call("config_entries/get", domain=PLATFORM):
            await client.call("config/core/update", country=country(os.environ.get("LANG", "")))
            await add_integration(client, PLATFORM, {"url": stage.broker.url})
        await notes.add(client, notes.file_in(stage.server.folder))
        if stage.past:
            await _choose(client, stage, stage.past.until)
    stage.go_live()
    with step("dashboard"):
        found = await appear(client, CHAMBERS)
        await lay_out(client, PANEL)
    return found


async def _choose(client: Client, stage: Stage, until: float) -> None:
    """Have limits chosen for the carrier when its past began, and its excursion acknowledged."""
    without_home_assistant()
    from . import prelude  # noqa: PLC0415 - the whole integration would take seconds to import

    (entry,) = await client.call("config_entries/get", domain=PLATFORM)
    user = await client.call("auth/current_user")
    record = stage.server.folder / PLATFORM / f"{entry['entry_id']}.db"
    change = {"entry_id": entry["entry_id"], "disabled_by": "user"}
    await client.call("config_entries/disable", **change)
    prelude.write(record, until, user["id"], user["name"])
    await client.call("config_entries/disable", **change | {"disabled_by": None})


def live(play: Play) -> int:
    """Start everything, say where it is, and watch over it until Ctrl-C."""
    with Stage(play) as stage:
        told = story.told(new=stage.past is not None)
        asyncio.run(_furnish(stage))
        say(
            f"\n  Home Assistant   {stage.server.url}/{PANEL}   user {USER}, password {PASSWORD}\n"
            + "".join(f"  {name:<15}  {what}\n" for name, what in told.items())
            + f"  {notes.NAME}       {notes.file_in(stage.server.folder)}, where that notification entity writes\n"
            f"  broker           {stage.broker.url}  ({stage.broker.kind}, without a login); "
            f"plain MQTT on port {stage.broker.plain_port}\n"
            f"  logs and state   {play.state}\n\n"
            "  Ctrl-C ends it; the next start goes on with these chambers, settings and history.\n"
            f"  To begin anew, delete {play.state}."
        )
        try:
            stage.watch()
        except KeyboardInterrupt:
            say("")
            with step("ending"):
                stage.end()
    return 0


async def _furnish(stage: Stage) -> None:
    async with Client(stage.server.url) as client:
        await furnish(client, stage)


def check(play: Play) -> int:
    """Start everything, prove the line, and end; 1 with the reason when something does not hold."""
    report: list[str] = []
    try:
        with Stage(play) as stage:
            try:
                asyncio.run(_check(stage, report))
            except TimeoutError:
                raise WorkshopError(f"not done within {_CHECK_TIMEOUT:.0f} s") from None
            finally:
                stage.check()
        with step("Home Assistant's log"):
            report += proof.read_log(stage.server.output())
    except WorkshopError as error:
        _print(report)
        warn(f"\nThe demo does not work: {error}\nLogs and state are in {play.state}")
        return 1
    _print(report)
    say("\nThe demo works.")
    if play.state.parent == WORKSHOP:
        shutil.rmtree(play.state)
    return 0


def _print(report: list[str]) -> None:
    say("\n" + "\n".join(f"  {line}" for line in report))


async def _check(stage: Stage, report: list[str]) -> None:
    async with asyncio.timeout(_CHECK_TIMEOUT), Client(stage.server.url) as client:
        found = await furnish(client, stage)
        report.append(f"chambers: {', '.join(chamber.name for chamber in found)}")
        await proof.prove(client, found, report)
        report.append(await notes.prove(client, notes.file_in(stage.server.folder)))
