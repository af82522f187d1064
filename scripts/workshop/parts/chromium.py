"""Chromium, the browser that pages are looked at with: this machine's, or its Debian's."""

import shutil
from functools import cache
from pathlib import Path

from ..machine import debian
from ..machine.guard import exclusively

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--disable-gpu",
    # In a container root's Chromium cannot make a sandbox; it shows our own pages only.
    "--no-sandbox",
    # Fonts look the same on every machine.
    "--font-render-hinting=none",
)


@cache
def program() -> Path:
    """Return its program; root on a Debian has it installed.

    Raises:
        MissingPartError: it is not here and cannot be had.
    """
    with exclusively("chromium"):
        if not (found := _found()):
            debian.install(["chromium"], "Chromium")
            found = _found()
    return Path(found or "chromium")


def _found() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)
