"""What a mapping would show of what was heard, for people: one line for each value, in no language. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .leaves import Heard
from .payloads import BadPayload, Render, read
from .table import Sort, Source, Table

LONGEST = 60
MOST_LINES = 40
UNITS = {Sort.TEMPERATURE: " °C", Sort.POWER: " W"}
NOTHING = "—"


def listed(heard: Mapping[str, Heard]) -> str:
    """The topics that were heard, and what was said last."""
    lines = [
        f"- {quoted(topic)} = {quoted(one.payload.decode(errors='replace'))}"
        for topic, one in sorted(heard.items())
    ]
    more = [f"- … (+{len(lines) - MOST_LINES})"] if len(lines) > MOST_LINES else []
    return "\n".join([*lines[:MOST_LINES], *more]) or NOTHING


def shown(table: Table, heard: Mapping[str, Heard], render: Render) -> str:
    """What each value would show; what was not heard is a dash, what cannot be read is named."""
    return "\n".join(
        f"- {quoted(' '.join(filter(None, (source.topic, source.read))))} → {_value(source, heard, render)}"
        for source in table.sources.values()
    )


def unreadable(source: Source, heard: Mapping[str, Heard], render: Render) -> str | None:
    """Why a value that was heard cannot be read; None where it can, or was not heard."""
    one = heard.get(source.topic)
    if one is None:
        return None
    try:
        read(source, one.payload, render)
    except BadPayload as error:
        return f"{quoted(source.topic)}: {quoted(str(error))}"
    return None


def quoted(text: str) -> str:
    """A text of somebody else's, such that it stays what it is wherever it is shown."""
    line = "".join(letter if letter.isprintable() else " " for letter in text.replace("`", "'"))
    return f"`{line[:LONGEST]}{'…' if len(line) > LONGEST else ''}`"


def _value(source: Source, heard: Mapping[str, Heard], render: Render) -> str:
    if (one := heard.get(source.topic)) is None:
        return NOTHING
    try:
        said: Any = read(source, one.payload, render)
    except BadPayload as error:
        return f"✗ {quoted(str(error))}"
    if said is None:
        return NOTHING
    if isinstance(said, bool):
        return "`on`" if said else "`off`"
    return f"{said}{UNITS.get(source.sort, '')}"
