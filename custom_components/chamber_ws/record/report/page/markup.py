"""HTML and SVG that cannot be broken out of: what is not `Markup` is escaped, and only this file makes `Markup`."""

from __future__ import annotations

import re
from html import escape

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
VOID = frozenset({"meta", "br", "rect", "line", "path", "use"})


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | None
Attribute = str | int | float | None


def text(raw: str) -> Markup:
    """Text as markup: escaped, and what no document may hold replaced."""
    return Markup(escape(UNPRINTABLE.sub("\ufffd", raw)))


def foreign(raw: str) -> Markup:
    """Text from outside: escaped, and kept from turning the direction of what stands around it."""
    return element("bdi", raw)


def join(*children: Child) -> Markup:
    """One after the other; None is nothing."""
    return Markup("".join(_markup(child) for child in children if child is not None))


def element(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """An element. `class_` is `class`, `view_box` is `view-box`; None leaves an attribute out."""
    said = "".join(
        f' {_attribute(key)}="{_markup(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{said}/>")
    return Markup(f"<{name}{said}>{join(*children)}</{name}>")


def style(sheet: str) -> Markup:
    """The one style block, whose hash the policy names: it must stand there as it is."""
    if "<" in sheet:
        raise ValueError("a style sheet holds no markup")
    return Markup(f"<style>{sheet}</style>")


def _attribute(key: str) -> str:
    return CASED.get(key) or key.rstrip("_").replace("_", "-")


CASED = {"view_box": "viewBox", "preserve_aspect_ratio": "preserveAspectRatio",
         "pattern_units": "patternUnits", "pattern_transform": "patternTransform"}  # fmt: skip


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _markup(child: str) -> str:
    return child if isinstance(child, Markup) else text(child)
