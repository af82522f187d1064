"""Profiles as people write them: in the agent's configuration, as JSON or TOML, or as a table.

A row of a table (CSV) is a step, or several at once: a ramp to `setpoint`, then a `soak`, then a `hold` or a `jump`.
"""

import csv
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from ..chamber.errors import NotPermitted
from ..chamber.fields import LONGEST_TEXT
from ..chamber.model import ABSOLUTE_ZERO, HOTTEST, Limits
from ..errors import ConfigError
from ..settings.bounds import Matching
from ..settings.reader import Problems, read
from .run import started
from .steps import End, Hold, Profile, Ramp, Resume, read_steps, sequence

Line = Annotated[
    str, Matching(rf".{{1,{LONGEST_TEXT}}}", f"one line of 1 to {LONGEST_TEXT} characters")
]
GROUPS = (("setpoint", "seconds", "rate"), ("soak", "band"), ("hold",), ("jump", "times"))
"""The keys of each kind of step, in the order in which one row takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTold:
    """One step: one of `setpoint`, `soak`, `hold`, `jump`, and what goes with it."""

    setpoint: float | None = None
    seconds: float | None = None
    rate: float | None = None
    soak: float | None = None
    band: float | None = None
    hold: bool | None = None
    jump: int | None = None
    times: int | None = None

    def spelt(self) -> dict[str, Any]:
        """Return it as the wire has it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTold:
    """A profile by its name; whether a chamber can follow it, its limits say."""

    name: Line
    steps: tuple[StepTold, ...]
    end: End = End.HOLD
    resume: Resume = Resume.CONTINUE

    def profile(self, limits: Limits) -> Profile:
        """Return it for a chamber with these limits. Raises `NotPermitted`."""
        steps = read_steps([step.spelt() for step in self.steps], limits)
        return Profile(self.name, steps, self.end, self.resume)


def load(path: Path) -> ProfileTold:
    """Read a file of `.json`, `.toml` or `.csv`. Raises `ConfigError` with every problem in it."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ConfigError([f"{path}: expected a file of .json, .toml or .csv"])
    try:
        raw = reader(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    except (ValueError, RecursionError, csv.Error) as error:
        raise ConfigError([f"{path}: no profile: {error}"]) from None
    if isinstance(raw, dict):
        raw.setdefault("name", path.stem)
    problems = Problems()
    told = read(ProfileTold, raw, "", problems)
    if told is None:
        raise ConfigError([f"{path}: {problem}" for problem in problems])
    return told


def summary(told: ProfileTold) -> str:
    """Return what a person wants to know of a profile: how many steps it takes, and how long."""
    profile = told.profile(Limits(ABSOLUTE_ZERO, HOTTEST))
    taken = [profile.steps[index] for index in sequence(profile.steps)]
    first = next((step.setpoint for step in taken if isinstance(step, Ramp)), 0.0)
    lasts = timedelta(seconds=round(started(profile, first, first).remaining))
    waits = sum(isinstance(step, Hold) or bool(getattr(step, "band", None)) for step in taken)
    return (
        f"{told.name}: {len(profile.steps)} step(s), {len(taken)} with jumps, {lasts} "
        f"from the first setpoint on, {waits} wait(s) not counted; end: {told.end}, "
        f"after a power cut: {told.resume}"
    )


def refusals(told: ProfileTold, limits: Mapping[str, Limits | None]) -> Iterator[str]:
    """Yield why a profile is not for a chamber, by the chambers' ids; one that is only measured has no limits."""
    for chamber, bounds in limits.items():
        if bounds is None:
            yield f"{chamber}: it has neither heaters nor coolers to follow a profile with"
            continue
        try:
            told.profile(bounds)
        except NotPermitted as error:
            yield f"{chamber}: {error}"


def _table(text: str) -> dict[str, Any]:
    rows = csv.DictReader(text.splitlines(), skipinitialspace=True)
    known = {key for group in GROUPS for key in group}
    if unknown := sorted({str(name).strip() for name in rows.fieldnames or ()} - known):
        raise ValueError(f"unknown column {unknown[0]!r}, expected some of {', '.join(known)}")
    return {"steps": [step for row in rows for step in _row(rows.line_num, row)]}


def _row(line: int, row: Mapping[Any, Any]) -> Iterator[dict[str, Any]]:
    """Yield the steps of one row; a cell that is empty says nothing."""
    if None in row:
        raise ValueError(f"line {line} has more cells than the table has columns")
    told = {key.strip(): cell.strip() for key, cell in row.items() if cell and cell.strip()}
    for group in GROUPS:
        if step := {key: _cell(line, key, told[key]) for key in group if key in told}:
            yield step


def _cell(line: int, key: str, cell: str) -> float | int | bool:
    if key == "hold":
        return cell.lower() in ("1", "true", "yes", "x")
    try:
        number = float(cell)
    except ValueError:
        raise ValueError(f"line {line}: {key} is {cell!r}, expected a number") from None
    return int(number) if key in ("jump", "times") and number.is_integer() else number


_READERS: Mapping[str, Callable[[str], Any]] = {
    ".json": json.loads,
    ".toml": tomllib.loads,
    ".csv": _table,
}
