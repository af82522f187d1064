"""Short ways to say what is given: samples, receipts, and what a chamber has been through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from chamber_agent.chamber import fold
from chamber_agent.chamber.messages import (
    Announce,
    Message,
    MetaMessage,
    SpoiledMessage,
    StateMessage,
)
from chamber_agent.chamber.model import Address, Chamber, Clock, Meta, Receipt, Sample

BOX = Address("pi", "box1")
EPOCH = "k3f9"
NOON = 1_764_000_000.0

Step = tuple[Message | Sample, Receipt]


def sample(temperature: float | None = 20.0, **fields: Any) -> Sample:
    """A sample that says nothing of number or time unless told to."""
    return Sample(temperature=temperature, **fields)


def numbered(seq: int, after_noon: float | None = None, **fields: Any) -> Sample:
    """Sample `seq`, ten seconds after the one before; its temperature is its number."""
    time = NOON + (10.0 * seq if after_noon is None else after_noon)
    known = {"temperature": float(seq % 100), "epoch": EPOCH, "time": time, "clock": Clock.NTP}
    return Sample(seq=seq, **{**known, **fields})


def undated(seq: int, **fields: Any) -> Sample:
    """Sample `seq` of a chamber that has no clock."""
    return numbered(seq, **{"time": None, "clock": Clock.NONE, **fields})


def at(after_noon: float, *, retained: bool = False) -> Receipt:
    """Received so many seconds after noon; the monotonic clock was 0 at noon."""
    return Receipt(utc=NOON + after_noon, monotonic=after_noon, retained=retained)


def prompt(taken: Sample) -> Step:
    """A dated sample that is received as soon as it is taken."""
    assert taken.time is not None
    return taken, at(taken.time - NOON)


def spoiled(seq: int, epoch: str = EPOCH) -> SpoiledMessage:
    """A sample whose temperature nobody could use."""
    return SpoiledMessage(BOX, epoch, seq, ("temperature",))


def described(**fields: Any) -> MetaMessage:
    """A description of the chamber."""
    return MetaMessage(BOX, Meta(**fields))


def message(thing: Message | Sample) -> Message:
    """A sample as the message that carries it."""
    return StateMessage(BOX, thing) if isinstance(thing, Sample) else thing


def after(*steps: Step, given: Chamber | None = None) -> Chamber:
    """The chamber after all of it, in this order."""
    return through(steps, given or Chamber(address=BOX))[-1]


def through(steps: Iterable[Step], given: Chamber) -> list[Chamber]:
    """The chamber before the first step and after each one."""
    states = [given]
    for thing, receipt in steps:
        states.append(fold.apply(states[-1], message(thing), receipt))
    return states


def bare(message: Message) -> Message:
    """A message without the names of what was set aside."""
    if isinstance(message, Announce):
        return message
    said: Message = replace(message, set_aside=())
    return said
