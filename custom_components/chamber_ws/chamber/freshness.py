"""How old a chamber's sample is, and whether it may still be shown as true."""

from __future__ import annotations

from .model import Chamber, Gateway

HEARTBEATS_MISSED = 3
DEFAULT_HEARTBEAT = 300.0


def heartbeat(
    chamber: Chamber, gateway: Gateway | None, default: float = DEFAULT_HEARTBEAT
) -> float:
    """Seconds within which the chamber promises a new sample.

    Its own word, else its gateway's where its samples are numbered, else `default`.
    """
    if chamber.meta and chamber.meta.heartbeat:
        return chamber.meta.heartbeat
    if (
        chamber.sequence.epoch is not None
        and gateway
        and gateway.status
        and gateway.status.heartbeat
    ):
        return gateway.status.heartbeat
    return default


def age(chamber: Chamber, monotonic: float) -> float | None:
    """Seconds since the shown sample was taken; None where there is none."""
    if chamber.sample is None:
        return None
    return chamber.age_at_receipt + max(0.0, monotonic - chamber.received)


def fresh(chamber: Chamber, monotonic: float, promised: float) -> bool:
    """Whether the sample may be shown: not too old, and its gateway has not said goodbye since."""
    known = age(chamber, monotonic)
    return (
        known is not None
        and known <= HEARTBEATS_MISSED * promised
        and not chamber.lost
        and not chamber.gone
    )
