"""Gathers what a report says from the record, in two passes over the rows, without ever holding all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from ...chamber.analysis.findings import Excursion
from ...chamber.analysis.settings import Settings
from ...chamber.judgement import CONTROL
from ...chamber.model import Address, Meta
from ..journal import Entry
from ..rows import Stretch
from ..store import Store
from . import table
from .account import Account, Audited, Identity, Span
from .episodes import Episodes, episodes_of
from .errors import BadRange, NothingRecorded
from .gauge import Gauge
from .reader import Reader
from .sums import Sums, dated

MOST_READ = 2_000_000
"""More rows than this are read for no report."""
FROM_META = ("manufacturer", "model", "serial", "software", "hardware", "calibration_due")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the record does not tell, as far as it is known when a report is made.

    `judged_on`: a probe's id, `temperature` or `virtual_vial`. `latest`: the last excursion, perhaps in progress.
    `zone`: that in which days begin and times are told. `most`: how many rows may be read.
    """

    meta: Meta | None = None
    judged_on: str = CONTROL
    latest: Excursion | None = None
    zone: tzinfo = UTC
    most: int = MOST_READ


def gather(
    store: Store,
    address: Address,
    name: str,
    start: float,
    end: float,
    settings: Settings,
    now: float,
    context: Context = Context(),
) -> Account:
    """All that is known of a chamber from `start` until before `end` (Unix s).

    Raises `BadRange`, `NothingRecorded` and `ExportTooLarge`. The rows are read twice: meanwhile nobody else may write
    to the record, or it is read in one transaction.
    """
    if not start < end:
        raise BadRange(start, end)
    chamber = store.addresses().get(address)
    if chamber is None:
        raise NothingRecorded(name)
    period, elapsed = Span(start, end), Span(start, max(start, min(end, now)))
    gauge = Gauge(context.judged_on, settings)
    reader = Reader(period, gauge, Sums(context.zone), context.most)
    reader.read(store, chamber, period)
    if not reader.anything:
        raise NothingRecorded(name)
    curve = reader.finish(now)
    layout = reader.shape.layout()
    rows = store.between(chamber, start, end)
    lost, awaited = _missing(store.stretches(chamber), reader.numbers)
    lasting = _lasting(store, chamber, period, max(end, now), context.latest)
    return Account(
        identity=_identity(address, name, context.meta),
        period=period,
        made=now,
        zone=context.zone,
        settings=settings,
        judged_on=context.judged_on,
        figures=dated(reader.sums.whole(elapsed), reader.lowest, reader.highest),
        days=reader.sums.days(elapsed),
        curve=curve,
        excursions=lasting.excursions,
        warnings=lasting.warnings,
        faults=lasting.faults,
        losses=lasting.losses,
        gaps=tuple(reader.trace.gaps),
        gap_count=reader.trace.gap_count,
        gap_seconds=reader.trace.gap_seconds,
        audit=tuple(_audited(entry) for entry in store.journal(chamber, start, end)),
        breaks=tuple(str(broken) for broken in store.verify()),
        tally=replace(
            reader.tally(),
            unplaced=store.unplaced(chamber),
            lost=lost,
            awaited=awaited,
            sha256=table.digest(table.samples(layout.columns(), rows)),
        ),
        layout=layout,
    )


def _lasting(
    store: Store, chamber: int, period: Span, until: float, latest: Excursion | None
) -> Episodes:
    """What lasted and touches the period; what began in it is told to its end, and its acknowledgements too."""
    return episodes_of(store.occurrences(chamber, 0.0, until + 1.0), latest).within(period)


def _missing(
    stretches: Sequence[Stretch], numbers: Mapping[int, tuple[int, int]]
) -> tuple[int, int]:
    """How many numbers between the first and the last row of each stretch nobody has, and how many are awaited."""
    lost = awaited = 0
    for stretch in stretches:
        if stretch.id not in numbers:
            continue
        first, last = numbers[stretch.id]
        for begun, ended in stretch.lost.spans:
            lost += max(0, min(ended, last) - max(begun, first) + 1)
        known = stretch.covered.union(stretch.lost)
        awaited += sum(ended - begun + 1 for begun, ended in known.missing(first, last))
    return lost, awaited


def _identity(address: Address, name: str, meta: Meta | None) -> Identity:
    told = {} if meta is None else {field: getattr(meta, field) for field in FROM_META}
    return Identity(address=address, name=name, **told)


def _audited(entry: Entry) -> Audited:
    deed = entry.deed
    return Audited(
        id=entry.id,
        at=deed.at,
        act=deed.act.value,
        user=deed.by.user,
        name=deed.by.name,
        on_behalf_of=deed.by.on_behalf_of,
        old=deed.old,
        new=deed.new,
        why=deed.why,
        hash=entry.hash,
        previous=entry.previous,
    )
