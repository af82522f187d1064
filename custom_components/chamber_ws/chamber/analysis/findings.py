"""What watching a chamber finds. Temperatures in °C, durations in s, times in Unix s UTC, shares in percent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from ..model import NOTHING, Sample
from .settings import OFF, Settings


class Reading(NamedTuple):
    """A sample and when it was taken; `dated` says that this time can be relied on, so that it counts in metrics."""

    at: float
    sample: Sample
    dated: bool = True


class Happened(StrEnum):
    """What can occur; the words of the `alarm` event entity."""

    EXCURSION_STARTED = "excursion_started"
    EXCURSION_ENDED = "excursion_ended"
    WARNING_STARTED = "warning_started"
    WARNING_ENDED = "warning_ended"
    REALARMED = "realarmed"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SETPOINT_REJECTED = "setpoint_rejected"
    SOAK_REACHED = "soak_reached"
    FAULT_STARTED = "fault_started"
    FAULT_ENDED = "fault_ended"
    LOST = "lost"
    RECOVERED = "recovered"


class Occurrence(NamedTuple):
    """Something occurred at `at` by the samples' time. `what` names the condition or the fault.

    `silent`: it happened while the chamber was shelved, and is not to be announced.
    """

    happened: Happened
    at: float
    what: str
    details: Mapping[str, Any] = NOTHING
    silent: bool = False


class Extreme(NamedTuple):
    """The lowest or highest temperature, and when it was."""

    value: float
    at: float


class Breach(NamedTuple):
    """When a bound will be passed, in `seconds` from the last reading; `confident` is False for a mere estimate."""

    seconds: float
    limit: float
    confident: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The last 24 hours, of which `coverage` percent are known. What is unknown counts nowhere; None: nothing is."""

    coverage: float = 0.0
    mean_kinetic_temperature: float | None = None
    mean: float | None = None
    time_in_range: float | None = None
    time_above: float | None = None
    time_below: float | None = None
    degree_minutes_above: float | None = None
    degree_minutes_below: float | None = None
    heater_duty: float | None = None
    cooler_duty: float | None = None
    starts_per_hour: float | None = None
    energy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """The excursion in progress, or the last one. `ended` None: goes on.

    `out` is the time beyond the bound so far, as far as it is known; it and the dose are None where nothing of it is.
    """

    what: str
    stage: str
    since: float
    ended: float | None = None
    out: float | None = 0.0
    peak: float | None = None
    degree_minutes: float | None = 0.0
    acknowledged_by: str | None = None
    acknowledged_at: float | None = None
    comment: str | None = None


class Loss(NamedTuple):
    """Nothing is heard `since` the last sample was taken, as far as that is known; at `lost_at` it counted as lost."""

    since: float
    lost_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that is found of one chamber now.

    `judged_on` is the probe that limits are held against: a probe's id, `temperature`, or `virtual_vial`.
    `pending_until` is when a running delay ends, if nothing changes. `provisional`: earlier samples are still awaited.
    """

    settings: Settings = OFF
    judged_on: str = "temperature"
    value: float | None = None
    excursion: bool = False
    unacknowledged: bool = False
    warning: bool = False
    pending_until: float | None = None
    shelved_until: float | None = None
    loss: Loss | None = None
    last_excursion: Excursion | None = None
    faults: tuple[str, ...] = ()
    minimum: Extreme | None = None
    maximum: Extreme | None = None
    reset_at: float | None = None
    window: Window = field(default_factory=Window)
    breach: Breach | None = None
    provisional: bool = False

    @property
    def lost(self) -> bool:
        """Whether no sample comes any more."""
        return self.loss is not None
