"""A sample as a row: its number and time in columns, all else as it is spelt on the wire."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from ..chamber import wire
from ..chamber.errors import ChamberError
from ..chamber.messages import StateMessage
from ..chamber.model import Address, Sample
from ..chamber.topics import Kind, of

_ANYBODY = Address("gateway", "chamber")
_TOPIC = of(_ANYBODY, Kind.STATE).spell()


class Row(NamedTuple):
    """One sample of one chamber; `content` is a state of the contract without number and epoch."""

    chamber: str
    epoch: str
    seq: int
    time: float | None
    content: str


def of_sample(chamber: str, sample: Sample) -> Row:
    """Return what is stored of a numbered sample."""
    bare = replace(sample, seq=None, epoch=None)
    content = wire.encode(StateMessage(_ANYBODY, bare))[1].decode()
    return Row(chamber, sample.epoch or "", sample.seq or 0, sample.time, content)


def samples(epoch: str, stored: Iterable[tuple[int, Sample | str]]) -> Iterator[Sample]:
    """Yield the samples that rows stand for, read as they are asked for; one that cannot be read is left out."""
    for seq, content in stored:
        if isinstance(content, Sample):
            yield content
            continue
        try:
            message = wire.decode(_TOPIC, content.encode())
        except ChamberError:
            continue
        if isinstance(message, StateMessage) and message.sample is not None:
            yield replace(message.sample, seq=seq, epoch=epoch)
