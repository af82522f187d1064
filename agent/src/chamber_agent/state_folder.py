"""What outlives a restart: one small JSON file per chamber, written whole or not at all.

A file that cannot be read is set aside beside its place and never believed. Writing waits for the
disk, which on an SD card can take seconds: it is called from a thread, never from the event loop.
"""

import contextlib
import fcntl
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import StateError

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StateFolder:
    """A folder of JSON files; without a path nothing outlives the process."""

    path: Path | None = None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder and keep other agents out of it. Raises `StateError`."""
        if self.path is None:
            yield
            return
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / ".lock").open("w", encoding="utf-8")
        except OSError as error:
            raise StateError(f"the state folder {self.path} cannot be used: {error}") from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StateError(f"another agent uses the state folder {self.path}") from None
            yield

    def in_use(self) -> bool:
        """Tell whether an agent holds the folder; leaves no trace in it."""
        if self.path is None:
            return False
        try:
            lock = (self.path / ".lock").open(encoding="utf-8")
        except OSError:
            return False
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def load(self, name: str) -> dict[str, Any]:
        """Return what was saved under `name`; an empty object where there is nothing to believe."""
        if self.path is None:
            return {}
        file = self.path / f"{name}.json"
        try:
            saved = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            _set_aside(file, str(error))
            return {}
        if not isinstance(saved, dict):
            _set_aside(file, "it holds no JSON object")
            return {}
        return saved

    def save(self, name: str, content: dict[str, Any]) -> None:
        """Replace what is saved under `name`. Raises `StateError`; the old content then stands."""
        if self.path is None:
            return
        text = json.dumps(content, allow_nan=False, ensure_ascii=False)
        try:
            _replace(self.path / f"{name}.json", text)
        except OSError as error:
            raise StateError(f"{name}: the state could not be saved: {error}") from None

    def forget(self, name: str) -> None:
        """Remove what is saved under `name`; needs no room on the disk. Raises `StateError`."""
        if self.path is None:
            return
        try:
            (self.path / f"{name}.json").unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"{name}: the state could not be removed: {error}") from None


def _replace(file: Path, text: str) -> None:
    """Write beside the file, reach the disk, then take its place (rename(2) is atomic)."""
    beside = file.with_name(f".{file.name}.new")
    with beside.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)
    _reach_disk(file.parent)


def _reach_disk(folder: Path) -> None:
    """Make the renaming itself outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _set_aside(file: Path, why: str) -> None:
    aside = file.with_suffix(".corrupt")
    _LOGGER.error("%s is corrupt (%s): kept as %s, defaults are used", file, why, aside.name)
    with contextlib.suppress(OSError):
        file.replace(aside)
