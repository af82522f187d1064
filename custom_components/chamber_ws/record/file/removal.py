"""Removes a record with all that belongs to it."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from .opening import COMPANIONS


def remove(path: Path) -> tuple[list[str], list[OSError]]:
    """Delete a record's file, its companions, and what was set aside; the names that are gone, and what went wrong.

    Copies that somebody made under other names stay, and with them the folder.
    """
    own = re.compile(
        rf"{re.escape(path.name)}(\.corrupt-\d+)?({'|'.join(map(re.escape, COMPANIONS))})?"
    )
    gone: list[str] = []
    errors: list[OSError] = []
    for file in sorted(path.parent.glob("*")):
        if own.fullmatch(file.name):
            try:
                file.unlink()
                gone.append(file.name)
            except OSError as error:
                errors.append(error)
    with suppress(OSError):
        path.parent.rmdir()
    return gone, errors
