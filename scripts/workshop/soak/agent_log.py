"""What the agent has of its own: every row of every epoch, read from its file without any of its code."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from custom_components.chamber_ws.chamber import topics, wire
from custom_components.chamber_ws.chamber.messages import StateMessage
from custom_components.chamber_ws.chamber.model import Address, Sample

from .chambers import GATEWAY

_ROWS = """
    SELECT epoch.epoch, seq, content FROM samples JOIN epochs AS epoch ON epoch.id = samples.epoch
    WHERE chamber = ? ORDER BY epoch.id, seq
"""


@dataclass(frozen=True)
class Epoch:
    """An epoch of a chamber: its samples by number; numbers up to `last` may have been given."""

    name: str
    last: int
    samples: dict[int, Sample]


def read(path: Path, chamber: str) -> list[Epoch]:
    """A chamber's epochs, in the order in which they began."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        known = database.execute(
            "SELECT epoch, last FROM epochs WHERE chamber = ? ORDER BY id", (chamber,)
        )
        epochs = {name: Epoch(name, last, {}) for name, last in known}
        for name, seq, content in database.execute(_ROWS, (chamber,)):
            epochs[name].samples[seq] = sample_of(chamber, name, seq, content)
    return list(epochs.values())


def sample_of(chamber: str, epoch: str, seq: int, content: str) -> Sample:
    """A sample as it is understood when it comes live."""
    text = content.rstrip().removesuffix("}") + f', "epoch": "{epoch}", "seq": {seq}}}'
    topic = topics.of(Address(GATEWAY, chamber), topics.Kind.STATE).spell()
    message = wire.decode(topic, text.encode())
    assert isinstance(message, StateMessage)
    assert message.sample is not None
    return message.sample
