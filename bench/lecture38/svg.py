"""Charts as SVG without a library: horizontal bars in groups, and lines on logarithmic axes.

No background, and text in a grey that can be read on white and on black.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .scales import Scale, scale, short, size_name

GREY = "#808791"
COLOURS = ("#2f81d6", "#e0912f", "#2a9d6f", "#c2557a", "#8a6fd1", "#5fb3c9", "#a98a4f")
WIDTH, RIGHT, BOTTOM = 760.0, 60.0, 46.0
BARS_LEFT, LINES_LEFT, LINES_HEIGHT = 210.0, 64.0, 330.0
BAR, GAP = 15.0, 14.0
_IN_A_ROW, _COLUMN, _ROW, _HEAD = 3, 245.0, 18.0, 46.0
_SMALL = 11


@dataclass(frozen=True)
class Series:
    """A line, or bars of one colour; None leaves a point or a bar out."""

    name: str
    values: Sequence[float | None]
    dashed: bool = False


def bars(
    title: str,
    unit: str,
    groups: Sequence[str],
    series: Sequence[Series],
    *,
    logarithmic: bool = False,
) -> str:
    """Horizontal bars: in each group one of each series."""
    across = scale(_values(series), BARS_LEFT, WIDTH - RIGHT, logarithmic=logarithmic)
    legend, top = _legend(series)
    parts, y = [], top
    for number, group in enumerate(groups):
        start = y
        for colour, one in zip(COLOURS[: len(series)], series, strict=True):
            if (value := one.values[number]) is not None:
                parts += _bar(across, value, y, colour)
                y += BAR
        parts.append(_text(BARS_LEFT - 10, (start + y) / 2 + 3, group, anchor="end"))
        y += GAP
    for tick in across.ticks:
        x = across.at(tick)
        parts.insert(0, _grid(x, top - 6, x, y - 6))
        parts.append(_text(x, y + 10, f"{tick:g}", anchor="middle", size=_SMALL))
    parts.append(_text((BARS_LEFT + WIDTH - RIGHT) / 2, y + 28, unit, anchor="middle"))
    return _document(title, y + BOTTOM, [*parts, *legend])


def lines(title: str, y_unit: str, sizes: Sequence[float], series: Sequence[Series]) -> str:
    """Lines over sizes in bytes, both axes logarithmic; below the axis stand the sizes themselves."""
    legend, top = _legend(series)
    foot, right = top + LINES_HEIGHT, WIDTH - RIGHT / 2
    across = Scale(sizes[0], sizes[-1], LINES_LEFT + 20, right - 10, logarithmic=True)
    up = scale(_values(series), foot, top + 20, logarithmic=True)
    parts = [_text(12, top + 6, y_unit)]
    for tick in up.ticks:
        parts.append(_grid(LINES_LEFT, up.at(tick), right, up.at(tick)))
        parts.append(_text(LINES_LEFT - 8, up.at(tick) + 4, f"{tick:g}", anchor="end", size=_SMALL))
    for size in sizes:
        x = across.at(size)
        parts.append(_text(x, foot + 18, size_name(size), anchor="middle", size=_SMALL))
    for colour, one in zip(COLOURS[: len(series)], series, strict=True):
        parts += _line(across, up, sizes, one, colour)
    parts.append(_text((LINES_LEFT + right) / 2, foot + 38, "payload", anchor="middle"))
    return _document(title, foot + BOTTOM, [*parts, *legend])


def _values(series: Sequence[Series]) -> list[float]:
    return [value for one in series for value in one.values if value is not None]


def _bar(across: Scale, value: float, y: float, colour: str) -> list[str]:
    width = max(across.at(value) - BARS_LEFT, 1.0)
    place = f'x="{BARS_LEFT:g}" y="{y:.1f}" width="{width:.1f}" height="{BAR - 3:g}"'
    label = _text(BARS_LEFT + width + 5, y + BAR - 5, short(value), size=_SMALL)
    return [f'<rect {place} rx="2" fill="{colour}"/>', label]


def _line(across: Scale, up: Scale, sizes: Sequence[float], one: Series, colour: str) -> list[str]:
    found = zip(sizes, one.values, strict=True)
    points = [(across.at(size), up.at(value)) for size, value in found if value is not None]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if one.dashed else ""
    stroke = f'fill="none" stroke="{colour}" stroke-width="2.2"{dash}'
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="{colour}"/>' for x, y in points]
    return [f'<polyline points="{path}" {stroke}/>', *dots]


def _legend(series: Sequence[Series]) -> tuple[list[str], float]:
    """The legend, three in a row, and where the chart begins below it; one series needs none."""
    if len(series) == 1:
        return [], _HEAD + 4
    parts = []
    for index, (colour, one) in enumerate(zip(COLOURS[: len(series)], series, strict=True)):
        x, y = 16 + index % _IN_A_ROW * _COLUMN, _HEAD + index // _IN_A_ROW * _ROW
        parts.append(f'<rect x="{x}" y="{y - 9}" width="18" height="9" rx="2" fill="{colour}"/>')
        parts.append(_text(x + 24, y, one.name))
    return parts, _HEAD + (len(series) - 1) // _IN_A_ROW * _ROW + 24


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    return f"<text {where}>{escape(text)}</text>"


def _grid(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{GREY}" stroke-opacity="0.3"/>'


def _document(title: str, height: float, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'font-family="system-ui, sans-serif" fill="{GREY}"><title>{escape(title)}</title>'
        f'<text x="16" y="24" font-size="16" font-weight="600">{escape(title)}</text>'
    )
    return "\n".join([head, *parts, "</svg>", ""])
