"""The thread's side of the store: the file is opened, written, kept within bounds, set aside and opened again.

Nothing here runs in the event loop. What the disk does not take now is tried again later.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import StateError
from ..state_folder import StateFolder
from .file import DamagedError, SampleFile, TooNewError, is_damage, set_aside
from .numbers import Reservation
from .proof import Proof
from .pruning import DAY, MEGABYTE, Bounds, expire, shrink
from .rows import Row

_LOGGER = logging.getLogger(__name__)
NAME = "samples.db"
PRUNE_EVERY = 3600.0
"""How often what is too old is looked for, s."""


class FailedError(StateError):
    """The disk takes nothing now; `damaged` says that what was stored is set aside."""

    def __init__(self, reason: object, *, damaged: bool = False) -> None:
        super().__init__(str(reason))
        self.damaged = damaged


class Keeping:
    """One file in a state folder, in whatever state the disk is."""

    def __init__(
        self, folder: StateFolder, path: Path, bounds: Bounds, utc: Callable[[], float | None]
    ) -> None:
        self.path = path
        self._bounds = bounds
        self._utc = utc
        self._proof = Proof(folder)
        self._file: SampleFile | None = None
        self._token = Proof.token()
        self._expired_at = float("-inf")

    def open(self) -> dict[str, Reservation]:
        """Return the epochs that may be gone on with. Raises `TooNewError`, `FailedError`."""
        try:
            file = self._opened()
            known = [token for name in ("token", "earlier") if (token := file.fact(name))]
            current = file.current()
        except sqlite3.Error as error:
            raise self._failure(error) from None
        if current and not self._proof.holds(known):
            _LOGGER.warning("%s is not what was written here last: new epochs begin", self.path)
            return {}
        return current

    def write(
        self, rows: Sequence[Row], reservations: Sequence[Reservation], *, surely: bool
    ) -> None:
        """Store rows and reservations, durably. Raises `FailedError`.

        `surely`: what is on the disk can be relied on after a crash, now already. Else `prove` says so later.
        """
        if not surely:
            self._proof.withdraw()
        try:
            file = self._opened()
            facts = {"closed": "no", "token": self._token}
            if (before := file.fact("token")) not in (None, self._token):
                facts["earlier"] = str(before)
            file.commit(rows, reservations, **facts)
            self._prune(file)
        except (sqlite3.Error, OSError, TooNewError) as error:
            raise self._failure(error) from None

    def prove(self) -> None:
        """Say that the epochs on the disk are those in force."""
        self._proof.give(self._token)

    def close(self) -> None:
        """Note that the end was clean, and close; nothing is raised."""
        if self._file is not None:
            try:
                self._file.commit((), (), closed="cleanly")
            except sqlite3.Error as error:
                _LOGGER.warning("%s could not be closed cleanly: %s", self.path, error)
            self._file.close()
            self._file = None

    def _opened(self) -> SampleFile:
        if self._file is None:
            try:
                self._file = SampleFile(self.path)
            except DamagedError as error:
                self._set_aside(error)
                self._file = SampleFile(self.path)
        return self._file

    def _failure(self, error: Exception) -> FailedError:
        """Close what failed, and set it aside where it is corrupt."""
        if self._file is not None:
            self._file.close()
            self._file = None
        damaged = isinstance(error, sqlite3.Error) and is_damage(error)
        if damaged:
            self._set_aside(error)
        return FailedError(error, damaged=damaged)

    def _set_aside(self, error: Exception) -> None:
        try:
            kept = set_aside(self.path)
        except OSError as failed:
            raise FailedError(failed) from None
        _LOGGER.error(
            "%s is corrupt (%s): kept as %s, new epochs begin", self.path, error, kept.name
        )

    def _prune(self, file: SampleFile) -> None:
        now = self._utc()
        if now is not None and abs(now - self._expired_at) >= PRUNE_EVERY:
            expire(file.database, now - self._bounds.days * DAY)
            self._expired_at = now
        shrink(file.database, self._bounds.megabytes * MEGABYTE)
