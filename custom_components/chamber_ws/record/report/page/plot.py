"""The plot: the temperature with its limits, the setpoint, excursions as bands, gaps as gaps; SVG without a script.

It is as wide as the page: the curve lies in a picture of its own that is stretched, all else is placed in percent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..account import Account, Span, Stroke
from .markup import Markup, element
from .scales import Scale, Tick, temperature_ticks, temperatures, time_ticks
from .wording import Units, count, duration, moment, percent, phrase

HEIGHT, FOOT = 280, 26
SIDE = 1000
"""The curve's own picture is a square of this side."""
STRIP = 5
LIMITS = ("high", "low", "freeze")


def plot(account: Account, units: Units) -> Markup:
    """The figure with its legend."""
    scale = temperatures(account, units)
    return element(
        "figure",
        element("div", _axis(scale, units), _field(account, units, scale), class_="plot"),
        element("figcaption", _legend(account)),
    )


def _axis(scale: Scale, units: Units) -> Markup:
    labels = (
        element("text", tick.label, x=40, y=_down(tick) + 4, text_anchor="end")
        for tick in temperature_ticks(scale)
        if _down(tick) > 14
    )
    unit = element("text", units.symbol, x=40, y=11, text_anchor="end", class_="unit")
    return element(
        "svg", unit, *labels, class_="axis", width=46, height=HEIGHT + FOOT, aria_hidden="true"
    )


def _field(account: Account, units: Units, scale: Scale) -> Markup:
    time = Scale(*account.period)
    return element(
        "svg",
        _definitions(account, units, scale),
        *_bands(account, time),
        *(
            element("line", x1="0", x2="100%", y1=_down(tick), y2=_down(tick), class_="grid")
            for tick in temperature_ticks(scale)
        ),
        *_times(time_ticks(account.period, account.zone)),
        _curve(account, units, scale),
        *_limits(account, units, scale),
        *_fetched(account.curve.fetched, time),
        class_="field",
        width="100%",
        height=HEIGHT + FOOT,
        role="img",
        aria_label=_description(account, units),
    )


def _definitions(account: Account, units: Units, scale: Scale) -> Markup:
    """The hatching of gaps, and what of the curve is beyond a limit."""
    hatch = element(
        "pattern",
        element("rect", width=3, height=8, class_="hatch"),
        id="gap",
        width=8,
        height=8,
        pattern_units="userSpaceOnUse",
        pattern_transform="rotate(45)",
    )
    settings = account.settings
    beyond: list[Markup] = []
    if settings.high is not None:
        top = SIDE * (1 - scale.place(units.number(settings.high)))
        beyond.append(element("rect", x=-SIDE, y=-SIDE, width=3 * SIDE, height=SIDE + top))
    if settings.low is not None:
        bottom = SIDE * (1 - scale.place(units.number(settings.low)))
        beyond.append(element("rect", x=-SIDE, y=bottom, width=3 * SIDE, height=2 * SIDE))
    return element("defs", hatch, element("clipPath", *beyond, id="beyond"))


def _curve(account: Account, units: Units, scale: Scale) -> Markup:
    draw = _Pen(Scale(*account.period), scale, units)
    path = " ".join(draw.strokes(account.curve.strokes))
    return element(
        "svg",
        element("path", d=path, class_="trace"),
        element("path", d=path, class_="trace out", clip_path="url(#beyond)"),
        element("path", d=" ".join(draw.steps(account)), class_="setpoint"),
        width="100%",
        height=HEIGHT,
        view_box=f"0 0 {SIDE} {SIDE}",
        preserve_aspect_ratio="none",
    )


class _Pen:
    """Draws in the curve's own picture."""

    def __init__(self, time: Scale, temperature: Scale, units: Units) -> None:
        self._time = time
        self._temperature = temperature
        self._units = units

    def strokes(self, strokes: Iterable[Stroke]) -> Iterator[str]:
        """The temperature; what is not joined begins anew, and a point alone is a dot."""
        for stroke in strokes:
            first, *more = (self._at(point.at, point.value) for point in stroke.points)
            yield f"L{first}" if stroke.joined else f"M{first}"
            if not stroke.joined and not more:
                yield "h0"
            for place in more:
                yield f"L{place}"

    def steps(self, account: Account) -> Iterator[str]:
        """The setpoint, which holds until the next one."""
        command = "M"
        for at, value in account.curve.setpoints:
            x, y = self._at(at, value).split(",")
            yield f"M{x},{y}" if command == "M" else f"H{x}V{y}"
            command = "H"
        if account.curve.setpoints:
            last = max((stroke.points[-1].at for stroke in account.curve.strokes), default=0.0)
            yield f"H{SIDE * self._time.place(last):.1f}"

    def _at(self, at: float, celsius: float) -> str:
        x = SIDE * self._time.place(at)
        y = SIDE * (1 - self._temperature.place(self._units.number(celsius)))
        return f"{x:.1f},{y:.1f}"


