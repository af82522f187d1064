"""A batch of past samples as columns and rows, and what of it may be believed.

Rule 1: every field that a sample of the batch carries is a column, each probe one under its id; null says that a row
        has no such value.
Rule 2: rows ascend, and rows and lost ranges together leave no number out, up to the last one that is named.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..errors import Flaw, WireError
from ..fields import ID, LAST_SEQ, SEQ, Aside
from ..messages import History
from ..model import Kind, Sample
from ..sequence import Range
from .ranges import Ranges

MOST_ROWS = 500
LARGEST = 32 * 1024
MOST_COLUMNS = 128
LONE = frozenset(Kind)
FIXED = (
    "seq",
    "time",
    "clock",
    "boot",
    "uptime",
    "temperature",
    "setpoint",
    "effective_setpoint",
    "mode",
    "action",
    "reason",
    "heaters",
    "coolers",
    "fans",
    "quality",
    "door",
    "power",
    "energy",
    "profile",
)
# What a state may carry besides: the lone parts, the epoch, which is the batch's, and probes that are not told apart.
KNOWN = frozenset(FIXED) | LONE | {"epoch", "probes"}

Spelt = Mapping[str, Any]


def read(
    raw: Mapping[str, Any],
    values: Mapping[str, Any],
    read_sample: Callable[[Mapping[str, Any]], Sample | None],
    aside: Aside,
) -> History:
    """A batch; a row that `read_sample` makes nothing of is set aside, and its number counts as lost.

    `values`: the id, the epoch, `last` and `before`, read already. Raises `WireError` where a row cannot be counted.
    """
    samples: list[Sample] = []
    spoiled: list[Range] = []
    lost = lost_ranges(raw.get("lost"))
    for row in untabled(raw.get("columns"), raw.get("rows"), values["epoch"]):
        sample = read_sample(row)
        seq = sample.seq if sample else Aside().attempt("seq", SEQ, row["seq"])
        if seq is None:
            raise WireError(Flaw.BAD_BATCH, "a row without a number")
        if sample is None:
            aside.append("temperature")
            spoiled.append((seq, seq))
        else:
            samples.append(sample)
    return History(
        id=values["id"],
        epoch=values["epoch"],
        samples=tuple(samples),
        lost=_without(Ranges.of((*lost.spans, *spoiled)), samples).spans,
        complete=values.get("last", False),
        before=values.get("before"),
    )


def spelt(batch: History, spell: Callable[[Sample], Spelt]) -> dict[str, object]:
    """A batch as it goes over the wire; `spell` spells a state."""
    columns, rows = table([spell(sample) for sample in batch.samples])
    before = batch.before
    return {
        "id": batch.id,
        "epoch": batch.epoch,
        "columns": columns or ["seq"],
        "rows": rows,
        "lost": [list(one) for one in batch.lost],
        "last": batch.complete,
        **({"before": {"epoch": before.epoch, "to": before.last}} if before else {}),
    }


def table(samples: Sequence[Spelt]) -> tuple[list[str], list[list[Any]]]:
    """Samples, spelt as states are, as columns and rows; the epoch is the batch's."""
    flat = [cells(sample) for sample in samples]
    used = {name for sample in flat for name in sample}
    columns = [name for name in FIXED if name in used] + sorted(used - set(FIXED))
    return columns, [[sample.get(name) for name in columns] for sample in flat]


def cells(sample: Spelt) -> dict[str, Any]:
    """What a sample, spelt as a state is, has for the columns."""
    flat = {**sample, **sample.get("probes", {})}
    flat.pop("probes", None)
    flat.pop("epoch", None)
    return flat


def untabled(columns: object, rows: object, epoch: str) -> list[dict[str, Any]]:
    """The rows as states are spelt. Raises `WireError` where this is no table."""
    names = _columns(columns)
    if type(rows) is not list or len(rows) > MOST_ROWS:
        raise WireError(Flaw.BAD_BATCH, "rows")
    if rows and "temperature" not in names:
        raise WireError(Flaw.BAD_BATCH, "rows without a temperature")
    probes = [index for index, name in enumerate(names) if name not in KNOWN]
    plain = [(index, name) for index, name in enumerate(names) if name in KNOWN]
    spelt = []
    for row in rows:
        if type(row) is not list or len(row) != len(names):
            raise WireError(Flaw.BAD_BATCH, "a row of another length")
        sample: dict[str, Any] = {name: row[index] for index, name in plain}
        if sample.get("epoch") not in (None, epoch):
            raise WireError(Flaw.BAD_BATCH, "a row of another epoch")
        sample["epoch"] = epoch
        own = sample.get("probes")
        if probes and (own is None or type(own) is dict):
            sample["probes"] = {**(own or {}), **{names[index]: row[index] for index in probes}}
        spelt.append(sample)
    return spelt


def lost_ranges(raw: object) -> Ranges:
    """The ranges that nobody has. Raises `WireError`."""
    if raw is None:
        return Ranges()
    if type(raw) is not list or len(raw) > MOST_ROWS + 1:
        raise WireError(Flaw.BAD_BATCH, "lost")
    return Ranges.of(_range(one) for one in raw)


def accepted(history: History, epoch: str, first: int, last: int) -> Range:
    """The numbers that this answer to a question for `first` to `last` settles. Raises `WireError`."""
    numbers = [-1 if sample.seq is None else sample.seq for sample in history.samples]
    if history.epoch != epoch:
        raise WireError(Flaw.BAD_BATCH, "another epoch")
    if -1 in numbers or any(after <= before for before, after in pairwise(numbers)):
        raise WireError(Flaw.BAD_BATCH, "the numbers do not ascend")
    named = Ranges.of([*((n, n) for n in numbers), *history.lost])
    if named.first is None or named.last is None:
        raise WireError(Flaw.BAD_BATCH, "nothing is named")
    if named.first < first or named.last > last:
        raise WireError(Flaw.BAD_BATCH, "numbers that were not asked for")
    if any(named.missing(first, named.last)):
        raise WireError(Flaw.BAD_BATCH, "numbers are left out")
    if history.complete and named.last != last:
        raise WireError(Flaw.BAD_BATCH, "the end is missing")
    return first, named.last


def uncovered(samples: Iterable[int], first: int, last: int) -> tuple[Range, ...]:
    """The ranges between `first` and `last` of which there is no sample."""
    return tuple(Ranges.of((seq, seq) for seq in samples).missing(first, last))


def _columns(raw: object) -> list[str]:
    if type(raw) is not list or len(raw) > MOST_COLUMNS or len(set(map(str, raw))) != len(raw):
        raise WireError(Flaw.BAD_BATCH, "columns")
    if "seq" not in raw or not all(
        type(name) is str and (name in KNOWN or ID.fullmatch(name)) for name in raw
    ):
        raise WireError(Flaw.BAD_BATCH, "columns")
    return raw


def _without(lost: Ranges, samples: Iterable[Sample]) -> Ranges:
    """A number of which there is a row is not lost, whatever else is said."""
    there = sorted(sample.seq for sample in samples if sample.seq is not None)
    spans: list[Range] = []
    for begun, ended in lost.spans:
        at = begun
        for number in there[bisect_left(there, begun) : bisect_right(there, ended)]:
            spans.append((at, number - 1))
            at = number + 1
        spans.append((at, ended))
    return Ranges.of(spans)


def _range(raw: object) -> Range:
    match raw:
        case [int() as first, int() as last] if (
            type(first) is type(last) is int and 0 <= first <= last <= LAST_SEQ
        ):
            return first, last
    raise WireError(Flaw.BAD_BATCH, "lost")
