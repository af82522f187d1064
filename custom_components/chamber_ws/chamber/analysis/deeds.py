"""What people and the house do to a chamber, beside its samples: everything that is judged or audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..model import NOTHING

APPLIED = "applied"
"""The outcome of what a chamber confirmed."""


class Act(StrEnum):
    """What was done; the last three by nobody: data stopped or came back, or the chamber told what its probes are."""

    SETTINGS = "settings"
    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    RESET_EXTREMES = "reset_extremes"
    SETPOINT = "setpoint"
    MODE = "mode"
    PROFILE = "profile"
    LOST = "lost"
    RECOVERED = "recovered"
    DESCRIBED = "described"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did it: the user's id and name as Home Assistant knows them; `on_behalf_of` is a claim, kept as a claim."""

    user: str | None = None
    name: str | None = None
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One act at Unix time `at` (Home Assistant's clock). `old` and `new` hold plain JSON values by name.

    SETTINGS: the changed fields of `Settings`. SHELVE: `until` (Unix s) in `new`. SETPOINT, MODE, PROFILE: the values
    (of a profile what was asked, and its name), and in `new` also `outcome`: `applied`, or why not. DESCRIBED: `roles`
    by probe. LOST: `since` (Unix s) in `new`, when its last sample was taken, where that is known. Others: nothing.
    """

    act: Act
    at: float
    by: Signature = Signature()
    old: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    new: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    why: str | None = None