def _bands(account: Account, time: Scale) -> Iterator[Markup]:
    """Gaps hatched, excursions coloured, over the whole height; what they are is told where the pointer rests."""
    for gap in account.gaps:
        title = f"No data for {duration(gap.seconds)}, from {moment(gap.start, account.zone)}"
        yield _band(gap, time, "gap", title, fill="url(#gap)")
    for one in account.excursions:
        end = one.end if one.end is not None else min(account.made, account.period.end)
        title = f"{phrase(one.what)}: from {moment(one.start, account.zone)}"
        yield _band(Span(one.start, max(end, one.start)), time, "excursion", title)


def _band(span: Span, time: Scale, kind: str, title: str, fill: str | None = None) -> Markup:
    x, width = _across(span, time)
    rect = element("rect", x=x, y=0, width=width, height=HEIGHT, class_=kind, fill=fill)
    return element("g", element("title", title), rect)


def _fetched(spans: Iterable[Span], time: Scale) -> Iterator[Markup]:
    for span in spans:
        x, width = _across(span, time, least=0.15)
        yield element("rect", x=x, y=HEIGHT - STRIP, width=width, height=STRIP, class_="fetched")


def _across(span: Span, time: Scale, least: float = 0.1) -> tuple[str, str]:
    start, end = 100 * time.place(span.start), 100 * time.place(span.end)
    return f"{start:.3f}%", f"{max(end - start, least):.3f}%"


def _limits(account: Account, units: Units, scale: Scale) -> Iterator[Markup]:
    for name in LIMITS:
        celsius: float | None = getattr(account.settings, name)
        if celsius is None:
            continue
        y = HEIGHT * (1 - scale.place(units.number(celsius)))
        label = f"{phrase(name)} {units.number(celsius):g} {units.symbol}".replace("-", "−")
        yield element("line", x1="0", x2="100%", y1=y, y2=y, class_=f"limit {name}")
        beside = -5 if name == "high" or y + 16 > HEIGHT else 14
        place: dict[str, str | float] = {"x": "100%", "dx": -6, "y": y + beside}
        yield element("text", label, class_="limit-label", text_anchor="end", **place)


def _times(ticks: Sequence[Tick]) -> Iterator[Markup]:
    """Where there is no room every other one goes, the days rather not."""
    dates = (index for index, tick in enumerate(ticks) if ":" not in tick.label)
    kept = next(dates, 0) % 2
    for index, tick in enumerate(ticks):
        x, kind = f"{100 * tick.place:.3f}%", "major" if index % 2 == kept else "minor"
        yield element("line", x1=x, x2=x, y1=0, y2=HEIGHT + 4, class_="grid")
        yield element("text", tick.label, x=x, y=HEIGHT + 19, text_anchor="middle", class_=kind)
    yield element("line", x1="0", x2="100%", y1=HEIGHT, y2=HEIGHT, class_="base")


def _down(tick: Tick) -> float:
    return round(HEIGHT * (1 - tick.place), 1)


def _legend(account: Account) -> Markup:
    shown = (
        ("temperature", phrase(account.judged_on), True),
        ("beyond", "Beyond a limit", account.figures.above + account.figures.below > 0),
        ("setpoint", "Setpoint", bool(account.curve.setpoints)),
        ("limit", "Limit", account.settings.low is not None or account.settings.high is not None),
        ("excursion", "Excursion", bool(account.excursions)),
        ("gap", "No data", bool(account.gaps)),
        ("fetched", "Fetched later", bool(account.curve.fetched)),
    )
    return element(
        "ul",
        *(
            element("li", element("i", class_=f"key {key}"), said)
            for key, said, present in shown
            if present
        ),
        class_="legend",
    )


def _description(account: Account, units: Units) -> str:
    figures = account.figures
    lowest, highest = (
        units.temperature(extreme and extreme.value)
        for extreme in (figures.minimum, figures.maximum)
    )
    return (
        f"Temperature from {lowest} to {highest}, "
        f"{count(len(account.excursions), 'excursion')}, {percent(figures.coverage)} of the time known"
    )
