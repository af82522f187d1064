"""One chamber, watched: its readings in the order of time, and what is done to it, become findings and occurrences.

The same inputs in the same order give the same findings, whenever they come, and across any number of restarts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, NamedTuple

from .. import alarm as alarms
from .. import judgement
from ..metrics import Metrics, Minute
from ..model import Kind, Progress, Sample, frozen
from .deeds import APPLIED, Act, Deed
from .faults import Faults, spoken
from .findings import Findings, Happened, Occurrence, Reading
from .forecast import Forecast
from .physics.drive import Drive, Running, drive_of, started
from .vial import Vial, settle

PRODUCT = "product"
VIRTUAL_VIAL = "virtual_vial"
SOAK = "soak"


class Fed(NamedTuple):
    """What a reading brought about, and the minutes that it closed."""

    occurrences: tuple[Occurrence, ...] = ()
    minutes: Sequence[Minute] = ()


class Watch:
    """The engines of one chamber, fed together. `at` is the time of the last reading, in Unix s."""

    def __init__(self) -> None:
        self.alarm = alarms.begin()
        self.metrics = Metrics()
        self.faults = Faults()
        self.roles: Mapping[str, str] = {}
        self.at: float | None = None
        self.value: float | None = None
        self.judged_on = judgement.CONTROL
        self._vial: Vial | None = None
        self._forecast = Forecast()
        self._running: Running = ()
        self._soaking: int | None = None

    def feed(self, reading: Reading) -> Fed:
        """Take in the next reading."""
        at, sample, dated = reading
        self.at = at
        probe = self._probe(sample)
        if probe is not None:
            sample = judgement.missed(sample, probe)
        drive = drive_of(sample)
        shelved_until = self.alarm.shelved_until
        changes = self.faults.feed(at, sample, drive)
        self.value = self._judged(at, sample, probe)
        self.alarm, occurred = alarms.judge(self.alarm, at, self.value)
        if sample.profile is not None or self._soaking is not None:
            occurred = (*occurred, *self._soak(at, sample.profile))
        if changes or occurred:
            occurred = self._together(spoken(changes, shelved_until), occurred)
        return Fed(occurred, self._measure(at, sample, drive) if dated else ())

    def perform(self, deed: Deed) -> tuple[Occurrence, ...]:
        """Take in what was done."""
        if deed.act is Act.DESCRIBED:
            self.roles = dict(deed.new.get("roles", {}))
            self.faults.describe(self.roles)
        if deed.act is Act.RESET_EXTREMES:
            self.metrics.reset(deed.at)
        self.alarm, occurred = alarms.perform(self.alarm, deed)
        if deed.act in (Act.SETPOINT, Act.MODE) and deed.new.get("outcome") != APPLIED:
            rejected = Occurrence(Happened.SETPOINT_REJECTED, deed.at, deed.act.value, deed.new)
            occurred = (*occurred, rejected)
        return self._together((), occurred)

    def completed(self, deed: Deed) -> Deed:
        """A deed with what only the watch knows: what a reset of the extremes ends, and what the last one heard was."""
        if deed.act is Act.RESET_EXTREMES and not deed.old:
            extremes = zip(("minimum", "maximum"), self.metrics.extremes, strict=True)
            return replace(deed, old={name: found.value for name, found in extremes if found})
        if deed.act is Act.LOST and not deed.new and self.at is not None:
            return replace(deed, new={"since": min(self.at, deed.at)})
        return deed

    def advance(self, at: float) -> tuple[Occurrence, ...]:
        """Time passes: shelves end, re-alarms fall due."""
        self.alarm, occurred = alarms.advance(self.alarm, at)
        return self._together((), occurred)

    def findings(self, now: float, *, provisional: bool = False) -> Findings:
        """All that is found at Unix time `now`."""
        alarm, settings = self.alarm, self.alarm.settings
        lowest, highest = self.metrics.extremes
        return Findings(
            settings=settings,
            judged_on=self.judged_on,
            value=self.value,
            excursion=alarm.excursion,
            unacknowledged=alarm.unacknowledged,
            warning=alarm.warning,
            pending_until=alarm.pending_until,
            shelved_until=alarm.shelved_until,
            loss=alarm.loss,
            last_excursion=alarm.last_excursion,
            faults=self.faults.active,
            minimum=lowest,
            maximum=highest,
            reset_at=self.metrics.reset_at,
            window=self.metrics.window(now),
            breach=self._forecast.breach(settings, self.at, now),
            provisional=provisional,
        )

    def key(self) -> tuple[object, ...]:
        """What makes a judgement another than before; running metrics are no part of it."""
        alarm = self.alarm
        last = None if alarm.quiet else alarm.last_excursion
        return (
            alarm.settings,
            alarm.excursion,
            last and (last.what, last.since, last.ended, last.acknowledged_at),
            alarm.unacknowledged,
            alarm.warning,
            alarm.pending_until is None,
            alarm.shelved_until,
            alarm.loss,
            self.metrics.reset_at,
            self.judged_on,
            self.faults.active,
        )

    def snapshot(self) -> dict[str, Any]:
        """All but the closed minutes, as JSON."""
        return {
            "alarm": alarms.snapshot(self.alarm),
            "metrics": self.metrics.snapshot(),
            "faults": self.faults.snapshot(),
            "roles": dict(self.roles),
            "at": self.at,
            "value": self.value,
            "judged_on": self.judged_on,
            "vial": self._vial,
            "soaking": self._soaking,
            "forecast": self._forecast.snapshot(),
            "running": sorted([kind.value, index] for kind, index in self._running),
        }

    @classmethod
    def restored(cls, raw: Mapping[str, Any]) -> Watch:
        """The watch of a snapshot; its minutes are loaded by `metrics.load`."""
        watch = cls()
        watch.alarm = alarms.restored(raw["alarm"])
        watch.metrics = Metrics.restored(raw["metrics"])
        watch.roles = dict(raw["roles"])
        watch.faults = Faults.restored(raw.get("faults"), watch.roles)
        watch.at, watch.value, watch.judged_on = raw["at"], raw["value"], raw["judged_on"]
        watch._soaking = raw.get("soaking")
        watch._vial = None if raw["vial"] is None else Vial(*raw["vial"])
        watch._forecast = Forecast.restored(raw.get("forecast", {}))
        watch._running = tuple((Kind(kind), index) for kind, index in raw["running"])
        return watch

    def copy(self) -> Watch:
        """Another one that goes on from here by itself."""
        twin = Watch()
        twin.__dict__.update(self.__dict__)
        twin.metrics = self.metrics.copy()
        twin._forecast = self._forecast.copy()
        twin.faults = self.faults.copy(self.roles)
        return twin

    def _soak(self, at: float, profile: Progress | None) -> tuple[Occurrence, ...]:
        """A step of a profile that began to soak, since its temperature is reached."""
        before = self._soaking
        soaks = profile is not None and profile.state == SOAK
        self._soaking = (profile.step or 0) if profile is not None and soaks else None
        if profile is None or not soaks or self._soaking == before:
            return ()
        details = frozen({"name": profile.name, "step": profile.step, "steps": profile.steps})
        return (Occurrence(Happened.SOAK_REACHED, at, "profile", details),)

    def _judged(self, at: float, sample: Sample, probe: str | None) -> float | None:
        """The temperature that limits are held against: the probe's, else the virtual vial's."""
        settings = self.alarm.settings
        if probe is not None:
            self.judged_on, self._vial = probe, None
            return self._shown(sample, probe)
        value = self._shown(sample, judgement.CONTROL)
        if not settings.time_constant:
            self.judged_on, self._vial = judgement.CONTROL, None
            return value
        self.judged_on = VIRTUAL_VIAL
        if value is None:
            return None
        self._vial = settle(self._vial, at, value, settings.time_constant)
        return self._vial.value

    def _probe(self, sample: Sample) -> str | None:
        """Which probe limits are held against: the chosen one, else the product's; None where a sample has neither."""
        probe = self.alarm.settings.probe or self._product(sample)
        return probe if probe == judgement.CONTROL or probe in sample.probes else None

    def _product(self, sample: Sample) -> str | None:
        if not sample.probes:
            return None
        named = [probe for probe, role in self.roles.items() if role == PRODUCT]
        return next((probe for probe in (*named, PRODUCT) if probe in sample.probes), None)

    def _shown(self, sample: Sample, probe: str) -> float | None:
        """What a probe shows, where that can be a temperature at all."""
        return None if probe in self.faults.unknown else judgement.temperature(sample, probe)

    def _together(
        self, faults: tuple[Occurrence, ...], alarm: tuple[Occurrence, ...]
    ) -> tuple[Occurrence, ...]:
        """What occurred, in order; at the end of a shelf faults are said aloud, too."""
        aloud = [
            again
            for one in alarm
            if one.happened is Happened.UNSHELVED
            for again in spoken(self.faults.aloud(one.at), None)
        ]
        if not faults and not aloud:
            return alarm
        return tuple(sorted((*faults, *alarm, *aloud), key=attrgetter("at")))

    def _measure(self, at: float, sample: Sample, drive: Drive) -> Sequence[Minute]:
        settings = self.alarm.settings
        self._forecast.feed(at, self.value, self.judged_on, sample, self.roles)
        starts = len(started(self._running, drive.running))
        self._running = drive.running
        return self.metrics.feed(
            at,
            self.value,
            bounds=(settings.low, settings.high),
            heater=drive.heat,
            cooler=drive.cool,
            power=sample.power,
            starts=starts,
        )
