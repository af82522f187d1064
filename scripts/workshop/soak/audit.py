"""When all is over and every process has ended: the record beside the agent's log, and beside an uncut run."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from custom_components.chamber_ws.chamber.analysis.findings import Occurrence
from custom_components.chamber_ws.chamber.model import Address
from custom_components.chamber_ws.chamber.past.timeline import Placed
from custom_components.chamber_ws.record.store import Store

from . import agent_log
from .chambers import CHAMBERS, GATEWAY
from .comparison import Comparison, Kept, compare
from .replay import Replay, replay
from .witness import Number

_ALL = 10_000_000
_EVER = (0.0, 1e12)


@dataclass
class Audit:
    """What was found. `occurrences` counts them by kind."""

    chambers: list[Comparison] = field(default_factory=list)
    occurrences: Counter[str] = field(default_factory=Counter)
    deeds: int = 0
    minutes: int = 0
    differences: list[str] = field(default_factory=list)


def audit(record: Path, samples: Path, said: Mapping[Number, Mapping[str, Any]]) -> Audit:
    """Compare a record with the agent's file and with what a witness heard."""
    found = Audit()
    store = Store.open(record)
    try:
        if store.set_aside:
            found.differences.append(f"the record was damaged: {store.set_aside}")
        found.differences += [f"the journal: {one}" for one in store.verify()]
        for chamber in CHAMBERS:
            _audit(found, store, samples, chamber.id, said)
    finally:
        store.close()
    return found


def _audit(
    found: Audit,
    store: Store,
    samples: Path,
    chamber: str,
    said: Mapping[Number, Mapping[str, Any]],
) -> None:
    number = store.chamber(Address(GATEWAY, chamber))
    kept = Kept(store.stretches(number), store.rows(number, None, _ALL))
    own = {key: content for key, content in said.items() if key.chamber == chamber}
    comparison = compare(chamber, kept, agent_log.read(samples, chamber), own)
    unknown = [(row.seq, row.placed) for row in kept.rows if row.placed is not Placed.OWN]
    undated = [place for place in unknown if place[1] is not Placed.BOOT]
    comparison.differ("samples that have no time", undated)
    found.chambers.append(comparison)
    entries = store.journal(number, *_EVER)
    found.deeds += len(entries)
    run = replay(kept.rows, entries)
    there = store.occurrences(number, *_EVER)
    found.occurrences.update(one.happened.value for one in there)
    _compare_lists(comparison, there, run.occurrences)
    minutes = {minute.at: minute for minute in store.minutes(number, *_EVER)}
    found.minutes += len(minutes)
    differing = [
        at for at in minutes.keys() | run.minutes if minutes.get(at) != run.minutes.get(at)
    ]
    comparison.differ("minutes that differ", sorted(differing))
    _compare_ends(comparison, store, number, run)


def _compare_lists(
    comparison: Comparison, there: list[Occurrence], expected: list[Occurrence]
) -> None:
    extra = [one for one in there if one not in expected]
    missing = [one for one in expected if one not in there]
    comparison.differ("occurrences that an uncut run has not", extra)
    comparison.differ("occurrences that only an uncut run has", missing)
    if not extra and not missing and there != expected:
        comparison.differ("occurrences", ["in another order, or twice"])


def _compare_ends(comparison: Comparison, store: Store, number: int, run: Replay) -> None:
    """How the settled engines stood when Home Assistant was stopped: they had taken every row, and waited for none."""
    saved = store.snapshot(number)
    if saved is None:
        comparison.differ("snapshots", ["none"])
        return
    _position, content = saved
    expected = run.snapshot()
    there = content["watch"]
    comparison.differ(
        "engines that stand otherwise",
        [key for key in expected if _plain(there[key]) != _plain(expected[key])],
    )
    comparison.differ("deeds that wait", [content["deed"]] if content["deed"] != run.done else [])


def _plain(content: Any) -> Any:
    """As JSON has it: without tuples."""
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(one) for one in content]
    return content
