"""The integration as it was: the newest tag, or a commit of before there were tags."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from workshop.places import ROOT

BEFORE_TAGS = "ced4dc583ec9f64ce223b7e9c7f96bbcefa85430"
"""Entries and record are of their first version there."""
_INTEGRATION = "custom_components/chamber_ws"


def install(folder: Path) -> str:
    """Put the earlier integration into a `custom_components`; return what it is of. Skips where there is none."""
    name = _newest_tag() or BEFORE_TAGS
    archive = _git("archive", "--format=tar", f"{name}:{_INTEGRATION}")
    if archive is None:
        pytest.skip(
            f"the history has neither a tag v* nor {BEFORE_TAGS[:7]}: this clone is shallow, or none"
        )
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder / "chamber_ws", filter="data")
    return name


def _newest_tag() -> str | None:
    """The last release before what is here; a tag on this very commit is not earlier."""
    found = _git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^")
    return None if found is None else found.decode().strip()


def _git(*words: str) -> bytes | None:
    """What git prints; None where it fails, or is not there."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout
