"""`apply(chamber, message, at) -> chamber`: every rule about copies, order, age and ghosts.

Rule 1: only a new sample refreshes. A copy, garbage, or a sample of an epoch once left changes nothing that is shown.
        Where samples have no number, one that says the same as the last, its own time included, is a copy.
Rule 2: age is judged by the sample's own time where its clock can be relied on, else by the time of receipt. A retained
        sample without such a time, dated in the future, or by a clock that was found slow and may have been set since,
        has an unknown age: it tells what the chamber has, but shows no value.
Rule 3: a goodbye or a will counts only for the session last seen online; a live new sample proves it wrong.
Rule 4: a chamber is gone when both its retained description and its retained state were cleared.
"""

from __future__ import annotations

from dataclasses import fields, replace
from operator import attrgetter

from . import sequence, skew
from .messages import Message, MetaMessage, SpoiledMessage, StateMessage, StatusMessage
from .model import (
    Chamber,
    Gateway,
    Kind,
    Learned,
    Meta,
    Parts,
    Presence,
    Receipt,
    Sample,
    Status,
)
from .sequence import Verdict

DATA_FIELDS = frozenset(
    {"setpoint", "effective_setpoint", "mode", "action", "door", "power", "energy", "profile"}
    & {field.name for field in fields(Sample)}
)
MOST_LEARNED_PROBES = 64
_data = attrgetter(*sorted(DATA_FIELDS))


def apply(chamber: Chamber, message: Message, at: Receipt) -> Chamber:
    """The chamber after a message of its own, or of its gateway; the same object where nothing changed."""
    match message:
        case StateMessage(_, None):
            return chamber if chamber.state_cleared else replace(chamber, state_cleared=True)
        case StateMessage(_, sample) if sample is not None:
            return _sampled(chamber, sample, at)
        case SpoiledMessage(_, epoch, seq) if epoch is not None and seq is not None:
            noted = sequence.note(chamber.sequence, epoch, seq)
            return chamber if noted is chamber.sequence else replace(chamber, sequence=noted)
        case MetaMessage(_, meta):
            return _described(chamber, meta)
        case StatusMessage(_, status):
            return _after_status(chamber, status)
        case _:
            return chamber


def greet(gateway: Gateway, status: Status) -> Gateway:
    """The gateway after a status of its own; the same object where the status is a ghost's."""
    if status.state is Presence.ONLINE:
        return replace(gateway, status=status, session=status.session, greeted=True)
    if gateway.greeted and status.session != gateway.session:
        return gateway
    heartbeat = status.heartbeat or (gateway.status.heartbeat if gateway.status else None)
    agent = status.agent or (gateway.status.agent if gateway.status else None)
    return replace(gateway, status=replace(status, heartbeat=heartbeat, agent=agent))


def _described(chamber: Chamber, meta: Meta | None) -> Chamber:
    described = replace(chamber, meta=meta, meta_cleared=meta is None)
    return chamber if described == chamber else described


def _after_status(chamber: Chamber, status: Status) -> Chamber:
    lost = status.state is not Presence.ONLINE
    return chamber if chamber.lost == lost else replace(chamber, lost=lost)


def _sampled(chamber: Chamber, sample: Sample, at: Receipt) -> Chamber:
    numbered, verdict = _numbered(chamber, sample, at)
    if verdict is not Verdict.NEW:
        return chamber if numbered is chamber.sequence else replace(chamber, sequence=numbered)
    observed = _observed(chamber, sample, at)
    age = _age_at_receipt(sample, observed, at)
    learned = _learn(chamber, sample)
    if age is None:
        return replace(
            chamber,
            sample=None if chamber.gone else chamber.sample,
            sequence=numbered,
            skew=observed,
            learned=learned,
            state_cleared=False,
        )
    # Spelled out, since it happens at every sample: `replace` takes three times as long.
    return Chamber(
        address=chamber.address,
        meta=chamber.meta,
        sample=sample,
        received=at.monotonic,
        age_at_receipt=age,
        taken_at=at.utc - age,
        live_at=chamber.live_at if at.retained else at.monotonic,
        lost=chamber.lost and at.retained,
        meta_cleared=chamber.meta_cleared,
        learned=learned,
        sequence=numbered,
        skew=observed,
    )


def _numbered(chamber: Chamber, sample: Sample, at: Receipt) -> tuple[sequence.Sequence, Verdict]:
    """Judge by number where the chamber numbers its samples; else neither a copy nor an older retained one is new."""
    if sample.epoch is not None and sample.seq is not None:
        live = not at.retained
        return sequence.number(
            chamber.sequence, sample.epoch, sample.seq, sample.trusted_time, live=live
        )
    shown = chamber.sample
    stale = shown is not None and at.retained and not _later(sample, shown)
    return chamber.sequence, Verdict.COPY if stale or _repeats(sample, shown) else Verdict.NEW


def _repeats(sample: Sample, shown: Sample | None) -> bool:
    """Whether a sample was taken at the same time as the one before; one without any time may be a heartbeat."""
    return sample == shown and (sample.time is not None or sample.uptime is not None)


def _later(sample: Sample, than: Sample) -> bool:
    time, before = sample.trusted_time, than.trusted_time
    return time is not None and before is not None and time > before


def _observed(chamber: Chamber, sample: Sample, at: Receipt) -> skew.Skew:
    time = sample.trusted_time
    if at.retained or time is None or sample.seq is None or sample.epoch is None:
        return chamber.skew
    return skew.observe(chamber.skew, time, at.utc)


def _age_at_receipt(sample: Sample, observed: skew.Skew, at: Receipt) -> float | None:
    """Seconds between the sample and its receipt; None where that cannot be known."""
    if (time := sample.trusted_time) is None:
        return None if at.retained else 0.0
    age = at.utc - time - observed.offset
    if at.retained and (observed.offset > 0.0 or age < -skew.TOLERATED):
        return None
    return max(0.0, age)


def _learn(chamber: Chamber, sample: Sample) -> Learned:
    """What the chamber was ever seen to have; the same object where there is nothing new."""
    learned = chamber.learned
    if chamber.sample is not None and _shape(sample) == _shape(chamber.sample):
        return learned
    counts = {kind: max(learned.count(kind), len(sample.parts(kind) or ())) for kind in Kind}
    unseen = sorted(sample.probes.keys() - learned.probes)
    now = Learned(
        heaters=counts[Kind.HEATER],
        coolers=counts[Kind.COOLER],
        fans=counts[Kind.FAN],
        probes=learned.probes.union(unseen[: MOST_LEARNED_PROBES - len(learned.probes)]),
        fields=learned.fields | _reported(sample),
    )
    return learned if now == learned else now


def _shape(sample: Sample) -> tuple[object, ...]:
    """All of a sample that can teach what a chamber has: two of one shape teach the same."""
    return (
        [value is None for value in _data(sample)],
        _driven(sample.heaters),
        _driven(sample.coolers),
        _driven(sample.fans),
        sample.probes.keys(),
    )


def _driven(parts: Parts | None) -> tuple[bool, ...]:
    """Which parts give a duty."""
    return tuple([part is not None and part.duty is not None for part in parts or ()])


def _reported(sample: Sample) -> frozenset[str]:
    """The optional fields this sample carries, and the kinds of actuator whose duty it gives in percent."""
    data = {name for name in DATA_FIELDS if getattr(sample, name) is not None}
    duties = {
        f"{kind}_duty"
        for kind in Kind
        if any(part and part.duty is not None for part in sample.parts(kind) or ())
    }
    return frozenset(data | duties)
