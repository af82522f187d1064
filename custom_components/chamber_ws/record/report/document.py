"""JSON for programs; the schema is described in docs/report.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ..rows import Row
from .account import Account, Audited, Episode, Figures
from .columns import Column
from .times import timestamp

FORMAT = "chamber_ws.record"
VERSION = 1


def document(account: Account, columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """The whole account with its rows, piece by piece, as one JSON object. Never NaN or infinity: those raise."""
    head = json.dumps(_head(account, columns), ensure_ascii=True, allow_nan=False)
    yield f'{head[:-1]}, "rows": ['.encode()
    reads = [column.read for column in columns]
    before = "\n"
    for row in rows:
        cells = json.dumps([read(row) for read in reads], separators=(",", ":"), allow_nan=False)
        yield f"{before}{cells}".encode()
        before = ",\n"
    yield b"\n]}\n"


def _head(account: Account, columns: Sequence[Column]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "made": _time(account.made),
        "chamber": _identity(account),
        "period": {
            "start": _time(account.period.start),
            "end": _time(account.period.end),
            "zone": str(account.zone),
        },
        "settings": asdict(account.settings),
        "judged_on": account.judged_on,
        "figures": _figures(account.figures),
        "days": [{"date": str(day), **_figures(figures)} for day, figures in account.days],
        "excursions": [_episode(one) for one in account.excursions],
        "warnings": [_episode(one) for one in account.warnings],
        "faults": [_episode(one) for one in account.faults],
        "losses": [_episode(one) for one in account.losses],
        "gaps": {
            "count": account.gap_count,
            "seconds": account.gap_seconds,
            "listed": [{"start": _time(gap.start), "end": _time(gap.end)} for gap in account.gaps],
        },
        "audit": {
            "intact": account.intact,
            "breaks": list(account.breaks),
            "entries": [_audited(entry) for entry in account.audit],
        },
        "tally": asdict(account.tally),
        "columns": [column.name for column in columns],
    }


def _time(at: float | None) -> dict[str, Any] | None:
    return None if at is None else {"utc": timestamp(at), "unix": at}


def _identity(account: Account) -> dict[str, Any]:
    told = asdict(account.identity)
    gateway, chamber = told.pop("address")
    return {"gateway": gateway, "chamber": chamber, **told}


def _figures(figures: Figures) -> dict[str, Any]:
    extremes = {
        name: found and {"value": found.value, "at": _time(found.at)}
        for name, found in (("minimum", figures.minimum), ("maximum", figures.maximum))
    }
    return {**asdict(figures), **extremes, "coverage": figures.coverage}


def _episode(episode: Episode) -> dict[str, Any]:
    acknowledged = [{**one._asdict(), "at": _time(one.at)} for one in episode.acknowledged]
    times = {name: _time(getattr(episode, name)) for name in ("start", "announced", "end")}
    return {**asdict(episode), **times, "acknowledged": acknowledged}


def _audited(entry: Audited) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": _time(entry.at),
        "act": entry.act,
        "user": entry.user,
        "name": entry.name,
        "on_behalf_of": entry.on_behalf_of,
        "old": dict(entry.old),
        "new": dict(entry.new),
        "why": entry.why,
        "content": entry.content,
        "previous": entry.previous,
        "hash": entry.hash,
    }
