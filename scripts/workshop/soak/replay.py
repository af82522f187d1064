"""An uncut run: the pure engines take the whole log in the order of its numbers, without a store, a link or a restart.

What was done has its place by the rule of the record (`record/care.py`): after the newest sample there was when it was
done, and before the first later one that came live, or was taken later than it was done. What Home Assistant said of
silence depends on the cuts, and is taken from the journal as it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from custom_components.chamber_ws.chamber.analysis.findings import Occurrence, Reading
from custom_components.chamber_ws.chamber.analysis.watch import Watch
from custom_components.chamber_ws.chamber.metrics import LONGEST_STEP, MINUTE, Minute
from custom_components.chamber_ws.record.journal import Entry
from custom_components.chamber_ws.record.rows import Position, Row


@dataclass
class Replay:
    """What an uncut run comes to; `done` is the last entry of the journal that it took."""

    watch: Watch = field(default_factory=Watch)
    occurrences: list[Occurrence] = field(default_factory=list)
    minutes: dict[float, Minute] = field(default_factory=dict)
    done: int = 0

    def snapshot(self) -> dict[str, Any]:
        """How the engines stand in the end."""
        return self.watch.snapshot()


def replay(rows: Iterable[Row], entries: Iterable[Entry]) -> Replay:
    """Live through rows, in the order of their numbers, and what was done."""
    run, waiting = Replay(), list(entries)
    for row in rows:
        if row.at is None:
            continue
        while waiting and _precedes(waiting[0], row, row.at):
            entry = waiting.pop(0)
            run.done = entry.id
            run.occurrences += run.watch.perform(entry.deed)
        before = run.watch.metrics.at
        if before is not None and row.at < before - LONGEST_STEP:
            # The clock was set back: what is lived again counts once.
            cut = row.at // MINUTE * MINUTE
            run.minutes = {at: minute for at, minute in run.minutes.items() if at < cut}
        fed = run.watch.feed(Reading(row.at, row.sample))
        run.occurrences += fed.occurrences
        run.minutes |= {minute.at: minute for minute in fed.minutes}
    run.occurrences.sort(key=lambda one: one.at)
    return run


def _precedes(entry: Entry, row: Row, at: float) -> bool:
    if entry.head is not None and Position.of(row) <= entry.head:
        return False
    return not row.fetched or at > entry.deed.at
