"""Tables for people: on the terminal and as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from .goals import Verdict
from .names import BARE, MQTT, NAMES, OURS

Row = Sequence[str]
_MET = {True: "met", False: "not met", None: "not measured"}


def figure(value: float | None) -> str:
    """Write a number with three significant digits, or what it says of itself."""
    if value is None:
        return "–"
    if not isfinite(value):
        return "never" if value > 0 else "–"
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.3g}"


def compared(figures: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> list[Row]:
    """Return a row for each figure: the contenders' values, and ours over the others'."""
    rows: list[Row] = [("figure", *names, *_ratio_heads(names))]
    for name, row in figures.items():
        ratios = (ratio(row.get(OURS), row.get(rival)) for rival in _rivals(names))
        rows.append((name, *(figure(row.get(one)) for one in names), *map(figure, ratios)))
    return rows


def _rivals(names: Sequence[str]) -> list[str]:
    return [name for name in (MQTT, BARE) if name in names and OURS in names]


def _ratio_heads(names: Sequence[str]) -> list[str]:
    return [f"ours / {rival}" for rival in _rivals(names)]


def ratio(ours: float | None, rival: float | None) -> float | None:
    """Divide, where there is something to divide by."""
    return None if ours is None or not rival or not isfinite(rival) else ours / rival


def judged(verdicts: Iterable[Verdict]) -> list[Row]:
    """Return a row for each goal."""
    rows: list[Row] = [("goal", "rival", "ours", "rival's", "ratio", "bound", "")]
    for verdict in verdicts:
        plain = verdict.plain()
        rows.append(
            (
                plain["goal"],
                plain["rival"] or "–",
                figure(verdict.ours),
                figure(verdict.rival),
                figure(verdict.ratio),
                plain["bound"],
                _MET[verdict.met],
            )
        )
    return rows


def aligned(rows: Sequence[Row]) -> str:
    """Return a table for a terminal: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *others = (cell for cell in row)
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown(rows: Sequence[Row]) -> str:
    """Return the same as Markdown."""
    head, *body = rows
    marks = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, marks, *body))


def document(report: Mapping[str, Any], goals: Sequence[Row], figures: Sequence[Row]) -> str:
    """Return the report as a page: when, where, with what, and the tables."""
    machine, versions = report["machine"], report["versions"]
    parts = ", ".join(f"{name} {version}" for name, version in versions.items())
    return "\n".join(
        [
            (
                f"Measured {report['date']} on {machine['cores']} cores of {machine['processor']}, "
                f"{machine['system']}; {parts}; "
                f"median of {report['repetitions']}, {report['extent']}."
            ),
            "",
            markdown(goals),
            "",
            markdown(figures),
            "",
        ]
    )


def order(names: Iterable[str]) -> list[str]:
    """Return contenders in the order of their columns."""
    known = set(names)
    return [name for name in (*NAMES, *sorted(known - set(NAMES))) if name in known]
