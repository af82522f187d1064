"""What shows that a file of samples is the one this machine wrote last: a token beside it.

A file that was put back from a copy has another token; where the disk could not be told that an epoch was left, the
token is removed, which needs no room on a full disk. Without the right token no epoch is gone on with.
"""

import contextlib
import secrets
from collections.abc import Iterable

from ..errors import StateError
from ..state_folder import StateFolder

_NAME = ".samples"
"""No chamber has this name: an id begins with a letter or a digit."""


class Proof:
    """The token in a state folder."""

    def __init__(self, folder: StateFolder) -> None:
        self._folder = folder
        self._given: str | None = None

    @staticmethod
    def token() -> str:
        """Return a new token."""
        return secrets.token_hex(8)

    def holds(self, tokens: Iterable[str]) -> bool:
        """Tell whether one of the tokens that a file knows is the one given last."""
        return self._folder.load(_NAME).get("token") in set(tokens)

    def give(self, token: str) -> None:
        """Put a token beside the file that knows it. Where that fails, the one before stays."""
        if token == self._given:
            return
        with contextlib.suppress(StateError):
            self._folder.save(_NAME, {"token": token})
            self._given = token

    def withdraw(self) -> None:
        """Remove the token, as far as the disk allows."""
        self._given = None
        with contextlib.suppress(StateError):
            self._folder.forget(_NAME)
