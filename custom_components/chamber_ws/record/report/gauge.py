"""What a report reads off a sample: the temperature that is judged, and what goes into the metrics beside it."""

from __future__ import annotations

from statistics import fmean

from ...chamber import judgement
from ...chamber.analysis.settings import Settings
from ...chamber.analysis.vial import Vial, settle
from ...chamber.analysis.watch import VIRTUAL_VIAL
from ...chamber.metrics import LONGEST_STEP, Metrics, Minute
from ...chamber.model import Kind, Sample

DRIVES = (Kind.HEATER, Kind.COOLER)


class Gauge:
    """Reads samples in the order of time. `judged_on`: a probe's id, `temperature`, or `virtual_vial`."""

    def __init__(self, judged_on: str, settings: Settings) -> None:
        self._probe = judgement.CONTROL if judged_on == VIRTUAL_VIAL else judged_on
        self._time_constant = settings.time_constant if judged_on == VIRTUAL_VIAL else 0.0
        self._bounds = (settings.low, settings.high)
        self._vial: Vial | None = None
        self._running: frozenset[tuple[Kind, int]] = frozenset()
        self._metrics = Metrics()
        self._at = 0.0

    def value(self, at: float, sample: Sample) -> float | None:
        """The temperature in °C that limits are held against; None where nobody knows it."""
        known = self._probe if self._probe in sample.probes else judgement.CONTROL
        value = judgement.temperature(sample, known)
        if value is None or not self._time_constant:
            return value
        self._vial = settle(self._vial, at, value, self._time_constant)
        return self._vial.value

    def measure(self, at: float, value: float | None, sample: Sample) -> list[Minute]:
        """Count a sample in, and return the minutes that closed by it."""
        self._at = at
        running = frozenset(
            (kind, index)
            for kind in DRIVES
            for index, part in enumerate(sample.parts(kind) or ())
            if part is not None and part.on
        )
        starts, self._running = len(running - self._running), running
        minutes = self._metrics.feed(
            at,
            value,
            bounds=self._bounds,
            heater=_duty(sample, Kind.HEATER),
            cooler=_duty(sample, Kind.COOLER),
            power=sample.power,
            starts=starts,
        )
        return list(minutes)

    def end(self) -> list[Minute]:
        """The minute that was still open."""
        return list(self._metrics.feed(self._at + 2 * LONGEST_STEP, None))


def _duty(sample: Sample, kind: Kind) -> float | None:
    """The mean duty of the parts of a kind in percent; one that is only switched has 0 or 100."""
    duties = [
        part.duty if part.duty is not None else 100.0 * part.on
        for part in sample.parts(kind) or ()
        if part is not None
    ]
    return fmean(duties) if duties else None
