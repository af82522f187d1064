"""A chamber's past in a period, told whole."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...chamber.analysis.findings import Excursion, Happened
from ...chamber.judgement import CONTROL
from ...chamber.metrics import LONGEST_STEP
from ...chamber.model import Address
from ..report.errors import BadRange, PeriodTooLong
from ..report.gather import LONGEST_PERIOD
from ..report.times import DAY
from ..report.unsettled import recalled
from ..store import Store
from . import condensed, samples, spans
from .curve import Bucket, Change, Curve
from .excursions import happened
from .source import Plan, Source, last_before, plan
from .spans import Patience, Span

_LOSSES = "SELECT at FROM occurrence WHERE chamber = ? AND happened = ? AND at >= ? AND at < ? ORDER BY at"
EMPTY = Curve(temperature=[], setpoint=[])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A period from `start` until before `end` (Unix s), and how many points there is room for."""

    start: float
    end: float
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the record does not tell: what is judged now, and the promise that samples are `longest` s apart at most.

    `silent`: what the chamber said last is not true any more.
    """

    judged_on: str = CONTROL
    low: float | None = None
    high: float | None = None
    latest: Excursion | None = None
    longest: float = LONGEST_STEP
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What a dashboard draws: plain values, in the order and with the names in which they are told."""

    start: float
    end: float
    source: Source
    step: float | None
    temperature: list[Bucket]
    setpoint: list[Change]
    probes: dict[str, list[Bucket]]
    judged: str
    bands: dict[str, list[Any]]
    gaps: list[Span]
    backfilled: list[Span]
    excursions: list[dict[str, Any]] = field(default_factory=list)
    limits: dict[str, float | None] = field(default_factory=dict)


def told(store: Store, address: Address, asked: Asked, known: Known, now: float) -> Series:
    """All that is known of a chamber in a period. Raises `BadRange` and `PeriodTooLong`."""
    if not asked.start < asked.end:
        raise BadRange(asked.start, asked.end)
    if asked.end - asked.start > LONGEST_PERIOD * DAY:
        raise PeriodTooLong(LONGEST_PERIOD)
    period = (asked.start, asked.end)
    chamber = store.addresses().get(address)
    if chamber is None:
        return _series(period, Plan(Source.SAMPLES, None, 1, None), EMPTY, known)
    chosen = plan(store, chamber, period, asked.points, known.longest)
    before = last_before(store, chamber, asked.start)
    since = asked.start if before is None else before
    losses = _losses(store, chamber, (since, asked.end))
    if known.silent:
        losses += _silence(store, chamber, min(now, asked.end))
    patience = Patience(known.longest, losses)
    curve = _curve(store, chamber, period, chosen, patience)
    edges = _edges(before, period, chosen, patience, now)
    excursions = happened(store, recalled(store, chamber, address), period, known.latest, now)
    return _series(period, chosen, curve, known, edges, excursions)


def _losses(store: Store, chamber: int, period: Span) -> list[float]:
    """When the chamber was lost."""
    return [at for (at,) in store.ask(_LOSSES, (chamber, Happened.LOST.value, *period))]


def _silence(store: Store, chamber: int, now: float) -> list[float]:
    """The end of a period, if it is one of silence."""
    newest = last_before(store, chamber, math.inf)
    return [] if newest is None or newest >= now else [now]


def _curve(store: Store, chamber: int, period: Span, chosen: Plan, patience: Patience) -> Curve:
    if chosen.source is Source.MINUTES and chosen.step is not None:
        return condensed.curve(store, chamber, period, chosen.step, patience.longest)
    return samples.curve(store, chamber, period, chosen, patience)


def _edges(
    before: float | None, period: Span, chosen: Plan, patience: Patience, now: float
) -> list[Span]:
    """What is not known at the begin and at the end of a period, `before` which the last was known.

    What lies in the future is no gap.
    """
    start, end = period[0], min(period[1], now)
    if chosen.known is None:
        return (
            [] if before is None or not patience.parts(before, end) else [(max(before, start), end)]
        )
    first, last = chosen.known
    found = []
    if before is not None and patience.parts(before, first):
        found.append((max(before, start), first))
    if patience.parts(last, end):
        found.append((last, end))
    return found


def _series(
    period: Span,
    chosen: Plan,
    curve: Curve,
    known: Known,
    edges: Iterable[Span] = (),
    excursions: Iterable[dict[str, Any]] = (),
) -> Series:
    return Series(
        start=period[0],
        end=period[1],
        source=chosen.source,
        step=chosen.step,
        temperature=curve.temperature,
        setpoint=curve.setpoint,
        probes=curve.probes,
        judged=known.judged_on,
        bands=curve.bands,
        gaps=spans.longest([*curve.gaps, *edges]),
        backfilled=spans.longest(curve.backfilled),
        excursions=list(excursions),
        limits={"low": known.low, "high": known.high},
    )
