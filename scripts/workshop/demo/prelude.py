"""What is done to chambers before Home Assistant hears of them: entered into its journal while the entry is closed.

Limits that are set only afterwards judge nothing of the past; these were there before the chambers were.
"""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from custom_components.chamber_ws.chamber.analysis import profiles
from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.analysis.settings import OFF
from custom_components.chamber_ws.chamber.model import Address
from custom_components.chamber_ws.record.rows import Position, Stretch
from custom_components.chamber_ws.record.store import Store

from . import story
from .stage import GATEWAY


def write(record: Path, until: float, user: str, name: str) -> None:
    """Enter what a user did to the carrier in a past that ends at Unix time `until`."""
    enter(record, Address(GATEWAY, story.CARRIER), deeds(until, Signature(user, name)))


def deeds(until: float, by: Signature) -> tuple[Deed, ...]:
    """What was done to the carrier in a past that ends at Unix time `until`."""
    old, new = profiles.difference(OFF, profiles.changed(OFF, profile=story.PROFILE))
    chosen, known = until - story.SINCE, until - story.ACKNOWLEDGED
    return (
        Deed(act=Act.SETTINGS, at=chosen, by=by, old=old, new=new),
        Deed(act=Act.ACKNOWLEDGE, at=known, by=by, why=story.COMMENT),
    )


def enter(record: Path, address: Address, done: Iterable[Deed]) -> None:
    """Enter what was done to a chamber after the newest sample there is; nobody else may have the record open."""
    with closing(Store.open(record)) as store:
        number = store.chamber(address)
        head = _head(store.stretches(number))
        for deed in done:
            store.append(number, deed, head)
        store.commit()


def _head(stretches: list[Stretch]) -> Position | None:
    """The newest sample."""
    known = [(one.id, one.covered.last) for one in stretches if one.covered.last is not None]
    return Position(*known[-1]) if known else None
