"""What is told of a chamber now: its sample, and what is found of it. °C, s, Unix s, percent; null is unknown."""

from dataclasses import asdict
from typing import Any

from ..chamber import judgement
from ..chamber.analysis.findings import Excursion, Extreme, Findings
from ..chamber.model import Chamber, Kind, Parts

OF_AN_EXCURSION = (
    "what",
    "stage",
    "since",
    "ended",
    "out",
    "peak",
    "acknowledged_by",
    "acknowledged_at",
    "comment",
)


def sampled(chamber: Chamber) -> dict[str, Any] | None:
    """The sample in force, but for its age; None where there is none."""
    sample = chamber.sample
    if sample is None:
        return None
    return {
        "at": chamber.taken_at,
        "seq": sample.seq,
        "epoch": sample.epoch,
        "temperature": judgement.temperature(sample, judgement.CONTROL),
        "setpoint": sample.setpoint,
        "effective_setpoint": sample.effective_setpoint,
        "mode": judgement.mode(chamber),
        "action": judgement.action(sample),
        "reason": sample.reason,
        **{f"{kind}s": _parts(sample.parts(kind)) for kind in Kind},
        "probes": {probe: judgement.temperature(sample, probe) for probe in sample.probes},
        "quality": dict(sample.quality),
        "door": sample.door,
        "power": sample.power,
        "energy": sample.energy,
        "profile": sample.profile,
        "faults": judgement.faults(sample),
    }


def found(findings: Findings | None) -> dict[str, Any] | None:
    """How the alarm stands, with its settings; None while nobody knows."""
    if findings is None:
        return None
    settings, window = findings.settings, findings.window
    return {
        "profile": settings.profile,
        "limit_low": settings.low,
        "limit_high": settings.high,
        "delay_low": settings.delay_low,
        "delay_high": settings.delay_high,
        "freeze_limit": settings.freeze,
        "warning_delay": settings.warning,
        "cumulative": settings.cumulative,
        "deadband": settings.deadband,
        "off_delay": settings.off_delay,
        "latch": settings.latch,
        "realarm": settings.realarm,
        "time_constant": settings.time_constant,
        "probe": settings.probe,
        "judged_on": findings.judged_on,
        "value": findings.value,
        "excursion": findings.excursion,
        "unacknowledged": findings.unacknowledged,
        "warning": findings.warning,
        "pending_until": findings.pending_until,
        "shelved_until": findings.shelved_until,
        "lost": findings.lost,
        "lost_since": None if findings.loss is None else findings.loss.since,
        "faults": findings.faults,
        "last_excursion": _excursion(findings.last_excursion),
        "minimum": _extreme(findings.minimum),
        "maximum": _extreme(findings.maximum),
        "coverage": window.coverage,
        "mean_kinetic_temperature": window.mean_kinetic_temperature,
        "time_in_range": window.time_in_range,
        "breach": None if findings.breach is None or findings.lost else findings.breach._asdict(),
        "provisional": findings.provisional,
    }


def _parts(parts: Parts | None) -> list[dict[str, Any] | None] | None:
    return None if parts is None else [None if part is None else asdict(part) for part in parts]


def _extreme(extreme: Extreme | None) -> dict[str, Any] | None:
    return None if extreme is None else extreme._asdict()


def _excursion(excursion: Excursion | None) -> dict[str, Any] | None:
    return (
        None if excursion is None else {name: getattr(excursion, name) for name in OF_AN_EXCURSION}
    )
