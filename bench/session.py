"""All scenarios one after the other, and what came of them."""

import asyncio
import datetime
import importlib.metadata
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workshop.machine.guard import exclusively
from workshop.parts import mosquitto
from workshop.places import WORKSHOP
from workshop.progress import WorkshopError, say, step, warn
from workshop.shell import CommandError
from workshop.shell import run as shell

from . import floors, goals, machine, tables
from .numbers import middle
from .scenarios import FULL, QUICK, Scenario
from .stand import Setting, standing


@dataclass(frozen=True)
class Wanted:
    """What is to be measured."""

    full: bool
    only: tuple[str, ...]
    contenders: tuple[str, ...]
    repetitions: int
    version: str
    minutes: float = 3.0
    """For which the page's memory is watched."""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The rows of the table that are meant; one that only the full table has is taken from there."""
        table = tuple(row.watching(self.minutes) for row in (FULL if self.full else QUICK))
        if not self.only:
            return table
        rows = {row.name: row.watching(self.minutes) for row in (*FULL, *table)}
        return tuple(rows[name] for name in self.only if name in rows)

    @property
    def floor(self) -> bool:
        """Whether subscribers without Home Assistant are measured too."""
        return not self.only or "floor" in self.only


@dataclass
class Report:
    """What was measured so far."""

    wanted: Wanted
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, label: str, contender: str, figures: dict[str, float]) -> None:
        """Take in the figures of a step."""
        for name, value in figures.items():
            row = self.values.setdefault(f"{name} {label}".strip(), {})
            row.setdefault(contender, []).append(value)

    @property
    def figures(self) -> dict[str, dict[str, float]]:
        """The medians."""
        return {
            name: {
                who: value for who, values in row.items() if (value := middle(values)) is not None
            }
            for name, row in self.values.items()
        }

    def plain(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        now = datetime.datetime.now(datetime.UTC)
        return {
            "date": now.strftime("%Y-%m-%d %H:%M UTC"),
            "extent": "--full" if self.wanted.full else "--quick",
            "only": list(self.wanted.only),
            "repetitions": self.wanted.repetitions,
            "machine": machine.description(),
            "versions": _versions(self.wanted.version),
            "goals": [verdict.plain() for verdict in goals.verdicts(self.figures)],
            "figures": self.figures,
            "values": self.values,
            "failures": self.failures,
        }

    def tables(self) -> tuple[list[tables.Row], list[tables.Row]]:
        """Return the goals' table and the figures'."""
        names = tables.order({who for row in self.figures.values() for who in row})
        judged = tables.judged(goals.verdicts(self.figures))
        return judged, tables.compared(self.figures, names)

    def json(self) -> str:
        """Return the content of the JSON file; what never happened is null."""
        return json.dumps(_finite(self.plain()), indent=1) + "\n"

    def page(self) -> str:
        """Return the content of the Markdown file."""
        return tables.document(self.plain(), *self.tables())

    def show(self) -> None:
        """Print the tables."""
        judged, compared = self.tables()
        say(f"\n{tables.aligned(compared)}\n\n{tables.aligned(judged)}")
        for failure in self.failures:
            warn(f"not measured: {failure}")


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {key: _finite(entry) for key, entry in value.items()}
        case list():
            return [_finite(entry) for entry in value]
        case float() if value - value != 0:
            return None
        case float():
            return float(f"{value:.6g}")
        case _:
            return value


def _versions(home_assistant: str) -> dict[str, str]:
    try:
        first = shell([mosquitto.program(), "-h"]).splitlines()[0]
    except CommandError as error:  # it ends its help with an error code
        first = next((line for line in str(error).splitlines() if "version" in line), "")
    return {
        "Home Assistant": home_assistant,
        "Mosquitto": first.rpartition("version")[2].strip() or "of this machine",
        "paho-mqtt": importlib.metadata.version("paho-mqtt"),
        "aiohttp": importlib.metadata.version("aiohttp"),
    }


def run(wanted: Wanted) -> Report:
    """Measure; what was measured until an interruption is shown.

    Raises:
        WorkshopError: this machine cannot measure.
        KeyboardInterrupt: as the user wished.
    """
    machine.check()
    report = Report(wanted)
    minutes = wanted.repetitions * sum(row.minutes for row in wanted.scenarios)
    say(f"{', '.join(row.name for row in wanted.scenarios)}: about {minutes:.0f} minutes")
    try:
        with exclusively("bench"):  # two at a time would measure each other
            asyncio.run(_all(wanted, report))
    finally:
        if report.values:
            report.show()
    return report


def _pieces(wanted: Wanted) -> Iterator[tuple[Scenario, str]]:
    for _repetition in range(wanted.repetitions):
        for scenario in wanted.scenarios:
            for contender in wanted.contenders:
                yield scenario, contender


async def _all(wanted: Wanted, report: Report) -> None:
    WORKSHOP.mkdir(exist_ok=True)
    start = time.monotonic()
    if wanted.floor:
        await _floors(report)
    for scenario, contender in _pieces(wanted):
        folder = Path(tempfile.mkdtemp(prefix="bench-", dir=WORKSHOP))
        try:
            await _one(wanted, scenario, contender, folder, report)
        except (WorkshopError, TimeoutError, OSError) as error:
            report.failures.append(f"{scenario.name} {contender}: {error}")
            warn(f"  {scenario.name} {contender}: {error}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    say(f"took {(time.monotonic() - start) / 60:.1f} minutes")


async def _one(
    wanted: Wanted, scenario: Scenario, contender: str, folder: Path, report: Report
) -> None:
    steps = [one for one in scenario.steps if contender in one.contenders]
    if not steps:
        return
    setting = Setting(contender, scenario.chambers, wanted.version, scenario.recorder, scenario.tls)
    say(f"· {scenario.name}: {contender}, {scenario.chambers} chambers")
    async with standing(setting, folder) as stand:
        for one in steps:
            start = time.monotonic()
            figures = await one.measure(stand)
            report.add(one.label, contender, figures)
            shown = ", ".join(f"{name} {tables.figure(value)}" for name, value in figures.items())
            took = time.monotonic() - start
            say(f"  {type(one).__name__.lower()} {one.label}: {shown} ({took:.0f} s)")


async def _floors(report: Report) -> None:
    for name in floors.NAMES:
        folder = Path(tempfile.mkdtemp(prefix="bench-", dir=WORKSHOP))
        try:
            with step(f"floor: {name} without Home Assistant"):
                report.add("1000/s", name, await floors.measure(name, folder))
        except (WorkshopError, TimeoutError, OSError) as error:
            report.failures.append(f"floor {name}: {error}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
