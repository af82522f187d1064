"""What a sample allows to be said: which temperature is trusted, what the chamber does, what is at fault."""

from __future__ import annotations

from dataclasses import replace

from .model import Action, Chamber, Kind, Mode, Quality, Sample, frozen

CONTROL = "temperature"
UNTRUSTED = frozenset({Quality.FAULT, Quality.STALE, Quality.MISSING})
DRIVING = {Kind.HEATER: Action.HEATING, Kind.COOLER: Action.COOLING}
WIDEST_FIRST = (Mode.HEAT_COOL, Mode.HEAT, Mode.COOL)


def temperature(sample: Sample | None, probe: str) -> float | None:
    """The temperature of a probe in degrees Celsius; None where its quality forbids to show it."""
    if sample is None or sample.quality.get(probe) in UNTRUSTED:
        return None
    return sample.temperature if probe == CONTROL else sample.probes.get(probe)


def quality_of(sample: Sample | None, probe: str) -> tuple[tuple[str, str], ...]:
    """The quality of a probe as an attribute, where the chamber reports one."""
    quality = sample.quality.get(probe) if sample else None
    return () if quality is None else (("quality", quality.value),)


def missed(sample: Sample, probe: str) -> Sample:
    """The sample in which a probe that has no value is `missing`: nothing is judged on it then, and that is a fault."""
    silent = probe in sample.probes and sample.probes[probe] is None
    if not silent or sample.quality.get(probe) in UNTRUSTED:
        return sample
    return replace(sample, quality=frozen({**sample.quality, probe: Quality.MISSING}))


def mode(chamber: Chamber) -> Mode | None:
    """The thermostat's mode.

    A chamber that regulates towards a setpoint and never names a mode does all that its actuators can.
    """
    sample = chamber.sample
    if sample is None or sample.mode is not None or "mode" in chamber.learned.fields:
        return sample.mode if sample else None
    if sample.setpoint is None:
        return None
    return next((widest for widest in WIDEST_FIRST if widest in chamber.modes), None)


def action(sample: Sample | None) -> Action | None:
    """What the thermostat does: its own word, else what its actuators show; None where neither tells."""
    if sample is None:
        return None
    if sample.action is not None:
        return sample.action
    parts = [(kind, part) for kind in DRIVING for part in sample.parts(kind) or ()]
    running = {kind for kind, part in parts if part is not None and part.on}
    if len(running) == 1:
        return DRIVING[running.pop()]
    if running or any(part is None for _kind, part in parts):
        return None
    if sample.mode is Mode.OFF:
        return Action.OFF
    return Action.IDLE if parts else None


def faults(sample: Sample) -> tuple[str, ...]:
    """What is at fault, in words for attributes; empty where nothing is."""
    found = [
        f"{probe}: {quality}"
        for probe, quality in sorted(sample.quality.items())
        if quality in UNTRUSTED
    ]
    if sample.temperature is None and sample.quality.get(CONTROL) not in UNTRUSTED:
        found.append(f"{CONTROL}: {Quality.MISSING}")
    if sample.action is Action.FAULT:
        found.append(f"action: {sample.reason or Action.FAULT}")
    return tuple(found)
