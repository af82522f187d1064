"""Gathers what a report says from the record, in two passes over the rows, without ever holding all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from ...chamber.analysis.findings import Excursion
from ...chamber.analysis.settings import Settings
from ...chamber.judgement import CONTROL
from ...chamber.model import Address, Meta
from ..journal import Entry, content_of
from ..store import Store
from . import table
from .account import Account, Audited, Identity, Span
from .errors import BadRange, NothingRecorded, PeriodTooLong
from .gauge import Gauge
from .reader import Reader
from .sums import Sums, dated
from .times import DAY
from .unsettled import lasting, missing, recalled

MOST_READ = 600_000
"""More rows than this are read for no report: a month of one every 5 s. Meanwhile no alarm is judged."""
LONGEST_PERIOD = 3660
"""Days."""
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

    Raises `BadRange`, `PeriodTooLong`, `NothingRecorded` and `ExportTooLarge`. The rows are read twice: meanwhile
    nobody else may write to the record, or it is read in one transaction.
    """
    if not start < end:
        raise BadRange(start, end)
    if end - start > LONGEST_PERIOD * DAY:
        raise PeriodTooLong(LONGEST_PERIOD)
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
    care = recalled(store, chamber, address)
    lost, awaited = missing(care, reader.numbers)
    happened = lasting(store, care, period, now, context.latest)
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
        excursions=happened.excursions,
        warnings=happened.warnings,
        faults=happened.faults,
        losses=happened.losses,
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
        content=content_of(entry),
        hash=entry.hash,
        previous=entry.previous,
    )
