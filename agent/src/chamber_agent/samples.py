"""What a chamber says of itself: one sample from what was sensed and decided, and what happened since."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from .chamber.model import Mode, Part, Progress, Quality, Sample, frozen
from .clock import Moment
from .control import Decision, Reason
from .hardware import Drive
from .sensing import Sensed

TEMPERATURE_DIGITS = 3
SETPOINT_DIGITS = 2
TIME_DIGITS = 3
_PERCENT = 100


class Place(NamedTuple):
    """Where a sample stands: its number in its epoch."""

    epoch: str
    seq: int


class Happening(NamedTuple):
    """Something that happened: the contract's type of event, and a line for people."""

    type: str
    message: str


class Aim(NamedTuple):
    """What is aimed at: the final setpoint, the one in force, the mode, and where a profile stands."""

    setpoint: float
    effective: float
    mode: Mode
    progress: Progress | None = None


def measured(sensed: Sensed, reason: Reason) -> Sample:
    """Return what was sensed, as a sample that does not know yet when it was taken; only a fault is a reason."""
    return Sample(
        temperature=_rounded(sensed.temperature.value),
        reason=reason.value if reason is Reason.SENSOR_FAULT else None,
        probes=frozen({name: _rounded(probe.value) for name, probe in sensed.probes.items()}),
        quality=frozen(_doubts(sensed)),
        door=sensed.door,
        power=None if sensed.power is None else round(sensed.power, 1),
    )


def compose(sensed: Sensed, decision: Decision, drive: Drive, aim: Aim) -> Sample:
    """Return what was sensed and what is done about it."""
    return replace(
        measured(sensed, decision.reason),
        setpoint=aim.setpoint,
        effective_setpoint=round(aim.effective, SETPOINT_DIGITS),
        mode=aim.mode,
        profile=aim.progress,
        action=decision.action,
        reason=decision.reason.value,
        heaters=_parts(drive.heaters),
        coolers=_parts(drive.coolers),
        fans=_parts(drive.fans),
    )


def lasting(sample: Sample) -> Sample:
    """Return what of a sample makes it worth telling: not that time passes."""
    if sample.profile is None:
        return sample
    return replace(sample, profile=replace(sample.profile, remaining=None))


def placed(sample: Sample, place: Place, moment: Moment) -> Sample:
    """Return the sample with its number and its time."""
    return replace(
        sample,
        seq=place.seq,
        epoch=place.epoch,
        boot=moment.boot,
        time=None if moment.utc is None else round(moment.utc, TIME_DIGITS),
        clock=moment.clock,
        uptime=round(moment.uptime, TIME_DIGITS),
    )


def happenings(before: Sample | None, after: Sample) -> Iterator[Happening]:
    """Yield what happened between two samples."""
    known = before is not None and before.door is not None and after.door is not None
    if before is not None and known and after.door is not before.door:
        word = "opened" if after.door else "closed"
        yield Happening(f"door_{word}", f"the door was {word}")
    for reason, happening in _BEGUN.items():
        if after.reason == reason and (before is None or before.reason != reason):
            yield happening


def stepped(earlier: Moment | None, moment: Moment) -> Iterator[Happening]:
    """Yield a step of the machine's clock."""
    if earlier is not None and (step := moment.stepped_from(earlier)):
        yield Happening("clock_step", f"the gateway's clock was set by {step:+.1f} s")


_BEGUN: Mapping[Reason, Happening] = {
    Reason.SENSOR_FAULT: Happening(
        "sensor_fault", "the control probe, or the cut-out's, gives no valid temperature"
    ),
    Reason.ACTUATOR_FAULT: Happening("actuator_fault", "the actuators do not answer"),
    Reason.OVER_TEMPERATURE: Happening("interlock", "too hot: the cut-out keeps the heaters off"),
    Reason.UNDER_TEMPERATURE: Happening("interlock", "too cold: the cut-out keeps the coolers off"),
}
"""What is an event where it becomes the reason."""


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, TEMPERATURE_DIGITS)


def _parts(duties: tuple[float, ...]) -> tuple[Part | None, ...]:
    return tuple(Part(on=duty > 0, duty=round(_PERCENT * duty)) for duty in duties)


def _doubts(sensed: Sensed) -> dict[str, Quality]:
    """Return what is not `ok`, by probe; the control probe is `temperature`."""
    readings = {"temperature": sensed.temperature, **sensed.probes}
    return {
        name: reading.quality
        for name, reading in readings.items()
        if reading.quality is not Quality.OK
    }
