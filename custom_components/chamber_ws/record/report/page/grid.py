"""Tables and lists of facts, which become cards on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .markup import Markup, element

Fact = tuple[str, str | None] | tuple[str, float | None, Callable[[float], str]]


class Number(str):
    """The heading of a column of numbers."""

    __slots__ = ()


def number(heading: str) -> Number:
    """A heading whose column is set to the right."""
    return Number(heading)


def table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], kind: str | None = None
) -> Markup:
    """A table; each cell carries its heading for where there is no room for a row of them."""
    head = (element("th", one, scope="col", class_=_kind(one)) for one in headings)
    body = (
        element("tr", *(_cell(one, cell) for one, cell in zip(headings, row, strict=True)))
        for row in rows
    )
    return element(
        "table",
        element("thead", element("tr", *head)),
        element("tbody", *body),
        class_=kind,
    )


def facts(*told: Fact) -> Markup:
    """Terms with what is known of each; those of which nothing is known are left out."""
    return element("dl", *(_fact(*one) for one in told if one[1] is not None), class_="facts")


def _fact(
    term: str, value: str | float | None, say: Callable[[float], str] | None = None
) -> Markup:
    said = say(value) if say is not None and isinstance(value, (int, float)) else value
    assert isinstance(said, str)
    return element("div", element("dt", term), element("dd", said))


def _cell(heading: str, cell: str) -> Markup:
    kind = _kind(heading) if cell else "empty"
    return element("td", element("div", cell), data_label=str(heading), class_=kind)


def _kind(heading: str) -> str | None:
    return "number" if isinstance(heading, Number) else None
