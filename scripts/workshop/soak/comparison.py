"""The record's samples beside the agent's own: every number, every field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from custom_components.chamber_ws.chamber import topics, wire
from custom_components.chamber_ws.chamber.messages import StateMessage
from custom_components.chamber_ws.chamber.model import Address, Sample
from custom_components.chamber_ws.chamber.past.ranges import Ranges
from custom_components.chamber_ws.record.rows import Row, Stretch

from .agent_log import Epoch
from .chambers import GATEWAY
from .witness import Number

_SHOWN = 5


@dataclass
class Comparison:
    """What came of it, for one chamber; `rescued` are samples that the killed agent lost, and the record has."""

    chamber: str
    rows: int = 0
    fetched: int = 0
    lost: int = 0
    rescued: int = 0
    witnessed: int = 0
    epochs: int = 0
    differences: list[str] = field(default_factory=list)

    def differ(self, what: str, places: Iterable[object]) -> None:
        """Note what differs, and where."""
        found = list(places)
        if found:
            shown = ", ".join(map(str, found[:_SHOWN]))
            more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            self.differences.append(f"{self.chamber}: {what}: {shown}{more}")


@dataclass(frozen=True)
class Kept:
    """What the record has of a chamber."""

    stretches: list[Stretch]
    rows: list[Row]

    def of(self, stretch: Stretch) -> dict[int, Row]:
        """The rows of a stretch, by number."""
        return {row.seq: row for row in self.rows if row.stretch == stretch.id}


def compare(
    chamber: str, kept: Kept, epochs: list[Epoch], said: Mapping[Number, Mapping[str, Any]]
) -> Comparison:
    """Compare all of a chamber. `said` is what a witness heard at the broker."""
    found = Comparison(chamber, len(kept.rows), sum(row.fetched for row in kept.rows))
    found.epochs = len(epochs)
    names = [stretch.epoch for stretch in kept.stretches]
    found.differ("epochs that the record misses", [e.name for e in epochs if e.name not in names])
    found.differ("stretches, but", [names] if len(set(names)) < len(names) else [])
    # An agent that was killed before it wrote down anything of an epoch knows nothing of it; the record does.
    common = [name for name in names if name in {epoch.name for epoch in epochs}]
    found.differ("order of epochs", [names] if common != [e.name for e in epochs] else [])
    for epoch in epochs:
        for stretch in kept.stretches:
            if stretch.epoch == epoch.name:
                end = stretch.covered.last if epoch is epochs[-1] else None
                _compare(found, stretch, kept.of(stretch), epoch, end)
    _hear(found, kept, said)
    return found


def _compare(
    found: Comparison, stretch: Stretch, rows: dict[int, Row], epoch: Epoch, end: int | None
) -> None:
    """One epoch, up to a number: of the newest one, the record ends where Home Assistant was stopped."""
    known = {seq: one for seq, one in epoch.samples.items() if end is None or seq <= end}
    last = end or max((*known, *rows), default=0)
    covered = Ranges.of((seq, seq) for seq in rows)
    missing = list(covered.missing(1, last))
    found.lost += sum(last - first + 1 for first, last in missing)
    found.rescued += len(rows.keys() - epoch.samples.keys())
    found.differ("numbers that the record misses", sorted(known.keys() - rows.keys()))
    others = [seq for seq in known.keys() & rows.keys() if known[seq] != rows[seq].sample]
    found.differ("samples that differ", sorted(others))
    found.differ(
        "what is said to be covered", [stretch.covered] if stretch.covered != covered else []
    )
    found.differ(
        "neither there nor lost",
        [gap for span in missing for gap in stretch.lost.missing(*span)],
    )
    found.differ("rewinds", [stretch.rewinds] if stretch.rewinds else [])


def _hear(found: Comparison, kept: Kept, said: Mapping[Number, Mapping[str, Any]]) -> None:
    """What was said under a number is what the record has."""
    numbered = {(row.sample.epoch, row.seq): row.sample for row in kept.rows}
    others = []
    for number, content in said.items():
        sample = numbered.get((number.epoch, number.seq))
        if sample is not None:
            found.witnessed += 1
            if sample != _understood(number.chamber, content):
                others.append(number)
    found.differ("samples that were said otherwise", others)


def _understood(chamber: str, content: Mapping[str, Any]) -> Sample | None:
    topic = topics.of(Address(GATEWAY, chamber), topics.Kind.STATE).spell()
    message = wire.decode(topic, wire.written(dict(content)))
    return message.sample if isinstance(message, StateMessage) else None
